"""A monitor that seems to run, over generated data, and the profiles that it seems to know."""

from __future__ import annotations

import math
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from posture_monitor.core.exercises import guided
from posture_monitor.core.exercises.routine import Wishes, choose
from posture_monitor.dashboard import sample
from posture_monitor.domain import CameraState, PostureMonitorError, Reason, State
from posture_monitor.wording.language import _
from posture_monitor.wording.names import CAMERA_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import Protocol

    from posture_monitor.core.exercises.guided import GuidedBreak
    from posture_monitor.domain import View

    class Pictures(Protocol):
        """Where the live view's pictures come from."""

        def watch(self) -> AbstractContextManager[None]: ...

        def view(self) -> View | None: ...


class SampleMonitor:
    """A monitor that seems to run (a ports.LiveMonitor): its state follows from the time alone."""

    def __init__(
        self, began: datetime, clock: Callable[[], float], pictures: Pictures | None = None
    ) -> None:
        """``began`` is what the sample called now when the clock (monotonic seconds) was asked
        first; without ``pictures`` there is no live view.
        """
        self._began = began
        self._clock = clock
        self._started_s = clock()
        self._pictures = pictures
        self._paused_until_s = 0.0
        self._snoozed_until_s = 0.0
        self._break: GuidedBreak | None = None

    def _gone_s(self) -> float:
        return self._clock() - self._started_s

    def now(self) -> datetime:
        """What the sample calls now."""
        return sample.shown_at(self._began, self._gone_s())

    def status(self) -> dict[str, object]:
        """The keys of ``status --format json``, and the penalties."""
        gone_s = self._gone_s()
        paused_s = max(0.0, self._paused_until_s - gone_s)
        snoozed_s = max(0.0, self._snoozed_until_s - gone_s)
        sitting_s = (sample.SITTING_MIN * 60.0 + gone_s) % 2400.0
        drift = 0.5 + 0.5 * math.sin(gone_s / 47.0 - 0.9)
        penalties = {
            Reason.FORWARD_HEAD.value: round(5.0 + 22.0 * drift, 1),
            Reason.SLOUCH.value: round(3.0 + 5.0 * drift, 1),
            Reason.HEAD_TILT.value: 1.2,
        }
        if self._break is not None:
            self._break = guided.advance(self._break, gone_s)
        paused = paused_s > 0.0
        strained = [] if paused else [r for r, points in penalties.items() if points >= 25.0]
        camera = CameraState.PAUSED if paused else CameraState.ON
        left_s = max(0.0, 1800.0 - sitting_s)
        return {
            "state": State.UNKNOWN.value if paused else State.SITTING.value,
            "sitting_s": sitting_s,
            "score": None if paused else round(100.0 - sum(penalties.values()), 1),
            "reasons": strained,
            "penalties": {} if paused else penalties,
            "profile": "office",
            "source": "sample camera",
            "camera": CAMERA_TEXT.marked[camera],
            "camera_state": str(camera),
            "paused_until": (self.now() + timedelta(seconds=paused_s)).isoformat()
            if paused
            else None,
            "next_reminder": None if paused else {"kind": "break", "in_s": left_s},
            "notifications": "ok",
            "snoozed_s": round(snoozed_s, 0) if snoozed_s else None,
            "guided_break": None if self._break is None else guided.to_document(self._break),
        }

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """Pauses and snoozes itself; there is no camera to calibrate."""
        minutes = arguments.get("minutes")
        until_s = self._gone_s() + 60.0 * (
            float(minutes) if isinstance(minutes, int | float) else 10.0
        )
        if name == "pause":
            self._paused_until_s = until_s
            return {"said": _("the sample is paused")}
        if name == "resume":
            self._paused_until_s = self._snoozed_until_s = 0.0
            return {"said": _("the sample goes on")}
        if name == "snooze":
            self._snoozed_until_s = until_s
            return {"said": _("reminders would wait; this is a sample")}
        if name == "drank":
            return {"said": _("noted, but a sample remembers nothing")}
        if name == "break":
            seated = arguments.get("seated") is True
            wishes = Wishes(float(minutes) if isinstance(minutes, int | float) else 2.0, seated)
            last = () if self._break is None else self._break.routine
            self._break = guided.begin(
                choose({Reason.FORWARD_HEAD: 900.0}, wishes, last=last), self._gone_s()
            )
            return {"said": _("the sample's break begins")}
        if name in ("break_skip", "break_end") and self._break is not None:
            step = guided.skip if name == "break_skip" else guided.end
            self._break = step(guided.advance(self._break, self._gone_s()))
            return {"said": ""}
        if name == "forget":
            return {"said": _("a sample remembers nothing")}
        raise PostureMonitorError("this is a sample, it has no camera")

    @contextmanager
    def watch(self) -> Iterator[None]:
        """The recording is read while anybody watches."""
        if self._pictures is None:
            yield
            return
        with self._pictures.watch():
            yield

    def view(self) -> View | None:
        """The next picture of the bundled recording; None without one."""
        return None if self._pictures is None else self._pictures.view()


