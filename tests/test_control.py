"""The control channel answers its own user and survives everybody else."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from posture_monitor.domain import AlreadyRunning, PostureMonitorError, StoreError
from posture_monitor.ipc import control
from posture_monitor.ipc.control import ControlServer, ask
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from posture_monitor.domain import View


class Recorder:
    """A live monitor that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, object]]] = []
        self.release = threading.Event()

    def status(self) -> dict[str, object]:
        return {"state": "sitting", "sitting_s": 61.5, "score": None}

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        if name == "fault":
            raise ZeroDivisionError("a secret")
        if name == "strange":
            return {"set": {1, 2}}
        if name == "long":
            return {"text": "x" * control.MAX_LINE_BYTES}
        if name == "wait":
            assert self.release.wait(10.0)
        if name not in {"pause", "wait", "stop"}:
            raise PostureMonitorError(f"unknown command {name}")
        self.told.append((name, dict(arguments)))
        return {"told": name}

    def watch(self) -> AbstractContextManager[None]:
        return nullcontext()

    def view(self) -> View | None:
        return None


@pytest.fixture(params=["socket", "port"])
def way(request) -> bool:
    return bool(request.param == "socket")


@pytest.fixture
def control_file(tmp_path) -> Path:
    path: Path = tmp_path / "data" / "control"
    return path


def dialled(control_file: Path) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10.0)
    client.connect(str(control_file))
    return client


def said(client: socket.socket, line: bytes) -> dict[str, Any]:
    """The answer to a line that no well-behaved client would send."""
    client.sendall(line)
    with client.makefile("rb") as answers:
        answer = json.loads(answers.readline())
    assert isinstance(answer, dict)
    return answer


def is_cut_off(client: socket.socket) -> bool:
    """Whether the other end has closed; sends it one more byte to find out."""
    client.settimeout(0.05)
    try:
        client.sendall(b" ")
        return client.recv(1) == b""
    except TimeoutError:
        return False
    except (BrokenPipeError, ConnectionResetError):
        return True


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_status_and_commands_reach_the_running_monitor(control_file, way):
    live = Recorder()

    with ControlServer(control_file, live, socket_file=way):
        status = ask(control_file, "status")
        told = ask(control_file, "pause", {"minutes": 30})

    assert status == {"state": "sitting", "sitting_s": 61.5, "score": None}
    assert told == {"told": "pause"}
    assert live.told == [("pause", {"minutes": 30})]


def test_only_the_user_may_open_it(control_file, way):
    old = os.umask(0)
    try:
        with ControlServer(control_file, Recorder(), socket_file=way):
            assert mode_of(control_file) == 0o600
            assert mode_of(control_file.parent) == 0o700
            assert stat.S_ISSOCK(control_file.lstat().st_mode) is way
    finally:
        os.umask(old)


def test_it_is_gone_with_the_monitor(control_file, way):
    with ControlServer(control_file, Recorder(), socket_file=way):
        pass

    assert list(control_file.parent.iterdir()) == []
    with pytest.raises(PostureMonitorError) as caught:
        ask(control_file, "status")
    assert str(caught.value) == (
        f"no monitor is running on {control_file.parent}; start one with `posture-monitor run`"
    )


@pytest.mark.parametrize("hold", ["socket", "port"])
def test_what_a_killed_monitor_left_is_swept(control_file, hold):
    script = (
        "import sys, os, pathlib, tests.test_control as t\n"
        "t.ControlServer(pathlib.Path(sys.argv[1]), t.Recorder(),"
        " socket_file=sys.argv[2] == 'socket').__enter__()\n"
        "os._exit(9)"
    )
    killed = [sys.executable, "-c", script, str(control_file), hold]
    subprocess.run(killed, check=False)
    assert control_file.exists()

    with pytest.raises(PostureMonitorError, match="no monitor is running"):
        ask(control_file, "status")

    assert list(control_file.parent.iterdir()) == []

    subprocess.run(killed, check=False)
    with ControlServer(control_file, Recorder()):
        assert ask(control_file, "status")["state"] == "sitting"


def test_second_monitor_on_the_same_place_is_refused(control_file, way):
    with (
        ControlServer(control_file, Recorder(), socket_file=way),
        pytest.raises(AlreadyRunning, match="already answers"),
        ControlServer(control_file, Recorder(), socket_file=way),
    ):
        pass


