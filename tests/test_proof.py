"""The commands that prove the promises: their quick forms keep them, and a broken one is told."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

from proof import crash, faults, fuzz, privacy, soak, traces
from proof.cases import Broken, Case, run
from proof.picture_search import pieces_of
from tests.program import ROOT, children_of, environment
from tests.streams import wait_for

PICTURES = [
    cv2.imencode(".jpg", np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8))[
        1
    ].tobytes()
    for seed in range(3)
]


def case(name, attempt):
    return Case("door", name, "stays shut", attempt)


def broken(_folder):
    raise Broken("it stood open")


def test_every_promise_that_is_kept_is_counted_and_the_exit_is_zero(capsys):
    code = run("doors", [case("front", lambda _: "shut"), case("back", lambda _: "shut")])

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == "doors: 2 kept, 0 broken"


@pytest.mark.parametrize(
    ("attempt", "found"), [(broken, "it stood open"), (lambda _: 1 // 0, "ZeroDivisionError: ")]
)
def test_a_broken_promise_is_told_with_what_was_found_and_the_exit_is_one(capsys, attempt, found):
    code = run("doors", [case("front", attempt), case("back", lambda _: "shut")])

    assert code == 1
    out = capsys.readouterr().out
    assert f"    {found}" in out
    assert out.splitlines()[-1] == "doors: 1 kept, 1 broken"


def test_each_case_has_an_empty_folder_that_is_gone_afterwards():
    folders = []

    def look(folder):
        folders.append((folder, list(folder.iterdir())))
        return "empty"

    run("doors", [case("front", look), case("back", look)])

    assert [found for _, found in folders] == [[], []]
    assert not any(folder.exists() for folder, _ in folders)


def test_only_the_cases_of_that_name_are_tried_and_none_is_a_usage_error(capsys):
    tried = [case("front", lambda _: "shut"), case("back", broken)]

    assert run("doors", tried, only="FRONT") == 0
    assert run("doors", tried, only="roof") == 2
    assert "there is no case 'roof'" in capsys.readouterr().err


def test_an_interrupt_ends_what_was_started_and_leaves_nothing_behind(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "proof.faults", "--only", "takes the call and is silent"],
        cwd=ROOT, env=environment(TMPDIR=str(tmp_path)), stdout=subprocess.PIPE, text=True,
    ) as command:  # fmt: skip
        wait_for(lambda: bool(children_of(command.pid)), timeout_s=90)
        started = children_of(command.pid)
        os.kill(command.pid, signal.SIGINT)
        out, _ = command.communicate(timeout=90)

    assert command.returncode == 130
    assert out.splitlines()[-1] == "faults: interrupted after 0 of 1"
    wait_for(lambda: not any(pid in children_of(os.getpid()) for pid in started))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [crash, faults, fuzz, privacy, soak])
def test_quick_form_keeps_every_promise(command):
    try:
        code = command.main(["--quick"])
    except SystemExit as missing:
        pytest.skip(str(missing))

    assert code == 0


def test_what_is_missing_here_is_told(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SystemExit, match="needs strace, dbus-daemon; see scripts/system-packages"):
        privacy.main(["--quick"])


@pytest.fixture
def pieces(tmp_path):
    return pieces_of(PICTURES, tmp_path)


def test_pictures_are_found_whole_in_pieces_and_as_points(pieces):
    points = cv2.imdecode(np.frombuffer(PICTURES[1], np.uint8), cv2.IMREAD_COLOR)

    assert pieces.found_in(b"log\n" + PICTURES[0]) == "a JPEG"
    assert pieces.found_in(b"row" * 9 + PICTURES[2][700:]) == "a piece of a served JPEG"
    assert pieces.found_in(b"abc" + points.tobytes()) == "points of a picture (BGR)"
    assert pieces.found_in(points[:, :, ::-1].tobytes()) == "points of a picture (RGB)"


def test_what_holds_no_picture_is_not_taken_for_one(pieces):
    other = np.random.default_rng(9).integers(0, 256, 100_000, np.uint8).tobytes()

    assert pieces.found_in(other.replace(b"\xff\xd8\xff", b"abc")) is None
    assert pieces.found_in(b"") is None
    assert pieces.found_in(bytes(5000)) is None


ACTS = """
import contextlib, socket
for family, place in [
    (socket.AF_UNIX, "/tmp/there is none"), (socket.AF_INET, ("127.0.0.2", 9)),
    (socket.AF_INET6, ("::1", 9)),
]:
    with contextlib.suppress(OSError), socket.socket(family) as end:
        end.connect(place)
with open("written.txt", "w") as file:
    file.write("a word")
open("written.txt").read()
"""


def test_contacts_opened_files_and_written_bytes_are_read_from_a_trace(tmp_path):
    if shutil.which("strace") is None:
        pytest.skip("needs strace; see scripts/system-packages.txt")
    trace = tmp_path / "trace.txt"
    command = [*traces.strace(trace), sys.executable, "-c", ACTS]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=90)

    found = traces.read(trace)

    assert [(c.call, c.family, c.place) for c in found.contacts] == [
        ("connect", "AF_UNIX", "/tmp/there is none"),
        ("connect", "AF_INET", "127.0.0.2:9"),
        ("connect", "AF_INET6", "[::1]:9"),
    ]
    assert found.opened == (str(tmp_path / "written.txt"),)
    assert found.written == (traces.Written(str(tmp_path / "written.txt"), b"a word"),)
    assert traces.strangers(found.contacts, [r"127\.0\.0\.2:9", "/tmp/there.*"]) == [
        traces.Contact("connect", "AF_INET6", "[::1]:9")
    ]


def sizes(*, last):
    """What a process held at ten moments, one file more at one of them, and in the end."""
    held = [soak.Size(float(at), 120.0, 30 + (at == 2), 9) for at in range(7)]
    return held + [soak.Size(float(at), *last) for at in range(7, 11)]


def test_a_process_that_holds_no_more_at_the_end_passes():
    told = soak.check_sizes(sizes(last=(125.0, 30, 9)))

    assert told == "memory +5.0 MB to 125, descriptors +0, threads +0"


@pytest.mark.parametrize("last", [(131.0, 30, 9), (120.0, 31, 9), (120.0, 30, 10)])
def test_more_memory_descriptors_or_threads_at_the_end_are_told(last):
    with pytest.raises(Broken, match=r"memory .* descriptors .* threads"):
        soak.check_sizes(sizes(last=last))
