"""Renders a film: frames to an mp4, truth to a csv, and what was filmed to a json."""

import csv
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2

from samples.render.assets import Assets
from samples.render.camera import Camera
from samples.render.errors import ToolError
from samples.render.postures import POSTURES
from samples.render.shooting import Shooting
from samples.render.spec import FilmSpec
from samples.render.truth import Row, posture_intervals, presence_intervals
from samples.render.webcam import Frame

AXES = "X person-left, Y up, Z person-forward (towards camera); metres"
_PROGRESS_EVERY = 60


class FilmWriter:
    """Encodes frames to H.264 through ffmpeg; frame i is shown at i / frame rate."""

    def __init__(self, path: Path, spec: FilmSpec, camera: Camera) -> None:
        if shutil.which("ffmpeg") is None:
            raise ToolError("ffmpeg is not installed: apt-get install ffmpeg")
        self._path = path
        source = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-r", str(spec.frames_per_s)]
        source += ["-s", f"{camera.width_px}x{camera.height_px}", "-i", "-"]
        codec = ["-c:v", "libx264", "-preset", "medium", "-crf", str(spec.crf)]
        if spec.keyframe_interval is not None:
            codec += ["-g", str(spec.keyframe_interval)]
        if not spec.reordered_frames:
            codec += ["-bf", "0"]
        target = ["-pix_fmt", "yuv420p", "-movflags", "+faststart", str(path)]
        self._process = subprocess.Popen(
            ["ffmpeg", "-loglevel", "error", "-y", *source, *codec, *target],
            stdin=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def write(self, frame: Frame) -> None:
        """Append a frame."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(frame.tobytes())
        except BrokenPipeError as error:
            raise ToolError(f"ffmpeg stopped while writing {self._path}") from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        # If ffmpeg has died, its exit code below says so.
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        failed = self._process.wait() != 0
        if failed and error is None:
            raise ToolError(f"ffmpeg could not write {self._path}")


def render_film(spec: FilmSpec, assets: Assets, folder: Path, say: Callable[[str], None]) -> None:
    """Write NAME.mp4, NAME.csv and NAME.json into `folder`."""
    shooting = Shooting(spec, assets)
    times_s = spec.frame_times_s()
    rows = []
    with FilmWriter(folder / f"{spec.name}.mp4", spec, shooting.camera) as writer:
        for index, t_s in enumerate(times_s):
            frame, row = shooting.take(index, t_s)
            writer.write(frame)
            rows.append(row)
            if (index + 1) % _PROGRESS_EVERY == 0:
                say(f"{spec.name}: {index + 1} of {len(times_s)} frames")
    _write_rows(folder / f"{spec.name}.csv", rows)
    description = _description(spec, shooting.camera, rows)
    text = json.dumps(description, indent=1)
    (folder / f"{spec.name}.json").write_text(text + "\n", encoding="utf-8")
    say(f"{spec.name}: {len(rows)} frames")


def render_stills(
    spec: FilmSpec,
    assets: Assets,
    folder: Path,
    times_s: Sequence[float],
    say: Callable[[str], None],
) -> None:
    """Write a PNG for each time, for looking at a specification before the whole film."""
    shooting = Shooting(spec, assets)
    for index, t_s in enumerate(times_s):
        frame, row = shooting.take(index, t_s)
        path = folder / f"{spec.name}_{t_s:08.1f}_{row['label']}.png"
        cv2.imwrite(str(path), frame)
        say(str(path))


def _write_rows(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _description(spec: FilmSpec, camera: Camera, rows: Sequence[Row]) -> dict[str, Any]:
    labels = {str(row["label"]) for row in rows}
    seconds_per_frame = float(1 / spec.frames_per_s)
    return {
        "spec": spec.source,
        "width": camera.width_px,
        "height": camera.height_px,
        "focal_px": camera.focal_px,
        "cx": camera.width_px / 2,
        "cy": camera.height_px / 2,
        "camera_position_m": [float(length) for length in camera.position],
        "camera_tilt_up_deg": camera.tilt_deg,
        "axes": AXES,
        "frames": len(rows),
        "intervals": [
            *presence_intervals(rows, spec.seconds),
            *posture_intervals(spec.keyframes, spec.seconds, seconds_per_frame),
        ],
        "postures": {name: POSTURES[name] for name in sorted(labels & set(POSTURES))},
    }
