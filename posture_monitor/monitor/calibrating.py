"""Gathering looks for a baseline from any source; glue."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from posture_monitor.core.judge import presence as presence_rules
from posture_monitor.core.judge.baseline import (
    Baseline,
    CalibrationSample,
    FrameCounts,
    fit_baseline,
    is_one_seat,
    steadiest,
)
from posture_monitor.core.judge.presence import PresenceState
from posture_monitor.core.measure.features import Features, measure
from posture_monitor.domain import (
    UPRIGHT_S,
    CalibrationError,
    Observation,
    Presence,
    Unjudged,
)
from posture_monitor.wording.language import N_, Words, _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SPAN_S = UPRIGHT_S
"""Seconds of clear frames that end a calibration."""
FRAMES_PER_S = 5.0
LIVE_TIMEOUT_S = 40.0
"""A live calibration gives up after this long without enough clear frames."""
RECORDED_SPAN_S = 30.0
"""So much of a recording is looked at: its first clear seconds, if they show one seat."""
SELF_WINDOW_S = 4.5
SELF_EARLY_S = 60.0
"""Without a calibration the steadiest stretch of the first minute serves."""


@dataclass(slots=True)
class Gathering:
    """Collects the clear frames of a calibration and counts the others by why they failed."""

    samples: list[CalibrationSample] = field(default_factory=list)
    total: int = 0
    failed: Counter[Unjudged] = field(default_factory=Counter)
    width_px: int = 0
    height_px: int = 0
    hint: str = ""
    _presence: PresenceState = field(default_factory=PresenceState)

    def add(self, observation: Observation) -> CalibrationSample | None:
        """Take in one frame; the sample it gave, if any."""
        self.total += 1
        self.width_px, self.height_px = observation.width_px, observation.height_px
        self._presence, unjudged = presence_rules.step(self._presence, observation)
        if self._presence.presence is not Presence.PRESENT and unjudged is None:
            unjudged = Unjudged.NOBODY
        if unjudged is None and observation.pose is not None:
            measured = measure(observation.pose)
            whole = measured is not Unjudged.CUT_OFF
            measured = measured if whole else measure(observation.pose, head_only=True)
            if isinstance(measured, Features):
                sample = CalibrationSample(
                    observation.t_s, measured, observation.brightness, observation.contrast, whole
                )
                self.samples.append(sample)
                self.hint = _("hold still")
                return sample
            unjudged = measured
        why = Unjudged.NOBODY if unjudged is None else unjudged
        self.failed[why] += 1
        self.hint = HINTS.get(why, "")
        return None

    @property
    def span_s(self) -> float:
        return self.samples[-1].t_s - self.samples[0].t_s if self.samples else 0.0

    @property
    def counts(self) -> FrameCounts:
        unclear = (Unjudged.CUT_OFF, Unjudged.TURNED_AWAY, Unjudged.LOW_CONFIDENCE)
        return FrameCounts(
            total=self.total,
            nobody=self.failed[Unjudged.NOBODY],
            several_people=self.failed[Unjudged.SEVERAL_PEOPLE],
            too_dark=self.failed[Unjudged.TOO_DARK],
            no_view=self.failed[Unjudged.NO_VIEW],
            not_measurable=sum(self.failed[why] for why in unclear),
        )

    def fit(
        self,
        *,
        distance_cm: float | None = None,
        among: Sequence[CalibrationSample] | None = None,
    ) -> Baseline:
        """The baseline of what was gathered; CalibrationError where it can't serve."""
        samples = self.samples if among is None else among
        counts = self.counts
        if among is not None:
            missed = self.total - len(self.samples)
            counts = replace(counts, total=len(among) + missed, not_measurable=0)
        return fit_baseline(
            samples,
            counts,
            width_px=self.width_px,
            height_px=self.height_px,
            distance_cm=distance_cm,
        )


HINTS: Mapping[Unjudged, str] = Words(
    {
        Unjudged.NOBODY: N_("nobody found: sit so that head and shoulders are in the picture"),
        Unjudged.TOO_DARK: N_("too dark: switch on a light"),
        Unjudged.NO_VIEW: N_("the camera shows no room: open its shutter, uncover its lens"),
        Unjudged.CUT_OFF: N_("move back, so that head and both shoulders are in the picture"),
        Unjudged.TURNED_AWAY: N_("face the screen"),
        Unjudged.LOW_CONFIDENCE: N_("your face is hard to see: more light, nothing before it"),
        Unjudged.SEVERAL_PEOPLE: N_("several people: calibrate alone in the picture"),
    }
)


TIRED_HINT = N_("now sit as you do when tired")
UPRIGHT_SHARE = 0.6
"""Of the progress, where the tired seat follows: 12 of 20 seconds."""


def upright_part(samples: Sequence[CalibrationSample]) -> Sequence[CalibrationSample]:
    """What of a recording serves, where nobody said which part is upright.

    All of its first seconds if they show one seat: a median over more of what naturally varies is
    nearer to the person than any short stretch (right about a man at a moved laptop 0.99 in place
    of 0.92). Else the steadiest part of the seconds that a live calibration would take.
    """
    early = [s for s in samples if s.t_s - samples[0].t_s <= RECORDED_SPAN_S]
    return early if is_one_seat(early) else steadiest(early, window_s=SELF_WINDOW_S, early_s=SPAN_S)


def learn_self(gathering: Gathering) -> Baseline | None:
    """The baseline of the steadiest early stretch of what was gathered, if it can serve."""
    among = steadiest(gathering.samples, window_s=SELF_WINDOW_S, early_s=SELF_EARLY_S)
    try:
        return gathering.fit(among=among)
    except CalibrationError:
        return None
