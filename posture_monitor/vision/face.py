"""Finds faces near the camera with MediaPipe's short-range BlazeFace on LiteRT.

In the whole picture it is the second witness of presence: the pose model also sees people where
there are none. In a cut-out around a head it measures that head: there a face is 45 pixels wide
instead of 25, and how near it is comes out twice as exact (log of the distance on rendered
people: 0.024 root mean square against 0.041 from the pose model's points). Seen so closely,
posters and patterns pass for faces too, so such a face is no witness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from posture_monitor.core.measure.head_pose import fit_head
from posture_monitor.domain import Face, Landmark, Pose
from posture_monitor.vision._geometry import checked_picture, picture_size
from posture_monitor.vision._ssd import Detection, SsdDetector
from posture_monitor.vision.models import FACE_DETECTOR

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# mediapipe/modules/face_detection/face_detection_short_range.pbtxt
_STRIDES = (8, 16, 16, 16)
_MIN_SCORE = 0.5
# mediapipe/modules/face_detection/face_detection.pbtxt: min_suppression_threshold
_MIN_OVERLAP = 0.3
# The cut-out around a head: its side in cm at the face and how far below the eyes its middle
# lies; 32 and 50 cm measured no better (tried on the rendered people). Its pixels are the model's.
_CLOSE_SIDE_CM = 40.0
_CLOSE_BELOW_EYES_CM = 3.0
_CLOSE_SIDE_PX = 128
_SMALLEST_SIDE_PX = 24.0


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
        origin_px = np.zeros(2, np.float32)
        return tuple(
            _face(found, origin_px, size_px) for found in self._detector.detect(image, size_px)
        )

    def detect_close(self, image: NDArray[np.uint8], pose: Pose) -> Face | None:
        """The face of this person, looked for where the pose has the head; None if it isn't seen.

        In pixels of the whole picture, like those of ``detect``.
        """
        head = fit_head(pose)
        if head is None:
            return None
        side_px = np.float32(_CLOSE_SIDE_CM * head.scale_px_per_cm)
        eyes = pose.points_px[[Landmark.LEFT_EYE, Landmark.RIGHT_EYE]].mean(axis=0)
        corner_px = eyes - side_px / 2.0
        corner_px[1] += _CLOSE_BELOW_EYES_CM * head.scale_px_per_cm
        if not _SMALLEST_SIDE_PX <= side_px <= 4.0 * max(image.shape[:2]):
            return None
        scale = _CLOSE_SIDE_PX / side_px
        into = np.array(
            [[scale, 0.0, -corner_px[0] * scale], [0.0, scale, -corner_px[1] * scale]], np.float32
        )
        size = (_CLOSE_SIDE_PX, _CLOSE_SIDE_PX)
        cut = cast(
            "NDArray[np.uint8]",
            cv2.warpAffine(checked_picture(image), into, size, borderMode=cv2.BORDER_REPLICATE),
        )
        found = self._detector.detect(cut, picture_size(cut))
        return _face(found[0], corner_px, np.array((side_px, side_px))) if found else None


def _face(found: Detection, origin_px: NDArray[np.float32], size_px: NDArray[np.float32]) -> Face:
    """A detection in a part of the picture, told in pixels of the whole."""
    (left, top), (right, bottom) = (origin_px + found.box * size_px).tolist()
    points = (origin_px + found.keypoints * size_px).tolist()
    return Face(
        left_px=left,
        top_px=top,
        width_px=right - left,
        height_px=bottom - top,
        score=found.score,
        keypoints_px=tuple((x, y) for x, y in points),
    )
