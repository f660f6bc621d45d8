"""Frames of drawn people, written as a script of words and seconds."""

from __future__ import annotations

from posture_monitor.domain import Face
from posture_monitor.monitor.calibrating import Gathering
from tests.builders import (
    LOOKING_ASIDE,
    TURNED_AWAY,
    face_of,
    observe,
    person,
    play,
)

PEOPLE = {
    "upright": person(),
    "aside": person(**LOOKING_ASIDE),
    "turned": person(**TURNED_AWAY),
    "near": person(nearer_cm=5.0),
    "elsewhere": person(size=0.5, aside_cm=25.0, drop_cm=20.0, yaw_deg=20.0),
}


ANOTHER_DESK = {"size": 0.5, "aside_cm": 25.0, "drop_cm": 20.0, "yaw_deg": 20.0}


def two_people(t_s):
    own = face_of(PEOPLE["upright"])
    other = Face(20.0, 100.0, own.width_px, own.height_px, 0.9)
    return observe(t_s, PEOPLE["upright"], faces=(own, other))


def scene(t_s, word):
    """What is seen at that moment."""
    if word == "two":
        return two_people(t_s)
    if word == "hidden":  # the model sees someone in the dark, the detector no face
        return observe(t_s, PEOPLE["upright"], faces=(), brightness=5.0)
    dark = word == "dark"
    return observe(t_s, PEOPLE.get(word), brightness=5.0 if dark else 128.0)


def frames(script, fps=5.0):
    return [scene(t_s, word) for t_s, word in play(script, fps)]


def gathered(script, fps=5.0):
    gathering = Gathering()
    for observation in frames(script, fps):
        gathering.add(observation)
    return gathering
