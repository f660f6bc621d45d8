"""Gathering looks for a baseline, and finding the profile that fits what is seen."""

from __future__ import annotations

import numpy as np
import pytest

from posture_monitor.calibrating import (
    HINTS,
    LIVE_LIMIT_S,
    MAX_MISMATCH,
    Chooser,
    Gathering,
    calibrate,
    fitting_profile,
    learn_self,
    mismatch,
    with_baseline,
)
from posture_monitor.core.baseline import Grade
from posture_monitor.domain import CalibrationError, Face, Frame, Unjudged, ViewMarks
from tests.builders import (
    LOOKING_ASIDE,
    NINE,
    TURNED_AWAY,
    face_of,
    features,
    observe,
    person,
    play,
    upright_baseline,
)

PEOPLE = {
    "upright": person(),
    "aside": person(**LOOKING_ASIDE),
    "turned": person(**TURNED_AWAY),
    "elsewhere": person(size=0.5, aside_cm=25.0, drop_cm=20.0, yaw_deg=20.0),
}


ANOTHER_DESK = {"size": 0.5, "aside_cm": 25.0, "drop_cm": 20.0, "yaw_deg": 20.0}


MARKS = ViewMarks(((10.0, 20.0),), bytes(8), 640, 480)


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


def looks(script, fps=5.0):
    return [scene(t_s, word) for t_s, word in play(script, fps)]


def gathered(script, fps=5.0):
    gathering = Gathering()
    for observation in looks(script, fps):
        gathering.add(observation)
    return gathering


class Filmed:
    """A source whose pictures are known by their index, and the observer that knows them."""

    def __init__(self, script, *, fps=5.0, live=False):
        self.observations = looks(script, fps)
        self.live = live
        self.asked = []
        self._next = 0

    def read(self, *, skip_until_s=None):
        self.asked.append(skip_until_s)
        while self._next < len(self.observations):
            index, self._next = self._next, self._next + 1
            t_s = self.observations[index].t_s
            if skip_until_s is None or t_s >= skip_until_s:
                return Frame(np.zeros((480, 640, 3), np.uint8), t_s, NINE, index)
        return None

    def look(self, frame):
        return self.observations[frame.index]

    def view_marks(self):
        return MARKS


def calibrated(script, *, fps=5.0, live=False, **how):
    film = Filmed(script, fps=fps, live=live)
    return calibrate(film, film, **how)


# ---------------------------------------------------------------------- gathering


def test_each_clear_look_gives_a_sample():
    gathering = gathered([(2, "upright")])

    assert len(gathering.samples) == gathering.total == 11
    assert gathering.span_s == 2.0
    assert gathering.samples[0].features == features()
    assert gathering.hint == "hold still"


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("nobody", Unjudged.NOBODY),
        ("dark", Unjudged.TOO_DARK),
        ("hidden", Unjudged.TOO_DARK),
        ("turned", Unjudged.TURNED_AWAY),
        ("two", Unjudged.SEVERAL_PEOPLE),
    ],
)
def test_looks_that_fail_are_counted_by_why_and_say_what_to_do(word, why):
    gathering = gathered([(2, word)])

    assert gathering.samples == []
    assert dict(gathering.failed) == {why: 11}
    assert gathering.hint == HINTS[why]
    assert gathering.span_s == 0.0


def test_somebody_who_has_just_come_is_nobody_until_believed():
    gathering = gathered([(2, "nobody"), (2, "upright")])

    # 10 empty looks, then 3 until 0.45 s have passed.
    assert gathering.failed[Unjudged.NOBODY] == 13
    assert gathering.looks.nobody == 13


def test_the_counts_explain_a_refusal():
    with pytest.raises(CalibrationError, match="several people"):
        gathered([(5, "two")]).fit()
    with pytest.raises(CalibrationError, match="too dark to find a face"):
        gathered([(5, "dark")]).fit()
    with pytest.raises(CalibrationError, match="nobody was found"):
        gathered([(5, "nobody")]).fit()
    assert gathered([(5, "turned")]).looks.not_measurable == 26


def test_every_hint_says_what_to_do():
    assert set(HINTS) <= set(Unjudged)
    assert all(len(hint) > 10 for hint in HINTS.values())


# -------------------------------------------------------------------- calibrating


def test_a_live_calibration_ends_after_twelve_clear_seconds():
    film = Filmed([(60, "upright")], live=True)
    heard = []
    baseline = calibrate(film, film, progress=lambda *told: heard.append(told), distance_cm=70.0)

    assert (baseline.span_s, baseline.grade, baseline.distance_cm) == (12.0, Grade.GOOD, 70.0)
    assert heard[0] == (0.0, "hold still")
    assert heard[30] == (pytest.approx(0.5), "hold still")
    assert heard[-1] == (1.0, "hold still")


