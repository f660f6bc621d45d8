"""``run`` and ``calibrate``: a person before a camera, or one in a recording."""

from __future__ import annotations

import argparse
import logging
import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from posture_monitor import __version__
from posture_monitor.commands import first_steps
from posture_monitor.commands.arguments import (
    Word,
    add_source,
    distance,
    not_negative,
    positive,
    profile_name,
    speed,
    with_camera_options,
)
from posture_monitor.commands.context import (
    Bar,
    Context,
    count_down,
    named_profile,
    stored_profiles,
)
from posture_monitor.commands.desk import Parts, open_live
from posture_monitor.commands.first_steps import Where
from posture_monitor.core.day.cadence import LIVE, RECORDED
from posture_monitor.domain import (
    READY_S,
    SELF_NAME,
    SINK_S,
    TIRED_S,
    CalibrationError,
    CalibrationRequest,
    CameraError,
    ConfigError,
    PostureMonitorError,
)
from posture_monitor.ipc.control import ask
from posture_monitor.monitor.calibration import calibrate, calibrate_tired
from posture_monitor.monitor.choosing import Chosen
from posture_monitor.system.clock import SystemClock
from posture_monitor.system.logs import logging_to
from posture_monitor.system.paths import is_running, single_instance
from posture_monitor.wording import calibration_words
from posture_monitor.wording.language import N_, _, error_text
from posture_monitor.wording.names import capitalised

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from posture_monitor.config import Settings
    from posture_monitor.core.day.cadence import Reuse
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.history.store import Store
    from posture_monitor.monitor.modes import Seen
    from posture_monitor.monitor.trial import Trial
    from posture_monitor.ports import FrameSource, Notifier
    from posture_monitor.vision.observer import Observer

DEFAULT_PROFILE = "default"
_ASK_EVERY_S = 0.5
"""How often a calibration in the running monitor is asked about."""

_log = logging.getLogger(__name__)


def open_frames(
    context: Context, src: str | None, speed: float | None, start_at: datetime | None = None
) -> FrameSource:
    """The source that was named, else the one of the settings."""
    from posture_monitor.vision.capture import open_source

    return open_source(
        _named(context, src),
        context.settings.camera,
        clock=SystemClock(),
        speed=speed,
        start_at=start_at,
    )


def _named(context: Context, src: str | None) -> str:
    return context.settings.camera.source if src is None else src


def open_models(context: Context, reuse: Reuse | None = None) -> Observer:
    """The pose engine of the settings; a choice that phones home is said aloud."""
    from posture_monitor.vision.observer import open_observer

    if context.settings.pose.engine == "mediapipe":
        from posture_monitor.vision.pose_mediapipe import TELEMETRY_NOTICE

        context.warn(TELEMETRY_NOTICE)
    return open_observer(context.settings.pose.engine, reuse=reuse)


def describe(baseline: Baseline) -> str:
    """A profile in a line."""
    facts = [
        _(
            "{grade}: {samples} frames in {span_s:.0f} s",
            grade=calibration_words.GRADES[baseline.grade],
            samples=baseline.samples,
            span_s=baseline.span_s,
        ),
        _("{distance_cm:.0f} cm (measured)", distance_cm=baseline.distance_cm)
        if baseline.distance_measured
        else _("{distance_cm:.0f} cm (assumed)", distance_cm=baseline.distance_cm),
        f"{baseline.width_px}x{baseline.height_px}",
    ]
    if baseline.standing:
        facts.append(_("standing"))
    if baseline.tired is not None:
        facts.append(_("with a tired seat"))
    return "; ".join([", ".join(facts), *map(calibration_words.remark, baseline.remarks)])


def run_calibrate(
    context: Context,
    *,
    src: str | None,
    start_s: float | None,
    end_s: float | None,
    distance_cm: float | None,
    profile: str,
    standing: bool = False,
    tired: bool = False,
    tired_start_s: float | None = None,
    next_step: bool = True,
) -> None:
    """Make a profile and keep it; say at the end what to do next, if there is a next step."""
    asked = CalibrationRequest(profile, distance_cm, standing, tired)
    if start_s is not None and end_s is not None and end_s <= start_s:
        raise ConfigError("--end must lie after --start")
    if src is None and _borrowed(context, asked):
        return
    with ExitStack() as stack:
        store = stack.enter_context(context.open_store())
        source = stack.enter_context(open_frames(context, src, None))
        observer = open_models(context)
        stack.callback(observer.close)
        if tired and not source.live:
            raise ConfigError("in a recording, say where the tired seat is: --tired-start SECONDS")
        if source.live:
            context.say(calibration_words.prepare(standing=standing))
            count_down(context, READY_S, SystemClock())
            context.say(capitalised(calibration_words.hold_still(standing=standing)) + ".")
        with Bar(context, _("calibrating")) as bar:
            baseline = calibrate(
                source,
                observer,
                start_s=start_s,
                end_s=end_s,
                distance_cm=distance_cm,
                progress=bar,
            )
        baseline = replace(baseline, standing=standing)
        if tired or tired_start_s is not None:
            if source.live:
                context.say(calibration_words.now_tired())
            else:  # again from its start: the tired seat may lie before the upright one
                source = stack.enter_context(open_frames(context, src, None))
            baseline = _with_tired(context, source, observer, baseline, tired_start_s)
        store.save_profile(profile, baseline.to_document(), SystemClock().now())
    context.say(
        _("profile {profile!r} is {baseline}", profile=profile, baseline=describe(baseline))
    )
    if next_step:
        context.say(_(calibration_words.NEXT_RUN))


