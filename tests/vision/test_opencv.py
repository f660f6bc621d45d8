"""Only the pictures that are looked at are decoded, and they are the same pictures."""

from __future__ import annotations

import subprocess

import cv2
import numpy as np
import pytest

from posture_monitor.config import CameraSettings
from posture_monitor.domain import CameraError
from posture_monitor.system.clock import SystemClock
from posture_monitor.vision import opencv, recordings
from posture_monitor.vision.jpeg import jpeg_size
from posture_monitor.vision.opencv import (
    MotionJpeg,
    Squared,
    open_ffmpeg,
    size_of,
    undecoded,
)
from posture_monitor.vision.recordings import FileSource
from tests.streams import make_video, noted_as_portrait, number_of, remux

FILES = "protocol_whitelist;file"
TIMES_S = [n / 25.0 for n in range(12)]


@pytest.fixture(scope="module")
def motion_jpeg(tmp_path_factory):
    return make_video(tmp_path_factory.mktemp("jpeg") / "camera.avi", TIMES_S, codec="mjpeg")


class Files:
    """A capture that answers these files instead of pictures."""

    def __init__(self, *files):
        self.files = list(files)
        self.released = False

    def grab(self):
        return bool(self.files)

    def retrieve(self):
        return True, np.frombuffer(self.files.pop(0), np.uint8)[None]

    def release(self):
        self.released = True


def jpeg(image):
    return cv2.imencode(".jpg", image)[1].tobytes()


