"""Finds faces near the camera with MediaPipe's short-range BlazeFace on LiteRT.

The second witness of presence: the pose model also sees people where there are none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.domain import Face
from posture_monitor.vision._geometry import checked_picture, picture_size
from posture_monitor.vision._ssd import SsdDetector
from posture_monitor.vision.models import FACE_DETECTOR

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

# mediapipe/modules/face_detection/face_detection_short_range.pbtxt
_STRIDES = (8, 16, 16, 16)
_MIN_SCORE = 0.5
# mediapipe/modules/face_detection/face_detection.pbtxt: min_suppression_threshold
_MIN_OVERLAP = 0.3


class LiteRtFaceDetector:
    """Faces up to about two metres from the camera; a ``FaceDetector``."""

    def __init__(self, *, min_score: float = _MIN_SCORE, models_dir: Path | None = None) -> None:
        self._detector = SsdDetector(
            FACE_DETECTOR,
            models_dir,
            strides=_STRIDES,
            min_score=min_score,
            min_overlap=_MIN_OVERLAP,
        )

    def detect(self, image: NDArray[np.uint8]) -> tuple[Face, ...]:
        """The faces in a BGR picture of shape (height, width, 3), most certain first."""
        image = checked_picture(image)
        size_px = picture_size(image)
        faces = []
        for found in self._detector.detect(image, size_px):
            (left, top), (right, bottom) = (found.box * size_px).tolist()
            faces.append(
                Face(
                    left_px=left,
                    top_px=top,
                    width_px=right - left,
                    height_px=bottom - top,
                    score=found.score,
                    keypoints_px=tuple((x, y) for x, y in (found.keypoints * size_px).tolist()),
                )
            )
        return tuple(faces)