def _with_tired(
    context: Context,
    source: FrameSource,
    observer: Observer,
    baseline: Baseline,
    start_s: float | None,
) -> Baseline:
    """The baseline with the tired seat, or a word on why it is left out."""
    with Bar(context, _("tired")) as bar:
        baseline, left_out = calibrate_tired(
            source, observer, baseline, start_s=start_s, progress=bar
        )
    if left_out is not None:
        context.warn(left_out)
    return baseline


def _borrowed(context: Context, asked: CalibrationRequest) -> bool:
    """Calibrate with the camera of the running monitor; False where none runs."""
    control = context.paths.control_file
    arguments = {
        "profile": asked.profile,
        "distance_cm": asked.distance_cm,
        "standing": asked.standing,
        "tired": asked.tired,
    }
    if not is_running(context.paths.lock_file):
        return False
    clock = SystemClock()
    context.say(calibration_words.prepare(standing=asked.standing))
    count_down(context, READY_S, clock)
    context.say(str(ask(control, "calibrate", arguments)["said"]))
    with Bar(context, _("calibrating")) as bar:
        while True:
            clock.sleep(_ASK_EVERY_S)
            progress = ask(control, "status")["calibration"]
            bar(progress["share"], progress["hint"])
            if progress["error"] is not None:
                raise CalibrationError(progress["error"])
            if progress["result"] is not None:
                break
    context.say(
        _(
            "profile {profile!r} is {result}; the monitor uses it now",
            profile=asked.profile,
            result=progress["result"],
        )
    )
    context.say(_(calibration_words.SEE_IT_LIVE, page="posture-monitor dashboard"))
    return True


def run_monitor(
    context: Context,
    *,
    src: str | None,
    profile: str | None,
    duration_s: float | None,
    speed: float | None,
    start_at: datetime | None = None,
    chosen: Chosen | None = None,
    tray: bool = True,
    dashboard: bool = True,
    welcome: bool = False,
    on_seen: Callable[[Seen], None] | None = None,
) -> None:
    """Watch until the source ends, the time is up, or a signal comes.

    With ``on_seen``, each moment of a recording goes there, and nothing is said in between.

    Raises KeyboardInterrupt after a Ctrl-C, with the record complete.
    """
    from posture_monitor.desktop.notify import RenewableNotifier, open_notifier
    from posture_monitor.monitor.journal import Journal
    from posture_monitor.monitor.replay import Replay
    from posture_monitor.vision.capture import node_of

    clock = SystemClock()
    settings = context.settings
    with ExitStack() as stack:
        signals = stack.enter_context(_Signals())
        store = stack.enter_context(context.open_store())
        if profile is not None:
            chosen = Chosen(profile, named_profile(store, profile))
        began_at = clock.now() if start_at is None else start_at
        source = _locked_source(context, stack, src, speed, began_at)
        stack.enter_context(logging_to(context.paths.log_file, context.detail))
        live = source is None or source.live
        camera = _Camera(_named(context, src))
        named = camera.named
        source_name = source.name if source is not None else _camera_name(named)
        observer = open_models(context, reuse=LIVE if live else RECORDED)
        stack.callback(observer.close)
        notifier = RenewableNotifier(
            settings,
            lambda wanted: open_notifier(
                wanted.notifications,
                context.out,
                snooze_min=wanted.reminders.snooze_min,
                warn=context.warn,
            ),
        )
        stack.callback(notifier.close)
        recorder = store.begin_run(
            source_name,
            live=live,
            profile=None if chosen is None else chosen.name,
            started_at=began_at,
        )
        stack.callback(recorder.close)
        if live:
            _delete_old(store, settings, clock, context)
        journal = Journal(
            recorder,
            notifier,
            clock,
            warn=context.warn,
            rules=settings.reminders,
            trial=_trial(store, clock) if live else None,
        )
        profiles = {} if chosen is not None else stored_profiles(store)
        if source is None or source.live:
            parts = Parts(
                source=source,
                open_source=lambda: open_frames(context, camera.named, None),
                named=lambda: camera.named,
                change_source=camera.change,
                find_node=lambda: node_of(camera.named),
                observer=observer,
                journal=journal,
                notifier=notifier,
                store=store,
                clock=clock,
                profiles=profiles,
                chosen=chosen,
                on_chosen=lambda choice: context.warn(_chosen_text(choice)),
                tray=tray,
                dashboard=dashboard,
                welcome=welcome,
            )
            live_run = open_live(context, stack, parts)
            run, interrupt = live_run.run, live_run.interrupt
        else:
            replay = Replay(
                source,
                observer,
                journal,
                settings,
                profiles=profiles,
                chosen=chosen,
                on_chosen=lambda choice: context.warn(_chosen_text(choice)),
                on_seen=(lambda _: None) if on_seen is None else on_seen,
            )
            run, interrupt = replay.run, replay.interrupt
        signals.watch(interrupt)
        if on_seen is None:
            _greet(context, source_name, notifier, chosen, first=not profiles)
        run(duration_s)
        if signals.ctrl_c:
            raise KeyboardInterrupt


