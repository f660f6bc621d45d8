"""Settings: every bound is checked, and a refusal names the setting and what is allowed."""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture_monitor.config import (
    ENV_PREFIX,
    SECTION_NAMES,
    CameraSettings,
    Settings,
    SittingSettings,
    load_settings,
    settings_from,
    taken_up,
    to_toml,
)
from posture_monitor.domain import ConfigError

SPECS = [
    (section, spec) for section in SECTION_NAMES for spec in fields(getattr(Settings(), section))
]
NUMBERS = [(section, spec) for section, spec in SPECS if "low" in spec.metadata]


def names(pairs):
    return [f"{section}.{spec.name}" for section, spec in pairs]


def value_of(settings, section, name):
    return getattr(getattr(settings, section), name)


def test_an_empty_document_gives_the_defaults():
    assert settings_from({}) == Settings()


def test_the_defaults_are_the_rules_that_users_were_promised():
    settings = Settings()

    assert settings.posture.hold_s == 30.0
    assert settings.posture.cooldown_min == 10.0
    assert settings.reminders.move_every_min == 20.0
    assert settings.reminders.break_every_min == 30.0
    assert settings.reminders.stretch_every_breaks == 2
    assert settings.reminders.water_every_min == 60.0
    assert settings.reminders.snooze_min == 10.0
    assert settings.sitting.min_break_s == 120.0
    assert settings.sitting.max_gap_s == 15.0
    assert settings.sitting.stand_s == 60.0
    assert settings.sitting.session_end_min == 30.0
    assert settings.history.retention_days == 400
    assert settings.notifications.sound is False
    assert (settings.camera.width_px, settings.camera.height_px) == (640, 480)


@pytest.mark.parametrize(("section", "spec"), SPECS, ids=names(SPECS))
def test_every_setting_says_what_it_is_for_and_accepts_its_own_default(section, spec):
    settings = settings_from({section: {spec.name: spec.default}})

    assert settings == Settings()
    assert len(spec.metadata["doc"]) > 5


@pytest.mark.parametrize(("section", "spec"), NUMBERS, ids=names(NUMBERS))
def test_every_number_is_accepted_at_its_bounds_and_refused_beyond(section, spec):
    low, high = spec.metadata["low"], spec.metadata["high"]

    assert low < high
    assert low <= spec.default <= high
    for good in (low, high):
        assert value_of(settings_from({section: {spec.name: good}}), section, spec.name) == good
    for bad in (low - 1, high + 1, float("nan"), float("inf"), -float("inf"), 10**400):
        with pytest.raises(ConfigError, match=rf"{section}\.{spec.name} is .* must lie between"):
            settings_from({section: {spec.name: bad}})


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"sittin": {}}, r"unknown section \[sittin\]; did you mean \[sitting\]\?"),
        ({"sitting": 5}, r"sitting must be a section: write \[sitting\] above its settings"),
        ({"sitting": {"min_brake_s": 5}}, r"min_brake_s; did you mean sitting.min_break_s\?"),
        ({"sitting": {"min_break_s": "two"}}, "sitting.min_break_s is 'two'; use a number"),
        ({"sitting": {"min_break_s": True}}, "sitting.min_break_s is True; use a number"),
        ({"history": {"retention_days": 30.5}}, "history.retention_days is 30.5; use a whole"),
        ({"reminders": {"water": 1}}, "reminders.water is 1; use true or false"),
        ({"reminders": {"water": "yes"}}, "reminders.water is 'yes'; use true or false"),
        ({"pose": {"engine": "yolo"}}, "pose.engine is 'yolo'; use one of litert, mediapipe"),
        ({"camera": {"source": True}}, "camera.source is True; use a text in quotes"),
        ({"camera": {"source": 1.5}}, "camera.source is 1.5; use a text in quotes"),
    ],
)
def test_a_setting_that_can_not_be_used_is_named_with_what_is_allowed(document, said):
    with pytest.raises(ConfigError, match=said):
        settings_from(document)


def test_a_time_of_day_has_hours_and_minutes():
    assert settings_from({"hours": {"watch_from": "08:30"}}).hours.watch_from == "08:30"
    for bad in ("8:30", "25:00", "08:60", "08:30:00", ""):
        with pytest.raises(ConfigError, match=r"hours.watch_from is .* write it like '00:00'"):
            settings_from({"hours": {"watch_from": bad}})