def test_foreign_file_in_its_place_is_kept_and_named(control_file):
    control_file.parent.mkdir()
    control_file.write_text("a user's own notes")

    with (
        pytest.raises(StoreError, match="in the way of the control channel; remove it"),
        ControlServer(control_file, Recorder()),
    ):
        pass

    assert control_file.read_text() == "a user's own notes"
    with pytest.raises(PostureMonitorError, match="no monitor is running"):
        ask(control_file, "status")


def test_path_too_long_for_a_socket_still_works(tmp_path):
    folder = tmp_path / ("deep" * 30) / ("deeper" * 20)
    folder.mkdir(parents=True)
    control_file = folder / "control"
    assert len(str(control_file)) > 250

    with ControlServer(control_file, Recorder()):
        assert stat.S_ISSOCK(control_file.lstat().st_mode)
        assert ask(control_file, "status")["state"] == "sitting"

    assert not control_file.exists()


def test_refusal_of_a_command_reaches_the_one_who_asked(control_file, way):
    with (
        ControlServer(control_file, Recorder(), socket_file=way),
        pytest.raises(PostureMonitorError, match=r"^unknown command format_disk$"),
    ):
        ask(control_file, "format_disk")


def test_fault_in_a_command_tells_no_secret_and_ends_nothing(control_file, caplog):
    with ControlServer(control_file, Recorder()):
        with pytest.raises(PostureMonitorError) as caught:
            ask(control_file, "fault")

        assert str(caught.value) == "the monitor could not do that; its log says why"
        assert "a secret" in caplog.text
        assert ask(control_file, "status")["state"] == "sitting"


@pytest.mark.parametrize(
    ("command", "words"), [("strange", "can't be told"), ("long", "is too long")]
)
def test_answer_that_does_not_fit_is_an_error_and_not_silence(control_file, command, words):
    class Odd(Recorder):
        def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
            return {"set": {1, 2}} if name == "strange" else super().command(name, arguments)

    with (
        ControlServer(control_file, Odd()),
        pytest.raises(PostureMonitorError, match=words),
    ):
        ask(control_file, command)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"\n", "that is not JSON"),
        (b"GET / HTTP/1.1\r\n", "that is not JSON"),
        (b"\xff\xfe\x00\n", "that is not JSON"),
        (b"[" * 60_000 + b"\n", "that is not JSON"),
        (b"9" * 60_000 + b"\n", "that is not JSON"),
        (b'{"command": "pause", "arguments": {"minutes": NaN}}\n', "that is not JSON"),
        (b'["pause"]\n', "that is not a JSON object"),
        (b"null\n", "that is not a JSON object"),
        (b"{}\n", "a command needs a name and arguments"),
        (b'{"command": 7}\n', "a command needs a name and arguments"),
        (b'{"command": "pause", "arguments": [1]}\n', "a command needs a name and arguments"),
        (b'{"command": "\\ud800"}\n', "unknown command \ud800"),
    ],
)
def test_hostile_lines_are_answered_and_the_next_one_is_served(control_file, line, error):
    live = Recorder()

    with ControlServer(control_file, live), dialled(control_file) as client:
        assert said(client, line) == {"ok": False, "error": error}
        assert said(client, b'{"command": "pause"}\n') == {"ok": True, "answer": {"told": "pause"}}

    assert live.told == [("pause", {})]


def test_several_commands_share_one_conversation(control_file):
    live = Recorder()

    with ControlServer(control_file, live), dialled(control_file) as client:
        client.sendall(b'{"command": "pause"}\n{"command": "status"}\n')
        with client.makefile("rb") as answers:
            lines = [json.loads(answers.readline()) for _ in range(2)]

    assert [line["ok"] for line in lines] == [True, True]
    assert lines[1]["answer"]["state"] == "sitting"


def test_conversation_may_last_longer_than_one_question(control_file, monkeypatch):
    monkeypatch.setattr(control, "READ_TIMEOUT_S", 0.6)

    with ControlServer(control_file, Recorder()), dialled(control_file) as client:
        for _ in range(3):
            assert said(client, b'{"command": "status"}\n')["ok"] is True
            time.sleep(0.35)  # together longer than the limit, each shorter


def test_endless_line_is_cut_off(control_file, monkeypatch):
    monkeypatch.setattr(control, "READ_TIMEOUT_S", 60.0)

    with ControlServer(control_file, Recorder()), dialled(control_file) as client:
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            client.sendall(b"x" * 50_000_000)

        assert ask(control_file, "status")["state"] == "sitting"


