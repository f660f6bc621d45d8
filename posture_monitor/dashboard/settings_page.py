"""The settings' form: shown from the settings' own bounds, checked by them, written as TOML."""

from __future__ import annotations

from dataclasses import Field, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, get_type_hints

from starlette.routing import Route

from posture_monitor.config import (
    ENV_PREFIX,
    SECTION_NAMES,
    Settings,
    load_settings,
    settings_from,
)
from posture_monitor.dashboard.desk import Desk, Refusal
from posture_monitor.dashboard.request_data import posting
from posture_monitor.dashboard.welcome import show_test_notification
from posture_monitor.domain import ConfigError, PostureMonitorError
from posture_monitor.system.names import MASK, masked
from posture_monitor.system.settings_file import write_settings
from posture_monitor.wording.dates import short_days
from posture_monitor.wording.labels import EVERYDAY, LABELS, TITLES
from posture_monitor.wording.language import N_, _, error_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from posture_monitor.dashboard.protocols import CameraChoice

_SECRET = "camera.source"
"""The setting that may hold a password, which no page shows."""
_DAYS, _UNTIL = "hours.days", "hours.watch_until"
_DAY_BEGINS, _DAY_ENDS = "00:00", "24:00"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KINDS = {
    _SECRET: "camera",
    _DAYS: "days",
    **dict.fromkeys(("hours.watch_from", _UNTIL, "hours.quiet_from", "hours.quiet_until"), "time"),
}
"""Settings that are text in the file, and more than text on the page."""

