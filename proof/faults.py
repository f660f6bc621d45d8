"""``python -m proof.faults``: faults of cameras, files and folders, tried on the real program."""

from __future__ import annotations

import sys

from proof import bad_files, bad_places, failing_cameras
from proof.cases import need, parser, run


def main(given_arguments: list[str] | None = None) -> int:
    options = parser("faults", "Faults of cameras, files and folders.")
    options.set_defaults(workers=3)  # they mostly wait
    arguments = options.parse_args(given_arguments)
    need("ffmpeg")
    cases = [*failing_cameras.cases(), *bad_files.cases(), *bad_places.cases()]
    if arguments.quick:
        cases = [case for case in cases if case.name in QUICK]
    return run("faults", cases, only=arguments.only, workers=arguments.workers)


QUICK = {
    "half a picture, then none right",
    "no such page (404)",
    "cut off before its index",
    "cut in half",
}

if __name__ == "__main__":
    sys.exit(main())
