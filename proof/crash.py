"""``python -m proof.crash``: kills, full disks and damaged bytes; what was recorded stays right."""

from __future__ import annotations

import sys

from proof import damaged_bytes, full_disks, kills
from proof.cases import Case, need, parser, random_of, run
from proof.watching import FILM
from tests.streams import MjpegServer

KILLS = 200
CHAINS = 10
"""Records in which the kills follow each other; these are tried side by side."""


def main(given_arguments: list[str] | None = None) -> int:
    options = parser("crash", "Kills, full disks and damaged bytes.")
    options.set_defaults(workers=4)  # they mostly wait
    options.add_argument("--kills", type=int, default=KILLS, metavar="N", help=f"({KILLS})")
    arguments = options.parse_args(given_arguments)
    need()
    chance = random_of(arguments.seed)
    with MjpegServer(FILM) as camera:
        if arguments.quick:
            # Run with all other tests: the machine may be very busy.
            twice = kills.chain(camera.url, 2, chance, longest_s=6.0, busy_s=5.0)
            cases = [
                Case("kill -9", "twice", kills.PROMISE, twice),
                *damaged_bytes.cases(chance, quick=True),
            ]
        else:
            per_chain = -(-arguments.kills // CHAINS)
            cases = [
                Case("kill -9", f"{per_chain} times while watching, record {number}",
                     kills.PROMISE, kills.chain(camera.url, per_chain, chance))
                for number in range(1, CHAINS + 1)
            ] + [
                *kills.of_other_commands(chance),
                *full_disks.cases(camera.url),
                *damaged_bytes.cases(chance),
            ]  # fmt: skip
        return run("crash", cases, only=arguments.only, workers=arguments.workers)


if __name__ == "__main__":
    sys.exit(main())
