"""The first steps on the page: what it asks the monitor and the desktop for, and what can fail."""

from __future__ import annotations

import json

import pytest

from posture_monitor.dashboard.protocols import CameraChoice, StartsWithSession
from posture_monitor.domain import PostureMonitorError
from tests.dashboard.serving import Recorder, serving

JSON = {"Accept": "application/json"}


class Steps:
    """What is set up, written down."""

    def __init__(self) -> None:
        self.used: list[str] = []
        self.starts = StartsWithSession(on=False, problem="")
        self.refusal = ""

    def cameras(self):
        if self.refusal:
            raise PostureMonitorError(self.refusal)
        return (
            CameraChoice("0", "Laptop", in_use=True),
            CameraChoice("rtsp://me:secret@10.0.0.7/x", "rtsp://me:***@10.0.0.7/x", in_use=False),
        )

    def use_camera(self, source):
        self.used.append(source)

    def autostart(self):
        return self.starts

    def set_autostart(self, on):
        if self.refusal:
            raise PostureMonitorError(self.refusal)
        self.starts = StartsWithSession(on, self.starts.problem)
        return self.starts


class Notifying(Recorder):
    """A monitor that shows a notification to try it."""

    answer: dict[str, object] = {"pressed": None, "closed": None}  # noqa: RUF012 - replaced, never changed

    def command(self, name, arguments):
        super().command(name, arguments)
        if name != "test_notification":
            return {}
        return self.answer if arguments.get("only_ask") else {"said": "dunst 1.9, with buttons"}


def told(answer):
    """Status and what a script reads."""
    status, _, text = answer
    document = json.loads(text)
    return status, document.get("message") or document.get("error") or document


def test_each_step_is_done_and_said(tmp_path):
    steps, live = Steps(), Notifying()
    with serving(tmp_path, live=live, first_steps=steps) as served:
        page = served.page("/welcome")
        changed = told(served.post("/welcome/camera", JSON, number="1"))
        shown = told(served.post("/welcome/notify", JSON))
        waiting = told(served.ask("/welcome/pressed", headers=JSON))
        live.answer = {"pressed": "snooze", "closed": "pressed"}
        pressed = told(served.ask("/welcome/pressed", headers=JSON))
        live.answer = {"pressed": None, "closed": "expired"}
        gone = told(served.ask("/welcome/pressed", headers=JSON))
        on = told(served.post("/welcome/autostart", JSON, on="true"))
        off = told(served.post("/welcome/autostart", JSON, on="false"))

    assert "Laptop" in page
    assert "secret" not in page
    assert (changed[0], steps.used) == (200, ["rtsp://me:secret@10.0.0.7/x"])
    assert shown == (200, "Shown by dunst 1.9, with buttons. Press a button, if it has any.")
    assert waiting[1] == {"text": "", "pressed": False}
    assert pressed[1] == {"text": "You pressed “Snooze 10 min”: buttons work.", "pressed": True}
    assert gone[1]["text"].startswith("It went away")
    assert (on[0], off[0], steps.starts.on) == (200, 200, False)


@pytest.mark.parametrize("number", ["", "2", "-1", "x", "1.0", "²"])
def test_only_a_camera_that_is_there_can_be_chosen(tmp_path, number):
    steps = Steps()
    with serving(tmp_path, live=Recorder(), first_steps=steps) as served:
        status, _ = told(served.post("/welcome/camera", JSON, number=number))

    assert (status, steps.used) == (404, [])


def test_what_can_not_be_done_is_told_with_why(tmp_path):
    steps, live = Steps(), Notifying(refusal="no notification service runs")
    steps.refusal = "can't write there"
    with serving(tmp_path, live=live, first_steps=steps) as served:
        assert "Laptop" not in served.page("/welcome")
        shown = told(served.post("/welcome/notify", JSON))
        asked = told(served.post("/welcome/autostart", JSON, on="true"))
        steps.refusal, steps.starts = "", StartsWithSession(on=False, problem="the unit is gone")
        broken = told(served.post("/welcome/autostart", JSON, on="true"))

    assert shown == (409, "No notification service runs.")
    assert asked == (409, "Can't write there.")
    assert broken == (409, "The unit is gone.")


def test_without_a_monitor_the_page_says_how_to_start_one(tmp_path):
    with serving(tmp_path) as served:
        page = served.page("/welcome")
        status, _ = told(served.post("/welcome/notify", JSON))

    assert "posture-monitor run --welcome" in page
    assert status == 409
