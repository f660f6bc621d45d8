"""Starting with the session: what is written, judged by the systems' own validators."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from posture_monitor.desktop import autostart
from posture_monitor.desktop.autostart import Autostart, desktop_entry, program, unit
from posture_monitor.domain import PostureMonitorError
from tests.desktop.desk import need
from tests.streams import wait_for

NASTY = "a b%50$x\"q`\\z'é"
"""A folder that each format would misread in its own way."""


@pytest.fixture
def home(tmp_path, monkeypatch) -> dict[str, str]:
    """An empty home and an installation in a folder with an awkward name."""
    installed = tmp_path / NASTY / "posture-monitor"
    installed.parent.mkdir()
    installed.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {shlex.quote(str(tmp_path))}/told\n')
    installed.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(installed), "autostart", "on"])
    return {"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]}


@pytest.fixture
def systemctl(tmp_path, monkeypatch):
    """A systemctl that writes down what it is told, and enables as the real one does."""
    log = tmp_path / "systemctl.log"
    tool = tmp_path / "bin" / "systemctl"
    tool.parent.mkdir()
    tool.write_text(
        f'#!/bin/sh\necho "$*" >> "{log}"\n'
        '[ "$2" = "$REFUSE" ] && { echo "Failed: $2" >&2; exit 1; }\n'
        'if [ "$2" = enable ]; then cd "$HOME/.config/systemd/user"\n'
        "  mkdir -p graphical-session.target.wants\n"
        '  ln -sf "../$3" "graphical-session.target.wants/$3"; fi\nexit 0\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("REFUSE", "")
    return log


def on_systemd(home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("HOME", home["HOME"])
    return {**home, "XDG_RUNTIME_DIR": "/run/user/1000", "PATH": os.environ["PATH"]}


def files_under(folder: str) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.*"))


def test_without_systemd_a_desktop_entry_is_written_and_removed(home):
    before = autostart.status(environment=home)

    on = autostart.turn_on(environment=home)
    off = autostart.turn_off(environment=home)

    place = f"{home['HOME']}/.config/autostart/posture-monitor.desktop"
    assert before == off == Autostart(False, "xdg", place)
    assert on == Autostart(True, "xdg", place)
    assert not Path(place).exists()


def test_turning_on_twice_or_off_twice_changes_nothing(home):
    first = autostart.turn_on(environment=home)
    text = Path(first.place).read_text()
    second = autostart.turn_on(environment=home)

    assert first == second
    assert Path(second.place).read_text() == text
    assert files_under(home["HOME"]) == [
        ".config",
        ".config/autostart/posture-monitor.desktop",
    ]
    assert autostart.turn_off(environment=home) == autostart.turn_off(environment=home)


def test_desktop_entry_is_valid_and_readable_by_all(home):
    need("desktop-file-validate")

    place = autostart.turn_on(environment=home).place

    done = subprocess.run(["desktop-file-validate", place], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert stat.S_IMODE(Path(place).stat().st_mode) == 0o644


def test_desktop_entry_starts_the_right_program_with_the_right_words(home, tmp_path):
    """GLib reads the file as GNOME and Xfce do, and starts what it says."""
    need("gio")
    words = ["--data-dir", f"/data/{NASTY}", "run"]

    place = autostart.turn_on(words, environment=home).place
    subprocess.run(["gio", "launch", place], check=True, capture_output=True)

    told = tmp_path / "told"
    wait_for(lambda: told.exists() and told.read_text().endswith("run\n"))
    assert told.read_text().splitlines() == words
    assert autostart.status(environment=home) == Autostart(True, "xdg", place)


def test_unit_is_valid_for_systemd(home, tmp_path, systemctl, monkeypatch):
    need("systemd-analyze")
    environment = on_systemd(home, monkeypatch)
    words = ["--data-dir", f"/data/{NASTY}", "run"]
    file = autostart.turn_on(words, environment=environment).place
    assert autostart.status(environment=environment) == Autostart(True, "systemd", file)
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)

    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", file],
        env={**home, "XDG_RUNTIME_DIR": str(runtime)},
        capture_output=True,
        text=True,
    )

    lines = [line for line in done.stderr.splitlines() if "posture-monitor" in line]
    assert lines == []


def test_unit_is_held_to_what_the_monitor_needs(tmp_path):
    need("systemd-analyze")
    file, runtime = tmp_path / "posture-monitor.service", tmp_path / "runtime"
    file.write_text(unit(("/bin/true", "run")))
    runtime.mkdir(mode=0o700)
    review = ["systemd-analyze", "security", "--user", "--offline=true", "--no-pager", str(file)]

    done = subprocess.run(
        review, env={**os.environ, "XDG_RUNTIME_DIR": str(runtime)}, capture_output=True, text=True
    )

    figure = re.search(r"exposure level for posture-monitor.service: ([\d.]+)", done.stdout)
    assert figure is not None, done.stderr
    assert float(figure[1]) <= 6.5  # 9.8 without any of the options
    for option in ("NoNewPrivileges", "MemoryDenyWriteExecute", "SystemCallArchitectures"):
        assert re.search(rf"^✓ {option}=", done.stdout, re.MULTILINE), option


def test_unit_of_a_missing_program_is_seen_by_the_same_validator(home, tmp_path):
    need("systemd-analyze")
    file = tmp_path / "posture-monitor.service"
    file.write_text(unit(("/nowhere/posture-monitor", "run")))
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)

    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(file)],
        env={**home, "XDG_RUNTIME_DIR": str(runtime)},
        capture_output=True,
        text=True,
    )

    assert "/nowhere/posture-monitor is not executable" in done.stderr


def test_systemd_is_used_where_it_runs_the_session(home, systemctl, monkeypatch):
    environment = on_systemd(home, monkeypatch)
    place = f"{home['HOME']}/.config/systemd/user/posture-monitor.service"

    on = autostart.turn_on(environment=environment)

    assert on == Autostart(True, "systemd", place)
    assert stat.S_IMODE(Path(place).stat().st_mode) == 0o644
    assert systemctl.read_text().splitlines() == [
        "--user is-active --quiet graphical-session.target",
        "--user daemon-reload",
        "--user enable posture-monitor.service",
    ]

    off = autostart.turn_off(environment=environment)

    assert off == Autostart(False, "systemd", place)
    assert not Path(place).exists()
    assert not list(Path(home["HOME"]).rglob("posture-monitor.service"))


def test_session_that_systemd_does_not_run_gets_a_desktop_entry(home, systemctl, monkeypatch):
    """Else the unit would wait for a target that never comes."""
    environment = on_systemd(home, monkeypatch)
    monkeypatch.setenv("REFUSE", "is-active")

    assert autostart.turn_on(environment=environment).way == "xdg"


def test_changing_the_desktop_does_not_start_it_twice(home, systemctl, monkeypatch):
    environment = on_systemd(home, monkeypatch)
    monkeypatch.setenv("REFUSE", "is-active")
    autostart.turn_on(environment=environment)
    monkeypatch.setenv("REFUSE", "")

    autostart.turn_on(environment=environment)

    assert not list(Path(home["HOME"]).rglob("*.desktop"))
    assert len(list(Path(home["HOME"]).rglob("posture-monitor.service"))) == 2  # and its link


def test_failure_of_systemctl_is_told(home, systemctl, monkeypatch):
    environment = on_systemd(home, monkeypatch)
    monkeypatch.setenv("REFUSE", "enable")

    with pytest.raises(PostureMonitorError, match=r"systemctl --user enable .* failed"):
        autostart.turn_on(environment=environment)


def test_unit_that_is_not_enabled_is_a_problem(home, systemctl, monkeypatch):
    environment = on_systemd(home, monkeypatch)
    place = Path(autostart.turn_on(environment=environment).place)
    (place.parent / "graphical-session.target.wants" / place.name).unlink()

    problem = autostart.status(environment=environment).problem

    assert problem == "the unit is not enabled; turn autostart on again"


@pytest.mark.parametrize("refuse", ["is-active", ""])
def test_program_that_has_moved_is_a_problem(home, systemctl, monkeypatch, refuse):
    environment = on_systemd(home, monkeypatch)
    monkeypatch.setenv("REFUSE", refuse)
    autostart.turn_on(environment=environment)
    Path(sys.argv[0]).unlink()

    status = autostart.status(environment=environment)

    assert status.on
    assert status.problem == f"{sys.argv[0]} is gone; turn autostart on again"


def test_entry_that_the_desktop_has_hidden_is_off(home):
    place = Path(autostart.turn_on(environment=home).place)
    place.write_text(place.read_text() + "Hidden=true\n")

    assert not autostart.status(environment=home).on


def test_file_that_can_not_be_understood_is_a_problem_and_no_crash(home):
    place = Path(autostart.turn_on(environment=home).place)
    place.write_text("[Desktop Entry]\n")

    assert "can't be read (no Exec= line)" in str(autostart.status(environment=home).problem)


def test_folder_that_can_not_be_written_is_an_error_with_what_to_do(home):
    Path(home["HOME"]).mkdir()
    Path(home["HOME"], ".config").write_text("a file")

    with pytest.raises(PostureMonitorError, match=r"can't write .* check who owns"):
        autostart.turn_on(environment=home)


def test_configuration_folder_of_the_environment_is_used(home, tmp_path):
    environment = {**home, "XDG_CONFIG_HOME": str(tmp_path / "elsewhere")}

    place = autostart.turn_on(environment=environment).place

    assert place == f"{tmp_path}/elsewhere/autostart/posture-monitor.desktop"


def test_path_with_a_line_break_is_refused(home, monkeypatch):
    with pytest.raises(PostureMonitorError, match="control characters"):
        autostart.turn_on(["run", "a\nExec=rm"], environment=home)


def test_launch_agent_of_macos_is_a_property_list_of_the_same_words(home, monkeypatch):
    monkeypatch.setattr(autostart, "_ways_here", lambda: ("launchd",))

    on = autostart.turn_on(environment=home)

    document = plistlib.loads(Path(on.place).read_bytes())
    assert document["ProgramArguments"] == [sys.argv[0], "run"]
    assert document["RunAtLoad"] is True
    assert on.place.endswith("Library/LaunchAgents/org.posture-monitor.monitor.plist")
    assert autostart.turn_off(environment=home).on is False


def test_program_is_the_installed_entry_point_or_the_module(tmp_path, monkeypatch):
    beside = tmp_path / "bin" / "posture-monitor"
    beside.parent.mkdir()
    monkeypatch.setattr(sys, "executable", str(beside.with_name("python3")))
    monkeypatch.setattr(sys, "argv", ["/somewhere/__main__.py"])

    assert program() == (sys.executable, "-m", "posture_monitor")

    beside.write_text("#!/bin/sh\n")
    beside.chmod(0o755)
    assert program() == (str(beside),)


def test_texts_name_no_shell():
    command = ("/usr/bin/posture-monitor", "run")

    assert 'ExecStart="/usr/bin/posture-monitor" "run"' in unit(command)
    assert 'Exec="/usr/bin/posture-monitor" "run"' in desktop_entry(command)
