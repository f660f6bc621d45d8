"""Renders the films of exercises: `python -m samples.render.exercise_set OUTDIR --assets DIR`.

Films already there are skipped, so the command can be stopped and started again.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from samples.render.errors import RenderError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 = done, 1 = an error told in one line."""
    options = _parser().parse_args(arguments)
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
    import cv2

    from samples.render.assets import Assets
    from samples.render.exercise_plan import exercise_films
    from samples.render.film import render_film
    from samples.render.spec import HUMANS_FILE, film_from

    cv2.setNumThreads(1)
    assets = Assets(options.assets)
    assets.check()
    humans = json.loads(HUMANS_FILE.read_text(encoding="utf-8"))
    options.outdir.mkdir(parents=True, exist_ok=True)
    films = exercise_films()
    text = json.dumps([film.truth() for film in films], indent=1)
    (options.outdir / "set.json").write_text(text + "\n", encoding="utf-8")
    wanted = [film for film in films if not options.names or film.name in options.names]
    missing = [film for film in wanted if not (options.outdir / f"{film.name}.json").exists()]
    print(f"{len(wanted)} films, {len(wanted) - len(missing)} of them there already", flush=True)
    start_s = time.monotonic()
    for done, film in enumerate(missing, start=1):
        render_film(film_from(film.spec, humans), assets, options.outdir, lambda line: None)
        minutes = (time.monotonic() - start_s) / 60
        left = minutes / done * (len(missing) - done)
        print(f"{done} of {len(missing)}: {film.name}; {left:.0f} minutes left", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m samples.render.exercise_set",
        description="Render the films that the counting of exercises is judged on.",
    )
    parser.add_argument("outdir", type=Path, metavar="OUTDIR", help="folder for the films")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="render only these films (default: all)"
    )
    parser.add_argument(
        "--assets", type=Path, required=True, metavar="DIR", help="folder with anny/ and cc0/"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
