"""The calibration set: people × camera places × lights × distances, special and seat clips.

The same every time.
"""

import json

import numpy as np

from samples.render.calibration_clip import DISTANCES_CM, PLACES, SEED, Clip, clip_of, scene_for
from samples.render.calibration_seats import seat_clips
from samples.render.calibration_specials import special_clips
from samples.render.script import ACTIVITIES, STRAINED, sitting
from samples.render.spec import HUMANS_FILE

CLIP_S = 70.0
CLIPS_PER_PERSON = 4
POSTURES_PER_CLIP = 7
_ACTIVITIES_PER_PERSON = 5
_LIGHTS = ("day", "office", "dim", "backlit", "evening")


def calibration_clips() -> list[Clip]:
    """The whole set, in an order that makes a part of it as mixed as possible."""
    humans = json.loads(HUMANS_FILE.read_text(encoding="utf-8"))
    keys = sorted(humans)
    # The people of the recordings in samples/ take turns with the others, who begin.
    known, others = keys[:5], keys[5:]
    mixed = [key for pair in zip(others, known, strict=False) for key in pair] + others[
        len(known) :
    ]
    rounds = {key: _clips_of(index, key) for index, key in enumerate(keys)}
    specials = special_clips()
    clips: list[Clip] = []
    for number in range(CLIPS_PER_PERSON):
        clips += [rounds[key][number] for key in mixed]
        clips += specials[number::CLIPS_PER_PERSON]
    return clips + seat_clips()


def _clips_of(index: int, person: str) -> list[Clip]:
    rng = np.random.default_rng([SEED, index])
    slots = CLIPS_PER_PERSON * POSTURES_PER_CLIP - _ACTIVITIES_PER_PERSON
    # Each strained posture once, then again as many as fit.
    strained = [*rng.permutation(STRAINED), *rng.permutation(STRAINED)][:slots]
    deck = [str(name) for name in strained]
    for offset in range(_ACTIVITIES_PER_PERSON):
        activity = ACTIVITIES[(index + offset) % len(ACTIVITIES)]
        deck.insert(int(rng.integers(len(deck) + 1)), activity)
    # Every person gets four of the five places and lights, each pair at another distance.
    distances = rng.permutation(np.linspace(*DISTANCES_CM, CLIPS_PER_PERSON))
    clips = []
    for number in range(CLIPS_PER_PERSON):
        camera = list(PLACES)[(index + index // 5 + number) % len(PLACES)]
        light = _LIGHTS[(2 * index + 3 * (index // 5) + 3 * number) % len(_LIGHTS)]
        distance_cm = float(np.clip(distances[number] + rng.uniform(-5, 5), *DISTANCES_CM))
        postures = deck[number * POSTURES_PER_CLIP : (number + 1) * POSTURES_PER_CLIP]
        scene = scene_for(rng, camera, light, distance_cm)
        script = sitting(rng, postures, CLIP_S)
        name = f"{person}{number + 1}_{camera}_{light}"
        clips.append(clip_of(rng, name, person, camera, scene, script, ", ".join(postures)))
    return clips
