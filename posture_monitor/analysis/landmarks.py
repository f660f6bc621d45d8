"""What was seen in each sample as a Parquet file, and judged from there again without pictures.

A row holds all that the core is given of a frame, exactly: 33 landmarks and the rest of an
``Observation``. No picture can be made from it, but a person's proportions and movements are in it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from posture_monitor.domain import (
    CameraError,
    Face,
    Frame,
    Landmark,
    Observation,
    Pose,
    Texture,
    ViewKeypoints,
    ViewShift,
)
from posture_monitor.system.closing import Closing
from posture_monitor.system.names import shown
from posture_monitor.system.tables import check_format
from posture_monitor.wording import analysis_words as words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path
    from typing import IO

SUFFIX = ".landmarks.parquet"
METADATA_KEY = b"posture_monitor_landmarks"
SCHEMA = 1
_ROWS = 1000
"""A group of rows: held in memory while it fills up, and read at a time."""
_ARRAYS: Mapping[str, tuple[int, ...]] = {
    "points_px": (33, 2),
    "depth_px": (33,),
    "visibility": (33,),
    "presence": (33,),
    "shoulder_tops_px": (2, 2),
    "face_mesh_px": (25, 3),
}
"""Of ``Pose``, flat in a cell: of ``points_px`` values 2n and 2n + 1 are x and y of landmark n."""
_NUMBERS = ("t_s", "brightness", "contrast", "motion", "body_motion", "confidence")
_SIZES = ("width_px", "height_px")
_WORDS = ("faces", "close_face", "view", "view_known", "texture")
"""As JSON, each in a cell of its own."""


class LandmarkTable:
    """Takes observations in the order of their time; ConfigError without pyarrow."""

    def __init__(self, file: IO[bytes]) -> None:
        check_format("parquet")
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds: dict[str, Any] = dict.fromkeys(_NUMBERS, pa.float64())
        kinds |= dict.fromkeys(_SIZES, pa.int32())
        kinds |= dict.fromkeys(_ARRAYS, pa.list_(pa.float32()))
        kinds |= dict.fromkeys(_WORDS, pa.string())
        self._schema = pa.schema(kinds)
        self._table = pa.Table
        self._writer = pq.ParquetWriter(file, self._schema)
        self._rows: list[dict[str, Any]] = []

    def add(self, observation: Observation) -> None:
        self._rows.append(_row(observation))
        if len(self._rows) >= _ROWS:
            self._flush()

    def close(self, *, end_s: float | None, **told: str | float) -> None:
        """Write what is held back, and what is only known at the end; the file stays open."""
        if self._rows:
            self._flush()
        footer = {"schema": SCHEMA, "end_s": end_s, **told}
        self._writer.add_key_value_metadata({METADATA_KEY: json.dumps(footer)})
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(self._table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()


def _row(seen: Observation) -> dict[str, Any]:
    pose = seen.pose
    row: dict[str, Any] = {name: getattr(seen, name) for name in _SIZES}
    row |= {name: getattr(seen, name) for name in _NUMBERS if name != "confidence"}
    faces = [asdict(face) for face in seen.faces]
    told: dict[str, Any] = {"faces": faces, "view_known": seen.view_known, "close_face": None}
    told |= {"view": seen.view and asdict(seen.view), "texture": seen.texture}
    told["texture"] = seen.texture and asdict(seen.texture)
    if pose is not None:
        row["confidence"] = pose.confidence
        for name in _ARRAYS:
            array = getattr(pose, name)
            row[name] = None if array is None else array.ravel().tolist()
        told["close_face"] = pose.close_face and asdict(pose.close_face)
    return row | {name: json.dumps(value, default=float) for name, value in told.items()}


_COUNT_WIDTH = 10
"""Digits kept free for the number of frames, which is known at the end."""


class TrcTable:
    """Landmarks as a TRC file, which programs of motion capture read: pixels, y down, z the
    model's guess relative to the hips. The points up to the hips; empty where nobody was found."""

    def __init__(self, file: IO[str], name: str, samples_per_s: float) -> None:
        """``file`` must be seekable."""
        self._file = file
        self._frames = 0
        rate, points = f"{samples_per_s:g}", list(Landmark)
        names = ("DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units")
        first = ("OrigDataRate", "OrigDataStartFrame", "OrigNumFrames")
        self._write("PathFileType", "4", "(X/Y/Z)", name)
        self._write(*names, *first)
        self._counts_at = file.tell()
        self._header = (rate, rate, str(len(points)), rate)
        self._write_counts()
        self._write("Frame#", "Time", *(cell for one in points for cell in (one.name, "", "")))
        axes = range(1, len(points) + 1)
        self._write("", "", *(f"{axis}{number}" for number in axes for axis in "XYZ"))
        self._write("")

    def add(self, observation: Observation) -> None:
        self._frames += 1
        pose = observation.pose
        cells = [""] * (3 * len(Landmark))
        if pose is not None:
            places = [(*pose.xy(one), float(pose.depth_px[one])) for one in Landmark]
            cells = [f"{value:.2f}" for place in places for value in place]
        self._write(str(self._frames), f"{observation.t_s:.3f}", *cells)

    def close(self) -> None:
        """Fill in how many there were; the file stays open."""
        self._file.seek(self._counts_at)
        self._write_counts()

    def _write_counts(self) -> None:
        rate, camera, points, original = self._header
        count = f"{self._frames:>{_COUNT_WIDTH}}"
        self._write(rate, camera, count, points, "px", original, "1", count)

    def _write(self, *cells: str) -> None:
        self._file.write("\t".join(cells) + "\n")


