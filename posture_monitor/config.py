"""Settings: frozen records, read from TOML and the environment, every bound checked on load.

Precedence: environment, then the file, then the defaults written here. The environment
variable of ``sitting.min_break_s`` is ``POSTURE_MONITOR_SITTING_MIN_BREAK_S``.
"""

from __future__ import annotations

import codecs
import errno
import json
import os
import re
import stat
import tomllib
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from posture_monitor.domain import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENV_PREFIX = "POSTURE_MONITOR_"


def _number(default: float, low: float, high: float, doc: str, *, at_start: bool = False) -> Any:
    """A numeric setting between two inclusive bounds."""
    return field(
        default=default, metadata={"low": low, "high": high, "doc": doc, "at_start": at_start}
    )


def _choice(default: str, choices: tuple[str, ...], doc: str, *, at_start: bool = False) -> Any:
    """A setting that is one of a few words."""
    return field(default=default, metadata={"choices": choices, "doc": doc, "at_start": at_start})


_TIME_OF_DAY = r"([01]\d|2[0-3]):[0-5]\d|24:00"


def _pattern(default: str, pattern: str, doc: str) -> Any:
    """A text of a certain form."""
    return field(default=default, metadata={"pattern": pattern, "doc": doc, "at_start": False})


def _plain(default: bool | str, doc: str, *, at_start: bool = False) -> Any:
    """A switch, or a text without further bounds."""
    return field(default=default, metadata={"doc": doc, "at_start": at_start})


@dataclass(frozen=True, slots=True)
class CameraSettings:
    """Where pictures come from."""

    source: str = _plain(
        "0", "camera index or name, video file, or http(s)/rtsp address", at_start=True
    )
    width_px: int = _number(640, 160, 3840, "picture width asked of a camera", at_start=True)
    height_px: int = _number(480, 120, 2160, "picture height asked of a camera", at_start=True)
    open_limit_s: float = _number(5.0, 0.5, 60.0, "give up opening after this long", at_start=True)
    read_limit_s: float = _number(
        3.0, 0.5, 60.0, "a camera silent this long counts as lost", at_start=True
    )
    mirror: bool = _plain(
        False, "flip left and right (for cameras that deliver a mirror image)", at_start=True
    )
    rotate: str = _choice(
        "0", ("0", "90", "180", "270"), "degrees clockwise to turn the picture", at_start=True
    )
    fps: float = _number(
        10.0, 1.0, 120.0, "pictures a second asked of a camera; it may give others", at_start=True
    )
    glance_every_s: float = _number(
        0.0, 0.0, 12.0, "open the camera only for a frame every N seconds; 0: keep it open"
    )
    yield_to_others: bool = _plain(True, "let another program that wants the camera have it")


@dataclass(frozen=True, slots=True)
class PoseSettings:
    """How pictures become landmarks."""

    engine: str = _choice("litert", ("litert", "mediapipe"), "pose engine", at_start=True)
    samples_per_s: float = _number(1.0, 0.05, 30.0, "frames per second at most while present")


@dataclass(frozen=True, slots=True)
class PostureSettings:
    """When posture counts as strained, and when to say so."""

    sensitivity: str = _choice("normal", ("low", "normal", "high"), "how early strain is called")
    hold_s: float = _number(30.0, 5.0, 900.0, "strained this long before a notification")
    cooldown_min: float = _number(10.0, 1.0, 240.0, "no second posture notification within")
    corrected_s: float = _number(3.0, 0.0, 60.0, "relaxed this long counts as corrected")


@dataclass(frozen=True, slots=True)
class SittingSettings:
    """When someone counts as sitting, away or on a break."""

    min_break_s: float = _number(120.0, 30.0, 1800.0, "an absence this long ends sitting")
    max_gap_s: float = _number(15.0, 1.0, 300.0, "pictures further apart leave the time unknown")
    leave_s: float = _number(1.0, 0.0, 30.0, "nobody in view this long counts as away")
    return_s: float = _number(0.5, 0.0, 30.0, "somebody in view this long counts as back")
    stand_s: float = _number(60.0, 5.0, 600.0, "standing this long ends a sitting spell")
    session_end_min: float = _number(30.0, 5.0, 240.0, "away this long ends a session")


