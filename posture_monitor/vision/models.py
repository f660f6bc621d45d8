"""Where the model files lie and whether they are the ones this program was judged with.

The files come with the installed package; nothing here, or anywhere else in the installed
program, downloads. In a source checkout ``scripts/fetch_models.py`` puts them in place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from posture_monitor.domain import ModelError
from posture_monitor.wording.language import N_

MODELS_DIR: Final = Path(__file__).resolve().parent.parent / "models"
"""The folder inside the package that holds the model files."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model, pinned by its content."""

    name: str
    size_bytes: int
    sha256: str


# Files of the wheel mediapipe 0.10.21 (Apache-2.0), under mediapipe/modules/.
POSE_DETECTOR: Final = ModelFile(
    "pose_detection.tflite",
    2_959_046,
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)
POSE_LANDMARKS: Final = ModelFile(
    "pose_landmark_full.tflite",
    6_440_512,
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
)
FACE_DETECTOR: Final = ModelFile(
    "face_detection_short_range.tflite",
    229_714,
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
)
FACE_MESH: Final = ModelFile(
    "face_landmark.tflite",
    1_242_398,
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
)
MODEL_FILES: Final = (POSE_DETECTOR, POSE_LANDMARKS, FACE_DETECTOR, FACE_MESH)

_REMEDY = N_("reinstall posture-monitor, or run scripts/fetch_models.py in a source checkout")


def checked_path(model: ModelFile, models_dir: Path | None = None) -> Path:
    """The model's path, once its content proved to be what it should be.

    Raises ModelError when the file is missing, unreadable or altered. A file is hashed once
    per process, and again only if its size or time of change differ.
    """
    path = (models_dir or MODELS_DIR) / model.name
    try:
        stat = path.stat()
        digest = _digest(path, stat.st_size, stat.st_mtime_ns)
    except FileNotFoundError:
        raise ModelError(
            "The model file {path} is missing; {remedy}.", path=path, remedy=ModelError(_REMEDY)
        ) from None
    except OSError as error:
        reason = error.strerror or "unknown error"
        raise ModelError(
            "The model file {path} can't be read ({reason}); {remedy}.",
            path=path,
            reason=reason,
            remedy=ModelError(_REMEDY),
        ) from error
    if digest != model.sha256:
        raise ModelError(
            "The model file {path} was altered or is incomplete; {remedy}.",
            path=path,
            remedy=ModelError(_REMEDY),
        )
    return path


@lru_cache(maxsize=16)
def _digest(path: Path, _size_bytes: int, _mtime_ns: int) -> str:
    # Size and time are part of the key alone: a replaced file is hashed again.
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
