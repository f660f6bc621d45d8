"""How a running monitor stands, in the keys of ``status --format json``; glue."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from posture_monitor.core import session
from posture_monitor.core.day import reminders
from posture_monitor.domain import CameraState, CameraStatus, State
from posture_monitor.monitor.modes import ModeKind
from posture_monitor.wording.names import camera_words

if TYPE_CHECKING:
    from posture_monitor.core.session import SessionState
    from posture_monitor.monitor.camera import HeldCamera
    from posture_monitor.monitor.state import Situation


def status_of(
    situation: Situation,
    camera: HeldCamera,
    *,
    now_s: float,
    notifications: str,
    observations: int,
    model_calls: int,
) -> dict[str, object]:
    """What is known now; nothing that was seen before the camera went off or was lost."""
    with situation.lock:
        state, paused = situation.session, situation.paused_until
        modes, off = dict(situation.modes), situation.off
    held = camera.status if off is None else CameraStatus(off)
    seen = off is None and camera.lost is None
    sample = state.sample if off is None else None
    return {
        "state": str(state.sitting.state if off in (None, CameraState.LOCKED) else State.UNKNOWN),
        "sitting_s": round(state.sitting.sitting_s, 1),
        "score": None
        if sample is None or sample.score is None or not seen
        else round(sample.score, 1),
        "reasons": [] if sample is None or not seen else [str(r) for r in sample.reasons],
        "profile": None if situation.chosen is None else situation.chosen.name,
        "camera": camera_words(held),
        "camera_state": str(held.state),
        "paused_until": None if paused is None else paused.astimezone(UTC).isoformat(),
        "next_reminder": None if off is not None else _next_reminder(situation, state, now_s),
        "notifications": notifications,
        "source": camera.name,
        "presence": None if sample is None else str(sample.presence),
        "penalties": {}
        if sample is None or not seen
        else {str(r): round(p, 1) for r, p in sample.penalties.items() if p >= 0.5},
        "unjudged": None if sample is None or sample.unjudged is None else str(sample.unjudged),
        "snoozed_s": _snoozed_s(state, now_s),
        "stillness_s": round(session.moment_of(state, now_s).stillness_s, 1),
        "looks": observations,
        "model_calls": model_calls,
        **{
            str(kind): modes[kind].to_document() if kind in modes else None
            for kind in ModeKind
            if kind is not ModeKind.WATCHING
        },
    }


def _snoozed_s(state: SessionState, now_s: float) -> float | None:
    """How long reminders stay silent; None where they don't."""
    until_s = state.reminders.snoozed_until_s
    return None if until_s is None or until_s <= now_s else round(until_s - now_s, 0)


def _next_reminder(
    situation: Situation, state: SessionState, now_s: float
) -> dict[str, object] | None:
    moment = session.moment_of(state, now_s)
    coming = reminders.next_reminder(state.reminders, moment, situation.settings)
    if coming is None:
        return None
    silent_s = (state.reminders.snoozed_until_s or 0.0) - moment.t_s
    return {"kind": coming[0], "in_s": round(max(coming[1], silent_s), 0)}
