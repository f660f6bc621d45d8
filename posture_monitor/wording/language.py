"""The language of everything a person reads: gettext catalogues of the standard library.

English is written in the code. A sentence is marked and looked up by ``_("... {name}", name=...)``;
a table is marked by ``N_`` and looked up when it is read (``Words``). ``locale/`` holds the
catalogues, made by ``scripts/catalogues.py``. JSON, CSV, the record and the log stay English.
"""

from __future__ import annotations

import gettext
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from posture_monitor.domain import PostureMonitorError

DOMAIN = "posture_monitor"
LANGUAGES: Mapping[str, str] = {"en": "English", "de": "Deutsch"}
"""By their code; each is called as its speakers call it."""
_FOLDER = Path(__file__).resolve().parent.parent / "locale"

_K = TypeVar("_K")


class _Language:
    """The language in use, one for the whole process."""

    code = "en"
    catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use(setting: str, environment: Mapping[str, str]) -> str:
    """Speak this language from now on; its code. ``auto`` goes by the environment, as programs do.

    >>> use("auto", {"LANG": "fr_FR.UTF-8"})
    'en'
    """
    code = _of_environment(environment) if setting == "auto" else setting
    if code != _Language.code:
        catalogue = gettext.NullTranslations()
        if code != "en":
            catalogue = gettext.translation(DOMAIN, _FOLDER, [code])
        _Language.code, _Language.catalogue = code, catalogue
        gettext.textdomain(DOMAIN)  # for argparse, which goes by the environment
        gettext.bindtextdomain(DOMAIN, str(_FOLDER))
    return code


def current() -> str:
    """The code of the language in use, as HTML names it."""
    return _Language.code


def _of_environment(environment: Mapping[str, str]) -> str:
    """The first known language of LANGUAGE, LC_ALL, LC_MESSAGES and LANG; English for C."""
    locale = next(
        (environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)),
        "C",
    )
    wanted = [locale]
    if locale.partition(".")[0] not in ("C", "POSIX"):  # as in C, LANGUAGE counts nowhere else
        wanted = [*environment.get("LANGUAGE", "").split(":"), locale]
    codes = (one.replace("-", "_").partition("_")[0].partition(".")[0].lower() for one in wanted)
    return next((code for code in codes if code in LANGUAGES), "en")


def N_(message: str) -> str:  # the name that every gettext tool looks for
    """Mark a text of a table; it is looked up when it is shown."""
    return message


def _(message: str, /, **values: object) -> str:
    """The text in the language in use, with its placeholders filled in.

    >>> _("sitting {hours:.1f} h", hours=6.25)
    'sitting 6.2 h'
    """
    said = _Language.catalogue.gettext(message) if message else ""
    return _FORMATTER.format(said, **values) if values else said


def english(message: str, /, **values: object) -> str:
    """The text as it was written, for exports and the log."""
    return message.format(**values) if values else message


def ngettext(one: str, many: str, count: float, /, **values: object) -> str:
    """The text for one or for several; ``{count}`` stands for the number.

    >>> ngettext("{count} day", "{count} days", 3)
    '3 days'
    """
    # A whole number as shown: 1.0 points are one point.
    said = _Language.catalogue.ngettext(one, many, round(count))
    return _FORMATTER.format(said, count=count, **values)


def pgettext(context: str, message: str, /, **values: object) -> str:
    """The same, for a word that means several things: the context tells which."""
    said = _Language.catalogue.pgettext(context, message)
    return _FORMATTER.format(said, **values) if values else said


class Words(Mapping[_K, str]):
    """A table of marked texts that is read in the language in use."""

    def __init__(self, texts: Mapping[_K, str]) -> None:
        self.marked = texts
        """As they were written, in English."""

    def __getitem__(self, key: _K) -> str:
        return _(self.marked[key])

    def __iter__(self) -> Iterator[_K]:
        return iter(self.marked)

    def __len__(self) -> int:
        return len(self.marked)


def error_text(error: BaseException) -> str:
    """What went wrong, in the language in use; of other programs' errors what they say."""
    message: str | None = getattr(error, "message", None)
    if message is None:
        return str(error)
    known: PostureMonitorError = error  # type: ignore[assignment]  # only ours have a message
    values = {
        name: error_text(value) if isinstance(value, BaseException) else value
        for name, value in known.values.items()
    }
    return _(message, **values)


class _Formatter(string.Formatter):
    """Writes fractions with the decimal sign of the language in use."""

    def format_field(self, value: Any, format_spec: str) -> str:
        said: str = super().format_field(value, format_spec)
        if isinstance(value, float) and not format_spec.endswith("%"):
            return said.replace(".", pgettext("decimal sign", "."))
        return said


_FORMATTER = _Formatter()


def decimal(value: float, digits: int) -> str:
    """A number with this many decimals, with the decimal sign of the language in use.

    >>> decimal(1.25, 1)
    '1.2'
    """
    return _FORMATTER.format(f"{{:.{digits}f}}", float(value))


def install_gettext(environment: Any) -> None:
    """Let a jinja2 environment look texts up here: ``{% trans %}`` and ``_("...")``."""
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(
        lambda message: _Language.catalogue.gettext(message),
        lambda one, many, count: _Language.catalogue.ngettext(one, many, count),
        newstyle=True,
    )
