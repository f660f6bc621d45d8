"""A desk with a sitting and a standing profile: the one that fits is used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posture_monitor.config import Settings
from posture_monitor.core import session
from posture_monitor.core.judge.baseline import from_document
from posture_monitor.core.session import SessionState, Setup
from posture_monitor.domain import Unjudged
from posture_monitor.monitor.choosing import Chooser, Chosen
from tests.builders import observe, person, upright_baseline

SITTING = upright_baseline()
STANDING = replace(upright_baseline(drop_cm=-20.0), standing=True)
BOTH = {"sitting": SITTING, "standing": STANDING}


def names(chooser, script, frames_per_s=2.0):
    """The profile after each look at someone so high above their seat for so long."""
    used, t_s = [], 0.0
    for seconds, up_cm in script:
        for _ in range(round(seconds * frames_per_s)):
            chosen = chooser.add(observe(t_s, person(drop_cm=-up_cm)))
            used.append(None if chosen is None else chosen.name)
            t_s += 1.0 / frames_per_s
    return used


def using(name="sitting", profiles=BOTH):
    return Chooser(profiles, chosen=Chosen(name, BOTH[name]))


def test_who_stands_up_and_sits_down_again_is_held_against_the_right_profile():
    used = names(using(), [(5, 0.0), (10, 20.0), (10, 0.0)])

    assert used == ["sitting"] * 16 + ["standing"] * 20 + ["sitting"] * 14


@pytest.mark.parametrize("script", [[(5, 0.0), (2, 20.0), (5, 0.0)], [(20, 8.0)], [(20, -7.0)]])
def test_a_short_rise_a_stretch_and_a_slouch_switch_nothing(script):
    assert set(names(using(), script)) == {"sitting"}


def test_without_a_profile_of_the_other_height_nothing_is_switched():
    assert set(names(using(profiles={"sitting": SITTING}), [(10, 20.0)])) == {"sitting"}
    assert set(names(using(profiles={}), [(10, 20.0)])) == {"sitting"}


def test_a_new_profile_is_used_at_once_and_gives_way_like_the_others():
    chooser = using(profiles={"sitting": SITTING})
    chooser.adopt(Chosen("standing", STANDING))

    assert names(chooser, [(1, 20.0), (5, 0.0)])[-1] == "sitting"
    assert names(using(), [(1, 20.0)])[-1] == "sitting"


def test_hidden_and_turned_faces_and_other_cameras_switch_nothing():
    chooser = using()
    for t_s in range(10):
        up = person(drop_cm=-20.0)
        chooser.add(observe(float(t_s), up, faces=()))
        chooser.add(observe(float(t_s), person(drop_cm=-20.0, visibility=0.0)))
        wide = person(drop_cm=-20.0, width_px=1280, height_px=720)
        assert chooser.add(observe(float(t_s), wide)).name == "sitting"


def test_a_standing_profile_says_so_in_its_document_and_others_do_not():
    assert STANDING.to_document()["standing"] is True
    assert from_document(STANDING.to_document()).standing
    assert "standing" not in SITTING.to_document()
    assert STANDING.at_size(1280, 960).standing


def test_who_sits_down_under_a_standing_profile_does_not_stand():
    setup = Setup(Settings(), STANDING)
    up = session.step(SessionState(), observe(0.0, person(drop_cm=-20.0)), setup).sample
    down = session.step(SessionState(), observe(0.0, person()), setup).sample

    assert (up.standing, up.judged) == (True, True)
    assert (down.standing, down.unjudged) == (False, Unjudged.STALE_BASELINE)
