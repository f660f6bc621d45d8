"""`doctor` and `cameras`: what is there, what is amiss, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from posture_monitor import cli
from posture_monitor.domain import Interval, State
from posture_monitor.history.store import Store
from posture_monitor.vision.cameras import list_cameras
from posture_monitor.vision.contention import NoContentionWatch
from tests.others import Program
from tests.program import CLIPS, ROOT, environment, posture_monitor, told

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHECKS = [
    *("program", "settings", "storage", "models"),
    *("engine", "cameras", "sharing", "notifications", "activity", "attention"),
    *("autostart", "profiles"),
]


def findings(text: str) -> dict[str, tuple[str, str]]:
    """What each check came to: its health and its sentence."""
    found = {}
    for line in text.split("\n\n")[0].splitlines():
        health, what, sentence = line.split(maxsplit=2)
        found[what] = (health, sentence)
    return found


def examine(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, tuple[str, str]], str]:
    code = cli.main(["--data-dir", str(data_dir), "doctor"])
    captured = capsys.readouterr()
    return code, findings(captured.out), captured.err


def test_healthy_installation_passes_every_check(tmp_path, capsys):
    code, found, complaint = examine(tmp_path, capsys)

    assert (code, complaint) == (0, "")
    assert list(found) == CHECKS
    assert "bad" not in {health for health, _ in found.values()}
    assert found["models"] == ("ok", "4 model files as they should be")
    assert found["engine"][1].startswith("litert works (")
    assert found["profiles"] == (
        "note",
        "none yet; make one in 12 seconds: posture-monitor calibrate",
    )


def test_doctor_finds_a_file_of_the_program_that_others_may_read(tmp_path, capsys):
    log = tmp_path / "posture-monitor.log"
    for path in (log, tmp_path / "notes.txt"):  # the notes are the user's own affair
        path.write_text("mine")
        path.chmod(0o644)

    code, found, complaint = examine(tmp_path, capsys)

    assert code == 1
    assert found["storage"] == ("bad", f"others may read {log}; run: chmod go= {log}")
    assert complaint == "posture-monitor: 1 of 12 checks failed; see the lines marked bad\n"


def test_corrupt_record_is_found_and_the_other_checks_go_on(tmp_path, capsys):
    (tmp_path / "history.db").write_bytes(b"no database" * 1000)

    code, found, complaint = examine(tmp_path, capsys)

    assert code == 1
    assert list(found) == CHECKS
    assert {what for what, (health, _) in found.items() if health == "bad"} == {
        *("storage", "profiles"),
    }
    assert "is damaged or not a record of posture-monitor" in found["storage"][1]
    assert complaint.startswith("posture-monitor: 2 of 12 checks failed")


def test_damaged_entries_are_found_and_the_way_out_is_told(tmp_path, capsys):
    with Store(tmp_path / "history.db") as store:
        store.begin_run("0", live=True, profile=None, started_at=MONDAY).heartbeat(
            Interval(MONDAY, 60.0, State.SITTING, strained=None)
        )
        with store.transaction() as db:
            db.execute("UPDATE intervals SET state = 'away'")

    _, found, _ = examine(tmp_path, capsys)

    health, sentence = found["storage"]
    assert health == "bad"
    assert "entries of 2026-03-02" in sentence
    assert "posture-monitor delete --damaged" in sentence


def test_altered_model_is_found(tmp_path):
    package = tmp_path / "posture_monitor"
    shutil.copytree(
        ROOT / "posture_monitor",
        package,
        ignore=shutil.ignore_patterns("__pycache__", "recordings"),
    )
    model = package / "models" / "pose_landmark_full.tflite"
    content = bytearray(model.read_bytes())
    content[1_000_000] ^= 1
    model.write_bytes(content)
    done = posture_monitor(
        *("--data-dir", tmp_path / "data", "doctor"),
        environ=environment(PYTHONPATH=str(tmp_path)),
        cwd=tmp_path,
    )

    assert done.returncode == 1
    found = findings(done.stdout)
    assert found["models"][0] == found["engine"][0] == "bad"
    assert f"{model} was altered or is incomplete; reinstall" in found["models"][1]
    assert found["storage"][0] == "ok"


def heeding_permissions() -> tuple[str, ...]:
    """What makes root heed them, too."""
    if os.geteuid() != 0:
        return ()
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def test_folder_that_may_not_be_written_is_found(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o555)
    done = posture_monitor("--data-dir", folder, "doctor", before=heeding_permissions())

    assert done.returncode == 1, done.stderr
    found = findings(done.stdout)
    assert list(found) == CHECKS
    assert found["storage"] == (
        "bad",
        f"{folder} may not be written; check its owner and permissions, or use --data-dir",
    )
    assert found["engine"][0] == "ok"
    assert list(folder.iterdir()) == []


@pytest.fixture
def closed_home(tmp_path):
    """Options for a call whose home may not be written."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o555)
    kept = {name: value for name, value in environment().items() if not name.startswith("XDG_")}
    environ = kept | {"HOME": str(home)}
    return {"before": heeding_permissions(), "environ": environ, "cwd": tmp_path}


@pytest.mark.parametrize("arguments", [["report"], ["run", "--source", "x.mp4"]], ids=" ".join)
def test_home_that_may_not_be_written_is_told(tmp_path, closed_home, arguments):
    done = posture_monitor(*arguments, **closed_home)

    folder = tmp_path / "home" / ".local" / "share" / "posture-monitor"
    assert told(done) == (
        f"can't create the folder {folder} (Permission denied);"
        " check who owns the file and its folder, or use --data-dir"
    )


def test_home_that_may_not_be_written_keeps_no_video_from_being_analysed(tmp_path, closed_home):
    video = CLIPS / "01_upright_day.mp4"
    done = posture_monitor("analyze", video, "--out", "out", "--fps", "1", **closed_home)

    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("the files are written, the record is not\n")
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "out" / "01_upright_day.samples.csv").is_file()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the kernel's list")
def test_cameras_are_listed_or_their_absence_is_told(capsys):
    assert cli.main(["cameras"]) == 0

    captured = capsys.readouterr()
    cameras = list_cameras()
    assert len(captured.out.splitlines()) == len(cameras)
    assert captured.err.startswith("no camera found; plug one in") == (not cameras)


def test_whether_a_call_gets_the_camera_is_told(tmp_path, capsys, monkeypatch):
    node = tmp_path / "video0"
    monkeypatch.setattr("posture_monitor.vision.capture.node_of", lambda _src: node)
    (_, missing, _), _ = examine(tmp_path, capsys), node.touch()
    with Program(node) as call:
        call.open()
        _, there, _ = examine(tmp_path, capsys)
    monkeypatch.setenv("POSTURE_MONITOR_CAMERA_YIELD_TO_OTHERS", "false")
    _, off, _ = examine(tmp_path, capsys)

    assert missing["sharing"] == (
        "ok",
        f"{node} would go to a program that wants it, once it is plugged in",
    )
    assert there["sharing"] == (
        "ok",
        f"{node} goes to a program that wants it; in use by {Path(sys.executable).name[:15]}",
    )
    assert off["sharing"] == (
        "note",
        "switched off (camera.yield_to_others): a video call gets the camera once you pause",
    )


def test_system_that_does_not_tell_who_wants_the_camera_says_what_to_do(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(
        "posture_monitor.vision.contention.open_contention_watch", lambda _find: NoContentionWatch()
    )
    _, found, _ = examine(tmp_path, capsys)

    assert found["sharing"] == (
        "note",
        "this system does not tell who else wants the camera;"
        " pause before a video call that finds it in use",
    )
