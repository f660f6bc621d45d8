"""`analyze` on several processes or machines, in other formats, and while someone watches."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.dataset
import pyarrow.parquet
import pytest

from posture_monitor import __version__
from tests.analysis import (
    COLUMNS,
    LEAVES,
    SLOUCHES,
    analyze,
    ffmpeg,
    files,
    make_unreadable,
    rows,
    summary,
)
from tests.program import WORKDAY, Running, children_of, environment, posture_monitor, told
from tests.streams import wait_for


@pytest.fixture
def short(tmp_path):
    """Four seconds of a person upright."""
    video = tmp_path / "short.mp4"
    ffmpeg("-i", SLOUCHES, "-t", "4", "-preset", "ultrafast", video)
    return video


def test_two_workers_write_the_same_bytes(short, tmp_path):
    leaves = tmp_path / "leaves.mp4"
    ffmpeg("-ss", "5", "-t", "4", "-i", LEAVES, "-preset", "ultrafast", leaves)
    for workers in ("1", "2"):
        out = tmp_path / f"out{workers}"
        done = posture_monitor(
            *("--data-dir", tmp_path / "data", "analyze", leaves, short),
            *("--out", out, "--workers", workers),
        )
        assert (done.returncode, done.stderr) == (0, "")

    names = files(out)
    assert len(names) == 7
    for name in names:
        assert (tmp_path / "out1" / name).read_bytes() == (tmp_path / "out2" / name).read_bytes()


def test_parquet_holds_what_csv_holds_and_a_dataset_whose_it_is(short, tmp_path):
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("video,person,group,day\nshort.mp4,P 1/2,seated,2026-03-09\n")
    as_dataset = ("--manifest", manifest, "--format", "parquet", "--dataset")
    assert analyze(tmp_path / "csv", short) == 0
    assert analyze(tmp_path / "flat", short, "--format", "parquet") == 0
    assert analyze(tmp_path / "dataset", *as_dataset) == 0

    expected = rows(tmp_path / "csv", "short")
    table = pyarrow.parquet.read_table(tmp_path / "flat" / "short.samples.parquet")
    assert table.column_names == COLUMNS
    assert as_text(table) == expected
    dataset = pyarrow.dataset.dataset(tmp_path / "dataset" / "samples", partitioning="hive")
    table = dataset.to_table()
    assert table.column_names == ["video", "group", *COLUMNS, "person", "day"]
    labels = {"video": "short", "group": "seated", "person": "P 1/2", "day": "2026-03-09"}
    assert as_text(table) == [row | labels for row in expected]
    place = tmp_path / "dataset" / "samples" / "person=P%201%2F2" / "day=2026-03-09"
    assert files(place) == {"short.samples.parquet"}
    assert "short.events.jsonl" in files(tmp_path / "dataset")
    metadata = pyarrow.parquet.read_metadata(place / "short.samples.parquet").metadata
    assert json.loads(metadata[b"posture_monitor"]) == labels | {
        "samples_per_s": 2.0,
        "version": __version__,
    }
    assert analyze(tmp_path / "dataset", *as_dataset) == 0  # finished before
    (figures,) = summary(tmp_path / "dataset")["videos"].values()
    assert (figures["person"], figures["observed_s"]) == ("P 1/2", 4.0)


def as_text(table):
    return [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in table.to_pylist()
    ]


@pytest.fixture
def cluster(tmp_path):
    """A real dask scheduler with two workers of one thread, in processes of their own: its
    address and their process ids."""
    code = (
        "import os, sys\n"
        "from distributed import Client, LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,\n"
        "                      host='127.0.0.1', processes=True) as cluster:\n"
        "        with Client(cluster) as client:\n"
        "            pids = client.run(os.getpid).values()\n"
        "        print(cluster.scheduler_address, *pids, flush=True)\n"
        "        sys.stdin.read()\n"
    )
    script = tmp_path / "cluster.py"
    script.write_text(code)
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment(),
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        address, *pids = process.stdout.readline().split()
        yield address, [int(pid) for pid in pids]
        process.communicate(timeout=90)


def test_cluster_writes_the_same_bytes_though_a_worker_is_killed_over_it(
    results, short, tmp_path, cluster
):
    address, workers = cluster
    bad = make_unreadable(tmp_path)["empty"]
    out = tmp_path / "out"
    with Running(
        tmp_path,
        *("--data-dir", tmp_path / "data", "analyze", SLOUCHES, bad, short),
        *("--out", out, "--scheduler", address),
    ) as running:
        wait_for(lambda: holding(workers, SLOUCHES) is not None, timeout_s=90)
        os.kill(holding(workers, SLOUCHES), signal.SIGKILL)
        code = running.process.wait(120)

    assert code == 1
    assert running.err == f"posture-monitor: {bad} is empty (0 bytes); record or copy it again\n"
    for kind in ("samples.csv", "events.jsonl", "provenance.json"):
        name = f"02_slouch_office.{kind}"
        assert (out / name).read_bytes() == (results / name).read_bytes()
    assert len(rows(out, "short")) == 8
    assert list(out.glob(".*partial")) == []


def holding(pids, video):
    """Which of these processes reads the video now."""
    for pid in pids:
        with contextlib.suppress(OSError):
            if any(os.readlink(one) == str(video) for one in Path(f"/proc/{pid}/fd").iterdir()):
                return pid
    return None


def test_scheduler_that_does_not_answer_is_told(tmp_path):
    done = posture_monitor(
        "--data-dir",
        tmp_path / "data",
        "analyze",
        SLOUCHES,
        "--out",
        tmp_path / "out",
        "--scheduler",
        "tcp://127.0.0.1:9",
    )

    assert told(done) == (
        "no scheduler answers at tcp://127.0.0.1:9; start `dask scheduler` and check the address"
    )


# --------------------------------------------------------------------------- while it works


def test_ctrl_c_leaves_no_half_written_files(tmp_path):
    out = tmp_path / "out"
    videos = [WORKDAY, tmp_path / "again.mp4"]
    videos[1].symlink_to(WORKDAY)
    with Running(
        tmp_path,
        "--data-dir",
        tmp_path / "data",
        "analyze",
        *videos,
        "--out",
        out,
        "--workers",
        "2",
        start_new_session=True,
    ) as running:
        wait_for(lambda: out.is_dir() and any(out.glob(".*partial")), timeout_s=60)
        os.killpg(running.process.pid, signal.SIGINT)  # as a terminal does
        code = running.process.wait(30)

    assert code == 130
    assert running.err == "posture-monitor: interrupted\n"
    assert files(out) == set()


def test_a_worker_that_is_just_starting_says_nothing_of_ctrl_c(tmp_path):
    videos = [WORKDAY, tmp_path / "again.mp4"]
    videos[1].symlink_to(WORKDAY)
    with Running(
        tmp_path,
        *("--data-dir", tmp_path / "data", "analyze", *videos),
        *("--out", tmp_path / "out", "--workers", "2"),
        start_new_session=True,
    ) as running:
        # Python runs in the first worker already, and nothing of ours is loaded in it yet.
        wait_for(lambda: just_started(running.process.pid) != [], timeout_s=60)
        os.killpg(running.process.pid, signal.SIGINT)
        code = running.process.wait(30)

    assert code == 130
    assert running.err == "posture-monitor: interrupted\n"


def just_started(pid):
    """Workers among a process's children in which Python has started to hear of SIGINT."""
    found = []
    for child in children_of(pid):
        with contextlib.suppress(OSError):
            place = Path(f"/proc/{child}")
            caught = re.search(r"SigCgt:\s*(\w+)", (place / "status").read_text())
            if b"spawn_main" in (place / "cmdline").read_bytes() and int(caught[1], 16) & 2:
                found.append(child)
    return found


def test_terminal_shows_a_bar_while_it_works(short, tmp_path):
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [
            *(sys.executable, "-m", "posture_monitor", "--data-dir", str(tmp_path / "data")),
            *("analyze", str(short), "--out", str(tmp_path / "out")),
        ],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=environment(TERM="xterm", COLUMNS="80"),
    ) as process:
        os.close(theirs)
        shown = read_terminal(ours, timeout_s=60.0)
        process.wait(30)
    os.close(ours)

    assert process.returncode == 0
    assert "short" in shown
    assert "× real time" in shown
    assert "%" in shown
    assert "\x1b[?25l" in shown  # a bar hides the cursor …
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # … and gives it back
    assert "sitting 4 s" in shown


def read_terminal(descriptor: int, *, timeout_s: float) -> str:
    """What the program writes until it closes its terminal."""
    shown = b""
    while select.select([descriptor], [], [], timeout_s)[0]:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not piece:
            break
        shown += piece
    return shown.decode()
