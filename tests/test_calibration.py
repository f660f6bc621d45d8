"""The figures of merit, and that the shipped judgement keeps its rank on the sample clips."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration import cameras, choose, evaluate, figures, real, real_report, weeks
from calibration.extract import observations, upright_start
from calibration.judged import Judged, judge, metric_errors, presence_right
from calibration.recordings import Recording, TruthRow, load_samples, read_manifest
from posture_monitor.core.measure.metrics import deviate
from posture_monitor.domain import Metrics, Presence, Reason, Sample
from tests.builders import NINE, features, upright_baseline

ENTRY = {
    "name": "clip",
    "file": "clips/clip.mp4",
    "light": "day",
    "person": {"human": "a"},
    "camera": {"place": "in front"},
}


def judged(person: str, label: str, score: float, *reasons: Reason, moving: bool = False) -> Judged:
    """A sample with its truth; strained where it names a reason."""
    truth = TruthRow(0.0, label, moving, True, {})
    recording = Recording("clip", Path("clip.mp4"), person, "front", "day", (truth,), -1.0)
    sample = Sample(
        0.0,
        NINE,
        Presence.PRESENT,
        judged=True,
        score=score,
        strained=bool(reasons),
        reasons=reasons,
    )
    return Judged(recording, truth, sample, {})


def test_figures_count_what_is_settled_and_has_a_meaning():
    table = [
        judged("a", "upright", 95.0),
        judged("a", "typing", 60.0, Reason.SHRUG),
        judged("a", "slouch", 20.0, Reason.SLOUCH),
        judged("a", "slouch", 80.0),
        judged("a", "slouch", 0.0, Reason.SLOUCH, moving=True),
        judged("a", "chin_hand", 0.0, Reason.LEAN_LEFT),
    ]

    assert figures.sensitivity(table) == 0.5
    assert figures.specificity(table) == 0.5
    assert figures.balanced_accuracy(table) == 0.5
    assert figures.false_strained(table) == 0.5
    assert figures.recall(table, Reason.SLOUCH) == 0.5
    assert figures.precision(table, Reason.SHRUG) == 0.0
    # Of the four pairs of a strained and an upright score three are in order.
    assert figures.auc(table) == 0.75
    assert math.isnan(figures.recall(table, Reason.HEAD_TURN))


def test_intervals_are_drawn_over_people_not_over_frames():
    right = [judged("a", "slouch", 10.0, Reason.SLOUCH)] * 50
    wrong = [judged("b", "slouch", 90.0)] * 50

    both = figures.by_person([*right, *wrong], figures.sensitivity)
    alone = figures.by_person(right, figures.sensitivity)

    assert (both.value, both.low, both.high) == (0.5, 0.0, 1.0)
    assert math.isnan(alone.low)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    cache = tmp_path_factory.mktemp("seen")
    return [
        row
        for clip in load_samples()
        for row in judge(clip, observations(clip, cache), start=upright_start(clip, cache))
    ]


def test_metrics_stay_within_their_targets_on_the_sample_clips(table):
    missed = {
        metric: sum(map(abs, errors)) / len(errors)
        for metric, target in evaluate.TARGETS.items()
        if sum(map(abs, errors := metric_errors(table, metric))) / len(errors) > target
    }

    assert missed == {}


def test_verdicts_keep_their_rank_on_the_sample_clips(table):
    # Measured 0.99, 0.94, 0.99 and 1.00 when this was written; the floors leave room for
    # another CPU's last bits, not for a step back.
    assert figures.auc(table) >= 0.97
    assert figures.balanced_accuracy(table) >= 0.90
    assert figures.judged_share(table) >= 0.95
    assert presence_right(table) >= 0.98


def test_report_names_every_reason_metric_and_person(table, tmp_path):
    text = evaluate.report(table, [])
    evaluate.plots(table, tmp_path)

    assert all(f"`{reason}`" in text for reason in Reason)
    assert all(f"`{metric}`" in text for metric in evaluate.TARGETS)
    assert all(f"| person {person} |" in text for person in "abcde")
    assert {path.name for path in tmp_path.iterdir()} == {"roc.png", "errors.png"}


def test_a_table_tells_what_the_cameras_place_does():
    upright = deviate(features(), features())
    shown = [
        cameras.Shown(place, posture, None, None)
        if place.aside_cm == 65
        else cameras.Shown(place, posture, replace(upright, gap_change=gap), posture == "hunched")
        for posture, gap in (("upright", -0.078), ("hunched", -0.3))
        for place in cameras.PLACES
    ]

    lines = cameras.section(shown)

    assert len(lines) == 2 + len(cameras.PLACES)
    assert "| 15 cm (13 degrees) above | -0.078 (-0.078 to -0.078) | -0.222 " in lines[6]
    assert lines[6].endswith("| 0 of 1 | 1 of 1 |")
    assert "not measurable" in lines[-1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{}", "'recordings'"),
        ("[" * 100_000, "RecursionError"),
        ('{"recordings": [{"name": 1}]}', "'file'"),
        (json.dumps({"recordings": [ENTRY | {"file": "../../etc/film.mp4"}]}), "outside"),
        (json.dumps({"recordings": [ENTRY | {"light": None}]}), "no printable text"),
    ],
)
def test_a_manifest_that_lists_no_recordings_is_told_in_a_sentence(tmp_path, content, reason):
    path = tmp_path / "manifest.json"
    path.write_text(content)

    with pytest.raises(ValueError, match=rf"manifest.json is no list of recordings \(.*{reason}"):
        read_manifest(path)


def test_a_manifest_is_read_as_it_is_written(tmp_path):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"recordings": [ENTRY]}))

    assert read_manifest(path) == [ENTRY]


def found(strained, upright, group=0):
    """A session in which only one group of reasons ever finds anything."""
    severities = np.zeros((len(strained) + len(upright), 10))
    severities[:, group] = [*strained, *upright]
    return choose.Session("x", severities, np.arange(len(severities)) < len(strained))


def test_a_threshold_follows_the_session_that_comes_out_worst():
    calm = found([1.5, 1.4], [0.2, 0.3])
    small = found([0.9, 0.85], [0.2, 0.3])  # slouches that stay below the threshold

    assert calm.right([1.0] * 9) == 1.0
    assert small.right([1.0] * 9) == 0.5
    assert choose.choose([calm, small])[0] == 1.2
    assert choose.choose([calm])[0] == 1.0


def test_what_is_not_judged_is_not_right():
    session = found([1.5, np.nan], [0.2, np.nan])

    assert session.right([1.0] * 9) == 0.5


def test_an_hours_slouch_teaches_no_range():
    upright, hour = np.full(420, 0.0), np.r_[np.full(360, 0.0), np.full(60, 0.15)]

    assert weeks.learned_threshold([upright] * 4) == weeks.SHIPPED_THRESHOLD  # too few days
    assert weeks.learned_threshold([upright] * 14) == pytest.approx(0.08)
    assert weeks.learned_threshold([hour] * 14) == pytest.approx(0.08)
    assert weeks.learned_threshold([upright + 0.05] * 14) == pytest.approx(0.085)  # bounded


def stretch_of(*said):
    """A film at a desk with a result: pairs of a label and what was called."""
    stills = [real.Still(Path("x.jpg"), label) for label, _ in said]
    samples = [
        replace(judged("a", "upright", 60.0, *reasons).sample, metrics=Metrics(head_roll_deg=9.0))
        for _, reasons in said
    ]
    baseline = upright_baseline()
    pairs = tuple(zip(stills, samples, strict=True))
    stretch = real.Stretch("desk x", "desk x", "desk", (), tuple(stills), 0.5)
    return real.Result(stretch, pairs, baseline)


def test_real_people_are_told_by_session_with_what_was_measured_where_it_is_wrong(tmp_path):
    result = stretch_of(
        ("upright", ()), ("upright", (Reason.HEAD_TILT,)), ("lean_left", (Reason.LEAN_LEFT,))
    )

    lines = real_report.section([result])
    real_report.plot([result], tmp_path / "real.png")

    assert "| shipped judgement | 1.000 | 1.000 | 0.500 | 0.750 | 0.500 |" in "\n".join(lines)
    assert "| desk x | upright | 1 of 2 | 0 |  |  | +9.0 |  | head_tilt 1 |" in lines
    assert "| lean_left | 1.000 | 1 |" in lines
    assert (tmp_path / "real.png").stat().st_size > 5000
