"""Where a run keeps its files, all of them readable by the user alone.

With a data folder given, everything of the run lives in that one folder; else each desktop's
own places are used.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.domain import AlreadyRunning, ConfigError, StoreError
from posture_monitor.system.failures import why
from posture_monitor.system.private_files import private_file, private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATA_DIR_VARIABLE = "POSTURE_MONITOR_DATA_DIR"

_APP = "posture-monitor"
_BESIDE_DATABASE = ("", "-wal", "-shm", "-journal")
"""What SQLite keeps beside its file."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The files of one run; none of them needs to exist yet."""

    data_dir: Path
    config_file: Path
    log_file: Path
    database_file: Path
    lock_file: Path
    """Held by the one live monitor of this data folder."""
    control_file: Path
    """The control channel: a Unix socket, or a file that names a loopback port."""

    @property
    def welcomed_file(self) -> Path:
        """There once the first steps were offered: they are so once."""
        return self.data_dir / "welcomed"

    @property
    def demo_report_file(self) -> Path:
        """The page that the demo leaves."""
        return self.data_dir / "demo-report.html"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Each folder that the program writes to, once; the settings are only read."""
        files = (
            self.log_file,
            self.database_file,
            self.lock_file,
            self.control_file,
        )
        return tuple(dict.fromkeys((self.data_dir, *(file.parent for file in files))))

    @property
    def own_files(self) -> tuple[Path, ...]:
        """Each file that is the program's, there or not; others in these folders are not."""
        return (
            self.config_file,
            self.log_file,
            self.log_file.with_suffix(".log.1"),
            self.lock_file,
            self.control_file,
            self.welcomed_file,
            self.demo_report_file,
            *(self.database_file.with_name(self.database_file.name + s) for s in _BESIDE_DATABASE),
        )

    def refuse_own(self, target: Path) -> None:
        """Raises ConfigError where writing to the target would destroy a file of the program."""
        for file in self.own_files:
            with suppress(OSError):
                if file.resolve() == target.resolve() or file.samefile(target):
                    raise ConfigError(
                        "{target} is a file of posture-monitor itself; choose another --out",
                        target=target,
                    )

    def ensure(self) -> None:
        """Creates the folders, for the user alone; raises StoreError where that fails."""
        for folder in self.folders:
            private_folder(folder)


def resolve_paths(
    data_dir: str | os.PathLike[str] | None = None,
    *,
    config_file: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Paths:
    """The paths from ``--data-dir``, else its environment variable, else the desktop's places."""
    env = os.environ if environment is None else environment
    given = data_dir or env.get(DATA_DIR_VARIABLE)
    data, log, config = (_absolute(given),) * 3 if given else _usual_places()
    chosen = _absolute(config_file) if config_file else None
    return Paths(
        data_dir=data,
        config_file=chosen or config / "config.toml",
        log_file=log / "posture-monitor.log",
        database_file=data / "history.db",
        lock_file=data / "monitor.lock",
        control_file=data / "control",
    )


def _absolute(path: str | os.PathLike[str]) -> Path:
    text = os.fspath(path)
    expanded = os.path.expanduser(text)
    if text.startswith("~") and expanded.startswith("~"):
        raise ConfigError("the home folder in {text} is not known; write the whole path", text=text)
    return Path(os.path.abspath(expanded))


def _usual_places() -> tuple[Path, Path, Path]:
    """For data, log and settings; ConfigError where the account has no home folder."""
    import platformdirs

    # No author: Windows would otherwise nest one more folder of the same name.
    places = platformdirs.PlatformDirs(_APP, appauthor=False)
    try:
        found = (places.user_data_dir, places.user_log_dir, places.user_config_dir)
    except RuntimeError:  # older versions leave "~" as it is
        found = ("~", "~", "~")
    if any(place.startswith("~") for place in found):
        raise ConfigError(
            "this account has no home folder (HOME is not set);"
            " set HOME, or say where to keep everything with --data-dir"
        )
    data, log, config = (Path(place) for place in found)
    return data, log, config


@contextmanager
def single_instance(lock_file: Path) -> Iterator[None]:
    """Holds the data folder for one live monitor; raises AlreadyRunning if another has it.

    The system frees the lock of a program that was killed.
    """
    import filelock

    lock = filelock.FileLock(private_file(lock_file), timeout=0, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise AlreadyRunning(
            "a monitor already runs on {parent}; end it with `posture-monitor stop`, or "
            "give this one another --data-dir",
            parent=lock_file.parent,
        ) from None
    except OSError as error:
        raise StoreError(
            "can't lock {lock_file} {error}, or use --data-dir on a local disk",
            lock_file=lock_file,
            error=why(error, lock_file),
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_running(lock_file: Path) -> bool:
    """Whether a live monitor holds the data folder; asks without making anything."""
    if not lock_file.exists():
        return False
    try:
        with single_instance(lock_file):
            return False
    except AlreadyRunning:
        return True
