"""`run` on recordings: the record it makes, at any speed, and how it ends."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from posture_monitor.domain import EventKind, State
from posture_monitor.wording.details import detail_words
from tests.program import CLIPS, Running, environment, posture_monitor, told
from tests.record import (
    end_of,
    kinds,
    recorded_events,
    recorded_intervals,
    seconds,
)
from tests.streams import make_video, wait_for

SLOUCHES = CLIPS / "02_slouch_office.mp4"
LEAVES = CLIPS / "06_leave_return_office.mp4"
SOON = {"POSTURE_MONITOR_POSTURE_HOLD_S": "5", "POSTURE_MONITOR_POSTURE_CORRECTED_S": "1"}
"""So that a clip of 24 seconds has something to tell."""


@pytest.fixture
def data_dir(calibrated, tmp_path):
    """A data folder of its own with the profile 'desk'."""
    return shutil.copytree(calibrated, tmp_path / "data")


@pytest.fixture(scope="session")
def slouch(tmp_path_factory):
    """Twelve seconds: a mild slouch that becomes a full one, corrected at the end."""
    video = tmp_path_factory.mktemp("slouch") / "slouch.mp4"
    cut_out = ("-ss", "9", "-i", SLOUCHES, "-t", "12", "-c:v", "libx264", "-crf", "18")
    subprocess.run(["ffmpeg", "-v", "error", *cut_out, video], check=True)
    return video


def history(data_dir: Path, source: str) -> tuple[list[Any], list[Any]]:
    """Events and intervals in seconds from the start of what is recorded."""
    intervals = recorded_intervals(data_dir, source)
    start_at = intervals[0].start_at
    happened = [
        (round((event.at - start_at) / timedelta(seconds=1), 2), event.kind, detail_words(event))
        for event in recorded_events(data_dir, source)
    ]
    lived = [
        (round((i.start_at - start_at) / timedelta(seconds=1), 2), i.state, i.strained, i.reasons)
        for i in intervals
    ]
    return happened, lived


# --------------------------------------------------------------------------- what is recorded


def test_slouch_is_told_once_and_its_correction_recorded(data_dir):
    done = posture_monitor(
        *("--data-dir", data_dir, "run", "--source", SLOUCHES, "--speed", "max"),
        *("--profile", "desk"),
        environ=environment(**SOON),
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == (
        "watching 02_slouch_office.mp4 with profile 'desk'; notifications: console; Ctrl-C ends\n"
    )
    assert len(done.stdout.splitlines()) == 1
    assert " Change position — " in done.stdout
    happened, _ = history(data_dir, SLOUCHES.name)
    told_at = {kind: t_s for t_s, kind, _ in happened}
    assert 6.0 + 5.0 <= told_at[EventKind.POSTURE_ALERT] <= 14.0 + 5.0
    assert 19.0 <= told_at[EventKind.POSTURE_CORRECTED] <= 24.0
    assert told_at[EventKind.SITTING_ENDED] == 24.0
    assert seconds(recorded_intervals(data_dir, SLOUCHES.name)) == pytest.approx(24.0)


def test_short_absence_is_away_and_no_break(data_dir):
    done = posture_monitor(
        "--data-dir", data_dir, "run", "--source", LEAVES, "--speed", "max", "--profile", "desk"
    )

    assert done.returncode == 0, done.stderr
    intervals = recorded_intervals(data_dir, LEAVES.name)
    assert seconds(intervals, State.AWAY) == pytest.approx(8.0, abs=2.0)
    assert seconds(intervals, State.BREAK) == 0.0
    assert seconds(intervals) == pytest.approx(24.0)
    assert EventKind.BREAK_STARTED not in kinds(recorded_events(data_dir, LEAVES.name))


def test_speed_changes_no_result(data_dir, slouch, tmp_path):
    folders = {speed: tmp_path / speed for speed in ("1", "60", "max")}
    for folder in folders.values():
        shutil.copytree(data_dir, folder)
    calls = [
        Running(
            tmp_path / f"{speed}-streams",
            *("--data-dir", folder, "run", "--source", slouch, "--speed", speed),
            *("--profile", "desk"),
            environ=environment(**SOON),
        )
        for speed, folder in folders.items()
    ]
    codes = [call.process.wait(60) for call in calls]

    assert codes == [0, 0, 0], [call.err for call in calls]
    paced, fast, fastest = (history(folder, slouch.name) for folder in folders.values())
    assert EventKind.POSTURE_ALERT in [kind for _, kind, _ in paced[0]]
    assert paced == fast == fastest


def test_duration_ends_the_run(data_dir):
    done = posture_monitor(
        *("--data-dir", data_dir, "run", "--source", SLOUCHES, "--speed", "max"),
        *("--profile", "desk", "--duration", "10"),
    )

    assert done.returncode == 0, done.stderr
    assert seconds(recorded_intervals(data_dir, SLOUCHES.name)) == pytest.approx(10.0, abs=0.2)


def test_fitting_profile_is_chosen_and_said(data_dir):
    done = posture_monitor("--data-dir", data_dir, "run", "--source", SLOUCHES, "--speed", "max")

    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "watching 02_slouch_office.mp4; notifications: console; Ctrl-C ends",
        "profile 'desk' fits this view",
    ]


def test_without_a_profile_a_reference_is_learned_and_said(tmp_path):
    done = posture_monitor(
        "--data-dir", tmp_path / "data", "run", "--source", SLOUCHES, "--speed", "max"
    )

    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    assert len(said) == 3
    assert "posture-monitor calibrate" in said[1]
    assert said[2].startswith("learned a reference from the first steady minute")
    happened, _ = history(tmp_path / "data", SLOUCHES.name)
    assert (0.0, EventKind.CALIBRATED, "profile self") in happened
    assert (0.0, EventKind.SITTING_STARTED, "") in happened


def test_unknown_profile_is_told_with_those_that_there_are(data_dir):
    done = posture_monitor(
        *("--data-dir", data_dir, "run", "--source", SLOUCHES, "--profile", "office")
    )

    assert told(done) == "there is no profile 'office'; known are desk"


# --------------------------------------------------------------------------- sources that aren't


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("97", "there is no camera 97; plug one in, or see `posture-monitor cameras`"),
        ("No Such Camera", "'No Such Camera' is no file and no camera"),
        ("missing.mp4", "there is no file missing.mp4; check the name and the folder"),
        ("http://127.0.0.1:9/video", "http://127.0.0.1:9/video can't be opened as a video"),
        ("ftp://127.0.0.1/video", "addresses that start with ftp:// can't be opened"),
        ("http://me:secret@127.0.0.1:9/", "http://127.0.0.1:9/ can't be opened as a video"),
        ("", "the source is empty; name a camera, a video file or an address"),
    ],
)
def test_source_that_cannot_be_watched_is_told_in_one_sentence(tmp_path, source, sentence):
    done = posture_monitor("--data-dir", tmp_path, "run", "--source", source)

    assert told(done).startswith(sentence)
    assert "secret" not in done.stderr


# --------------------------------------------------------------------------- how it ends


@pytest.mark.parametrize(
    ("number", "exit_code", "said"),
    [
        (signal.SIGTERM, 0, []),
        (signal.SIGHUP, 0, []),
        (signal.SIGINT, 130, ["posture-monitor: interrupted"]),
    ],
    ids=["SIGTERM", "SIGHUP", "SIGINT"],
)
def test_signal_ends_the_run_with_the_record_complete(data_dir, tmp_path, number, exit_code, said):
    with Running(
        tmp_path / "streams",
        *("--data-dir", data_dir, "--verbose", "run", "--source", SLOUCHES),
        *("--profile", "desk", "--speed", "2"),
    ) as running:
        running.wait_until_told("sitting_started")
        assert running.end(number) == exit_code

    assert running.err.splitlines()[3:] == said
    events = recorded_events(data_dir, SLOUCHES.name)
    assert kinds(events) == [EventKind.SITTING_STARTED, EventKind.SITTING_ENDED]
    intervals = recorded_intervals(data_dir, SLOUCHES.name)
    assert 1.0 <= seconds(intervals) < 23.0
    assert end_of(intervals) >= events[-1].at - timedelta(milliseconds=1)


def test_signal_while_a_reference_is_learned_keeps_what_was_seen(tmp_path):
    with Running(
        tmp_path / "streams",
        *("--data-dir", tmp_path / "data", "run", "--source", SLOUCHES, "--speed", "2"),
        environ=environment(POSTURE_MONITOR_POSE_SAMPLES_PER_S="5"),
    ) as running:
        running.wait_until_told("No profile fits yet")
        wait_for(lambda: 0.4 < share_read(running, SLOUCHES) < 0.9)
        assert running.end(signal.SIGINT) == 130

    assert seconds(recorded_intervals(tmp_path / "data", SLOUCHES.name)) > 0.0


def cpu_s(running: Running) -> float:
    """How long the program has worked."""
    text = Path(f"/proc/{running.process.pid}/stat").read_text(encoding="utf-8")
    user, system = text.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / 100.0


def share_read(running: Running, video: Path) -> float:
    """How much of the video the program has read; nothing else shows while it learns."""
    for entry in Path(f"/proc/{running.process.pid}/fd").iterdir():
        if entry.exists() and entry.resolve() == video:
            position = (entry.parent.parent / "fdinfo" / entry.name).read_text().split()[1]
            return int(position) / video.stat().st_size
    return 0.0


def test_signal_during_a_long_wait_for_the_next_picture_ends_at_once(data_dir, tmp_path):
    video = make_video(tmp_path / "slow.mp4", [0.0, 100.0, 200.0])
    with Running(
        tmp_path / "streams",
        *("--data-dir", data_dir, "run", "--source", video, "--profile", "desk"),
    ) as running:
        running.wait_until_told("watching slow.mp4")
        worked_s: list[tuple[float, float]] = []

        def waits() -> bool:
            worked_s.append((time.monotonic(), cpu_s(running)))
            return any(
                then_s < worked_s[-1][0] - 1.0 and cpu == worked_s[-1][1]
                for then_s, cpu in worked_s
            )

        wait_for(waits, timeout_s=30)
        assert running.end(signal.SIGTERM, timeout_s=20.0) == 0


def test_full_disk_is_said_once_and_costs_no_reminder(data_dir, tmp_path):
    with Running(
        tmp_path / "streams",
        *("--data-dir", data_dir, "--verbose", "run", "--source", SLOUCHES),
        *("--profile", "desk", "--speed", "1"),
        environ=environment(**SOON),
    ) as running:
        pid = running.process.pid
        running.wait_until_told("sitting_started")
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        # From here on no file may grow beyond 8 kB, which fails like a full disk; what the
        # program says and its log stay well below, its record doesn't.
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (8_000, unlimited[1]))
        running.wait_until_told("meanwhile the record waits in memory")
        running.wait_until_told("posture_alert")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        running.wait_until_told("the record can be written again; nothing was lost")
        assert running.process.wait(60) == 0

    assert running.err.count("waits in memory") == 1
    assert " Change position — " in running.out
    assert seconds(recorded_intervals(data_dir, SLOUCHES.name)) == pytest.approx(24.0)
    assert kinds(recorded_events(data_dir, SLOUCHES.name))[0] is EventKind.SITTING_STARTED