_UNITS = {
    "min": "min", "s": "s", "px": "px", "percent": "%", "days": N_("days"),
    "breaks": N_("breaks"), "per_s": N_("a second"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormField:
    """One setting as the form shows it."""

    key: str
    label: str
    kind: str
    """``switch``, ``choice``, ``number``, ``time``, ``days``, ``camera`` or ``text``."""
    value: str
    usual: str
    doc: str
    unit: str
    low: str
    high: str
    step: str
    choices: tuple[str, ...]
    everyday: bool
    at_start: bool
    """The running monitor uses a change from its next start on."""
    error: str
    environment: str
    """The variable that overrules the file, if it is set."""


@dataclass(frozen=True, slots=True)
class FormSection:
    """One box of the form."""

    name: str
    title: str
    text: str
    everyday: tuple[FormField, ...]
    more: tuple[FormField, ...]


def routes(desk: Desk) -> list[Route]:
    def show(request: Request) -> Response:
        return _show(desk, request)

    def save(request: Request, form: Mapping[str, str]) -> Response:
        return _save(desk, request, form)

    def reset(request: Request, form: Mapping[str, str]) -> Response:
        return _reset(desk, request)

    def notify(request: Request, form: Mapping[str, str]) -> Response:
        return desk.done(request, "/settings", show_test_notification(desk))

    return [
        Route("/settings", show, methods=["GET"]),
        Route("/settings/save", posting(desk, save), methods=["POST"]),
        Route("/settings/reset", posting(desk, reset), methods=["POST"]),
        Route("/settings/notify", posting(desk, notify), methods=["POST"]),
    ]


def _unit(name: str) -> str:
    if name.endswith("_per_s"):
        return _(_UNITS["per_s"])
    return _(_UNITS.get(name.rsplit("_", 1)[-1], ""))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _field(
    section: str,
    spec: Field[Any],
    kind: type,
    settings: Settings,
    given: Mapping[str, str] | None,
    errors: Mapping[str, str],
    environment: Mapping[str, str],
) -> FormField:
    key = f"{section}.{spec.name}"
    current = _text(getattr(getattr(settings, section), spec.name))
    if given is not None:
        current = given.get(key, "false" if kind is bool else current)
    if key == _SECRET:
        current = masked((given or {}).get(_CAMERA_CHOSEN) or current)
    choices = tuple(spec.metadata.get("choices", ()))
    variable = f"{ENV_PREFIX}{section}_{spec.name}".upper()
    shown = _KINDS.get(key, "switch" if kind is bool else "choice" if choices else "text")
    if shown == "time" and current == _DAY_ENDS:
        current = _DAY_BEGINS  # no clock shows 24:00; as an end it is the same
    if key == _DAYS and given is not None and _DAYS_SHOWN in given:
        current = _chosen_days(given)
    numeric = "low" in spec.metadata
    unit = _unit(spec.name) if numeric else _("degrees") if spec.name == "rotate" else ""
    return FormField(
        key=key,
        label=LABELS.get(key, spec.name.replace("_", " ").capitalize()),
        kind="number" if numeric else shown,
        value=current,
        usual=_text(getattr(getattr(Settings(), section), spec.name)),
        doc=_(str(spec.metadata["doc"])),
        unit=unit,
        low=_text(spec.metadata["low"]) if numeric else "",
        high=_text(spec.metadata["high"]) if numeric else "",
        step="1" if kind is int else "any",
        choices=choices,
        everyday=key in EVERYDAY,
        at_start=bool(spec.metadata["at_start"]),
        error=errors.get(key, ""),
        environment=variable if variable in environment else "",
    )


def form_sections(
    settings: Settings,
    *,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[FormSection]:
    """The form; with what was typed (`given`) and what is wrong with it, if anything."""
    sections = []
    for name, (title, text) in TITLES.items():
        section = getattr(settings, name)
        kinds = get_type_hints(type(section))
        shown = [
            _field(name, spec, kinds[spec.name], settings, given, errors or {}, environment or {})
            for spec in fields(section)
        ]
        sections.append(
            FormSection(
                name,
                _(title),
                _(text),
                tuple(
                    sorted((f for f in shown if f.everyday), key=lambda f: f.kind != "switch")
                    if name == "reminders"
                    else (f for f in shown if f.everyday)
                ),
                tuple(f for f in shown if not f.everyday),
            )
        )
    return sections


_CAMERA_CHOSEN = "camera_chosen"
"""The field of the camera that was chosen from the list; empty: the address counts."""
_DAYS_SHOWN = "days_shown"
"""Tells that days were shown as boxes: one that is missing was unchecked."""


def _chosen_days(form: Mapping[str, str]) -> str:
    return " ".join(day for day in DAYS if form.get(f"day_{day}") == "true")


def _from_controls(form: Mapping[str, str]) -> dict[str, str]:
    """The form with what lists, boxes and clocks say in the words of the settings."""
    found = dict(form)
    if form.get(_CAMERA_CHOSEN):
        found[_SECRET] = form[_CAMERA_CHOSEN]
    if _DAYS_SHOWN in form:
        found[_DAYS] = _chosen_days(form)
    if form.get(_UNTIL) == _DAY_BEGINS:
        found[_UNTIL] = _DAY_ENDS
    return found


def read_form(form: Mapping[str, str], current: Settings) -> tuple[Settings, dict[str, str]]:
    """The settings that the form asks for, and what is wrong by the setting's key.

    A switch that is missing is off; any other setting that is missing stays as it is.
    """
    document: dict[str, dict[str, object]] = {}
    errors: dict[str, str] = {}
    form = _from_controls(form)
    for name in SECTION_NAMES:
        section = getattr(current, name)
        kinds = get_type_hints(type(section))
        values = document.setdefault(name, {})
        for spec in fields(section):
            key = f"{name}.{spec.name}"
            before = getattr(section, spec.name)
            try:
                value = _typed(form.get(key), kinds[spec.name], before, spec.default)
                if key == _SECRET:
                    value = _with_password(str(value), before)
                settings_from({name: {spec.name: value}})
            except ConfigError as error:
                errors[key] = _own_words(str(error), key)
                value = before
            values[spec.name] = value
    unknown = [k for k in form if "." in k and k not in LABELS]
    if unknown:
        errors[unknown[0]] = _("this setting is not known")
    return settings_from(document), errors


def _typed(text: str | None, kind: type, before: object, usual: object) -> object:
    if kind is bool:
        return text == "true"
    if text is None:
        return before
    text = text.strip()
    if kind is str:
        if not text and usual == "":
            return text
        if not text or len(text) > 500 or not text.isprintable():
            raise ConfigError("it must be a text of 1 to 500 ordinary characters")
        return text
    try:
        return float(text)
    except ValueError:
        raise ConfigError("use a number") from None


def _with_password(source: str, before: str) -> str:
    """What was typed, with the password that the page did not show."""
    if source == masked(before):
        return before
    if "://" in source and MASK in source:
        raise ConfigError("write the password in place of {mask}", mask=MASK)
    return source


def _own_words(text: str, key: str) -> str:
    """The error without the setting's name, which stands above it on the page."""
    told = text.removeprefix(f"{key} is ")
    return told.split("; ", 1)[-1] if told != text else text


def _stored(desk: Desk) -> Settings:
    """What the file says, without the environment; Refusal where it can't be read."""
    try:
        return load_settings(desk.paths.config_file, {})
    except ConfigError as error:
        raise Refusal(409, _("The settings file can’t be used"), f"{error_text(error)}.") from None


def _show(desk: Desk, request: Request) -> Response:
    current = desk.settings if desk.sample else _stored(desk)
    return desk.page(
        request,
        "settings",
        sections=form_sections(current, environment=desk.environment),
        errors={},
        **_around(desk),
    )


def _save(desk: Desk, request: Request, form: Mapping[str, str]) -> Response:
    current = _stored(desk)
    wanted, errors = read_form(form, current)
    if errors:
        return desk.page(
            request,
            "settings",
            status=422,
            sections=form_sections(
                current, given=form, errors=errors, environment=desk.environment
            ),
            errors=errors,
            **_around(desk),
        )
    if wanted == current:
        return desk.done(request, "/settings", "unchanged")
    write_settings(desk.paths.config_file, wanted)
    desk.settings = load_settings(desk.paths.config_file, desk.environment)
    return desk.done(request, "/settings", _told_to_the_monitor(desk))


def _around(desk: Desk) -> dict[str, Any]:
    """What the page shows beside the settings themselves."""
    return {
        "path": desk.paths.config_file,
        "cameras": _cameras(desk),
        "week_days": [(day, short) for day, short in zip(DAYS, short_days(), strict=True)],
        "can_notify": desk.live is not None and not desk.sample,
    }


def _cameras(desk: Desk) -> list[CameraChoice]:
    """The computer's cameras where a monitor runs; addresses are left out, they may be secret."""
    if desk.first_steps is None:
        return []
    try:
        return [one for one in desk.first_steps.cameras() if "://" not in one.source]
    except PostureMonitorError:
        return []


def _reset(desk: Desk, request: Request) -> Response:
    """All as usual, but for the camera: without it the monitor would watch another one."""
    current = _stored(desk)
    usual = replace(Settings(), camera=replace(Settings().camera, source=current.camera.source))
    if usual == current:
        return desk.done(request, "/settings", "unchanged")
    write_settings(desk.paths.config_file, usual)
    desk.settings = load_settings(desk.paths.config_file, desk.environment)
    return desk.done(request, "/settings", _told_to_the_monitor(desk))


def _told_to_the_monitor(desk: Desk) -> str:
    """What became of it: a monitor that runs here takes up what can change while it runs."""
    if desk.live is None:
        return "saved"
    try:
        answer = desk.live.command("reload", {})
    except PostureMonitorError as error:
        raise Refusal(
            409,
            _("Saved, but not in use"),
            _("The monitor can’t use it: {error}.", error=error_text(error)),
        ) from None
    return "saved_waiting" if answer.get("waiting") else "saved_applied"
