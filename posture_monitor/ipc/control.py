"""The control channel: a running monitor answers the commands of its own user, nobody else's.

One JSON object a line, question and answer. On Unix a socket that only the user can open and
whose peer is checked; elsewhere, or where the path is too long for a socket, a loopback port
and a random token in a file that only the user can read. Whatever arrives is data: a line
that is too long, too late or not understood ends that conversation and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import selectors
import socket
import stat
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture_monitor.domain import AlreadyRunning, PostureMonitorError, StoreError
from posture_monitor.ipc.control_place import (
    QUEUE,
    TOKEN_FILE_MARK,
    has_unix_sockets,
    listen_at,
    mark_of,
    same_user,
    short_name,
    sweep,
    token_file,
)
from posture_monitor.system.private_files import private_file, private_folder
from posture_monitor.wording.language import N_, _, error_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

    from posture_monitor.ports import LiveMonitor

MAX_LINE_BYTES = 64 * 1024
"""A question is a few words; an answer a page at most."""
READ_TIMEOUT_S = 2.0
"""A whole question has to arrive within this; assumed."""
MAX_CLIENTS = 16
"""More than these wait in the system's queue."""

_NOT_YOURS = N_("this monitor belongs to someone else")
_FAREWELL_S = 1.0
_AFTER_FAILURE_S = 0.1
_log = logging.getLogger(__name__)


