"""What moves under a pose that no face confirms: a person does, an empty chair does not."""

from __future__ import annotations

import numpy as np
import pytest

from posture_monitor.vision.body_motion import body_motion
from posture_monitor.vision.gate import body_cells, thumbnail
from tests.builders import person

POSE = person()
ROWS, COLUMNS = body_cells(POSE)


def room(*, light=1.0, noise=0.0, aside_px=0, seed=0):
    """A grey room with stripes; something dark stands where the pose has head and shoulders."""
    rng = np.random.default_rng(seed)
    image = np.full((480, 640), 120.0)
    image[:, ::40] = 200.0
    top, bottom = ROWS.start * 8, ROWS.stop * 8
    left, right = COLUMNS.start * 8 + aside_px + 30, COLUMNS.stop * 8 + aside_px - 30
    image[top:bottom, left:right] = 60.0
    noisy = image * light + rng.normal(0.0, noise, image.shape) if noise else image * light
    return thumbnail(np.repeat(np.clip(noisy, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2))


def test_a_picture_that_keeps_still_has_no_body_motion():
    assert body_motion(room(), room(), POSE) == 0.0


@pytest.mark.parametrize("noise", [6.0, 15.0, 30.0])
def test_noise_of_a_dim_sensor_is_no_body_motion(noise):
    assert body_motion(room(noise=noise, seed=1), room(noise=noise, seed=2), POSE) < 0.02


@pytest.mark.parametrize("light", [0.6, 0.9, 1.2])
def test_light_that_changes_is_no_body_motion(light):
    assert body_motion(room(), room(light=light), POSE) < 0.02


@pytest.mark.parametrize("aside_px", [8, 16, 40])
def test_a_body_that_sways_does(aside_px):
    assert (
        body_motion(room(noise=6.0, seed=1), room(noise=6.0, aside_px=aside_px, seed=2), POSE)
        > 0.04
    )


def test_a_body_that_sways_does_so_in_changing_light_too():
    assert body_motion(room(), room(light=0.8, aside_px=40), POSE) > 0.04


def test_what_moves_beside_the_body_does_not_count():
    beside = room()
    beside.grey[:10, : COLUMNS.start - 2] += 60.0

    assert body_motion(room(), beside, POSE) == 0.0
