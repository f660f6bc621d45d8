"""A film looked at as a live camera would be, without waiting: what frames and judgement cost."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta

from benchmarks.films import CALIBRATE_END_S, CLIP_FPS, PROFILE_OF, Noise, script
from benchmarks.reactions import baseline_of
from posture_monitor.config import Settings
from posture_monitor.core import session
from posture_monitor.core.day.cadence import LIVE, is_settled, next_frame_s
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import Frame
from posture_monitor.vision.observer import open_observer

CAMERA_FPS = 30.0


def look_at(kind: str, film_s: float) -> dict[str, float]:
    """CPU time by the hour for this many seconds of a film; capturing is not in it."""
    pictures, noise = script(kind), Noise()
    setup = Setup(Settings(), baseline_of(PROFILE_OF[kind], CALIBRATE_END_S))
    observer = open_observer("litert", reuse=LIVE)
    began_at = datetime.now(UTC)
    state = SessionState()
    t_s, used_s = 0.0, 0.0
    while t_s < film_s:
        image = noise.on(pictures[int(t_s * CLIP_FPS) % len(pictures)])
        frame = Frame(image, t_s, began_at + timedelta(seconds=t_s), observer.frames)
        before_s = time.process_time()
        observation = observer.observe(frame, settled=is_settled(state))
        state = session.step(state, observation, setup).state
        used_s += time.process_time() - before_s
        t_s += math.ceil(next_frame_s(state, t_s) * CAMERA_FPS - 1e-6) / CAMERA_FPS
    observer.close()
    hours = film_s / 3600.0
    return {
        "cpu_ms_per_look": 1000.0 * used_s / observer.frames,
        "looks_per_h": observer.frames / hours,
        "model_calls_per_h": observer.model_calls / hours,
        "cpu_s_per_h": used_s / hours,
    }
