"""Films of 640x480 for the costs, made on the spot from the sample clips.

They are drawn pictures with fresh sensor noise in each frame, so that no two are equal. MJPEG
in AVI, which ``tests.streams`` serves picture by picture, as a webcam in the network would.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
CLIPS = ROOT / "samples" / "clips"
UPRIGHT = CLIPS / "01_upright_day.mp4"
LEAVES = CLIPS / "06_leave_return_office.mp4"
KINDS = ("still", "working", "away")
PROFILE_OF = {"still": UPRIGHT, "working": UPRIGHT, "away": LEAVES}
"""From which clip's start the profile for a film is calibrated."""
CALIBRATE_END_S = 5.0
CLIP_FPS = 6.0
EMPTY_S = (8.0, 14.0)
NOISE_GREY = 4.0
"""Standard deviation of the noise that is added, in grey levels: a webcam by day."""
_WARM_UP = 997
"""Noise fields are rolled out of one, since a normal number for each value takes seconds."""


def frames_of(clip: Path, start_s: float = 0.0, end_s: float = 1e9) -> list[NDArray[np.uint8]]:
    """The pictures of a sample clip from ``start_s`` up to ``end_s``."""
    capture = cv2.VideoCapture(str(clip), cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    found = []
    index = 0
    while capture.grab():
        if start_s <= index / CLIP_FPS < end_s:
            found.append(np.asarray(capture.retrieve()[1], np.uint8))
        index += 1
    capture.release()
    return found


def script(kind: str) -> list[NDArray[np.uint8]]:
    """The pictures of a film in order, six for each second, that can be shown in a loop."""
    if kind == "still":
        return frames_of(UPRIGHT, 2.0, 2.0 + 0.5 / CLIP_FPS) * round(10 * CLIP_FPS)
    forward = frames_of(LEAVES, *EMPTY_S) if kind == "away" else frames_of(UPRIGHT)
    return forward + forward[::-1]


class Noise:
    """Sensor noise, fresh for each picture."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        grains = self._random.normal(0.0, NOISE_GREY, 480 * 640 * 3 + _WARM_UP * _WARM_UP)
        self._grains = np.clip(grains, -100.0, 100.0).astype(np.int16)

    def on(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The picture as a sensor would have seen it this time."""
        start = int(self._random.integers(0, len(self._grains) - image.size))
        field = self._grains[start : start + image.size].reshape(image.shape)
        return np.clip(image.astype(np.int16) + field, 0, 255).astype(np.uint8)


def make_film(path: Path, kind: str, fps: float, longest_s: float = 1e9) -> Path:
    """The film ``still``, ``working`` or ``away`` as MJPEG at ``fps``."""
    pictures = script(kind)
    noise = Noise()
    height, width = pictures[0].shape[:2]
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, fps, (width, height))
    if not writer.isOpened():
        raise SystemExit(f"can't write {path}: this OpenCV has no MJPEG encoder")
    length_s = min(len(pictures) / CLIP_FPS, longest_s)
    for n in range(round(length_s * fps)):
        writer.write(noise.on(pictures[int(n / fps * CLIP_FPS) % len(pictures)]))
    writer.release()
    return path


def make_recording(path: Path, seconds: float, *, calm: bool = False) -> Path:
    """Sample clips one after the other, again and again: H.264, 30 fps, with noise.

    All of them, in which a posture lasts for seconds, or the ``calm`` one: upright with glances.
    """
    clips = [UPRIGHT] if calm else sorted(CLIPS.glob("*.mp4"))
    cycle_s = min(seconds, 20.0 if calm else 8 * 24.0)
    cycle = path.with_name(f"{path.stem}.cycle.mp4")
    given = [part for clip in clips for part in ("-i", str(clip))]
    joined = "".join(f"[{n}:v]" for n in range(len(clips)))
    chain = f"{joined}concat=n={len(clips)}:v=1,fps=30,noise=alls=7:allf=t,format=yuv420p"
    _ffmpeg(
        *(*given, "-filter_complex", chain, "-t", f"{cycle_s:g}", "-c:v", "libx264"),
        *("-preset", "veryfast", "-crf", "23", "-g", "150", str(cycle)),
    )
    _ffmpeg("-stream_loop", "-1", "-i", str(cycle), "-t", f"{seconds:g}", "-c", "copy", str(path))
    cycle.unlink()
    return path


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)
