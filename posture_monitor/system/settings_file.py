"""Writing the settings file, whole or not at all."""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path

from posture_monitor.config import Settings, settings_from, to_toml
from posture_monitor.domain import ConfigError, StoreError
from posture_monitor.system.private_files import private_folder


def write_settings(path: Path, settings: Settings) -> None:
    """Replace the file in one step, readable by the user alone.

    What is as usual is written as a comment, so that a later version's better values count.
    """
    usual = to_toml(Settings()).splitlines()
    hushed = to_toml(Settings(), commented=True).splitlines()
    wanted = to_toml(settings).splitlines()
    text = "\n".join(
        quiet if line == normal else line
        for line, normal, quiet in zip(wanted, usual, hushed, strict=True)
    )
    if settings_from(tomllib.loads(text)) != settings:  # never write what reads otherwise
        raise ConfigError("these settings can't be written to a file; use plain characters")
    private_folder(path.parent)
    try:
        with tempfile.TemporaryDirectory(prefix=".config-", dir=path.parent) as folder:  # is 0700
            fresh = Path(folder) / path.name
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, path)
    except OSError as error:
        raise StoreError(
            "can't write {path} ({strerror}); check the disk and the folder's owner",
            path=path,
            strerror=error.strerror,
        ) from error
