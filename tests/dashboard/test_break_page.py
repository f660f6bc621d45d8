"""The guided break as a page, over a record alone, a running monitor and the sample."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from posture_monitor.config import ReminderSettings, Settings
from posture_monitor.core.exercises import guided
from posture_monitor.core.exercises.library import EXERCISES
from posture_monitor.dashboard.sample_monitor import SampleMonitor
from posture_monitor.domain import Detail, Event, EventKind
from posture_monitor.history.store import Store
from posture_monitor.system.clock import SystemClock
from posture_monitor.wording import break_words
from tests.dashboard.serving import NOW, Recorder, serving
from tests.dashboard.test_pages import visible

ROUTINE = ("head_turn", "calf_raise")


DONE = Detail(text="60;arms_raised_sideways:50:9")


def document(at_s: float, *, rose: bool = False, waits: bool = False) -> dict[str, object]:
    """A break of two exercises, this many seconds after its start."""
    state = guided.advance(guided.begin(ROUTINE, 0.0), at_s)
    return {**guided.to_document(state), "rose": rose, "waits": waits}


def shown_while(tmp_path, at_s: float, **more: object) -> str:
    live = Recorder()
    flags = {name: bool(more.pop(name, False)) for name in ("rose", "waits")}
    live.said |= {"guided_break": document(at_s, **flags), **more}
    with serving(tmp_path, live=live) as served:
        return visible(served.page("/break"))


def test_a_break_that_goes_on_shows_what_to_do_for_how_long_and_what_comes_next(tmp_path):
    told = shown_while(tmp_path, 30.2)

    assert "Exercise 1 of 2 Head turn 5 times to each side" in told
    assert "0:20 Right side" in told
    assert "Turn the head slowly until you look over one shoulder." in told
    assert "Next: Calf raise" in told
    assert "Get ready" in shown_while(tmp_path, 52.0)
    assert f"0:20 Waiting for you {break_words.WAITING_LONG}" in shown_while(
        tmp_path, 30.2, waits=True
    )
    assert break_words.now_line(document(30.2, waits=True)) == f"0:20  {break_words.WAITING}"
    assert "A timer runs; the camera doesn’t count this one." in shown_while(tmp_path, 60.0)


def test_who_comes_back_from_a_break_is_welcomed_with_what_was_done(tmp_path):
    back = shown_while(tmp_path, 95.0, rose=True)
    away = shown_while(tmp_path, 95.0, rose=True, state="break")

    assert "Welcome back The break took 1 min 30 s. You left the chair." in back
    assert "Head turn: 45 s Calf raise: 35 s" in back
    assert "Welcome back" not in away
    assert "Take your time" in away


def test_who_got_up_instead_of_exercising_took_a_break_too():
    ended = guided.to_document(guided.end(guided.begin(ROUTINE, 0.0)))

    assert break_words.done_lines({**ended, "rose": True}) == [break_words.LEFT_INSTEAD]
    assert break_words.done_lines(ended) == [break_words.NOTHING_DONE]


def test_the_page_passes_its_buttons_on_to_the_running_monitor(tmp_path):
    live = Recorder()
    with serving(tmp_path, live=live) as served:
        started = served.post("/break", command="start", minutes="3", seated="on")
        served.post("/break", command="skip")
        served.post("/break", command="end")
        strange = served.post("/break", command="leave")
        no_number = served.post("/break", command="start", minutes="some")
        live.refusal = "a calibration is going on already; wait for its end"
        busy = served.post("/break", headers={"Accept": "application/json"}, command="start")

    assert started[0] == 303
    assert live.asked[:3] == [
        ("break", {"seated": True, "minutes": 3.0}),
        ("break_skip", {}),
        ("break_end", {}),
    ]
    assert (strange[0], no_number[0], busy[0]) == (400, 400, 409)
    assert "calibration is going on" in json.loads(busy[2])["error"]


def test_the_present_shows_a_break_and_a_snooze_that_go_on(tmp_path):
    live = Recorder()
    live.said |= {"guided_break": document(30.2), "snoozed_s": 300.0}
    with serving(tmp_path, live=live) as served:
        told = visible(served.page("/"))

    assert "A guided break is on: Head turn, 0:20 left." in told
    assert "Reminders wait for 5 min." in told


def test_without_a_monitor_the_page_guides_by_itself_and_the_record_keeps_it(tmp_path):
    settings = Settings(reminders=ReminderSettings(routine_min=1.0, strengthen=False))
    with serving(tmp_path, settings=settings) as served:
        idle = visible(served.page("/break"))
        served.post("/break", command="start", minutes="1")
        running = visible(served.page("/break"))
        served.post("/break", command="end")
        ended = visible(served.page("/break"))
        twice = served.post("/break", command="end")
    with Store(tmp_path / "history.db") as store:
        events = store.events(NOW - timedelta(days=9000), NOW + timedelta(days=9000))

    assert "A few exercises, chosen by what strained you today." in idle
    assert "Exercise 1 of" in running
    assert "Welcome back" in ended
    assert twice[0] == 409
    assert [event.kind for event in events] == [EventKind.GUIDED_BREAK]


def test_where_nothing_guides_the_page_says_so(tmp_path):
    with serving(tmp_path, calibrating=False, guiding=False) as served:
        refused = served.post("/break", command="start")

    assert refused[0] == 409
    assert "posture-monitor break" in refused[2]


def test_the_sample_can_be_tried_like_a_monitor(tmp_path):
    monitor = SampleMonitor(NOW, SystemClock().monotonic_s)
    monitor.command("break", {"minutes": 2, "seated": True})
    first = monitor.status()["guided_break"]
    monitor.command("break_skip", {})
    monitor.command("break_end", {})
    ended = monitor.status()["guided_break"]

    assert isinstance(first, dict)
    assert isinstance(ended, dict)
    assert first["stage"] == "prepare"
    assert all(EXERCISES[name].seated for name in first["routine"])
    assert ended["stage"] == "over"


def test_the_library_shows_every_exercise_and_the_week_as_it_was_and_will_be(tmp_path):
    monday = NOW - timedelta(days=3)
    with Store(tmp_path / "history.db") as store:
        run = store.begin_run("desk", live=True, profile=None, started_at=monday)
        run.event(monday, Event(0.0, EventKind.GUIDED_BREAK, DONE))
    with serving(tmp_path) as served:
        page = served.page("/stretches")

    told = visible(page)
    assert page.count('class="figure"') == len(EXERCISES) == 18
    assert "Mon 9 Mar strength Done: Arms raised sideways" in told
    assert "Tue 10 Mar No exercises" in told
    assert "Thu 12 Mar strength" in told


@pytest.mark.parametrize("at_s", [0.0, 30.2, 95.0])
def test_the_moving_part_is_sent_as_it_changes(tmp_path, at_s):
    live = Recorder()
    live.said |= {"guided_break": document(at_s)}
    with serving(tmp_path, live=live) as served:
        told = first_event(served)

    assert "break-now" in told


def first_event(served) -> str:
    """The first break event of the stream."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    try:
        connection.request("GET", f"{served.base}/events/break", headers={"Cookie": served.cookie})
        answer = connection.getresponse()
        while (line := answer.readline().decode()) and not line.startswith("data: "):
            continue
        return str(json.loads(line.removeprefix("data: ")))
    finally:
        connection.close()