def test_slow_client_is_dropped_and_keeps_nobody_waiting(control_file, monkeypatch):
    monkeypatch.setattr(control, "READ_TIMEOUT_S", 0.4)

    with ControlServer(control_file, Recorder()), dialled(control_file) as slow:
        slow.sendall(b'{"command"')
        assert ask(control_file, "status")["state"] == "sitting"

        started_s = time.monotonic()
        assert slow.recv(10) == b""
        assert time.monotonic() - started_s < 5.0


def test_trickle_of_bytes_does_not_extend_the_limit(control_file, monkeypatch):
    monkeypatch.setattr(control, "READ_TIMEOUT_S", 0.4)

    with ControlServer(control_file, Recorder()), dialled(control_file) as slow:
        started_s = time.monotonic()

        wait_for(lambda: is_cut_off(slow))

        assert time.monotonic() - started_s < 5.0


def test_many_clients_are_all_answered(control_file, way):
    with (
        ControlServer(control_file, Recorder(), socket_file=way),
        ThreadPoolExecutor(50) as pool,
    ):
        answers = list(pool.map(lambda _: ask(control_file, "status"), range(200)))

    assert {answer["state"] for answer in answers} == {"sitting"}


def test_idlers_in_every_place_only_delay_the_next(control_file, monkeypatch):
    monkeypatch.setattr(control, "READ_TIMEOUT_S", 0.5)

    with ControlServer(control_file, Recorder()):
        idlers = [dialled(control_file) for _ in range(control.MAX_CLIENTS + 4)]
        try:
            assert ask(control_file, "status", timeout_s=10.0)["state"] == "sitting"
        finally:
            for idler in idlers:
                idler.close()


def test_long_command_does_not_keep_others_waiting(control_file):
    live = Recorder()

    with ControlServer(control_file, live), ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, control_file, "wait", timeout_s=10.0)
        assert ask(control_file, "status")["state"] == "sitting"
        assert not waiting.done()
        live.release.set()
        assert waiting.result() == {"told": "wait"}


def test_answer_on_its_way_still_arrives_when_the_monitor_ends(control_file):
    live = Recorder()

    with ThreadPoolExecutor(1) as pool:
        with ControlServer(control_file, live):
            waiting = pool.submit(ask, control_file, "wait", timeout_s=10.0)
            wait_for(lambda: any(t.name == "control-client" for t in threading.enumerate()))
            threading.Timer(0.2, live.release.set).start()

        assert waiting.result() == {"told": "wait"}


def test_answer_to_stop_arrives_although_the_program_ends(control_file):
    script = (
        "import sys, pathlib, threading, time, tests.test_control as t\n"
        "asked = threading.Event()\n"
        "class Ending(t.Recorder):\n"
        "    def command(self, name, arguments):\n"
        "        asked.set(); time.sleep(0.3)\n"
        "        return {'told': name}\n"
        "with t.ControlServer(pathlib.Path(sys.argv[1]), Ending()):\n"
        "    asked.wait(20.0)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(control_file)]) as program:
        wait_for(control_file.exists)

        assert ask(control_file, "stop", timeout_s=10.0) == {"told": "stop"}
        assert program.wait(10.0) == 0


def test_monitor_that_does_not_answer_is_told_so(control_file):
    live = Recorder()

    with ControlServer(control_file, live):
        with pytest.raises(PostureMonitorError, match="does not answer"):
            ask(control_file, "wait", timeout_s=0.2)
        live.release.set()


def test_port_needs_the_token(control_file):
    with ControlServer(control_file, Recorder(), socket_file=False):
        _, port, token = control_file.read_text().split()[-3:]
        for wrong in ("", "x", token[:-1], "é", None, 1):
            with socket.create_connection(("127.0.0.1", int(port)), timeout=10.0) as client:
                line = json.dumps({"command": "pause", "token": wrong}).encode() + b"\n"

                assert said(client, line) == {"ok": False, "error": "the token is wrong"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can play another user")
def test_another_user_is_refused_even_where_the_folder_is_open(tmp_path):
    control_file = tmp_path / "control"
    script = (
        "import os, socket, sys; os.chdir(sys.argv[1]); os.setuid(65534);"
        " s = socket.socket(socket.AF_UNIX); s.connect('control');"
        ' s.sendall(b\'{"command": "pause"}\\n\'); print(s.makefile().readline())'
    )
    live = Recorder()

    with ControlServer(control_file, live):
        control_file.chmod(0o666)
        tmp_path.chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True
        )

    assert json.loads(done.stdout) == {
        "ok": False,
        "error": "this monitor belongs to someone else",
    }
    assert live.told == []
