"""Make the catalogues of translations from what is marked in the code: ``make catalogues``.

    python scripts/catalogues.py            bring every .po up to date, write every .mo
    python scripts/catalogues.py --check    say what is missing, unused or out of date; exit 1

Marked are ``_("...")``, ``N_("...")`` and their kin in modules, ``{% trans %}`` and ``_()`` in
templates, the first argument of errors, and the texts of two data files and of the settings.
Needs Babel, which only those who work on the program install.
"""

from __future__ import annotations

import argparse
import io
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parent.parent / "posture_monitor"
DOMAIN = "posture_monitor"
ERRORS = (
    *("PostureMonitorError", "ConfigError", "CameraError", "ModelError", "CalibrationError"),
    *("StoreError", "OutputError", "NotifyError", "AlreadyRunning"),
)
KEYWORDS = {
    **dict.fromkeys(("_", "N_", *ERRORS), None),
    "gettext": None,  # as {% trans %} is called
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_DATED = (b'"POT-Creation-Date', b'"Generated-By', b'"Report-Msgid-Bugs-To')
"""Of a catalogue's head: what changes without the texts."""
DATA_FIELDS = ("title", "text", "source", "steps", "cautions")


def messages() -> Catalog:
    """Everything that is marked, with where it stands."""
    found = Catalog(domain=DOMAIN, charset="utf-8")
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix == ".py":
            _add(found, path, "python", {})
        elif path.suffix == ".html":
            _add(found, path, "jinja2", {"newstyle_gettext": "true"})
        elif path.suffix == ".toml":
            place = str(path.relative_to(PACKAGE.parent))
            for text in _texts(tomllib.loads(path.read_text(encoding="utf-8"))):
                found.add(text, locations=[(place, 0)])
    for text in _of_records():
        found.add(text, locations=[("posture_monitor/config.py", 0)])
    return found


def _add(found: Catalog, path: Path, method: str, options: dict[str, str]) -> None:
    place = str(path.relative_to(PACKAGE.parent))
    with path.open("rb") as file:
        for line, message, comments, context in extract(
            method, file, KEYWORDS, ("Translators:",), options
        ):
            texts = message if isinstance(message, tuple) else (message,)
            if all(texts):
                found.add(
                    message, locations=[(place, line)], auto_comments=comments, context=context
                )


def _texts(value: object, field: str = "") -> Iterator[str]:
    """The texts of a data file."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, field)
    elif isinstance(value, str) and field in DATA_FIELDS:
        yield value


def _of_records() -> Iterator[str]:
    """What the settings say of themselves, what commands are for, and sources of exercises."""
    from posture_monitor.commands.table import COMMANDS
    from posture_monitor.config import Settings
    from posture_monitor.core.exercises.library import EXERCISES

    for section in fields(Settings):
        for spec in fields(getattr(Settings(), section.name)):
            yield str(spec.metadata["doc"])
    for _module, summary, _example in COMMANDS.values():
        yield summary
    for exercise in EXERCISES.values():
        yield exercise.source.name


def po_files() -> list[Path]:
    """The catalogue of every language."""
    return sorted((PACKAGE / "locale").glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def updated(path: Path, marked: Catalog) -> Catalog:
    """The catalogue with all that is marked now and nothing else; new texts are untranslated."""
    language = path.parent.parent.name
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, domain=DOMAIN)
    catalogue.update(marked, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def untranslated(catalogue: Catalog) -> list[str]:
    """Texts that lack a translation, or whose translation is only guessed."""
    return [
        str(message.id)
        for message in catalogue
        if message.id
        and (
            message.fuzzy
            or not all(message.string if isinstance(message.string, tuple) else (message.string,))
        )
    ]


def as_po(catalogue: Catalog) -> bytes:
    """Sorted by text and without places, so that moved code changes nothing in it."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, no_location=True)
    lines = out.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(_DATED))


def _read_mo(path: Path) -> Catalog:
    with path.with_suffix(".mo").open("rb") as file:
        return read_mo(file)


def _said(catalogue: Catalog) -> dict[str, object]:
    """Each text and its translation; of several forms, lists and tuples are the same."""
    return {
        f"{one.context}\0{list(one.id) if isinstance(one.id, tuple) else one.id}": (
            list(one.string) if isinstance(one.string, tuple) else one.string
        )
        for one in catalogue
        if one.id
    }


def as_mo(catalogue: Catalog) -> bytes:
    """As ``gettext`` of the standard library reads it."""
    out = io.BytesIO()
    catalogue.creation_date = catalogue.revision_date  # the same texts give the same bytes
    write_mo(out, catalogue)
    return out.getvalue()


def faults(path: Path, marked: Catalog) -> list[str]:
    """What is wrong with a catalogue, a line each."""
    catalogue = updated(path, marked)
    found = [f"not translated: {text}" for text in untranslated(catalogue)]
    if as_po(catalogue) != path.read_bytes():
        found.append(f"{path.name} is not what `make catalogues` writes")
    elif _said(_read_mo(path)) != _said(catalogue):
        found.append(f"{path.with_suffix('.mo').name} is older than its .po")
    return [f"{path.parent.parent.name}: {one}" for one in found]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    marked = messages()
    told = []
    for path in po_files():
        if check:
            told += faults(path, marked)
            continue
        catalogue = updated(path, marked)
        path.write_bytes(as_po(catalogue))
        path.with_suffix(".mo").write_bytes(as_mo(catalogue))
        told += [f"not translated: {text}" for text in untranslated(catalogue)]
    print("\n".join(told) if told else f"{len(marked)} texts, all translated")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
