"""A JPEG picture is decoded as far as it is looked at, at any size the same picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import cv2
import numpy as np
import pytest

from posture_monitor.config import CameraSettings
from posture_monitor.core.day.cadence import LIVE
from posture_monitor.domain import Frame
from posture_monitor.vision import observer
from posture_monitor.vision.gate import change, is_same, thumbnail
from posture_monitor.vision.jpeg import small_jpeg
from posture_monitor.vision.observer import Observer
from posture_monitor.vision.opencv import upright
from posture_monitor.vision.optical_flow import small_grey
from tests.builders import NINE


def scene(height=480, width=640):
    """Smooth light with a bright corner at the top left."""
    down, across = np.mgrid[0:height, 0:width]
    image = np.stack([across * 180 // width, down * 180 // height, (across + down) // 10], axis=-1)
    image[: height // 6, : width // 6] = 250
    return image.astype(np.uint8)


def jpeg(image):
    return small_jpeg(cv2.imencode(".jpg", image)[1])


@pytest.fixture
def decoded(monkeypatch):
    """How often a file was decoded with which flags."""
    flags = []
    decode = cv2.imdecode

    def noted(file, how):
        flags.append(how & ~cv2.IMREAD_IGNORE_ORIENTATION)
        return decode(file, how)

    monkeypatch.setattr(cv2, "imdecode", noted)
    return flags


def test_each_use_decodes_only_what_it_needs_and_only_once(decoded):
    picture = jpeg(scene())

    assert thumbnail(picture).grey.shape == (60, 80)
    assert thumbnail(picture).grey.dtype == np.float32
    assert decoded == [cv2.IMREAD_REDUCED_GRAYSCALE_8]
    assert small_grey(picture).shape == (240, 320)
    assert picture.image.shape == picture.shape == (480, 640, 3)
    assert picture.image is picture.image
    assert decoded[1:] == [cv2.IMREAD_REDUCED_GRAYSCALE_2, cv2.IMREAD_COLOR]


@pytest.mark.parametrize("size", [(480, 640), (720, 1280), (640, 480), (96, 128), (48, 64)])
def test_small_pictures_are_those_of_the_whole_one(size):
    image = scene(*size)
    picture = jpeg(image)

    small, whole = thumbnail(picture), thumbnail(image)
    # Beside the bright corner's edge JPEG itself draws waves.
    assert np.quantile(np.abs(small.grey - whole.grey), 0.95) < 4.0
    assert change(whole, small) < 0.05
    assert small_grey(picture).shape == small_grey(image).shape
    assert np.quantile(cv2.absdiff(small_grey(picture), small_grey(image)), 0.95) < 6.0


@pytest.mark.parametrize("rotate", ["0", "90", "180", "270"])
@pytest.mark.parametrize("mirror", [False, True])
def test_every_size_is_set_upright_alike(rotate, mirror):
    settings = replace(CameraSettings(), rotate=rotate, mirror=mirror)
    expected = upright(scene(), settings)

    picture = upright(jpeg(scene()), settings)

    assert picture.shape == expected.shape
    assert np.quantile(cv2.absdiff(picture.image, expected), 0.95) < 8.0
    assert change(thumbnail(expected), thumbnail(picture)) < 0.05


def test_a_frame_gives_its_size_without_decoding(decoded):
    frame = Frame(jpeg(scene()), 0.0, NINE, 0)

    assert (frame.width_px, frame.height_px) == (640, 480)
    assert decoded == []
    assert frame.image.shape == (480, 640, 3)


class Nobody:
    """Models that see an empty room."""

    def estimate(self, image, t_s):
        return None

    def detect(self, image):
        return ()


def test_an_empty_room_is_measured_again_only_when_it_looks_different(monkeypatch):
    measured = []
    monkeypatch.setattr(observer, "texture", lambda image: measured.append(image) or "texture")
    watching = Observer(Nobody(), Nobody(), LIVE)
    room = scene()
    dimmer = (room * 0.95).astype(np.uint8)

    seen = [
        watching.observe(Frame(image, t_s, NINE + timedelta(seconds=t_s), 0))
        for t_s, image in enumerate([room, room, dimmer, np.fliplr(dimmer), np.fliplr(dimmer)])
    ]

    assert [one.texture for one in seen] == ["texture"] * 5
    assert [image.mean() for image in measured] == [room.mean(), dimmer.mean(), dimmer.mean()]


def test_a_picture_is_the_same_only_in_the_same_light():
    before = thumbnail(scene())

    assert is_same(before, before, 0.0)
    assert not is_same(before, thumbnail((scene() * 0.95).astype(np.uint8)), 0.0)
    assert not is_same(before, thumbnail(np.fliplr(scene())), 0.01)
