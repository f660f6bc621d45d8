"""A room, or a picture that shows nothing: measured on pictures of each kind."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture_monitor.core.judge.legibility import shows_nothing
from posture_monitor.vision.texture import texture

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
HEIGHT, WIDTH = 480, 640
ROWS, COLUMNS = np.mgrid[-1.0 : 1.0 : HEIGHT * 1j, -1.0 : 1.0 : WIDTH * 1j]


def grey(level):
    return np.full((HEIGHT, WIDTH, 3), level, np.uint8)


def noise(mean, deviation, *, grain_px=1):
    size = (HEIGHT // grain_px, WIDTH // grain_px, 3)
    drawn = np.random.default_rng(1).normal(mean, deviation, size)
    if grain_px > 1:
        drawn = cv2.resize(drawn, (WIDTH, HEIGHT))
    return np.clip(drawn, 0, 255).astype(np.uint8)


def card(ground, sign):
    """A crossed-out camera on one colour."""
    picture = np.full((HEIGHT, WIDTH, 3), ground, np.uint8)
    cv2.rectangle(picture, (220, 170), (420, 310), sign, -1)
    cv2.line(picture, (200, 330), (440, 150), (40, 40, 220), 12)
    return picture


def title():
    shade = np.linspace(70, 25, HEIGHT)[:, None, None]
    picture = np.ascontiguousarray(np.broadcast_to(shade, (HEIGHT, WIDTH, 3)), np.uint8)
    cv2.putText(picture, "An interview", (64, 240), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (235,) * 3, 2)
    return picture


def bars():
    colours = [(192,) * 3, (0, 192, 192), (192, 192, 0), (0, 192, 0), (192, 0, 192), (0, 0, 192)]
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for i, colour in enumerate([*colours, (192, 0, 0)]):
        picture[:320, i * WIDTH // 7 : (i + 1) * WIDTH // 7] = colour
    return picture


def covered(blue, green, red, *, deviation=2.0):
    """Light through a finger, or past a slider: brighter to one side, without any edge."""
    light = 0.35 + 0.65 * np.exp(-((COLUMNS - 0.5) ** 2 + (ROWS + 0.3) ** 2) / 0.8)
    drawn = light[:, :, None] * np.array([blue, green, red]) + noise(100, deviation) - 100.0
    return np.clip(drawn, 0, 255).astype(np.uint8)


def wall(*, across=0.0, corners=0.0, deviation=2.0, plaster=0.0):
    """A bare wall with the lamp on one side, darker corners, and some texture of its own."""
    shade = 150.0 + across * COLUMNS - corners * (COLUMNS**2 + ROWS**2) / 2.0
    rough = np.random.default_rng(2).normal(0.0, 1.0, (HEIGHT, WIDTH))
    shade += 15.0 * plaster * cv2.GaussianBlur(rough, (0, 0), 6.0)
    drawn = shade[:, :, None] + np.random.default_rng(3).normal(0, deviation, (HEIGHT, WIDTH, 3))
    return np.clip(drawn, 0, 255).astype(np.uint8)


def as_jpeg(picture, quality):
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)


def shows_nobody_ever(picture):
    """The verdict, which must be the same after compression."""
    told = {
        shows_nothing(texture(seen), float(seen.mean()))
        for seen in (picture, as_jpeg(picture, 95), as_jpeg(picture, 50))
    }
    assert len(told) == 1
    return told.pop()


NOTHING = {
    **{f"grey {level}": grey(level) for level in (0, 16, 90, 144, 200, 255)},
    "green": np.full((HEIGHT, WIDTH, 3), (0, 135, 0), np.uint8),
    "grey with a sensor's noise": noise(128, 4),
    "dark noise": noise(20, 10),
    "strong dark noise": noise(30, 25),
    "bright noise": noise(200, 30),
    "all noise": noise(128, 74),
    "grains": noise(30, 10, grain_px=4),
    "large grains": noise(30, 10, grain_px=8),
    "blotches": noise(30, 10, grain_px=16),
    "white sign on black": card((0, 0, 0), (255, 255, 255)),
    "sign on dark grey": card((40, 40, 40), (150, 150, 150)),
    "faint sign": card((60, 60, 60), (70, 70, 70)),
    "sign on white": card((255, 255, 255), (90, 90, 90)),
    "title": title(),
    "test bars": bars(),
    "finger": covered(30, 40, 160),
    "finger in the dark": covered(15, 20, 90, deviation=4.0),
    "finger before a lamp": covered(90, 110, 220),
    "slider": covered(40, 40, 40, deviation=4.0),
}
ROOMS = {
    "wall lit from the side": wall(across=10.0),
    "wall hardly lit from the side": wall(across=3.5),
    "clean wall": wall(across=10.0, deviation=0.0),
    "noisy wall": wall(across=20.0, deviation=8.0),
    "wall with dark corners": wall(corners=20.0),
    "plaster": wall(across=4.0, plaster=2.0),
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_picture_that_shows_nothing_is_told_from_a_room(name):
    assert shows_nobody_ever(NOTHING[name])


@pytest.mark.parametrize("name", ROOMS)
def test_a_bare_wall_is_a_room(name):
    assert not shows_nobody_ever(ROOMS[name])


@pytest.mark.parametrize(
    "name", ["clips/06_leave_return_office", "presence/p3_coat_on_chair", "presence/p6_lights_off"]
)
def test_rooms_on_film_are_rooms_whether_empty_or_not(name):
    with (SAMPLES / f"{name}.csv").open(encoding="utf-8") as file:
        labels = [row["label"] for row in csv.DictReader(file)]
    capture = cv2.VideoCapture(str(SAMPLES / f"{name}.mp4"))
    told = set()
    for label in labels:
        good, picture = capture.read()
        if good and label != "dark":
            told.add(shows_nothing(texture(picture), float(picture.mean())))
    capture.release()

    assert told == {False}