@dataclass(frozen=True, slots=True)
class ReminderSettings:
    """Which reminders come, and how often."""

    posture: bool = _plain(True, "tell about strained posture")
    move: bool = _plain(True, "ask for a change of position")
    breaks: bool = _plain(True, "ask to stand up")
    stretch: bool = _plain(True, "propose a short routine with every second break")
    water: bool = _plain(True, "remind to drink")
    move_every_min: float = _number(20.0, 5.0, 240.0, "without a change of position")
    break_every_min: float = _number(30.0, 5.0, 240.0, "of sitting")
    stretch_every_breaks: int = _number(2, 1, 10, "a stretch routine with every Nth break")
    water_every_min: float = _number(60.0, 10.0, 480.0, "of presence")
    repeat_break_min: float = _number(15.0, 5.0, 240.0, "an ignored break comes again after")
    routine_min: float = _number(2.0, 1.0, 5.0, "length of a guided break")
    seated: bool = _plain(False, "only words and exercises for somebody who stays seated")
    strengthen: bool = _plain(True, "strengthening exercises in breaks on two days a week")
    snooze_min: float = _number(10.0, 1.0, 240.0, "length of a snooze")
    wait_for_pause: bool = _plain(
        True, "hold breaks, moving and water for a pause of keyboard and mouse, 5 min at most"
    )
    notice: bool = _plain(False, "say so a minute before a break")
    firm: bool = _plain(False, "limit how often in a row a break can be put off")
    most_skips: int = _number(2, 1, 10, "in firm mode: skips and snoozes in a row")
    trial: bool = _plain(
        False, "own trial: withhold every other break and posture reminder by chance, 60 of each"
    )
    far_look: bool = _plain(False, "ask to look into the distance")
    far_look_every_min: float = _number(20.0, 10.0, 120.0, "at the desk")
    sit_stand: bool = _plain(False, "ask to change between sitting and standing")
    sit_stand_every_min: float = _number(45.0, 10.0, 240.0, "of one of the two")
    weekly: bool = _plain(False, "tell how the last week was when a new one begins")
    posture_text: str = _plain("", "own words of a posture reminder; empty: ours")
    move_text: str = _plain("", "own words of a reminder to move; empty: ours")
    break_text: str = _plain("", "own words of a break; empty: ours, varied")
    water_text: str = _plain("", "own words of a reminder to drink; empty: ours")
    wait_in_full_screen: bool = _plain(
        True, "hold reminders while a window fills the screen, or the screen is shared"
    )
    grace_s: float = _number(120.0, 0.0, 1800.0, "no reminder this soon after coming back")


@dataclass(frozen=True, slots=True)
class NotificationSettings:
    """How reminders are shown."""

    backend: str = _choice(
        "auto", ("auto", "desktop", "console", "none"), "where notifications are shown"
    )
    nudge: str = _choice(
        "popup",
        ("popup", "edge"),
        "posture and moving by a notification, or by a coloured edge of the screen (X11 only)",
    )
    sound: bool = _plain(False, "play the desktop's notification sound")


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """What is kept."""

    retention_days: int = _number(
        400, 1, 36500, "older records are deleted at start", at_start=True
    )


@dataclass(frozen=True, slots=True)
class HourSettings:
    """When to watch and when to be quiet, by the local time of day."""

    days: str = _pattern(
        "mon tue wed thu fri sat sun",
        r"(mon|tue|wed|thu|fri|sat|sun)( (mon|tue|wed|thu|fri|sat|sun))*",
        "watch on these days",
    )
    watch_from: str = _pattern("00:00", _TIME_OF_DAY, "watch from this time of day")
    watch_until: str = _pattern("24:00", _TIME_OF_DAY, "and until this one")
    quiet_from: str = _pattern("00:00", _TIME_OF_DAY, "no reminders from this time of day")
    quiet_until: str = _pattern("00:00", _TIME_OF_DAY, "until this one; the same time: never")