class ControlServer:
    """Answers for one running monitor while it is entered."""

    def __init__(self, control_file: Path, live: LiveMonitor, *, socket_file: bool = True) -> None:
        """``socket_file`` False uses the loopback port even where a socket would do."""
        self._file = control_file
        self._live = live
        self._unix = socket_file and has_unix_sockets()
        self._token = ""
        self._mark: tuple[int, int] | None = None
        self._clients = threading.Semaphore(MAX_CLIENTS)
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()

    def __enter__(self) -> ControlServer:
        """Listen; raises AlreadyRunning or StoreError where the place is taken."""
        private_folder(self._file.parent)
        _make_way(self._file)
        try:
            self._listener = self._listen()
        except OSError as error:
            raise StoreError(
                "can't open the control channel {file} ({value}); use --data-dir on a local disk",
                file=self._file,
                value=error.strerror or error,
            ) from error
        self._mark = mark_of(self._file)
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="control", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening and cut off who is still talking."""
        self._wake_writer.send(b"x")
        self._thread.join(READ_TIMEOUT_S)
        for end in (self._listener, self._wake_reader, self._wake_writer):
            end.close()
        with self._changed:
            for client in self._open:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RD)
            # An answer on its way (to "stop", say) still goes out.
            self._changed.wait_for(lambda: not self._open, _FAREWELL_S)
        if self._mark is not None and mark_of(self._file) == self._mark:
            with contextlib.suppress(OSError):
                self._file.unlink()

    def _listen(self) -> socket.socket:
        if self._unix:
            with short_name(self._file) as name:
                if name is not None:
                    return listen_at(name)
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.bind(("127.0.0.1", 0))
            self._token = secrets.token_hex(32)
            port = listener.getsockname()[1]
            private_file(self._file).write_text(
                f"{TOKEN_FILE_MARK}\n{port}\n{self._token}\n", encoding="ascii"
            )
            listener.listen(QUEUE)
        except BaseException:
            listener.close()
            raise
        return listener

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wake_reader, selectors.EVENT_READ)
            while all(key.fileobj is self._listener for key, _ in selector.select()):
                if not self._clients.acquire(timeout=READ_TIMEOUT_S):
                    continue
                try:
                    client, _ = self._listener.accept()
                except OSError:  # gone again, or too many open files: not in a tight loop
                    self._clients.release()
                    time.sleep(_AFTER_FAILURE_S)
                    continue
                with self._changed:
                    self._open.add(client)
                threading.Thread(
                    target=self._serve, args=(client,), name="control-client", daemon=True
                ).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client:
                ours = same_user(client)
                for line in _lines(client, READ_TIMEOUT_S):
                    _send(client, self._answer(line) if ours else _refused(_(_NOT_YOURS)))
        except _Refused as refusal:
            _log.info("control channel: %s", refusal)
        except OSError:
            pass  # the client went away, or was too slow to take its answer
        finally:
            with self._changed:
                self._open.discard(client)
                self._changed.notify_all()
            self._clients.release()

    def _answer(self, line: bytes) -> dict[str, object]:
        try:
            question = json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            return _refused(_("that is not JSON"))
        if not isinstance(question, dict):
            return _refused(_("that is not a JSON object"))
        if self._token and not _same(question.get("token"), self._token):
            return _refused(_("the token is wrong"))
        command, arguments = question.get("command"), question.get("arguments", {})
        if not isinstance(command, str) or not isinstance(arguments, dict):
            return _refused(_("a command needs a name and arguments"))
        try:
            if command == "status":
                answer = self._live.status()
            else:
                answer = self._live.command(command, arguments)
        except PostureMonitorError as error:
            return _refused(error_text(error))
        except Exception:  # a fault in one command must not end the channel
            _log.exception("control channel: %s failed", command[:80])
            return _refused(_("the monitor could not do that; its log says why"))
        return {"ok": True, "answer": answer}


def ask(
    control_file: Path,
    command: str,
    arguments: Mapping[str, object] | None = None,
    timeout_s: float = 5.0,
) -> dict[str, Any]:
    """What the running monitor answers; PostureMonitorError where none runs or it refuses."""
    question: dict[str, object] = {"command": command, "arguments": dict(arguments or {})}
    try:
        with _connected(control_file, timeout_s, question) as server:
            server.settimeout(timeout_s)
            server.sendall(_encoded(question))
            answer = json.loads(_first_line(server, timeout_s))
    except (TimeoutError, _Refused):
        raise PostureMonitorError(
            "the running monitor does not answer; end it and start it again, its log says more"
        ) from None
    except (OSError, ValueError) as error:
        raise PostureMonitorError(
            "the running monitor broke off ({error}); try again, its log says more", error=error
        ) from error
    if not answer.get("ok"):
        raise PostureMonitorError(str(answer.get("error")))
    return dict(answer["answer"])


# ------------------------------------------------------------------------------- lines


class _Refused(Exception):
    """A peer that does not keep to the limits."""


def _lines(peer: socket.socket, timeout_s: float) -> Iterator[bytes]:
    """Each line as it comes; a new one has to be whole within the limit."""
    rest = b""
    deadline_s = time.monotonic() + timeout_s
    while True:
        line, newline, after = rest.partition(b"\n")
        if len(line) > MAX_LINE_BYTES:
            raise _Refused(f"a line of more than {MAX_LINE_BYTES} bytes")
        if newline:
            yield line
            rest, deadline_s = after, time.monotonic() + timeout_s
            continue
        left_s = deadline_s - time.monotonic()
        if left_s <= 0.0:
            raise _Refused("too slow")
        peer.settimeout(left_s)
        more = peer.recv(16 * 1024)
        if not more:
            return
        rest += more


def _first_line(peer: socket.socket, timeout_s: float) -> bytes:
    for line in _lines(peer, timeout_s):
        return line
    raise _Refused("no answer")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _encoded(message: Mapping[str, object]) -> bytes:
    return json.dumps(message, allow_nan=False).encode("ascii") + b"\n"


def _send(client: socket.socket, message: dict[str, object]) -> None:
    try:
        line = _encoded(message)
    except (TypeError, ValueError):
        _log.exception("control channel: an answer can't be written as JSON")
        line = _encoded(_refused(_("the monitor's answer can't be told")))
    if len(line) > MAX_LINE_BYTES:
        line = _encoded(_refused(_("the monitor's answer is too long")))
    client.settimeout(READ_TIMEOUT_S)
    client.sendall(line)


def _same(given: object, token: str) -> bool:
    return isinstance(given, str) and secrets.compare_digest(given.encode("utf-8"), token.encode())


# ------------------------------------------------------------------------------ places


def _make_way(path: Path) -> None:
    """Removes what a killed monitor left; raises where something else is in the way."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISSOCK(mode) or (stat.S_ISREG(mode) and token_file(path) is not None):
        try:
            with _connected(path, READ_TIMEOUT_S, {}):
                raise AlreadyRunning(
                    "a monitor already answers at {path}; end it with `posture-monitor stop`, or "
                    "use another --data-dir",
                    path=path,
                )
        except _NobodyThere:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise StoreError(
                "can't use {path} ({value}); remove it", path=path, value=error.strerror or error
            ) from error
    raise StoreError("{path} is in the way of the control channel; remove it", path=path)


def _refused(why: str) -> dict[str, object]:
    return {"ok": False, "error": why}


class _NobodyThere(PostureMonitorError):
    """Nobody listens at a control file."""


@contextlib.contextmanager
def _connected(
    path: Path, timeout_s: float, question: dict[str, object]
) -> Iterator[socket.socket]:
    """A connection to what answers there; a token goes into the question."""
    mark = mark_of(path)
    nobody = _NobodyThere(
        N_("no monitor is running on {folder}; start one with `posture-monitor run`"),
        folder=path.parent,
    )
    if mark is None:
        raise nobody
    port = None if path.is_socket() else token_file(path)
    if port is None and not (has_unix_sockets() and path.is_socket()):
        raise nobody
    server = socket.socket(socket.AF_INET if port else socket.AF_UNIX, socket.SOCK_STREAM)
    with server:
        server.settimeout(timeout_s)
        try:
            if port is not None:
                server.connect(("127.0.0.1", port[0]))
                question["token"] = port[1]
            else:
                with short_name(path) as name:
                    if name is None:
                        raise nobody
                    server.connect(name)
        except (ConnectionRefusedError, FileNotFoundError):
            sweep(path, mark)
            raise nobody from None
        yield server