class LandmarkSource(Closing):
    """Such a file as a source of frames without a picture, and what observes them.

    A ``FrameSource`` and an ``Observer`` in one: what is observed of a frame is what stands in
    its row, whatever it is asked for.
    """

    live = False
    warning = None
    model_calls = 0

    def __init__(self, path: Path, start_at: datetime) -> None:
        """CameraError where it is missing or holds no landmarks."""
        check_format("parquet")
        import pyarrow.parquet as pq

        self._path = path
        self._start_at = start_at
        self._observation: Observation | None = None
        self._t_s = -1.0
        try:
            self._file = pq.ParquetFile(path)
            told = json.loads(self._file.metadata.metadata[METADATA_KEY])
            if told["schema"] != SCHEMA:
                raise ValueError("of another version")
            self._end_s = None if told["end_s"] is None else float(told["end_s"])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise self._unreadable() from error
        self._rows = self._read_rows()
        self._index = -1
        self._ended = False

    @property
    def name(self) -> str:
        return shown(self._path.name)

    @property
    def progress(self) -> float | None:
        rows = self._file.metadata.num_rows
        return 1.0 if self._ended or not rows else (self._index + 1) / rows

    @property
    def end_s(self) -> float | None:
        return self._end_s if self._ended else None

    def read(self, *, skip_until_s: float | None = None) -> Frame | None:
        for seen in self._rows:
            self._index += 1
            if skip_until_s is not None and seen.t_s < skip_until_s - 1e-6:
                continue
            wall_at = self._start_at + timedelta(seconds=seen.t_s)
            self._observation = replace(seen, wall_at=wall_at)
            # One pixel stands for all: no picture is kept, and nobody looks at it.
            image = np.broadcast_to(np.uint8(0), (seen.height_px, seen.width_px, 3))
            return Frame(image, seen.t_s, wall_at, self._index)
        self._ended = True
        return None

    def observe(self, frame: Frame, *, settled: bool = True) -> Observation:
        """What stands in the row of this frame, the last one read."""
        assert self._observation is not None
        return self._observation

    def renew_view(self, view_keypoints: ViewKeypoints | None = None) -> None:
        """The view was told when the pictures were seen."""

    def view_keypoints(self) -> ViewKeypoints | None:
        return None

    def close(self) -> None:
        self._file.close()

    def _read_rows(self) -> Iterator[Observation]:
        try:
            for batch in self._file.iter_batches(batch_size=_ROWS):
                for row in batch.to_pylist():
                    seen = _observation(row, self._start_at)
                    if not seen.t_s > self._t_s:
                        raise ValueError("times don't rise")
                    self._t_s = seen.t_s
                    yield seen
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise self._unreadable() from error

    def _unreadable(self) -> CameraError:
        return CameraError(words.NO_LANDMARKS, file=shown(self._path))


def _observation(row: Mapping[str, Any], wall_at: datetime) -> Observation:
    """ValueError, TypeError or KeyError where the row can't be one."""
    told = {name: json.loads(row[name]) for name in _WORDS}
    sizes = {name: int(row[name]) for name in _SIZES}
    if not all(0 < size < 1 << 16 for size in sizes.values()):
        raise ValueError("a picture of that size")
    pose: Pose | None = None
    if row["points_px"] is not None:
        arrays = {
            name: None if row[name] is None else np.array(row[name], np.float32).reshape(shape)
            for name, shape in _ARRAYS.items()
        }
        if not all(np.isfinite(array).all() for array in arrays.values() if array is not None):
            raise ValueError("a landmark that is no number")
        close_face = told["close_face"] and _face(told["close_face"])
        pose = Pose(confidence=row["confidence"], close_face=close_face, **sizes, **arrays)  # type: ignore[arg-type]  # None only where Pose allows it, else ValueError
    return Observation(
        wall_at=wall_at,
        pose=pose,
        faces=tuple(_face(face) for face in told["faces"]),
        view=told["view"] and ViewShift(**told["view"]),
        view_known=told["view_known"],
        texture=told["texture"] and Texture(**told["texture"]),
        **sizes,
        **{name: row[name] for name in _NUMBERS if name != "confidence"},
    )


def _face(document: Mapping[str, Any]) -> Face:
    keypoints_px = tuple((float(x), float(y)) for x, y in document["keypoints_px"])
    return Face(**{**document, "keypoints_px": keypoints_px})
