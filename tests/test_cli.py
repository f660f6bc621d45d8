"""The command line: help, exit codes, and one sentence for everything that is amiss."""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from posture_monitor import __version__, cli
from posture_monitor.commands.parser import build_parser
from posture_monitor.config import Settings, load_settings
from tests.program import environment, posture_monitor, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


REPORT_KEYS = {
    *("schema", "from", "until", "observed_s", "sitting_s", "standing_s", "away_s", "break_s"),
    *("unknown_s", "strained_s", "strained_by_reason_s", "mean_score", "longest_sitting_s"),
    *("breaks", "reminders", "days"),
}


def call(data_dir: Path, *arguments: object) -> int:
    """In this process; the exit code."""
    return cli.main(["--data-dir", str(data_dir), *map(str, arguments)])


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on the error stream, without the program's name."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("posture-monitor: ")
    assert captured.err.count("\n") == 1
    return captured.err.removeprefix("posture-monitor: ").rstrip("\n")


def subcommands(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every command and command of a command, with its parser."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield (*path, name), sub
                yield from subcommands(sub, (*path, name))


COMMANDS = dict(subcommands(build_parser()))


# --------------------------------------------------------------------------- help and usage


def test_program_without_a_command_is_a_usage_error():
    done = posture_monitor()

    assert done.returncode == 2
    assert done.stdout == ""
    assert "COMMAND" in done.stderr


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(path, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main([*path, "--help"])

    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert f"example:\n  posture-monitor {' '.join(path)}" in text
    options = [action for action in COMMANDS[path]._actions if action.dest != "help"]
    assert all(action.help for action in options if action.dest not in {"action", "command"})


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_example_can_be_typed(path):
    example = str(COMMANDS[path].epilog).splitlines()[-1].split()

    assert example[0] == "posture-monitor"
    build_parser().parse_args(example[1:])


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (["help"], ["--help"]),
        (["help", "report"], ["report", "--help"]),
        (["--debug", "help", "profiles", "show"], ["profiles", "show", "--help"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_help_is_a_word_too(words, same, capsys):
    shown = []
    for arguments in (words, same):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 0
        shown.append(capsys.readouterr().out)

    assert shown[0] == shown[1] != ""


def test_version_is_told(capsys):
    with pytest.raises(SystemExit):
        cli.main(["--version"])

    assert capsys.readouterr().out == f"posture-monitor {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["dance"], "invalid choice: 'dance' (choose from demo, run, calibrate"),
        (["statsu"], "invalid choice: 'statsu' (did you mean 'status'?)"),
        (["profiles", "lits"], "invalid choice: 'lits' (did you mean 'list'?)"),
        (["help", "rnu"], "invalid choice: 'rnu' (did you mean 'run'?)"),
        (
            ["run", "--data-dir", "x"],
            "unrecognized arguments: --data-dir x (--data-dir stands before the command)",
        ),
        (["run", "--profil", "x"], "--profil x (did you mean --profile?)"),
        (["run", "--sauce=1"], "unrecognized arguments: --sauce=1 (did you mean --source?)"),
        (["run", "--zzz"], "unrecognized arguments: --zzz\n"),
        (["run", "--speed", "0"], "0 must be above 0"),
        (["run", "--speed", "nan"], "nan must be above 0"),
        (["run", "--duration", "-1"], "-1 must be above 0"),
        (["run", "--prof", "x"], "unrecognized arguments: --prof"),
        (["calibrate", "--distance-cm", "3"], "3 cm must lie between 20 and 300"),
        (["calibrate", "--start", "x"], "'x' is not a number"),
        (["analyze", "--out", "x"], "name either a VIDEO (or several) or a --manifest"),
        (
            ["analyze", "a.mp4", "--manifest", "m.csv", "--out", "x"],
            "name either a VIDEO (or several) or a --manifest",
        ),
        (["analyze", "a.mp4"], "the following arguments are required: --out"),
        (["analyze", "a.mp4", "--out", "x", "--fps", "100"], "100 must lie between 0.05 and 60"),
        (["analyze", "a", "--out", "x", "--workers", "2", "--scheduler", "y"], "not allowed with"),
        (["report", "--day", "today", "--week"], "not allowed with argument"),
        (["report", "--week", "--until", "today"], "not allowed with argument --week"),
        (["profiles", "show", ""], "a profile's name has 1 to 60 printable characters"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors_exit_with_2_and_name_the_argument(arguments, complaint, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)

    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_debug_shows_where_an_error_comes_from(tmp_path):
    arguments = ("--data-dir", tmp_path, "run", "--source", "missing.mp4")
    plain, debug = posture_monitor(*arguments), posture_monitor("--debug", *arguments)

    assert told(plain).startswith("there is no file missing.mp4")
    assert debug.returncode == 1
    assert debug.stderr.startswith("Traceback (most recent call last):")
    assert "CameraError: there is no file missing.mp4" in debug.stderr.splitlines()[-1]


@pytest.mark.parametrize("arguments", [["--help"], ["config", "show"], ["report"]], ids=" ".join)
def test_reader_who_has_had_enough_is_no_error(tmp_path, arguments):
    with subprocess.Popen(
        [sys.executable, "-m", "posture_monitor", "--data-dir", str(tmp_path), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        complaint = process.stderr.read()

    assert (process.returncode, complaint) == (0, b"")


def test_output_to_a_full_disk_is_told_in_one_sentence(tmp_path):
    command = [sys.executable, "-m", "posture_monitor", "--data-dir", str(tmp_path), "report"]
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            command, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, timeout=90
        )

    assert told(done) == (
        "the output can't be written (No space left on device); send it elsewhere, or make space"
    )


def test_terminal_that_lacks_letters_shows_the_rest(tmp_path):
    done = posture_monitor(
        *("--data-dir", tmp_path, "profiles", "show", "Büro — links"),
        environ=environment(PYTHONIOENCODING="ascii"),
    )

    assert told(done).startswith("there is no profile 'B?ro ? links'")


# --------------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[sitting]\nmin_break_s = 1", "sitting.min_break_s is 1; it must lie between 30 and 1800"),
        ("[sitting]\nmin_break_s = 'x'", "sitting.min_break_s is 'x'; use a number"),
        ("[sitting]\nmin_break_s = nan", "sitting.min_break_s is nan; it must lie between"),
        (
            "[sitting]\nmin_brake_s = 90",
            "unknown setting sitting.min_brake_s; did you mean sitting.min_break_s?",
        ),
        ("[sitting]\nxyz = 1", "unknown setting sitting.xyz; sitting knows min_break_s, max_gap_s"),
        ("[seting]\nx = 1", "unknown section [seting]; did you mean [sitting]?"),
        ("[x]\nx = 1", "unknown section [x]; known are camera, pose, posture"),
        ("sitting = 1", "sitting must be a section: write [sitting] above its settings"),
        ("[pose]\nengine = 'magic'", "pose.engine is 'magic'; use one of litert, mediapipe"),
        ("[reminders]\nwater = 1", "reminders.water is 1; use true or false"),
        ("[history]\nretention_days = 1.5", "history.retention_days is 1.5; use a whole number"),
        ("[sitting\n", "is not valid TOML"),
    ],
)
def test_setting_that_cannot_be_used_is_named_with_what_is_allowed(
    tmp_path, capsys, text, complaint
):
    (tmp_path / "config.toml").write_text(text)

    assert call(tmp_path, "config", "show") == 1
    said = sentence(capsys)
    assert complaint in said
    assert said.startswith(str(tmp_path / "config.toml"))


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("SITTING_MIN_BREAK_S", "1", "is 1; it must lie between 30 and 1800"),
        ("SITTING_MIN_BREAK_S", "soon", "is 'soon'; use a number"),
        ("REMINDERS_WATER", "perhaps", "is 'perhaps'; use true or false"),
        ("POSE_ENGINE", "magic", "is 'magic'; use one of litert, mediapipe"),
    ],
)
def test_environment_variable_that_cannot_be_used_is_named(
    tmp_path, capsys, monkeypatch, variable, value, complaint
):
    (tmp_path / "config.toml").write_text("[sitting]\nmax_gap_s = 20\n")
    monkeypatch.setenv(f"POSTURE_MONITOR_{variable}", value)

    assert call(tmp_path, "config", "show") == 1
    assert sentence(capsys) == f"POSTURE_MONITOR_{variable} {complaint}"


def test_settings_shown_can_be_read_again(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("POSTURE_MONITOR_CAMERA_SOURCE", 'C:\\new "camera"\t—\x7f')
    monkeypatch.setenv("POSTURE_MONITOR_SITTING_MAX_GAP_S", "12.3456789")
    monkeypatch.setenv("POSTURE_MONITOR_REMINDERS_WATER", "off")
    assert call(tmp_path / "a", "config", "show") == 0
    shown = capsys.readouterr().out

    (tmp_path / "copy.toml").write_text(shown, encoding="utf-8")
    read = load_settings(tmp_path / "copy.toml", {})
    assert read.camera.source == 'C:\\new "camera"\t—\x7f'
    assert read.sitting.max_gap_s == 12.3456789
    assert read.reminders.water is False
    assert read == load_settings(tmp_path / "none.toml")
    assert read != Settings()


def test_environment_wins_over_the_file(tmp_path, capsys, monkeypatch):
    (tmp_path / "config.toml").write_text("[sitting]\nmin_break_s = 60\nmax_gap_s = 20\n")
    monkeypatch.setenv("POSTURE_MONITOR_SITTING_MIN_BREAK_S", "90")
    assert call(tmp_path, "config", "show") == 0

    shown = capsys.readouterr().out
    assert "min_break_s = 90  #" in shown
    assert "max_gap_s = 20  #" in shown


def test_config_show_holds_no_password(tmp_path, capsys):
    (tmp_path / "config.toml").write_text('[camera]\nsource = "rtsp://me:hunter2@10.0.0.7/x?p=q"\n')
    assert call(tmp_path, "config", "show") == 0

    assert 'source = "rtsp://me:***@10.0.0.7/x?***"  #' in capsys.readouterr().out


def test_config_path_tells_where_everything_is_and_makes_nothing(tmp_path, capsys):
    assert call(tmp_path / "new", "config", "path") == 0

    assert capsys.readouterr().out.split() == [
        *("config", str(tmp_path / "new" / "config.toml")),
        *("data", str(tmp_path / "new" / "history.db")),
        *("log", str(tmp_path / "new" / "posture-monitor.log")),
    ]
    assert not (tmp_path / "new").exists()


def test_config_and_profiles_alone_show_what_there_is(tmp_path, capsys):
    shown = []
    for words in (["config"], ["config", "show"], ["profiles"], ["profiles", "list"]):
        assert call(tmp_path, *words) == 0
        shown.append(tuple(capsys.readouterr()))

    assert shown[0] == shown[1]
    assert shown[2] == shown[3]
    assert "[camera]" in shown[0][0]
    assert "no profile yet" in shown[2][1]


def test_one_setting_is_changed_by_name_and_the_others_stay(tmp_path, capsys, monkeypatch):
    file = tmp_path / "config.toml"
    file.write_text("[sitting]\nmax_gap_s = 20\n")

    assert call(tmp_path, "config", "set", "reminders.break_every_min", "45") == 0
    assert call(tmp_path, "config", "set", "reminders.water", "off") == 0
    assert call(tmp_path, "config", "set", "camera.source", "Desk camera") == 0
    assert (
        capsys.readouterr().out.splitlines()[0] == f"reminders.break_every_min is written to {file}"
    )
    written = load_settings(file, {})
    assert written.sitting.max_gap_s == 20.0
    assert (written.reminders.break_every_min, written.reminders.water) == (45.0, False)
    assert written.camera.source == "Desk camera"
    assert file.stat().st_mode & 0o777 == 0o600

    monkeypatch.setenv("POSTURE_MONITOR_REMINDERS_WATER", "no")
    assert call(tmp_path, "config", "set", "reminders.water", "on") == 0
    assert "POSTURE_MONITOR_REMINDERS_WATER" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("reminders.watr", "on", "unknown setting reminders.watr; did you mean reminders.water?"),
        ("x", "1", "unknown setting x; see them with `posture-monitor config show`"),
        ("reminders.water", "soon", "reminders.water is 'soon'; use true or false"),
        ("posture.hold_s", "x", "posture.hold_s is 'x'; use a number"),
        ("posture.hold_s", "1", "posture.hold_s is 1; it must lie between 5 and 900"),
        ("power.on_battery", "fast", "power.on_battery is 'fast'; use one of same, slower, off"),
    ],
)
def test_setting_that_cannot_be_set_is_told_and_nothing_written(
    tmp_path, capsys, key, value, complaint
):
    assert call(tmp_path, "config", "set", key, value) == 1

    assert sentence(capsys) == complaint
    assert not (tmp_path / "config.toml").exists()


def test_settings_are_edited_in_the_users_editor_also_to_repair_them(tmp_path, capsys, monkeypatch):
    file = tmp_path / "config.toml"
    file.write_text("[sitting\n")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "[sitting]\\n%s\\n" "$1" > "$2"\n')
    editor.chmod(0o700)

    monkeypatch.setenv("VISUAL", f"{editor} 'max_gap_s = 20'")
    assert call(tmp_path, "config", "edit") == 0
    assert capsys.readouterr().out == f"{file} can be used\n"
    assert load_settings(file, {}).sitting.max_gap_s == 20.0

    monkeypatch.setenv("VISUAL", f"{editor} 'max_gap_s = no'")
    assert call(tmp_path, "config", "edit") == 1
    assert "is not valid TOML" in sentence(capsys)

    monkeypatch.setenv("VISUAL", "false")
    assert call(tmp_path, "config", "edit") == 1
    assert sentence(capsys) == f"false ended with 1; the file is {file}"

    monkeypatch.setenv("VISUAL", "/nowhere/editor")
    assert call(tmp_path / "new", "config", "edit") == 1
    assert "/nowhere/editor can't be started" in sentence(capsys)
    assert "# snooze_min = 10" in (tmp_path / "new" / "config.toml").read_text()


def test_settings_file_that_was_named_must_be_there(tmp_path, capsys):
    assert cli.main(["--config", str(tmp_path / "mine.toml"), "config", "show"]) == 1
    assert sentence(capsys) == f"there is no settings file {tmp_path / 'mine.toml'}; check --config"


# --------------------------------------------------------------------------- an empty record


@pytest.mark.parametrize(
    "span",
    [
        [],
        ["--day", "today"],
        ["--day", "2026-01-31"],
        ["--week"],
        ["--since", "2026-01-01"],
        ["--until", "2026-01-31"],
        ["--since", "2026-01-01", "--until", "2026-01-31"],
        ["--session", "last"],
    ],
    ids=" ".join,
)
def test_report_on_an_empty_record_has_every_key_and_invents_no_value(tmp_path, capsys, span):
    assert call(tmp_path, "report", *span, "--format", "json") == 0

    document = json.loads(capsys.readouterr().out)
    assert document.keys() >= REPORT_KEYS
    assert document["observed_s"] == document["sitting_s"] == document["strained_s"] == 0
    assert document["mean_score"] is None
    assert document["longest_sitting_s"] is None
    assert document["days"] == []
    assert document["from"] < document["until"]


def test_report_covers_the_days_that_were_asked_for(tmp_path, capsys):
    call(tmp_path, "report", "--since", "2026-01-01", "--until", "2026-01-31", "--format", "json")

    document = json.loads(capsys.readouterr().out)
    assert document["from"].startswith("2026-01-01T00:00:00")
    assert document["until"].startswith("2026-02-01T00:00:00")


@pytest.mark.parametrize("file_format", ["text", "html", "json", "csv"])
def test_empty_report_goes_into_a_file_for_the_user_alone(tmp_path, capsys, file_format):
    out = tmp_path / f"report.{file_format}"
    assert call(tmp_path / "data", "report", "--format", file_format, "--out", out) == 0

    assert capsys.readouterr().err == f"written to {out}\n"
    text = out.read_text(encoding="utf-8")
    assert {
        "text": "Nothing was recorded",
        "html": "<!doctype html>",
        "json": '"days": []',
        "csv": "date,observed_s",
    }[file_format].lower() in text.lower()
    assert out.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--day", "tomorrow"], "'tomorrow' is no date; write it like 2026-01-31, or today"),
        (["--since", "2026-02-01", "--until", "2026-01-01"], "lies after --until"),
        (["--source", "film.mp4"], "nothing is recorded of 'film.mp4'; recorded replays: none"),
        (["--out", "/dev/null/x"], "can't write /dev/null/x (Not a directory);"),
    ],
)
def test_report_that_cannot_be_made_is_told(tmp_path, capsys, arguments, complaint):
    assert call(tmp_path, "report", *arguments) == 1
    assert complaint in sentence(capsys)


