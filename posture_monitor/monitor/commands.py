"""What a running monitor does when it is asked: commands, pressed buttons, feedback; glue.

Commands come from other threads. They change the situation, which the loop takes up at its
next turn, at most a second later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from posture_monitor.config import taken_up
from posture_monitor.core.day import reminders
from posture_monitor.core.exercises.routine import SHORTEST_MIN, choose
from posture_monitor.domain import (
    Action,
    CalibrationRequest,
    CameraState,
    ConfigError,
    Detail,
    EventKind,
    ReminderKind,
)
from posture_monitor.monitor.break_plan import wishes_of
from posture_monitor.monitor.guided_mode import GuidedMode
from posture_monitor.monitor.modes import ModeKind
from posture_monitor.wording import texts
from posture_monitor.wording.calibration_words import hold_still
from posture_monitor.wording.language import _
from posture_monitor.wording.names import CAMERA_TEXT, camera_words, reason_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from posture_monitor.config import Settings
    from posture_monitor.domain import Response
    from posture_monitor.monitor.camera import HeldCamera
    from posture_monitor.monitor.modes import Mode
    from posture_monitor.monitor.state import Desk, Situation
    from posture_monitor.ports import Clock

SOFTER = 0.9
SOFTEST = 0.6
"""Each "that was wrong" takes a tenth off a reason's severity, down to this share."""
LONGEST_MIN = 24.0 * 60.0
"""A pause or a snooze: a day; who wants longer stops the monitor."""


