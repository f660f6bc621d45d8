"""Finding the profile that fits what is seen, or learning one."""

from __future__ import annotations

from posture_monitor.config import Settings
from posture_monitor.monitor.calibrating import Gathering
from posture_monitor.monitor.choosing import (
    MAX_MISMATCH,
    Chooser,
    Chosen,
    fitting_profile,
    mismatch,
)
from posture_monitor.monitor.state import Situation
from posture_monitor.monitor.watching import Watching
from tests.builders import (
    features,
    upright_baseline,
)
from tests.scenes import ANOTHER_DESK, frames, gathered


def test_the_same_view_fits_and_another_one_does_not():
    here = upright_baseline()

    assert mismatch(here, features()) == 0.0
    assert 0.0 < mismatch(here, features(aside_cm=5.0)) < MAX_MISMATCH
    assert mismatch(here, features(**ANOTHER_DESK)) > MAX_MISMATCH


def test_the_profile_whose_view_fits_best_is_chosen():
    profiles = {
        "far": upright_baseline(nearer_cm=-25.0),
        "office": upright_baseline(),
        "near": upright_baseline(nearer_cm=15.0),
    }

    assert fitting_profile(profiles, gathered([(3, "upright")])).name == "office"
    assert fitting_profile({}, gathered([(3, "upright")])) is None
    assert fitting_profile(profiles, Gathering()) is None


def test_of_two_profiles_for_one_view_it_is_always_the_newest():
    # Which one fits best depends on how somebody sits down; it used to be chosen by that.
    fresh, old = upright_baseline(nearer_cm=5.0), upright_baseline()
    elsewhere = upright_baseline(**ANOTHER_DESK)
    seats = [[(3, "upright")], [(3, "near")]]

    for profiles in ({"b": fresh, "a": old, "home": elsewhere}, {"a": old, "b": fresh}):
        found = [fitting_profile(profiles, gathered(seat)) for seat in seats]
        newest, other = list(profiles)[:2]
        assert [(one.name, one.besides) for one in found] == [(newest, (other,))] * 2
    best_alone = [
        mismatch(old, features()) < mismatch(fresh, features(nearer_cm=nearer))
        for nearer in (0.0, 5.0)
    ]
    assert best_alone == [True, False]


def test_a_profile_just_made_is_the_newest():
    chooser = Chooser({"a": upright_baseline()})
    chooser.adopt(Chosen("b", upright_baseline(nearer_cm=5.0)))

    assert list(chooser.profiles) == ["b", "a"]


def test_a_profile_of_another_view_or_shape_of_picture_is_not_chosen():
    wide = {"wide": upright_baseline(width_px=1280, height_px=720)}
    elsewhere = {"home": upright_baseline(**ANOTHER_DESK)}

    assert fitting_profile(wide, gathered([(3, "upright")])) is None
    assert fitting_profile(elsewhere, gathered([(3, "upright")])) is None


def names(script, profiles, *, hold, fps=5.0):
    """The profile that judges each frame."""
    watching = Watching(Situation(Settings()), profiles, live=not hold)
    pairs = [pair for seen in frames(script, fps) for pair in watching.ready(seen, seen=True)]
    pairs += watching.rest()
    return [None if chosen is None else chosen.name for _, chosen in pairs]


def test_a_fitting_profile_is_chosen_after_two_clear_seconds():
    chosen = names([(5, "upright")], {"office": upright_baseline()}, hold=False)

    assert chosen == [None] * 10 + ["office"] * 16


def test_live_the_first_steady_minute_is_learned():
    chosen = names([(70, "upright")], {}, hold=False)

    assert chosen == [None] * 300 + ["self"] * 51


def test_a_recording_is_learned_from_no_longer_than_could_change_the_answer():
    calm = [(70, "upright")]
    restless = [(2, "aside"), (2, "upright")] * 18
    asked = {}
    for name, script in (("calm", calm), ("restless", restless)):
        chooser = Chooser({}, hasty=True)
        for observation in frames(script):
            if chooser.add(observation) is not None:
                break
        asked[name] = observation.t_s
    with_profiles = Chooser({"office": upright_baseline()}, hasty=True)
    with_profiles.gathering = gathered([(30, "elsewhere")])

    assert asked["calm"] == 15.8  # fifteen seconds, and every fifth sample
    assert 15.8 < asked["restless"] <= 60.2
    assert not with_profiles._is_learned()


def test_a_recording_is_judged_from_its_first_frame():
    chosen = names([(70, "upright")], {}, hold=True)

    assert chosen == ["self"] * 351


def test_a_short_recording_is_judged_by_itself():
    assert names([(5, "upright")], {}, hold=True) == ["self"] * 26


def test_a_profile_that_fits_only_over_a_whole_minute_is_still_chosen():
    script = [(3, "elsewhere"), (62, "upright")]
    profiles = {"office": upright_baseline()}

    assert names(script, profiles, hold=True)[-1] == "office"


def test_after_a_minute_that_can_not_serve_the_next_one_is_tried():
    # Enough frames, but all of them within one second.
    script = [(1, "upright"), (62, "nobody"), (10, "upright")]

    assert names(script, {}, hold=True, fps=20.0)[-1] == "self"


def test_a_recording_in_which_nobody_appears_is_told_without_a_baseline():
    assert names([(5, "nobody")], {}, hold=True) == [None] * 26


def test_a_recording_in_which_nobody_appears_for_long_goes_on_without_a_baseline():
    script = [(3000, "nobody"), (60, "upright")]
    chosen = names(script, {}, hold=True, fps=1.0)

    # 2000 frames are held back at most.
    assert chosen.index("self") in range(1000, 1070)
    assert len(chosen) == 3061


def test_what_was_chosen_stays_chosen():
    chooser = Chooser({"office": upright_baseline()})
    found = [chooser.add(observation) for observation in frames([(5, "upright"), (5, "elsewhere")])]

    assert found[-1] is found[12]
    assert chooser.finish() is found[-1]
