"""What a process that has seen pictures owes its user: no core dump, no life after its parent."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PR_SET_DUMPABLE = 4
"""linux/prctl.h"""
_GRACE_S = 5.0
"""For an orphan to clear away its half-written files; assumed."""


def forbid_core_dumps() -> None:
    """A crash of this process, and of those it starts, writes no memory to disk.

    On Linux the process can't be dumped at all from here on, which also holds where the system
    pipes dumps to a program of its own and ignores the limit; nor can other programs of this
    user read its memory. A new program started by it only keeps the limit.
    """
    if sys.platform == "win32":
        return
    import resource

    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    if sys.platform.startswith("linux"):
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_with_parent(on_orphaned: Callable[[], None]) -> None:
    """Let this worker process end when the one that started it has ended, however it did.

    ``on_orphaned`` is called in a thread of its own; a few seconds later the process is gone.
    """
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        on_orphaned()
        threading.Event().wait(_GRACE_S)
        os._exit(1)

    threading.Thread(target=wait, name="parent", daemon=True).start()