@dataclass(slots=True)
class _Camera:
    """Which one is watched; another may be chosen while the monitor runs."""

    named: str

    def change(self, named: str) -> None:
        """ConfigError for a recording, which is no camera."""
        from posture_monitor.vision.capture import is_recording

        if is_recording(named):
            raise ConfigError("{named} is a recording, not a camera", named=named)
        self.named = named


def _trial(store: Store, clock: SystemClock) -> Trial:
    """The own trial, which goes on from the decisions in the record."""
    from posture_monitor.core.stats.trial import decisions
    from posture_monitor.monitor.trial import Trial

    beginning = datetime.min.replace(tzinfo=UTC)
    return Trial(lambda: decisions(store.events(beginning, clock.now())))


def _locked_source(
    context: Context,
    stack: ExitStack,
    src: str | None,
    speed: float | None,
    start_at: datetime,
) -> FrameSource | None:
    """The source, or None: a camera that another program has, and that can be waited for.

    A live one is watched by one monitor for each data folder at a time.
    """
    from posture_monitor.vision.capture import is_recording

    if not is_recording(_named(context, src)):
        stack.enter_context(single_instance(context.paths.lock_file))
    try:
        source = open_frames(context, src, speed, start_at)
    except CameraError:
        if context.settings.camera.yield_to_others and _is_held(_named(context, src)):
            return None
        raise
    return stack.enter_context(source)


def _is_held(named: str) -> bool:
    """Whether another program has this camera's device open."""
    from posture_monitor.vision.capture import node_of
    from posture_monitor.vision.contention import holders_of

    node = node_of(named)
    return node is not None and bool(holders_of(os.path.realpath(node)))


def _camera_name(named: str) -> str:
    return _("camera {number}", number=named) if named.isdecimal() else named


def _chosen_text(choice: Chosen) -> str:
    if choice.name == SELF_NAME:
        return _(
            "learned a reference from the first steady minute ({grade})",
            grade=calibration_words.GRADES[choice.baseline.grade],
        )
    said = _("profile {name!r} fits this view", name=choice.name)
    if not choice.besides:
        return said
    older = ", ".join(map(repr, choice.besides))
    return _("{said}; so do the older {older} (choose: --profile)", said=said, older=older)


def _greet(
    context: Context, source_name: str, notifier: Notifier, chosen: Chosen | None, *, first: bool
) -> None:
    profile = "" if chosen is None else f" with profile {chosen.name!r}"
    _log.info(
        *("posture-monitor %s is watching %s%s; notifications: %s", __version__, source_name),
        *(profile, notifier.name),
    )
    if not context.verbose:  # then the log's lines are shown, this one among them
        text = N_("watching {source}; notifications: {notifier}; Ctrl-C ends")
        if chosen is not None:
            text = N_(
                "watching {source} with profile {profile!r}; notifications: {notifier}; Ctrl-C ends"
            )
        named = None if chosen is None else chosen.name
        context.warn(_(text, source=source_name, profile=named, notifier=notifier.name))
    if chosen is None and first:
        context.warn(calibration_words.first_run())


