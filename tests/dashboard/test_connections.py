"""Other accounts of this machine can connect, but neither lock the owner out nor cost anything."""

from __future__ import annotations

import socket
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from posture_monitor.dashboard import connections, guard
from tests.dashboard.serving import CSRF, TOKEN, Recorder, serving
from tests.streams import wait_for


@pytest.fixture
def served(tmp_path):
    with serving(tmp_path, live=Recorder()) as one:
        yield one


@contextmanager
def connected(port: int, count: int):
    with ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            for _ in range(count)
        ]


def open_now(port: int, of: int | None = None) -> int:
    """How many connections are established at the server's end of the port, or ``of`` a client."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [row for row in rows if row[1] == f"0100007F:{port:04X}" and row[3] == "01"]
    return sum(of is None or row[2] == f"0100007F:{of:04X}" for row in ours)


def ended(peer: socket.socket) -> bool:
    """Whether the server has cut it off; waits for that."""
    try:
        return peer.recv(1) == b""
    except ConnectionResetError:
        return True


def test_hundreds_of_idle_connections_keep_nobody_out(served, capfd):
    with connected(served.port, 400):
        for _ in range(3):
            assert served.ask("/")[0] == 200
        wait_for(lambda: open_now(served.port) <= connections.MOST_STRANGERS + 1)

    assert capfd.readouterr() == ("", "")


def test_an_open_page_outlives_any_number_of_strangers(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as owner:
        head = f"Host: 127.0.0.1:{served.port}\r\nCookie: {served.cookie}"
        owner.sendall(f"GET {served.base}/events/now HTTP/1.1\r\n{head}\r\n\r\n".encode())
        assert owner.recv(15).startswith(b"HTTP/1.1 200")
        with connected(served.port, 200) as strangers:
            assert ended(strangers[0])
            assert served.app.state.strangers.count <= connections.MOST_STRANGERS
            assert open_now(served.port, of=owner.getsockname()[1]) == 1


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_whoever_sends_no_whole_request_in_time_is_cut_off(served, monkeypatch, begun):
    monkeypatch.setattr(connections, "HEAD_TIMEOUT_S", 0.2)
    with connected(served.port, 1) as (peer,):
        peer.sendall(begun)

        assert ended(peer)


def test_a_refused_request_ends_its_connection(served):
    with connected(served.port, 1) as (peer,):
        peer.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        answer = b""
        while part := peer.recv(65536):
            answer += part

    assert answer.startswith(b"HTTP/1.1 403")


def test_a_form_that_never_ends_is_given_up(served, monkeypatch):
    monkeypatch.setattr(guard, "BODY_TIMEOUT_S", 0.2)
    head = (
        f"POST {served.base}/control HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
        f"Origin: {served.origin}\r\nCookie: {served.cookie}\r\nContent-Length: 1000\r\n\r\n"
    )
    with connected(served.port, 1) as (peer,):
        peer.sendall(head.encode() + f"csrf={CSRF}".encode())

        assert peer.recv(15).startswith(b"HTTP/1.1 408")


def test_the_token_of_the_command_line_is_not_in_the_cookie(served):
    assert TOKEN not in served.cookie