# --------------------------------------------------------------------------- profiles


def profiles() -> dict[str, dict[str, object]]:
    """Documents of two profiles, as calibrations would have left them."""
    return {
        # What calibrating finds in the first four minutes of the bundled recording, so that its
        # person is judged against themselves and the live view's lines lie around them.
        "office": _profile(
            {
                "head_pitch_deg": (-5.912, 0.821),
                "head_yaw_deg": (1.262, 2.119),
                "head_roll_deg": (1.43, 1.253),
                "face_scale_px": (6.918, 0.118),
                "shoulder_width_px": (237.273, 2.664),
                "shoulder_x_px": (322.246, 3.232),
                "shoulder_y_px": (362.023, 1.56),
                "head_x_px": (319.862, 4.659),
                "head_y_px": (207.961, 2.746),
                "neck_gap_ratio": (0.5908, 0.0114),
                "head_offset_ratio": (-0.0057, 0.0079),
                "shoulder_tilt_deg": (-0.113, 0.838),
                "azimuth_deg": (0.047, 0.582),
                "elevation_deg": (3.873, 0.289),
                "outline_tilt_deg": (-1.697, 0.754),
                "outline_gap_ratio": (0.3942, 0.0094),
                "close_pitch_deg": (0.013, 1.608),
                "close_yaw_deg": (-1.514, 5.08),
                "close_roll_deg": (-1.865, 2.691),
                "close_scale_px": (6.856, 0.122),
                "close_width_px": (112.202, 2.919),
                "mesh_pitch_deg": (11.918, 1.753),
                "mesh_yaw_deg": (0.589, 3.177),
                "mesh_roll_deg": (0.418, 0.99),
                "mesh_scale_px": (7.014, 0.081),
            },
            distance_cm=60.0,
            samples=58,
            span_s=12.1,
            remarks=(),
        ),
        "standing desk": _profile(
            {
                "head_pitch_deg": (4.2, 0.5),
                "head_yaw_deg": (-1.1, 0.5),
                "head_roll_deg": (0.6, 0.5),
                "face_scale_px": (5.371, 0.5),
                "shoulder_width_px": (188.0, 0.5),
                "shoulder_x_px": (340.0, 0.5),
                "shoulder_y_px": (292.0, 0.5),
                "head_x_px": (336.0, 0.5),
                "head_y_px": (158.0, 0.5),
                "neck_gap_ratio": (0.62, 0.01),
                "head_offset_ratio": (-0.01, 0.01),
                "shoulder_tilt_deg": (0.9, 0.5),
            },
            distance_cm=68.0,
            samples=41,
            span_s=8.4,
            remarks=("short: 8 s seen, 10 to 15 s are better",),
        ),
    }


def _profile(
    features: Mapping[str, tuple[float, float]],
    *,
    distance_cm: float,
    samples: int,
    span_s: float,
    remarks: tuple[str, ...],
) -> dict[str, object]:
    """From the median and spread of each feature."""
    return {
        "schema": 1,
        "median": {name: median for name, (median, _) in features.items()},
        "spread": {name: spread for name, (_, spread) in features.items()},
        "width_px": 640,
        "height_px": 480,
        "samples": samples,
        "span_s": span_s,
        "brightness": 118.0,
        "distance_cm": distance_cm,
        "distance_measured": not remarks,
        "grade": "fair" if remarks else "good",
        "remarks": list(remarks),
    }
