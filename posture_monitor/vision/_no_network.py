"""Takes the network away from one thread and whatever that thread starts.

For a library that reports home and can't be told not to. Needs no privilege and leaves the
rest of the process alone.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from typing import Final, NamedTuple


class _Calls(NamedTuple):
    """A machine's numbers for the system calls that lead to the network."""

    audit_arch: int
    denied: tuple[int, ...]


# socket, connect, sendto, sendmsg, bind, sendmmsg of asm/unistd.h, then the three io_uring
# calls, which can open sockets past any such filter.
_IO_URING: Final = (425, 426, 427)
_MACHINES: Final = {
    "x86_64": _Calls(0xC000003E, (41, 42, 44, 46, 49, 307, *_IO_URING)),
    "aarch64": _Calls(0xC00000B7, (198, 203, 206, 211, 200, 269, *_IO_URING)),
}

# linux/prctl.h, linux/seccomp.h, linux/bpf_common.h
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD_WORD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW: Final = 0x7FFF0000
_DENY: Final = 0x00050000 | errno.EACCES
_OFFSET_OF_CALL, _OFFSET_OF_ARCH = 0, 4
# On x86_64 the same calls exist once more from here on (the x32 ABI).
_X32_CALLS: Final = 0x40000000


class _Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def close_network() -> bool:
    """Let no socket be opened by this thread from now on, nor by threads that it starts.

    On Linux (x86_64, aarch64) a seccomp filter makes such calls fail with EACCES; it can't be
    undone and passes to every later thread and child process of the thread. False where the
    system can't do it, and then nothing has changed.
    """
    calls = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if calls is None or sys.maxsize < 2**32:
        return False
    code = _assemble(calls)
    program = _Program(len(code) // 8, code)
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = (ctypes.c_int, *(ctypes.c_ulong,) * 4)
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    address = ctypes.addressof(program)
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, address, 0, 0) == 0)


def _assemble(calls: _Calls) -> bytes:
    """The filter as struct sock_filter: code, jump if true, jump if false, operand."""
    # Jumps are told as the number of instructions to skip; the last one denies, the one
    # before it allows.
    tests = [(_JUMP_IF_AT_LEAST, _X32_CALLS), *((_JUMP_IF_EQUAL, call) for call in calls.denied)]
    rows = [
        (_LOAD_WORD, 0, 0, _OFFSET_OF_ARCH),
        (_JUMP_IF_EQUAL, 0, len(tests) + 2, calls.audit_arch),
        (_LOAD_WORD, 0, 0, _OFFSET_OF_CALL),
    ]
    rows += [
        (test, len(tests) - position, 0, operand) for position, (test, operand) in enumerate(tests)
    ]
    rows += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _DENY)]
    return b"".join(struct.pack("=HBBI", *row) for row in rows)