def noting_a_quarter_turn(file):
    """The same picture with the remark that it should be shown turned."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00"  # orientation, short, one, 6
    exif = b"Exif\0\0" + b"MM\0\x2a\0\0\0\x08" + b"\0\x01" + entry + b"\0\0\0\0"
    return file[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2) + exif + file[2:]


def test_pictures_are_those_that_ffmpeg_would_have_decoded(motion_jpeg):
    plain = open_ffmpeg(str(motion_jpeg), options=FILES)
    spared = undecoded(open_ffmpeg(str(motion_jpeg), options=FILES))
    assert isinstance(spared, MotionJpeg)

    for n in range(len(TIMES_S)):
        assert plain.grab()
        assert spared.grab()
        if n % 5 == 0:
            (_, before), (there, after) = plain.retrieve(), spared.retrieve()
            assert there
            assert after.image.dtype == np.uint8
            assert number_of(after.image) == n
            assert cv2.absdiff(before, after.image).mean() < 1.0
    assert not spared.grab()


def test_pictures_that_build_on_one_another_are_decoded_as_ever(tmp_path):
    made = make_video(tmp_path / "made.mp4", TIMES_S)
    capture = open_ffmpeg(str(remux(made, tmp_path / "stream.ts")), options=FILES)

    assert undecoded(capture) is capture
    assert capture.grab()
    assert number_of(capture.retrieve()[1]) == 0


def test_damaged_picture_is_none():
    whole = jpeg(np.full((48, 64, 3), 128, np.uint8))
    capture = MotionJpeg(Files(b"\xff\xd8 and nothing else", whole))

    assert capture.retrieve()[0] is False
    assert capture.retrieve()[0] is True


def test_remark_about_orientation_is_not_followed():
    file = noting_a_quarter_turn(jpeg(np.full((48, 64, 3), 128, np.uint8)))
    assert cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR).shape == (64, 48, 3)

    assert MotionJpeg(Files(file)).retrieve()[1].image.shape == (48, 64, 3)


def test_released_with_the_capture():
    files = Files()
    MotionJpeg(files).release()

    assert files.released


# --------------------------------------------------------------------------- size


def claiming(file, width_px, height_px):
    """The same JPEG file with another size in its header."""
    at = file.index(b"\xff\xc0") + 5
    return file[:at] + height_px.to_bytes(2) + width_px.to_bytes(2) + file[at + 4 :]


def test_picture_that_claims_to_be_huge_is_not_decoded(monkeypatch):
    small = jpeg(np.zeros((48, 64, 3), np.uint8))
    png = cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
    asked = []
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda *given: asked.append(given) or decode(*given))
    capture = MotionJpeg(Files(claiming(small, 16000, 16000), png, noting_a_quarter_turn(small)))

    assert [capture.retrieve()[0] for _ in range(3)] == [False, False, True]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("file", "size_px"),
    [
        (b"", None),
        (b"\xff\xd8", None),
        (b"\xff\xd8\xff\xd9" + b"\0" * 20, None),
        (b"\xff\xd8\xff\xda" + b"\0" * 20, None),
        (b"\xff\xd8\xff\xe0\xff\xff" + b"\0" * 20, None),
        (b"\xff\xd8\xff\xe0\x00\x00" * 9, None),
        (b"\xff\xd8\xff\xff\xff\xd0\xff\xc2\x00\x0b\x08\x00\x30\x00\x40", (64, 48)),
        (b"GIF89a" + b"\0" * 20, None),
    ],
)
def test_size_of_a_jpeg_file_is_read_from_its_header_alone(file, size_px):
    assert jpeg_size(file) == size_px


def test_recording_of_huge_pictures_is_refused_before_one_is_decoded(tmp_path, monkeypatch):
    path = make_video(tmp_path / "film.avi", TIMES_S[:2], codec="mjpeg")
    capture = open_ffmpeg(str(path), options=FILES)
    width_px, height_px = size_of(capture)
    monkeypatch.setattr(opencv, "MAX_PIXELS", width_px * height_px - 1)

    with pytest.raises(CameraError, match=rf"film\.avi sends pictures of {width_px} × {height_px}"):
        FileSource(path, CameraSettings(), clock=SystemClock(), speed=None)


def test_huge_png_is_refused_by_its_header(tmp_path):
    path = tmp_path / "one.png"
    path.write_bytes(cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))[1].tobytes())
    content = path.read_bytes()
    path.write_bytes(content[:16] + (16000).to_bytes(4) * 2 + content[24:])

    with pytest.raises(CameraError, match=r"one\.png sends pictures of 16000 × 16000"):
        FileSource(path, CameraSettings(), clock=SystemClock(), speed=None)


def test_recording_that_grows_huge_midway_has_no_picture_from_there(tmp_path, monkeypatch):
    path = make_video(tmp_path / "film.avi", TIMES_S[:3], codec="mjpeg")
    with FileSource(path, CameraSettings(), clock=SystemClock(), speed=None) as source:
        assert source.read() is not None
        monkeypatch.setattr(recordings, "MAX_PIXELS", 100)
        assert source.read() is None


# --------------------------------------------------------------------------- pixel aspect


@pytest.mark.parametrize(
    ("size", "aspect", "rotated", "shown_px"),
    [
        ("320x480", "2/1", 0, (640, 480)),
        ("720x576", "16/15", 0, (768, 576)),
        ("720x480", "8/9", 0, (640, 480)),
        ("320x480", "2/1", 90, (240, 320)),
        ("640x480", "1/1", 0, (640, 480)),
    ],
)
def test_pixels_that_are_not_square_are_shown_as_they_are_meant(
    tmp_path, size, aspect, rotated, shown_px
):
    path = tmp_path / "film.mp4"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi"),
            *("-i", f"testsrc=size={size}:rate=5:duration=1"),
            *("-vf", f"setsar={aspect}", "-c:v", "libx264", str(path)),
        ],
        check=True,
        timeout=60,
    )
    if rotated:
        path = noted_as_portrait(path, tmp_path / "turned.mp4")
    with FileSource(path, CameraSettings(), clock=SystemClock(), speed=None) as source:
        frame = source.read()

    assert (frame.width_px, frame.height_px) == shown_px


def test_pixels_beyond_belief_are_refused(tmp_path):
    path = tmp_path / "film.mp4"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=5:duration=1"),
            *("-vf", "setsar=100/1", "-c:v", "libx264", str(path)),
        ],
        check=True,
        timeout=60,
    )

    with pytest.raises(CameraError, match="100 times as wide as high; convert it"):
        FileSource(path, CameraSettings(), clock=SystemClock(), speed=None)


def test_stream_is_made_square_picture_by_picture():
    pictures = Squared(MotionJpeg(Files(jpeg(np.zeros((48, 32, 3), np.uint8)), b"no")), 2.0)

    assert pictures.retrieve()[1].shape == (48, 64, 3)
    assert pictures.retrieve() == (False, None)