# --------------------------------------------------------------------------- a damaged record


def damage(path: Path, how: str) -> str:
    if how == "corrupt":
        path.write_bytes(b"this was a database once" * 500)
        return "is damaged or not a record of posture-monitor; move the file away"
    if how == "a folder":
        path.mkdir()
        return "is a folder; move it away"
    with closing(sqlite3.connect(path)) as db:
        if how == "newer":
            db.execute("CREATE TABLE migrations (version INTEGER, name TEXT)")
            db.execute("INSERT INTO migrations VALUES (999, 'from the future')")
        else:
            db.execute("CREATE TABLE recipes (name TEXT)")
        db.commit()
    return (
        "was written by a newer posture-monitor; upgrade posture-monitor"
        if how == "newer"
        else "is damaged or not a record of posture-monitor"
    )


@pytest.mark.parametrize("how", ["corrupt", "newer", "somebody else's", "a folder"])
@pytest.mark.parametrize(
    "arguments", [["report"], ["profiles", "list"], ["run", "--source", "x.mp4"]], ids=" ".join
)
def test_record_that_cannot_be_used_is_told(tmp_path, capsys, how, arguments):
    complaint = damage(tmp_path / "history.db", how)
    before = (tmp_path / "history.db").read_bytes() if how != "a folder" else None

    assert call(tmp_path, *arguments) == 1
    said = sentence(capsys)
    assert said.startswith(str(tmp_path / "history.db"))
    assert complaint in said
    if before is not None:
        assert (tmp_path / "history.db").read_bytes() == before
