"""What is written takes its place whole or not at all, and refusals say what helps."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from posture_monitor.system import failures
from posture_monitor.system.failures import why
from posture_monitor.system.replacing import Replacing, remove_leftovers


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_old_file_stays_until_the_new_one_is_whole(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")
    with Replacing(target) as new:
        new.file.write("new")
        assert target.read_text() == "old"

    assert target.read_text() == "new"
    assert names(tmp_path) == ["report.html"]


def test_what_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "report.html"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt), Replacing(target) as new:  # noqa: PT012
        new.file.write("half")
        raise KeyboardInterrupt

    assert target.read_text() == "old"
    assert names(tmp_path) == ["report.html"]


def test_full_disk_leaves_the_old_file(tmp_path):
    resource = pytest.importorskip("resource")
    target = tmp_path / "report.html"
    target.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="large"), Replacing(target) as new:
            new.file.write("x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert target.read_text() == "old"
    assert names(tmp_path) == ["report.html"]


def test_two_that_write_at_one_time_do_not_mix(tmp_path):
    target = tmp_path / "export.csv"
    with Replacing(target) as first, Replacing(target) as second:
        first.file.write("first")
        second.file.write("second")
        assert not target.exists()

    assert target.read_text() == "first"  # the one that ended last
    assert names(tmp_path) == ["export.csv"]


def test_link_is_followed_and_a_file_keeps_its_permissions(tmp_path):
    target = tmp_path / "real.csv"
    target.write_text("old")
    target.chmod(0o640)
    (tmp_path / "link.csv").symlink_to(target)
    with Replacing(tmp_path / "link.csv", permissions=0o600) as new:
        new.file.write("new")
    with Replacing(tmp_path / "other.csv", permissions=0o600) as new:
        new.file.write("new")

    assert (tmp_path / "link.csv").is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "other.csv").stat().st_mode & 0o777 == 0o600


def test_device_is_written_to_and_stays_one():
    with Replacing(Path(os.devnull)) as new:
        new.file.write("gone")

    assert not Path(os.devnull).is_file()


def test_disk_without_free_inodes_is_not_called_full(tmp_path, monkeypatch):
    full = OSError(errno.ENOSPC, "No space left on device")
    assert str(why(full, tmp_path)) == "(No space left on device); free some space on that disk"

    monkeypatch.setattr(failures, "lacks_inodes", lambda _path: True)
    assert "delete some of its many small files" in str(why(full, tmp_path))


def test_leftovers_of_a_killed_writer_are_removed_and_what_is_being_written_stays(tmp_path):
    with Replacing(tmp_path / "a.csv") as killed:
        killed.file.write("half")
        killed.file.flush()
        (left,) = tmp_path.iterdir()
        content = left.read_bytes()
    (tmp_path / "a.csv").unlink()
    left.write_bytes(content)
    others = [tmp_path / name for name in ("mine.partial", ".0123456789abcdef.partial")]
    for other in others:
        other.write_text("of somebody else")

    with Replacing(tmp_path / "a.csv") as writing:
        assert len(names(tmp_path)) == 4
        remove_leftovers(tmp_path, ["a.csv", "b.csv"])
        assert len(names(tmp_path)) == 3
        writing.file.write("whole")

    assert (tmp_path / "a.csv").read_text() == "whole"
    assert names(tmp_path) == sorted(["a.csv", *(other.name for other in others)])
    remove_leftovers(tmp_path / "missing", ["a.csv"])
