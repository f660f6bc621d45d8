"""Where the control channel of a monitor is found: sockets, long paths, stale and token files."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUEUE = 64
TOKEN_FILE_MARK = "posture-monitor control"

_SOCKET_PATH_BYTES = 104  # macOS takes 104 with the final zero, Linux 108


def has_unix_sockets() -> bool:
    """Whether this system has sockets in the file system that check who connects."""
    return hasattr(socket, "AF_UNIX") and os.name == "posix"


def listen_at(name: str) -> socket.socket:
    """A listening socket in the file system that only the user can open."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(name)
        os.chmod(name, 0o600)  # before listen, so never open to others
        listener.listen(QUEUE)
    except BaseException:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def short_name(path: Path) -> Iterator[str | None]:
    """A name of that place that fits into a socket address; None where there is none.

    Linux reaches a folder through an open descriptor of it, whatever its depth.
    """
    if len(os.fsencode(path)) < _SOCKET_PATH_BYTES:
        yield str(path)
        return
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield None
        return
    try:
        name = f"/proc/self/fd/{folder}/{path.name}"
        usable = os.path.isdir(os.path.dirname(name))
        yield name if usable and len(os.fsencode(name)) < _SOCKET_PATH_BYTES else None
    finally:
        os.close(folder)


def mark_of(path: Path) -> tuple[int, int] | None:
    """What tells this file from another that takes its place; None where there is none."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns


def token_file(path: Path) -> tuple[int, str] | None:
    """The port and the token that a control file names; None where it is none of ours."""
    try:
        mark, port, token = path.read_text(encoding="ascii").split("\n")[:3]
        return (int(port), token) if mark == TOKEN_FILE_MARK else None
    except (OSError, ValueError):
        return None


def sweep(path: Path, mark: tuple[int, int]) -> None:
    """Removes the file of a monitor that was killed, unless a new one has just replaced it."""
    if mark_of(path) != mark:
        return
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        os.rename(path, aside)
        # Renaming touches the change time, so the number of the file alone can be compared.
        if (now := mark_of(aside)) is not None and now[0] == mark[0]:
            aside.unlink()
        else:
            os.rename(aside, path)


def same_user(client: socket.socket) -> bool:
    """Whether the other end runs as this user; the folder's mode says so where Linux doesn't."""
    if client.family != getattr(socket, "AF_UNIX", None) or not hasattr(socket, "SO_PEERCRED"):
        return True
    peer = client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", peer)
    return bool(uid == os.getuid())
