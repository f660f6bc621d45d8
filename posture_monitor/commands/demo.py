"""``demo``: the whole job on a bundled recording, without a camera."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word
from posture_monitor.commands.context import Bar
from posture_monitor.commands.review import report_text
from posture_monitor.commands.watch import open_frames, open_models, run_monitor
from posture_monitor.domain import CameraError, Event, EventKind, StoreError
from posture_monitor.monitor.calibration import calibrate
from posture_monitor.monitor.choosing import Chosen
from posture_monitor.system.paths import resolve_paths
from posture_monitor.wording import demo_words as words
from posture_monitor.wording import texts
from posture_monitor.wording.demo_words import moment_words
from posture_monitor.wording.language import _, error_text
from posture_monitor.wording.names import reason_words
from posture_monitor.wording.terminal_person import DOTS, Frame, person_lines

if TYPE_CHECKING:
    import argparse

    from posture_monitor.commands.context import Context
    from posture_monitor.monitor.modes import Seen

RECORDING = "workday.mp4"
MORNING_S = 4.0 * 3600.0
UPRIGHT_UNTIL_S = 240.0
"""The person of the recording sits upright for its first four minutes."""

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled_recording() -> Path:
    """Where the recording lies: in the installed package, or in a source checkout."""
    for folder in (_PACKAGE / "recordings", _PACKAGE.parent / "samples"):
        if (folder / RECORDING).is_file():
            return folder / RECORDING
    raise CameraError(
        "the bundled recording {RECORDING} is missing; reinstall posture-monitor",
        RECORDING=RECORDING,
    )


def run_demo(context: Context) -> None:
    """Calibrate on the recording's start, watch its morning, tell its story, report."""
    with contextlib.ExitStack() as stack:
        kept = _with_a_record(context, stack)
        _show(kept, keep=kept is context)


def _with_a_record(context: Context, stack: contextlib.ExitStack) -> Context:
    """The context, with a record for this demo alone where the usual one can't be used."""
    try:
        context.open_store().close()
    except StoreError as error:
        context.warn(_("{error}; this demo is not kept", error=error_text(error)))
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        return replace(context, paths=resolve_paths(folder))
    return context


@dataclass(slots=True)
class _Watched:
    """What is seen of the person, while the morning goes by."""

    bar: Bar
    ends_s: float
    upright: Seen | None = None
    worst: Seen | None = None

    def see(self, seen: Seen) -> None:
        """Keep the most upright and the most strained moment, and tell how far it is."""
        sample = seen.outcome.sample
        self.bar(min(1.0, sample.t_s / self.ends_s), moment_words(sample))
        if sample.score is None or seen.observation.pose is None:
            return
        if sample.t_s <= UPRIGHT_UNTIL_S and sample.score > _score(self.upright, 0.0):
            self.upright = seen
        held = seen.outcome.state.strain.held  # a glance down is no strain
        if held and sample.strained and sample.score < _score(self.worst, 100.0):
            self.worst = seen


def _score(seen: Seen | None, otherwise: float) -> float:
    score = None if seen is None else seen.outcome.sample.score
    return otherwise if score is None else score


def _show(context: Context, *, keep: bool) -> None:
    video = str(bundled_recording())
    yesterday = datetime.now().astimezone().date() - timedelta(days=1)
    start_at = datetime.combine(yesterday, time(9)).astimezone()
    quiet = replace(context.settings.notifications, backend="none", sound=False)
    context = replace(context, settings=replace(context.settings, notifications=quiet))
    context.say(_(words.BEGINNING, start=f"{start_at:%H:%M}"))
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(open_frames(context, video, None, start_at))
        observer = open_models(context)
        stack.callback(observer.close)
        baseline = calibrate(source, observer, end_s=UPRIGHT_UNTIL_S)
    context.say(_(words.CALIBRATED) + "\n")
    with Bar(context, _(words.WATCHING)) as bar:
        watched = _Watched(bar, MORNING_S)
        run_monitor(
            context,
            src=video,
            profile=None,
            duration_s=None,
            speed=None,
            start_at=start_at,
            chosen=Chosen("demo", baseline),
            on_seen=watched.see,
        )
    _draw(context, watched)
    _tell(context)
    terminal = context.out.isatty()
    context.show(report_text(context, source=RECORDING, terminal=terminal, log=False))
    if keep:
        context.say(_(words.REPORT, path=_keep_report(context)))
    else:
        context.say(_(words.NOT_KEPT))
    context.say("\n" + "\n".join(words.next_steps()))


def _draw(context: Context, watched: _Watched) -> None:
    """The person as calibrated and at their most strained, side by side."""
    first, worst = watched.upright, watched.worst
    if first is None or worst is None or not context.can_show(DOTS):
        return
    upright, strained = first.observation.pose, worst.observation.pose
    assert upright is not None
    assert strained is not None
    frame = Frame(upright)
    at, reasons = worst.outcome.sample.wall_at, worst.outcome.sample.reasons[:2]
    titles = (
        _(words.AS_CALIBRATED),
        _(words.AT_WORST, time=f"{at.astimezone():%H:%M}", reasons=reason_words(reasons)),
    )
    drawings = [person_lines(pose, frame) for pose in (upright, strained)]
    rows = [f"   {left}   {right}".rstrip() for left, right in zip(*drawings, strict=True)]
    for row in dropwhile(lambda row: not row, rows):
        context.say(row)
    width = len(drawings[0][0])
    context.say(f"   {titles[0]:^{width}}   {titles[1]:^{width}}".rstrip() + "\n")


def _tell(context: Context) -> None:
    """The story of the morning, and one reminder in its own words."""
    with context.open_store() as store:
        run = store.last_run(RECORDING)
        assert run is not None  # it has just been recorded
        until = run.ended_at + timedelta(seconds=1)
        events = store.events(run.started_at, until, source=RECORDING)
    for line in words.story(events, run.ended_at):
        context.say(line)
    alert = next((event for event in events if event.kind is EventKind.POSTURE_ALERT), None)
    if alert is not None:
        said = texts.notification_for([Event(0.0, alert.kind, alert.detail)], alert.at)[0]
        at = f"{alert.at.astimezone():%H:%M}"
        context.say("\n" + _(words.SAID, time=at, title=said.title, body=said.body))
    context.say()


def _keep_report(context: Context) -> Path:
    """The morning's report as a page in the data folder."""
    page = report_text(context, source=RECORDING, file_format="html")
    return context.write_own(context.paths.demo_report_file, page.encode("utf-8"))


# --------------------------------------------------------------------------- command line


def _demo(context: Context, _arguments: argparse.Namespace) -> None:
    run_demo(context)


WORDS: dict[str, Word] = {
    "demo": Word(_demo, sees_frames=True),
}
