"""The open page is drawn again only when something that it shows has changed."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

from posture_monitor.dashboard import streams

SITTING = {
    "state": "sitting",
    "sitting_s": 1502.0,
    "score": 93.2,
    "penalties": {"slouch": 6.8},
    "next_reminder": {"kind": "break", "in_s": 298.0},
    "break": None,
    "looks": 17,
    "stillness_s": 4.5,
}


@pytest.fixture
def drawn(monkeypatch):
    """How often the page was drawn."""
    statuses = []

    def draw(desk):
        statuses.append(desk.said[0])
        return f"{len(statuses)}"

    monkeypatch.setattr(streams, "_present_html", draw)
    return statuses


def watched(monkeypatch, tmp_path, *said):
    """The events of a page that stays open while the monitor says this, once a second."""
    desk = SimpleNamespace(
        live=object(),
        said=list(said),
        stopping=threading.Event(),
        paths=SimpleNamespace(database_file=tmp_path / "record.sqlite3"),
    )
    desk.status = lambda: desk.said[0]

    async def sleep(desk, seconds):
        del desk.said[0]
        return bool(desk.said)

    async def collect():
        return [part async for part in streams._now(desk) if part.startswith("event")]

    monkeypatch.setattr(streams, "_sleep", sleep)
    return asyncio.run(collect())


@pytest.mark.parametrize(
    "later",
    [
        {"looks": 18, "stillness_s": 6.0},
        {"score": 92.9, "penalties": {"slouch": 7.1}},
        {"sitting_s": 1505.0, "next_reminder": {"kind": "break", "in_s": 295.0}},
    ],
)
def test_what_the_page_does_not_show_is_not_drawn(monkeypatch, tmp_path, drawn, later):
    events = watched(monkeypatch, tmp_path, SITTING, SITTING | later, SITTING)

    assert drawn == [SITTING]
    assert events == ['event: now\ndata: "1"\n\n']


@pytest.mark.parametrize(
    "later",
    [
        {"state": "away"},
        {"score": 91.2},
        {"score": None},
        {"penalties": {"slouch": 6.8, "shrug": 30.0}},
        {"sitting_s": 1560.0},
        {"next_reminder": {"kind": "break", "in_s": 240.0}},
        {"break": {"remaining_s": 9.0}},
    ],
)
def test_whatever_it_shows_is_drawn_within_a_second(monkeypatch, tmp_path, drawn, later):
    events = watched(monkeypatch, tmp_path, SITTING, SITTING | later)

    assert drawn == [SITTING, SITTING | later]
    assert len(events) == 2


def test_the_last_minute_is_told_by_the_second(monkeypatch, tmp_path, drawn):
    watched(monkeypatch, tmp_path, {"sitting_s": 12.0}, {"sitting_s": 13.0}, {"sitting_s": 59.6})

    assert len(drawn) == 3


def test_clocks_on_the_page_are_at_most_fifteen_seconds_late(monkeypatch, tmp_path, drawn):
    watched(monkeypatch, tmp_path, *[SITTING] * 16)

    assert len(drawn) == 2


def test_a_monitor_that_ends_is_told(monkeypatch, tmp_path, drawn):
    events = watched(monkeypatch, tmp_path, SITTING, None, None)

    assert drawn == [SITTING, None]
    assert len(events) == 2
