"""The log: the standard library's, in a file that the user alone may read, of bounded size.

Modules ask ``logging.getLogger(__name__)`` and know nothing of files; a program that runs for
long holds ``logging_to`` around its work.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posture_monitor.domain import PostureMonitorError, StoreError
from posture_monitor.system.names import shown, shown_lines
from posture_monitor.system.private_files import private_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import TextIOWrapper

MAX_BYTES = 500_000
"""At this size the log is renamed to ``.1`` and a new one is begun: a megabyte in all."""
PACKAGE = "posture_monitor"

_log = logging.getLogger(__name__)


class PrivateLogHandler(RotatingFileHandler):
    """Appends to a file of mode 0600; a full disk costs lines, never the program."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        """Raises StoreError where the file can't be written."""
        super().__init__(path, maxBytes=max_bytes, backupCount=1, encoding="utf-8")
        self.setFormatter(_Written("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def _open(self) -> TextIOWrapper:
        path = private_file(Path(self.baseFilename))
        return path.open("a", encoding="utf-8", errors="backslashreplace")

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; into a new file where the old one was deleted meanwhile."""
        if self.stream is not None and not Path(self.baseFilename).exists():
            self.stream.close()
            self.stream = None  # reopened by the next line written
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # as logging names it
        """Nobody is told: who would hear it reads the log."""


class _Written(logging.Formatter):
    """Records as text that a terminal may show; only a traceback takes several lines."""

    def format(self, record: logging.LogRecord) -> str:
        record = copy.copy(record)
        record.exc_text = None  # another handler's formatter may have left its text there
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return shown(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return shown_lines(super().formatException(ei))


class _Echo(logging.Handler):
    """Shows what is going on to those who asked for it; warnings reach them anyway."""

    def __init__(self, echo: Callable[[str], None]) -> None:
        super().__init__()
        self._echo = echo

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.INFO:
            self._echo(shown(record.getMessage()))


@contextlib.contextmanager
def logging_to(path: Path, echo: Callable[[str], None]) -> Iterator[None]:
    """While held, the package's records from INFO, others' from WARNING, go to this file.

    What ends the block, and what nobody catches in another thread, is in the file too. ``echo``
    is given the text of each INFO record. Raises StoreError where the file can't be written.
    """
    package, root = logging.getLogger(PACKAGE), logging.getLogger()
    file, screen = PrivateLogHandler(path), _Echo(echo)
    level, hook = package.level, threading.excepthook
    package.setLevel(logging.INFO)
    package.addHandler(screen)
    root.addHandler(file)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit and args.exc_value is not None:
            name = "?" if args.thread is None else args.thread.name
            _log.critical("thread %s ended by an error", name, exc_info=args.exc_value)
        hook(args)

    threading.excepthook = in_thread
    try:
        with _ending():
            yield
    finally:
        threading.excepthook = hook
        root.removeHandler(file)
        package.removeHandler(screen)
        package.setLevel(level)
        with contextlib.suppress(OSError, StoreError):
            file.close()


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """Log what ends the block: known errors by their sentence, others with the traceback."""
    try:
        yield
    except PostureMonitorError as error:
        _log.error("ended: %s", error)
        raise
    except Exception:
        _log.critical("ended by an error", exc_info=True)
        raise
