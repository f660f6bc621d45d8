"""The litert engine against its reference, the mediapipe package, and both against the truth.

On the processor that this was written on the two agree to the last bit in image mode. While a
person is followed each region grows out of the last one, so a bit that differs (another
processor, another library) may grow to a pixel or two; the bounds leave room for that.
"""

from __future__ import annotations

import importlib.util
import os
from functools import cache

import numpy as np
import pytest

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("mediapipe") is None,
        reason="needs the extra 'mediapipe'",
    ),
]

CLIPS = (
    "01_upright_day",
    "02_slouch_office",
    "03_phone_office_f",
    "04_lean_tilt_backlit",
    "05_leanin_recline_evening_f",
    "06_leave_return_office",
    "07_mixed_dim_f",
    "08_lowcam_offaxis_day",
)
MODES = ("image", "tracking")
LEAVING = "06_leave_return_office"
EVERY_FRAME = "EVERY_FRAME" in os.environ
"""Set by `make parity`: minutes instead of seconds."""

MAX_MEDIAN_APART_PX = 2.0
MAX_95TH_APART_PX = 6.0
# The reference draws its silhouette at the size of the picture; ours is read in the cells that
# the model draws, which are larger than a pixel.
MAX_TOPS_MEDIAN_APART_PX = 3.0
# Of 120-144 frames a clip: where someone walks in or out a hair decides.
MAX_DISPUTED_FRAMES = 2
# Against truth the engines differ by 0.01 px where a followed region parted by one bit.
ERROR_ALLOWANCE_PX = 0.1


@cache
def comparison(clip, mode):
    """The clip through both engines, once per session."""
    # Imported here: without the extra this module is collected, but can't run.
    from benchmarks.parity import compare

    # Alone, each frame says as much as its neighbours; a followed person is one after a few
    # frames, but where somebody leaves and comes back all of it matters.
    if EVERY_FRAME:
        return compare(clip, mode)
    if mode == "image":
        return compare(clip, mode, every=8)
    return compare(clip, mode, most=None if clip == LEAVING else 40)


def test_the_clips_are_all_there():
    from benchmarks.parity import clip_names

    assert set(CLIPS) <= set(clip_names())


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("clip", CLIPS)
def test_named_landmarks_agree_with_the_reference(clip, mode):
    apart_px = comparison(clip, mode).apart_px

    assert np.median(apart_px) <= MAX_MEDIAN_APART_PX
    assert np.percentile(apart_px, 95) <= MAX_95TH_APART_PX


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("clip", CLIPS)
def test_outlines_of_the_shoulders_agree_with_the_reference(clip, mode):
    result = comparison(clip, mode)

    assert len(result.tops_apart_px) > 0
    assert np.median(result.tops_apart_px) <= MAX_TOPS_MEDIAN_APART_PX


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("clip", CLIPS)
def test_both_engines_see_a_person_in_the_same_frames(clip, mode):
    assert comparison(clip, mode).disputed_frames <= MAX_DISPUTED_FRAMES


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("clip", CLIPS)
def test_the_error_against_truth_is_no_larger_than_the_references(clip, mode):
    result = comparison(clip, mode)

    for share in (50, 95):
        ours = np.percentile(result.litert_error_px, share)
        theirs = np.percentile(result.mediapipe_error_px, share)
        assert ours <= theirs + ERROR_ALLOWANCE_PX, f"{share}th percentile"