@dataclass(frozen=True, slots=True)
class Commands:
    """Everything that can be asked of one run."""

    situation: Situation
    camera: HeldCamera
    desk: Desk
    clock: Clock
    now_s: Callable[[], float]
    calibration: Callable[[CalibrationRequest], Mode]
    """Makes one that begins now."""
    drop_pending: Callable[[], None]
    """Nothing that waits in memory gets into the record any more."""

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """Do what a command asks; answers a sentence for the user under ``said``.

        PostureMonitorError where that can't be done now.
        """
        if name == "stop":
            self.situation.stop.requested = True
            return {"said": _("stopping")}
        if name == "pause":
            return self._pause(number_in(arguments, "minutes", 60.0, 1.0, LONGEST_MIN))
        if name == "resume":
            return self._resume()
        if name == "snooze":
            default = self.situation.settings.reminders.snooze_min
            minutes = number_in(arguments, "minutes", default, 1.0, LONGEST_MIN)
            self._snooze(minutes * 60.0)
            return {"said": _("no reminder for {minutes:.0f} min", minutes=minutes)}
        if name == "feedback":
            return {"said": _("noted; {soften} will be called later", soften=self._soften())}
        if name == "calibrate":
            return self._calibrate(arguments)
        if name == "break":
            return self._start_break(arguments)
        if name in ("break_skip", "break_end"):
            return self._step_break(name)
        if name == "drank":
            return self._drank()
        if name == "forget":
            return self._after_deletion()
        if name == "reload" and self.desk.load_settings is not None:
            return self._reload(self.desk.load_settings())
        if name == "test_notification":
            return self._try_notification(only_ask=arguments.get("only_ask") is True)
        if name == "camera":
            return self._use_camera(arguments.get("source"))
        if name == "dashboard" and self.desk.open_dashboard is not None:
            return self.desk.open_dashboard()
        raise ConfigError(
            "the running monitor doesn't know {name!r}; is it an older version?", name=name
        )

    def act(self, response: Response) -> None:
        """What a pressed button asks for; a notification that faded asks for nothing."""
        if response.kind is ReminderKind.SYSTEM:
            self.situation.tried = response  # its buttons do nothing else
        elif response.action is Action.SNOOZE:
            minutes = self.situation.settings.reminders.snooze_min
            self._snooze(minutes * 60.0, response.kind)
        elif response.action is Action.SKIP:
            if response.kind is ReminderKind.BREAK:
                self._decline_break()
            self.situation.note(EventKind.SKIPPED, Detail(reminder=response.kind))
        elif response.action is Action.START_BREAK:
            self._start_break({"show": True})
        elif response.action is Action.RELIEVE:
            self._relieve()
        elif response.action is Action.DRANK:
            self._drank()
        elif response.action is Action.FEEDBACK_WRONG:
            self._soften()

    def _pause(self, minutes: float) -> dict[str, object]:
        until = self.clock.now() + timedelta(minutes=minutes)
        with self.situation.lock:  # the record tells pause and resume in their order
            self.situation.paused_until = until
            self.situation.note(EventKind.PAUSED, Detail(seconds=minutes * 60.0))
        return {
            "said": _("paused until {until:%H:%M}; the camera is off", until=until.astimezone())
        }

    def _resume(self) -> dict[str, object]:
        """Undo a pause, a snooze and a guided break that goes on."""
        now = self.situation
        now.unpause()
        with now.lock:
            mode = now.modes.get(ModeKind.GUIDED_BREAK)
        if mode is not None and not mode.done:
            self._step_break("break_end")
        with now.lock:
            rules = replace(now.session.reminders, snoozed_until_s=None)
            now.session = replace(now.session, reminders=rules)
        return {"said": _("watching again")}

    def _snooze(self, seconds: float, reminder: ReminderKind | None = None) -> None:
        now = self.situation
        with now.lock:
            self._refuse_if_firm()
            rules = reminders.snooze(now.session.reminders, self.now_s(), seconds)
            now.session = replace(now.session, reminders=rules)
        now.note(EventKind.SNOOZED, Detail(seconds=seconds, reminder=reminder))

    def _decline_break(self) -> None:
        now = self.situation
        with now.lock:
            self._refuse_if_firm()
            sitting_s = now.session.sitting.sitting_s
            rules = reminders.decline_break(now.session.reminders, sitting_s, now.settings)
            now.session = replace(now.session, reminders=rules)

    def _refuse_if_firm(self) -> None:
        now = self.situation
        if reminders.is_firm(now.session.reminders, now.settings):
            raise ConfigError(
                "breaks are firm, and this one was put off often enough;"
                " take one, or change reminders.firm"
            )

    def _skip_break(self) -> None:
        now = self.situation
        with now.lock:
            sitting_s = now.session.sitting.sitting_s
            rules = reminders.skip_break(now.session.reminders, sitting_s, now.settings)
            now.session = replace(now.session, reminders=rules)

    def _drank(self) -> dict[str, object]:
        now = self.situation
        with now.lock:
            rules = reminders.drank(now.session.reminders)
            now.session = replace(now.session, reminders=rules)
        now.note(EventKind.DRANK)
        return {"said": _("noted")}

    def _relieve(self) -> None:
        """A minute against what was alerted last; the break that is due later stays due."""
        now = self.situation
        wishes = replace(wishes_of({}, now.settings), minutes=SHORTEST_MIN, strength=False)
        strain_s = dict.fromkeys(now.alert_reasons, 1.0)
        with now.lock:
            now.begin(GuidedMode(choose(strain_s, wishes), self.now_s()))
        self.desk.show_break()

    def _start_break(self, arguments: Mapping[str, object]) -> dict[str, object]:
        """Guide through a break from now on; ``minutes``, ``seated``, ``show`` the page."""
        now = self.situation
        routine = self.desk.plan_break(wishes_of(arguments, now.settings))
        mode = GuidedMode(routine, self.now_s())
        with now.lock:
            now.begin(mode)
        self._skip_break()
        now.note(EventKind.BREAK_ACCEPTED)
        if arguments.get("show") is True:
            self.desk.show_break()
        return {"said": _("the break begins"), "break": mode.to_document()}

    def _step_break(self, name: str) -> dict[str, object]:
        """On to the next exercise, or the end."""
        now = self.situation
        with now.lock:
            mode = now.modes.get(ModeKind.GUIDED_BREAK)
        if not isinstance(mode, GuidedMode):
            raise ConfigError("no break is going on")
        step = mode.skip if name == "break_skip" else mode.end
        for event in step(self.now_s()):
            now.note(event.kind, event.detail)
        return {"said": _("the break is over") if mode.done else "", "break": mode.to_document()}

    def _soften(self) -> str:
        now = self.situation
        with now.lock:
            reasons = now.alert_reasons or now.session.strain.reasons
            if not reasons:
                raise ConfigError("there was no posture reminder yet that could have been wrong")
            if now.alert_doubted:
                raise ConfigError("this reminder is marked as wrong already; it counts once")
            now.alert_reasons, now.alert_doubted = reasons, True
            softened = dict(now.softened)
            for reason in reasons:
                softened[reason] = max(SOFTEST, softened.get(reason, 1.0) * SOFTER)
            now.softened, chosen = softened, now.chosen
        if chosen is not None:
            self.desk.save_softened(chosen.name, softened)
        now.note(EventKind.FEEDBACK, Detail(reasons=tuple(reasons)))
        return reason_words(reasons)

    def _after_deletion(self) -> dict[str, object]:
        """The record is deleted: only what is seen from now on may get into it."""
        self.drop_pending()
        with self.situation.lock:
            self.situation.softened = {}
        return {
            "said": _(
                "the running monitor begins a new record and keeps its profile in memory; "
                "`posture-monitor stop` ends it"
            )
        }

    def _try_notification(self, *, only_ask: bool) -> dict[str, object]:
        """Show one that means nothing, or say what became of it."""
        now = self.situation
        if only_ask:
            tried = now.tried
            pressed = None if tried is None or tried.action is None else str(tried.action)
            return {"pressed": pressed, "closed": None if tried is None else str(tried.closed)}
        if self.desk.show is None:
            raise ConfigError("this monitor shows no notifications")
        now.tried = None
        return {"said": self.desk.show(texts.test_notification(self.clock.now()))}

    def _use_camera(self, source: object) -> dict[str, object]:
        """Open another camera from the next round on."""
        if self.desk.change_source is None or not isinstance(source, str) or not source:
            raise ConfigError("this monitor can't change its camera")
        self.desk.change_source(source)
        self.situation.another_camera = True
        return {"said": _("the camera is changed")}

    def _reload(self, wanted: Settings) -> dict[str, object]:
        now = self.situation
        in_force, waiting = taken_up(now.settings, wanted)
        self.desk.use_settings(in_force)
        with now.lock:
            now.settings = in_force
        if not waiting:
            return {"said": _("the settings are in use"), "waiting": []}
        names = ", ".join(waiting)
        return {
            "said": _("in use; {names} from the next start on", names=names),
            "waiting": list(waiting),
        }

    def _calibrate(self, arguments: Mapping[str, object]) -> dict[str, object]:
        now = self.situation
        asked = CalibrationRequest.from_arguments(arguments)
        with now.lock:  # of two who ask at once, one is refused
            if now.off is not None:
                how = "resume first" if now.off is CameraState.PAUSED else "try again when it is on"
                raise ConfigError(
                    "the camera is {CAMERA_TEXT}; {how}", CAMERA_TEXT=CAMERA_TEXT[now.off], how=how
                )
            if self.camera.lost is not None:
                raise ConfigError("the camera is {status}", status=camera_words(self.camera.status))
            now.begin(self.calibration(asked))
        return {"said": hold_still(standing=asked.standing)}


def number_in(
    arguments: Mapping[str, object], name: str, default: float, low: float, high: float
) -> float:
    """A number that a command brings; ConfigError outside its bounds."""
    value = arguments.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError(
            "{name} is {value!r}; it must lie between {low:g} and {high:g}",
            name=name,
            value=value,
            low=low,
            high=high,
        )
    return float(value)