@dataclass(frozen=True, slots=True)
class GoalSettings:
    """What the user sets out to do; shown on the pages, never notified."""

    longest_sitting_min: float = _number(
        60.0, 0.0, 240.0, "sit no longer than this without a break; 0: no goal"
    )
    strained_percent: float = _number(
        0.0, 0.0, 100.0, "strained for at most this share of the judged time; 0: no goal"
    )


@dataclass(frozen=True, slots=True)
class PowerSettings:
    """What to save on battery."""

    on_battery: str = _choice("slower", ("same", "slower", "off"), "how to watch on battery")


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """How texts are shown."""

    language: str = _choice(
        "auto",
        ("auto", "en", "de"),
        "of pages, notifications and the terminal; auto: as the desktop speaks",
        at_start=True,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; every section may be missing from the file."""

    camera: CameraSettings = field(default_factory=CameraSettings)
    pose: PoseSettings = field(default_factory=PoseSettings)
    posture: PostureSettings = field(default_factory=PostureSettings)
    sitting: SittingSettings = field(default_factory=SittingSettings)
    reminders: ReminderSettings = field(default_factory=ReminderSettings)
    notifications: NotificationSettings = field(default_factory=NotificationSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    hours: HourSettings = field(default_factory=HourSettings)
    power: PowerSettings = field(default_factory=PowerSettings)
    goals: GoalSettings = field(default_factory=GoalSettings)
    display: DisplaySettings = field(default_factory=DisplaySettings)


SECTION_NAMES: tuple[str, ...] = tuple(f.name for f in fields(Settings))


def taken_up(current: Settings, wanted: Settings) -> tuple[Settings, tuple[str, ...]]:
    """The wanted settings as far as a running monitor can use them, and the names of the rest.

    What is read once, when the monitor starts, keeps its current value until then.
    """
    in_force, waiting = wanted, []
    for name in SECTION_NAMES:
        before, after = getattr(current, name), getattr(wanted, name)
        kept = {
            spec.name: getattr(before, spec.name)
            for spec in fields(after)
            if spec.metadata["at_start"] and getattr(before, spec.name) != getattr(after, spec.name)
        }
        waiting += [f"{name}.{key}" for key in kept]
        in_force = replace(in_force, **{name: replace(after, **kept)})
    return in_force, tuple(waiting)


def near_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant; None where none is like it.

    >>> near_name("min_brake_s", ["min_break_s", "max_gap_s"])
    'min_break_s'
    """
    from difflib import get_close_matches  # only where something is wrong

    found = get_close_matches(name[:_MOST_SHOWN], list(known), n=1, cutoff=0.65)
    return found[0] if found else None


_MOST_SHOWN = 120
"""Characters of a wrong value or name in a sentence about it."""


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _given(value: object) -> str:
    """The value as it may be told: cut, also where Python refuses to write all its digits."""
    try:
        return _cut(repr(value))
    except ValueError:
        return "a number with too many digits"
    except RecursionError:
        return "nested too deeply"


def _checked(name: str, spec: Field[Any], kind: type, value: object) -> object:
    """The value in the setting's own type, or a ConfigError that says what is allowed."""
    if kind is bool:
        if not isinstance(value, bool):
            raise ConfigError(
                "{name} is {value}; use true or false", name=name, value=_given(value)
            )
        return value
    if kind is str:
        if not isinstance(value, str):
            short = isinstance(value, int) and not isinstance(value, bool) and value < 10**9
            value = str(value) if short else value
        if not isinstance(value, str):
            raise ConfigError(
                "{name} is {value}; use a text in quotes", name=name, value=_given(value)
            )
        choices = spec.metadata.get("choices")
        if choices and value not in choices:
            raise ConfigError(
                "{name} is {value}; use one of {join}",
                name=name,
                value=_given(value),
                join=", ".join(choices),
            )
        pattern = spec.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            example = spec.default
            raise ConfigError(
                "{name} is {value}; write it like {example!r}",
                name=name,
                value=_given(value),
                example=example,
            )
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError("{name} is {value}; use a number", name=name, value=_given(value))
    low, high = spec.metadata["low"], spec.metadata["high"]
    if not low <= value <= high:  # also refuses NaN
        given = _given(value).removesuffix(".0")
        raise ConfigError(
            "{name} is {given}; it must lie between {low:g} and {high:g}",
            name=name,
            given=given,
            low=low,
            high=high,
        )
    if kind is int:
        if value != int(value):
            raise ConfigError("{name} is {value:g}; use a whole number", name=name, value=value)
        return int(value)
    return float(value)


def _section(current: Any, name: str, given: Mapping[str, object]) -> Any:
    """One section with the given values put over its current ones."""
    specs = {f.name: f for f in fields(current)}
    kinds = get_type_hints(type(current))
    changes: dict[str, object] = {}
    for key, value in given.items():
        if key not in specs:
            near = near_name(key, specs)
            hint = f"{name} knows {', '.join(specs)}"
            hint = hint if near is None else f"did you mean {name}.{near}?"
            raise ConfigError(
                "unknown setting {name}.{key}; {hint}", name=name, key=_cut(key), hint=hint
            )
        changes[key] = _checked(f"{name}.{key}", specs[key], kinds[key], value)
    return replace(current, **changes)


def _parse_environment_value(name: str, kind: type, text: str) -> object:
    """An environment variable's text in the setting's type."""
    if kind is bool:
        lowered = text.strip().lower()
        if lowered in {"1", "true", "yes", "on"}:
            return True
        if lowered in {"0", "false", "no", "off"}:
            return False
        raise ConfigError("{name} is {text}; use true or false", name=name, text=_given(text))
    if kind is str:
        return text
    try:
        return float(text)
    except ValueError:
        raise ConfigError("{name} is {text}; use a number", name=name, text=_given(text)) from None


def settings_from(
    document: Mapping[str, object], environment: Mapping[str, str] | None = None
) -> Settings:
    """Settings from a parsed TOML document and environment variables.

    Raises ConfigError naming the setting, its value and what is allowed.
    """
    settings = Settings()
    for name, given in document.items():
        if name not in SECTION_NAMES:
            near = near_name(name, SECTION_NAMES)
            hint = f"known are {', '.join(SECTION_NAMES)}"
            hint = hint if near is None else f"did you mean [{near}]?"
            raise ConfigError("unknown section [{name}]; {hint}", name=_cut(name), hint=hint)
        if not isinstance(given, dict):
            raise ConfigError(
                "{name} must be a section: write [{name}] above its settings", name=name
            )
        section = _section(getattr(settings, name), name, given)
        settings = replace(settings, **{name: section})
    for name in SECTION_NAMES:
        current = getattr(settings, name)
        kinds = get_type_hints(type(current))
        given_env: dict[str, object] = {}
        for spec in fields(current):
            variable = f"{ENV_PREFIX}{name}_{spec.name}".upper()
            if environment and variable in environment:
                kind = kinds[spec.name]
                value = _parse_environment_value(variable, kind, environment[variable])
                given_env[spec.name] = _checked(variable, spec, kind, value)
        if given_env:
            settings = replace(settings, **{name: replace(current, **given_env)})
    return settings


def setting_keys() -> tuple[str, ...]:
    """Every setting as ``section.name``, in the order of the file."""
    sections = Settings()
    return tuple(
        f"{name}.{spec.name}" for name in SECTION_NAMES for spec in fields(getattr(sections, name))
    )


def with_setting(settings: Settings, key: str, text: str) -> Settings:
    """The settings with one of them (``section.name``) given as text; ConfigError with a hint."""
    if key not in setting_keys():
        near = near_name(key, setting_keys())
        hint = "see them with `posture-monitor config show`"
        hint = hint if near is None else f"did you mean {near}?"
        raise ConfigError("unknown setting {key}; {hint}", key=_cut(key), hint=hint)
    section, name = key.split(".")
    current = getattr(settings, section)
    kind = get_type_hints(type(current))[name]
    value = _parse_environment_value(key, kind, text)
    return replace(settings, **{section: _section(current, section, {name: value})})


MAX_FILE_BYTES = 1_000_000
"""The whole file with every setting explained has 6 kB."""


def _read(path: Path) -> str | None:
    """The file's text; None where it is missing, ConfigError where it can't be a settings file."""
    try:
        # Neither waits for a pipe's other end nor reads a device for ever.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigError(
                    "{path} is not a file; name a settings file, or remove it", path=path
                )
            content = file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError:
        raise ConfigError("the name of a settings file can't hold a zero byte") from None
    except OSError as error:
        too_long = error.errno == errno.ENAMETOOLONG
        advice = "shorten the name" if too_long else "check the file or remove it"
        raise ConfigError(
            "can't read {path} ({strerror}); {advice}",
            path=path,
            strerror=error.strerror,
            advice=advice,
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise ConfigError(
            "{path} is too long for a settings file; check the file or remove it", path=path
        )
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")  # editors on Windows add it
    except UnicodeDecodeError as error:
        raise ConfigError(
            "{path} is not a text in UTF-8; save it as UTF-8 or remove it", path=path
        ) from error


def _parsed(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            "{path} is not valid TOML: {cut}; fix that line", path=path, cut=_cut(str(error))
        ) from error
    except RecursionError:
        raise ConfigError(
            "{path} is nested too deeply; check the file or remove it", path=path
        ) from None
    except ValueError as error:  # a number of more digits than Python converts, a 32nd of May
        raise ConfigError(
            "{path} holds a value that can't be: {cut}", path=path, cut=_cut(str(error))
        ) from None


def load_settings(
    path: Path, environment: Mapping[str, str] | None = None, *, required: bool = False
) -> Settings:
    """Settings from a file and the environment; ConfigError where they can't be used.

    A missing file means the defaults, unless it is ``required``.
    """
    env = os.environ if environment is None else environment
    text = _read(path)
    if text is None:
        if required:
            raise ConfigError("there is no settings file {path}; check --config", path=path)
        return settings_from({}, env)
    document = _parsed(path, text.replace("\r\n", "\n"))
    try:
        settings_from(document)
    except ConfigError as error:
        raise ConfigError("{path}: {error}", path=path, error=error) from None
    return settings_from(document, env)


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, float) and float(f"{value:g}") == value:
        return f"{value:g}"
    return str(value)


def to_toml(settings: Settings, *, commented: bool = False) -> str:
    """The settings as a TOML document that explains itself, optionally commented out.

    >>> to_toml(Settings()).splitlines()[0]
    '[camera]'
    """
    mark = "# " if commented else ""
    lines: list[str] = []
    for name in SECTION_NAMES:
        section = getattr(settings, name)
        lines.append(f"[{name}]")
        for spec in fields(section):
            allowed = spec.metadata.get("choices")
            bounds = (
                f" ({'|'.join(allowed)})"
                if allowed
                else f" ({spec.metadata['low']:g} to {spec.metadata['high']:g})"
                if "low" in spec.metadata
                else ""
            )
            value = _toml_value(getattr(section, spec.name))
            lines.append(f"{mark}{spec.name} = {value}  # {spec.metadata['doc']}{bounds}")
        lines.append("")
    return "\n".join(lines)
