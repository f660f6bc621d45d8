"""Local times are those of the zone in which the machine is now."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from zoneinfo import TZPATH

import pytest

from posture_monitor.system.clock import SystemClock

pytestmark = pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone is the system's own")


def zone_file(name: str) -> bytes:
    for folder in TZPATH:
        if (Path(folder) / name).is_file():
            return (Path(folder) / name).read_bytes()
    pytest.skip("this system has no zone files")


@pytest.fixture
def zone(monkeypatch, tmp_path):
    """A function that moves the machine, as a journey does: the zone's file is replaced."""
    path = tmp_path / "localtime"

    def move(name: str) -> None:
        fresh = tmp_path / "fresh"
        fresh.write_bytes(zone_file(name))
        os.replace(fresh, path)

    move("Etc/UTC")
    monkeypatch.setenv("TZ", f":{path}")
    yield move
    monkeypatch.undo()
    time.tzset()


def test_zone_that_changes_while_the_program_runs_counts_at_once(zone):
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)

    zone("Etc/GMT-12")
    assert clock.now().utcoffset() == timedelta(hours=12)
    assert time.localtime(0).tm_hour == 12  # and for everything else in this process

    zone("Etc/GMT+3")
    assert clock.now().utcoffset() == timedelta(hours=-3)


def test_variable_that_names_another_zone_counts(zone, monkeypatch):
    clock = SystemClock()
    clock.now()
    monkeypatch.setenv("TZ", "UTC-5")

    assert clock.now().utcoffset() == timedelta(hours=5)
