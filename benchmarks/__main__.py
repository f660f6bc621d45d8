"""``python -m benchmarks``: measures what posture-monitor costs and writes it down."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import floor, memory, peers, plot, reactions, results, running, video

PARTS = ("running", "reactions", "video", "floor", "peers", "memory")
PAGE = Path(__file__).with_name("README.md")
QUICK_CLIPS = ["02_slouch_office"]
_EPILOG = """\
parts:
  running    CPU, memory and start-up of `run` on a stream that shows a person or nobody
  reactions  how soon leaving, returning and strain are known
  video      speed and memory of `analyze`
  floor      what the bare models cost
  peers      other programs' pipelines on the same frames (installs them on first use)
  memory     where the memory goes

examples:
  python -m benchmarks                              everything, about a quarter of an hour
  python -m benchmarks running peers                these two; the others keep their figures
  python -m benchmarks --quick --out try.md         does it all work? figures mean little
  python -m benchmarks --long video                 a recording of two hours as well
"""


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure what posture-monitor costs; the results become a page.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "parts", metavar="PART", nargs="*", help=f"of {', '.join(PARTS)} (default: all)"
    )
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes")
    parser.add_argument("--long", action="store_true", help="video: two hours as well")
    parser.add_argument(
        "--camera-fps", type=float, default=15.0, metavar="FPS", help="running: 15 (default) or 30"
    )
    parser.add_argument(
        "--window", type=float, metavar="S", help="running: seconds a film is measured (120)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help=f"default {PAGE.name}, here")
    return parser


def measure(part: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """The figures of one part."""
    quick = arguments.quick
    if part == "running":
        return running.measure(
            folder, quick=quick, fps=arguments.camera_fps, window_s=arguments.window
        )
    if part == "reactions":
        found = reactions.measure(QUICK_CLIPS if quick else None)
        return {"table": reactions.table(found)}
    if part == "video":
        return video.measure(folder, quick=quick, long=arguments.long)
    if part == "floor":
        return floor.measure(quick=quick)
    if part == "peers":
        return peers.measure(folder, quick=quick)
    return memory.measure(quick=quick)


def main(given: list[str] | None = None) -> int:
    arguments_given = sys.argv[1:] if given is None else given
    parser = build_parser()
    arguments = parser.parse_args(arguments_given)
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; choose from {', '.join(PARTS)}")
    if not sys.platform.startswith("linux"):
        parser.error("these measurements read /proc, which only Linux has")
    if arguments.quick and arguments.out is None:
        parser.error("--quick measures too little for the page; name another with --out FILE")
    page = arguments.out or PAGE
    chosen = [part for part in PARTS if not arguments.parts or part in arguments.parts]
    kept = [word for word in arguments_given if word != "--out" and word != str(arguments.out)]
    command = " ".join(["python -m benchmarks", *kept])
    figures = results.read_figures(page)
    for part in chosen:
        print(f"{part} …", flush=True)
        began_s = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="posture-monitor-") as name:
            found = measure(part, Path(name), arguments)
        figures[part] = {"context": results.context(command), "figures": found}
        print(f"{part}: done in {time.monotonic() - began_s:.0f} s", flush=True)
        picture = plot.draw(figures, page.with_name("costs.png")) if not arguments.quick else False
        results.write(page, figures, plot=picture)
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