def test_a_live_calibration_without_anybody_gives_up():
    film = Filmed([(60, "nobody")], live=True)
    with pytest.raises(CalibrationError, match="nobody was found"):
        calibrate(film, film)

    assert film.asked[-1] == pytest.approx(LIVE_LIMIT_S + 0.2, abs=0.01)


def test_five_looks_a_second_are_enough():
    assert calibrated([(60, "upright")], fps=30.0, live=True).samples == 61


def test_a_recording_is_calibrated_by_its_steadiest_early_part():
    baseline = calibrated([(4, "aside"), (60, "upright")])

    assert baseline.median == features()
    assert baseline.span_s <= 5.0


def test_the_time_that_was_asked_for_is_taken_as_a_whole():
    heard = []
    baseline = calibrated(
        [(10, "aside"), (10, "upright"), (40, "aside")],
        start_s=10.0,
        end_s=19.9,
        progress=lambda *told: heard.append(told),
    )

    assert baseline.median == features()
    assert baseline.span_s == pytest.approx(9.8)
    assert baseline.marks is MARKS
    assert [share for share, _ in heard] == sorted(share for share, _ in heard)
    assert heard[-1][0] == pytest.approx(1.0, abs=0.02)


def test_a_short_recording_is_calibrated_by_what_there_is():
    assert calibrated([(5, "upright")]).samples >= 10


def test_a_time_without_a_picture_is_refused_with_what_to_mind():
    with pytest.raises(CalibrationError, match="no picture in that time; mind --start and --end"):
        calibrated([(10, "upright")], start_s=100.0)


def test_a_recording_of_nobody_is_refused():
    with pytest.raises(CalibrationError, match="nobody was found"):
        calibrated([(10, "nobody")])


def test_a_recording_serves_without_a_profile_where_somebody_is_clearly_seen():
    assert learn_self(gathered([(10, "upright")])).median == features()
    assert learn_self(gathered([(1, "upright")])) is None


# ------------------------------------------------------------------------ choosing


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


def test_a_profile_of_another_view_or_shape_of_picture_is_not_chosen():
    wide = {"wide": upright_baseline(width_px=1280, height_px=720)}
    elsewhere = {"home": upright_baseline(**ANOTHER_DESK)}

    assert fitting_profile(wide, gathered([(3, "upright")])) is None
    assert fitting_profile(elsewhere, gathered([(3, "upright")])) is None


def names(script, profiles, *, hold, fps=5.0):
    """The profile that judges each look."""
    pairs = with_baseline(looks(script, fps), profiles, hold=hold)
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
        for observation in looks(script):
            if chooser.add(observation) is not None:
                break
        asked[name] = observation.t_s
    with_profiles = Chooser({"office": upright_baseline()}, hasty=True)
    with_profiles.gathering = gathered([(30, "elsewhere")])

    assert asked["calm"] == 15.8  # fifteen seconds, and every fifth sample
    assert 15.8 < asked["restless"] <= 60.2
    assert not with_profiles._is_learned()


def test_a_recording_is_judged_from_its_first_look():
    chosen = names([(70, "upright")], {}, hold=True)

    assert chosen == ["self"] * 351


def test_a_short_recording_is_judged_by_itself():
    assert names([(5, "upright")], {}, hold=True) == ["self"] * 26


def test_a_profile_that_fits_only_over_a_whole_minute_is_still_chosen():
    script = [(3, "elsewhere"), (62, "upright")]
    profiles = {"office": upright_baseline()}

    assert names(script, profiles, hold=True)[-1] == "office"


def test_after_a_minute_that_can_not_serve_the_next_one_is_tried():
    # Enough looks, but all of them within one second.
    script = [(1, "upright"), (62, "nobody"), (10, "upright")]

    assert names(script, {}, hold=True, fps=20.0)[-1] == "self"


def test_a_recording_in_which_nobody_appears_is_told_without_a_baseline():
    assert names([(5, "nobody")], {}, hold=True) == [None] * 26


def test_a_recording_in_which_nobody_appears_for_long_goes_on_without_a_baseline():
    script = [(3000, "nobody"), (60, "upright")]
    chosen = names(script, {}, hold=True, fps=1.0)

    # 2000 looks are held back at most.
    assert chosen.index("self") in range(1000, 1070)
    assert len(chosen) == 3061


def test_what_was_chosen_stays_chosen():
    chooser = Chooser({"office": upright_baseline()})
    found = [chooser.add(look) for look in looks([(5, "upright"), (5, "elsewhere")])]

    assert found[-1] is found[12]
    assert chooser.finish() is found[-1]
