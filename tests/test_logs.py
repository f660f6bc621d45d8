"""The log: private, bounded, and it holds what nobody caught."""

from __future__ import annotations

import logging
import re
import threading

import pytest

from posture_monitor.domain import CameraError
from posture_monitor.system import logs
from posture_monitor.system.logs import PrivateLogHandler, logging_to

ours = logging.getLogger("posture_monitor.monitor.journal")
others = logging.getLogger("a.package.of.others")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "posture-monitor.log"


def nobody(_line):
    pass


def test_a_line_says_when_how_serious_and_which_module(path):
    with logging_to(path, nobody):
        ours.info("break_due %s", "30 min")

    pattern = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO posture_monitor\.monitor\.journal: "
    assert re.fullmatch(pattern + r"break_due 30 min\n", path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600


def test_packages_that_are_not_ours_tell_warnings_only(path):
    with logging_to(path, nobody):
        others.info("a connection")
        others.warning("a fault")

    assert "a fault" in path.read_text()
    assert "a connection" not in path.read_text()


def test_what_is_logged_afterwards_goes_elsewhere(path):
    with logging_to(path, nobody):
        ours.info("first")
    ours.info("second")

    assert len(path.read_text().splitlines()) == 1


def test_who_asked_for_more_is_shown_what_goes_on_and_no_warning_twice(path):
    shown = []

    with logging_to(path, shown.append):
        ours.info("sitting \x1b[2J started")
        ours.warning("the disk is full")

    assert shown == [r"sitting \x1b[2J started"]


def test_known_error_that_ends_the_program_is_a_line(path):
    with pytest.raises(CameraError), logging_to(path, nobody):
        raise CameraError("the camera is gone")

    (line,) = path.read_text().splitlines()
    assert line.endswith("ERROR posture_monitor.system.logs: ended: the camera is gone")


def test_unknown_error_that_ends_the_program_is_there_with_its_traceback(path):
    with pytest.raises(ZeroDivisionError), logging_to(path, nobody):
        _ = 1 / 0

    text = path.read_text()
    assert "CRITICAL" in text
    assert 'test_logs.py", line' in text
    assert text.endswith("ZeroDivisionError: division by zero\n")


def test_error_that_ends_another_thread_is_there_with_its_traceback(path, monkeypatch):
    heard = []
    monkeypatch.setattr(threading, "excepthook", heard.append)

    def fail():
        raise LookupError("nobody catches \x1b[2J this")

    with logging_to(path, nobody):
        thread = threading.Thread(target=fail, name="control")
        thread.start()
        thread.join()

    text = path.read_text()
    assert "thread control ended by an error" in text
    assert text.endswith("LookupError: nobody catches \\x1b[2J this\n")
    assert len(heard) == 1
    assert threading.excepthook == heard.append


def test_full_log_is_renamed_and_a_new_one_begun_as_private(path):
    handler = PrivateLogHandler(path, max_bytes=200)
    for number in range(10):
        handler.emit(logging.makeLogRecord({"msg": f"line {number} {'x' * 40}", "name": "n"}))
    handler.close()

    older = path.with_name("posture-monitor.log.1")
    assert "line 9" in path.read_text()
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name, older.name]
    for file in (path, older):
        assert file.stat().st_size <= 200
        assert file.stat().st_mode & 0o777 == 0o600


def test_log_that_is_deleted_under_a_running_program_is_created_again(path):
    with logging_to(path, nobody):
        ours.info("before")
        path.unlink()
        ours.info("after")

    (line,) = path.read_text().splitlines()
    assert line.endswith("after")
    assert path.stat().st_mode & 0o777 == 0o600


def test_log_that_cannot_be_written_any_more_ends_nothing(path, capsys):
    with logging_to(path, nobody):
        path.unlink()
        path.mkdir()
        ours.info("lost")
        path.rmdir()
        ours.info("kept")

    assert path.read_text().endswith("kept\n")
    assert capsys.readouterr().err == ""


def test_size_is_a_megabyte_at_most():
    assert 2 * logs.MAX_BYTES == 1_000_000
