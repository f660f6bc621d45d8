"""A camera that is moved in two films: the real pipeline, held against their truth."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from posture_monitor.config import CameraSettings
from posture_monitor.core import session
from posture_monitor.core.day.cadence import LIVE, is_settled
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.monitor.calibrating import Gathering
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision.observer import open_observer
from posture_monitor.vision.recordings import FileSource

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
UPRIGHT = ("upright", "typing", "mouse")


@dataclass(frozen=True)
class Look:
    """One frame, what is true of it, and what was made of it."""

    t_s: float
    label: str
    moving: bool
    view: object
    sample: object


def watch(name):
    """Calibrate on the upright start, then watch the film as a running monitor does."""
    listed = json.loads((SAMPLES / "manifest.json").read_text(encoding="utf-8"))["recordings"]
    entry = next(entry for entry in listed if entry["name"] == name)
    with (SAMPLES / entry["truth"]).open(newline="", encoding="utf-8") as file:
        truth = list(csv.DictReader(file))
    setup, state, observations = Setup(), SessionState(), []
    gathering = Gathering()
    observer = open_observer("litert", reuse=LIVE)
    video = SAMPLES / entry["file"]
    with FileSource(video, CameraSettings(), clock=SystemClock(), speed=None) as source:
        for row in truth:
            frame = source.read()
            seen = observer.observe(frame, settled=setup.baseline is not None and is_settled(state))
            if frame.t_s <= entry["calibration_s"][1]:
                gathering.add(seen)
            elif setup.baseline is None:
                setup = Setup(baseline=gathering.fit())
            outcome = session.step(state, seen, setup)
            state = outcome.state
            moving = row["transition"] == "1"
            observations.append(Look(frame.t_s, row["label"], moving, seen.view, outcome.sample))
    observer.close()
    moved_s = next(float(row["t"]) for row in truth if row["camera_moved"] == "1")
    return observations, moved_s


@pytest.fixture(scope="module", params=["v1_camera_nudged", "v2_camera_then_slouch"])
def film(request):
    return watch(request.param)


def test_the_move_is_noticed_within_a_second_and_never_before(film):
    observations, moved_s = film
    changed = [observation.t_s for observation in observations if observation.view is not None]

    assert 0.0 <= changed[0] - moved_s <= 1.0


def test_nobody_who_sits_upright_is_strained_for_it(film):
    observations, moved_s = film
    upright = [o for o in observations if o.t_s > moved_s and o.label in UPRIGHT and not o.moving]

    assert len(upright) >= 14
    assert [o.t_s for o in upright if o.sample.strained] == []
    assert sum(o.sample.judged for o in upright) >= 0.7 * len(upright)


def test_the_slouch_after_the_move_is_found():
    observations, _ = watch("v2_camera_then_slouch")
    slouching = [
        observation
        for observation in observations
        if observation.label == "slouch" and not observation.moving
    ]

    assert len(slouching) == 22
    assert all("slouch" in observation.sample.reasons for observation in slouching)