def _delete_old(store: Store, settings: Settings, clock: SystemClock, context: Context) -> None:
    """Delete what is older than the retention, by a clock that the record doesn't contradict."""
    from posture_monitor.core.day.retention import believed_until

    now, kept = clock.now(), timedelta(days=settings.history.retention_days)
    try:
        days = store.recorded_days()
        believed = believed_until(days, now, settings.history.retention_days)
        if believed < now and days[0] < (now - kept).date():
            context.warn(
                _(
                    "the clock says {now:%Y-%m-%d}, long after the days recorded before "
                    "{believed:%Y-%m-%d}; nothing is deleted by such a clock until a week is "
                    "recorded",
                    now=now,
                    believed=believed,
                )
            )
        store.delete_before(believed - kept)
    except PostureMonitorError as error:
        _log.warning("%s", error)
        context.warn(error_text(error))  # tidying up must not keep the monitor from running


class _Signals:
    """Signals end the loop with the record complete; a second Ctrl-C doesn't wait for that."""

    def __init__(self) -> None:
        self.ctrl_c = False
        self._interrupt: Callable[[], None] | None = None
        self._before: dict[int, signal._HANDLER] = {}

    def watch(self, interrupt: Callable[[], None]) -> None:
        """From now on there is a loop to end, in this way."""
        self._interrupt = interrupt

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT:
            signal.signal(number, signal.default_int_handler)
            self.ctrl_c = True
        if self._interrupt is not None:
            self._interrupt()
        elif self.ctrl_c:
            raise KeyboardInterrupt
        else:
            raise SystemExit(0)  # asked to end before it began: also done

    def __enter__(self) -> Self:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is None:
                continue
            # Started with `nohup`: the terminal's end is not to be heard.
            if name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)


# --------------------------------------------------------------------------- command line


def _add_run(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument(
        "--profile", type=profile_name, metavar="NAME", help=_("judge by this profile")
    )
    parser.add_argument(
        "--duration", type=positive, metavar="S", help=_("end after this many seconds")
    )
    parser.add_argument(
        "--speed",
        type=speed,
        default=1.0,
        metavar="X|max",
        help=_("replay a recording faster; changes no result"),
    )
    parser.add_argument("--no-tray", action="store_true", help=_("show no tray icon"))
    parser.add_argument("--no-dashboard", action="store_true", help=_("serve no dashboard"))
    parser.add_argument(
        "--welcome",
        action=argparse.BooleanOptionalAction,
        help=_(
            "show the first steps (by itself: once, for somebody who starts it, without a profile)"
        ),
    )


def _add_calibrate(parser: argparse.ArgumentParser) -> None:
    add_source(parser)
    parser.add_argument("--start", type=not_negative, metavar="S", help=_("from this second on"))
    parser.add_argument("--end", type=positive, metavar="S", help=_("up to this second"))
    parser.add_argument(
        "--distance-cm",
        type=distance,
        metavar="CM",
        help=_("measured from your eyes to the camera"),
    )
    parser.add_argument(
        "--profile", type=profile_name, default="default", metavar="NAME", help=_("its name")
    )
    tired = parser.add_mutually_exclusive_group()
    tired.add_argument(
        "--tired",
        action="store_true",
        help=_(calibration_words.TIRED_HELP, seconds=TIRED_S),
    )
    tired.add_argument(
        "--tired-start",
        type=not_negative,
        metavar="S",
        help=_(
            "the same in a recording: {TIRED_S:.0f} seconds from this one on",
            TIRED_S=TIRED_S - SINK_S,
        ),
    )
    parser.add_argument("--standing", action="store_true", help=_("you stand at a raised desk"))


def _first_calibration(context: Context, src: str | None) -> None:
    run_calibrate(
        context,
        src=src,
        start_s=None,
        end_s=None,
        distance_cm=None,
        profile=DEFAULT_PROFILE,
        next_step=False,
    )


def _run(context: Context, arguments: argparse.Namespace) -> None:
    context = with_camera_options(context, arguments)
    where = first_steps.where(
        context, asked=arguments.welcome, src=arguments.source, dashboard=not arguments.no_dashboard
    )
    if where is Where.TERMINAL:
        first_steps.in_terminal(context, arguments.source, _first_calibration)
        context = replace(context, settings=context.settings_now())
    run_monitor(
        context,
        src=arguments.source,
        profile=arguments.profile,
        duration_s=arguments.duration,
        speed=arguments.speed,
        tray=not arguments.no_tray,
        dashboard=not arguments.no_dashboard,
        welcome=where is Where.PAGE,
    )


def _calibrate(context: Context, arguments: argparse.Namespace) -> None:
    run_calibrate(
        with_camera_options(context, arguments),
        src=arguments.source,
        start_s=arguments.start,
        end_s=arguments.end,
        distance_cm=arguments.distance_cm,
        profile=arguments.profile,
        standing=arguments.standing,
        tired=arguments.tired,
        tired_start_s=arguments.tired_start,
    )


WORDS: dict[str, Word] = {
    "run": Word(_run, _add_run, sees_frames=True),
    "calibrate": Word(_calibrate, _add_calibrate, sees_frames=True),
}