def test_numbers_take_the_type_of_their_setting():
    settings = settings_from(
        {"camera": {"width_px": 1280.0, "source": 2}, "sitting": {"min_break_s": 90}}
    )

    assert (settings.camera.width_px, type(settings.camera.width_px)) == (1280, int)
    assert (settings.sitting.min_break_s, type(settings.sitting.min_break_s)) == (90.0, float)
    assert settings.camera.source == "2"  # a camera's index, written without quotes


def test_settings_can_not_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().sitting.min_break_s = 5.0  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    ("variable", "text", "section", "name", "value"),
    [
        ("POSTURE_MONITOR_SITTING_MIN_BREAK_S", "90", "sitting", "min_break_s", 90.0),
        ("POSTURE_MONITOR_CAMERA_WIDTH_PX", "1280", "camera", "width_px", 1280),
        ("POSTURE_MONITOR_CAMERA_SOURCE", "http://cam/", "camera", "source", "http://cam/"),
        ("POSTURE_MONITOR_REMINDERS_WATER", "off", "reminders", "water", False),
        ("POSTURE_MONITOR_REMINDERS_WATER", " No ", "reminders", "water", False),
        ("POSTURE_MONITOR_CAMERA_MIRROR", "TRUE", "camera", "mirror", True),
        ("POSTURE_MONITOR_CAMERA_MIRROR", "1", "camera", "mirror", True),
    ],
)
def test_the_environment_wins_over_the_file(variable, text, section, name, value):
    document = {"sitting": {"min_break_s": 60, "leave_s": 5}}
    settings = settings_from(document, {variable: text, "POSTURE_MONITOR_DATA_DIR": "/x"})

    assert value_of(settings, section, name) == value
    assert settings.sitting.leave_s == 5.0  # the rest of the file still counts


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("POSTURE_MONITOR_SITTING_MIN_BREAK_S", "two", "is 'two'; use a number"),
        ("POSTURE_MONITOR_SITTING_MIN_BREAK_S", "5", "is 5; it must lie between 30 and 1800"),
        ("POSTURE_MONITOR_SITTING_MIN_BREAK_S", "nan", "must lie between 30 and 1800"),
        ("POSTURE_MONITOR_REMINDERS_WATER", "maybe", "is 'maybe'; use true or false"),
        ("POSTURE_MONITOR_POSE_ENGINE", "yolo", "use one of litert, mediapipe"),
    ],
)
def test_a_variable_that_can_not_be_used_is_named_itself(tmp_path, variable, text, said):
    # It used to be told as a setting of the file, where nobody would find it.
    path = tmp_path / "config.toml"
    path.write_text("[sitting]\nleave_s = 5\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as refused:
        load_settings(path, {variable: text})

    assert str(refused.value).startswith(variable)


def test_every_setting_has_a_variable_of_its_own():
    variables = [f"{ENV_PREFIX}{section}_{spec.name}".upper() for section, spec in SPECS]

    assert len(set(variables)) == len(SPECS)


def test_a_missing_file_is_no_error(tmp_path):
    assert load_settings(tmp_path / "none.toml", {}) == Settings()
    variables = {"POSTURE_MONITOR_SITTING_STAND_S": "30"}
    assert load_settings(tmp_path / "none.toml", variables).sitting.stand_s == 30.0


def test_the_file_is_read(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[sitting]\nmin_break_s = 90\n[camera]\nsource = 'Büro'\n", encoding="utf-8")
    settings = load_settings(path, {})

    assert settings == Settings(
        sitting=SittingSettings(min_break_s=90.0), camera=CameraSettings(source="Büro")
    )


def test_the_processs_own_environment_counts_where_none_is_given(tmp_path, monkeypatch):
    monkeypatch.setenv("POSTURE_MONITOR_SITTING_STAND_S", "45")

    assert load_settings(tmp_path / "none.toml").sitting.stand_s == 45.0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[sitting\n", "is not valid TOML: .*fix that line"),
        (b"\xff\xfe", "config.toml"),
        (b"[sitting]\nmin_break_s = 5\n", "config.toml: sitting.min_break_s is 5; it must lie"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path, content, said):
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as refused:
        load_settings(path, {})

    assert str(path) in str(refused.value)


def test_a_folder_in_place_of_the_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"can't read .*check the file or remove it"):
        load_settings(tmp_path, {})


def test_the_written_settings_explain_themselves():
    text = to_toml(Settings())

    assert "min_break_s = 120  # an absence this long ends sitting (30 to 1800)" in text
    assert 'engine = "litert"  # pose engine (litert|mediapipe)' in text
    assert "sound = false  # play the desktop's notification sound\n" in text


def test_commented_out_every_setting_stays_at_its_default():
    text = to_toml(Settings(), commented=True)

    assert all(not section for section in tomllib.loads(text).values())
    uncommented = re.sub("(?m)^# ", "", text)
    assert settings_from(tomllib.loads(uncommented)) == Settings()


@given(
    st.floats(30.0, 1800.0),
    st.integers(1, 36500),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_settings_survive_being_written_and_read(min_break_s, days, water, source):
    document = {
        "sitting": {"min_break_s": min_break_s},
        "history": {"retention_days": days},
        "reminders": {"water": water},
        "camera": {"source": source},
    }
    settings = settings_from(document)

    assert settings_from(tomllib.loads(to_toml(settings))) == settings


def test_what_is_read_once_at_the_start_waits_and_everything_else_is_taken_up():
    wanted = replace(
        Settings(),
        camera=replace(Settings().camera, source="1"),
        posture=replace(Settings().posture, hold_s=60.0),
        history=replace(Settings().history, retention_days=30),
    )

    in_force, waiting = taken_up(Settings(), wanted)

    assert waiting == ("camera.source", "history.retention_days")
    assert in_force == replace(Settings(), posture=wanted.posture)
    assert taken_up(wanted, wanted) == (wanted, ())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[camera]\nwidth_px = " + b"9" * 5000, "holds a value that can't be"),
        (b"[camera]\nwidth_px = 0x" + b"f" * 50_000, "a number with too many digits; it must lie"),
        (b"[camera]\nsource = 0x" + b"f" * 50_000, r"unknown|too many digits|source"),
        (b"[camera]\nwidth_px = 1" + b"0" * 4000 + b".5", "camera.width_px is inf; it must lie"),
        (b"[camera]\nwidth_px = 1e999", "camera.width_px is inf; it must lie"),
        (b"[camera]\nwidth_px = nan", "camera.width_px is nan; it must lie"),
        (b"[camera]\nwidth_px = " + b"[" * 100_000, "is nested too deeply"),
        (b"a = " + b"{a=" * 50_000, "is nested too deeply"),
        (b"[" + b"a." * 1000 + b"a]", "unknown section"),
        (b"[" + b"a" * 100_000 + b"]", "unknown section"),
        (b"[camera]\n" + b"k" * 100_000 + b" = 1", "unknown setting"),
        (b"[camera]\nwhen = 2026-05-32", "is not valid TOML|holds a value that can't be"),
        (b"# " + b"x" * 1_000_000, "is too long for a settings file"),
        ("[camera]\n".encode("utf-16"), "is not a text in UTF-8; save it as UTF-8"),
        (b"\x00" * 100, "is not valid TOML"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_hostile_file_is_refused_in_one_short_sentence(tmp_path, content, said):
    path = tmp_path / "config.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=said) as refused:
        load_settings(path, {})
    assert len(str(refused.value)) < 500 + len(str(path))
    assert "\n" not in str(refused.value)


def test_file_from_an_editor_on_windows_is_read(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf[camera]\r\nwidth_px = 800\r\n")

    assert load_settings(path, {}).camera.width_px == 800


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("link")
    for path, said in (
        (tmp_path / "pipe", "is not a file"),
        (tmp_path / "link", "can't read .*link"),
        (tmp_path, "directory"),
        (Path("/dev/zero"), "is not a file"),
        (tmp_path / ("x" * 5000), r"File name too long\); shorten the name"),
        (tmp_path / "a\0b", "zero byte"),
    ):
        with pytest.raises(ConfigError, match=said):
            load_settings(path, {})


def test_settings_file_that_was_named_must_be_there(tmp_path):
    assert load_settings(tmp_path / "missing.toml", {}) == Settings()
    with pytest.raises(ConfigError, match=r"there is no settings file .*missing\.toml"):
        load_settings(tmp_path / "missing.toml", {}, required=True)


def test_number_in_the_environment_that_has_no_end_is_refused():
    for text in ("9" * 5000, "1e999", "nan"):
        with pytest.raises(ConfigError, match=r"POSTURE_MONITOR_CAMERA_WIDTH_PX is (inf|nan)"):
            settings_from({}, {"POSTURE_MONITOR_CAMERA_WIDTH_PX": text})
