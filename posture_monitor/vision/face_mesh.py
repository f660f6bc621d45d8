"""The points of a face in space, by MediaPipe's face mesh on LiteRT.

They tell where a head points and how near it is better than the pose's eleven points and the
face detector's six: on rendered people the distance comes out twice as exact, and on real ones
the head's pitch keeps more of its scale. The model runs twice: a cut-out placed by its own
points errs less than one placed by the face detector's box.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from posture_monitor.domain import RIGID_POINTS
from posture_monitor.vision._geometry import checked_picture
from posture_monitor.vision._litert import LiteRtModel
from posture_monitor.vision.models import FACE_MESH

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from posture_monitor.domain import Face

_MARGIN = 1.5
"""Side of the cut-out over the face (mediapipe/modules/face_landmark/
face_detection_front_detection_to_roi.pbtxt and face_landmark_landmarks_to_roi.pbtxt)."""
_RIGHT_EYE, _LEFT_EYE = 33, 263
_MIN_SCORE = 0.5
_SMALLEST_FACE_PX, _LARGEST_FACE = 12.0, 2.0
"""In pixels and in longer sides of the picture; beyond these nothing can be measured."""


class LiteRtFaceMesh:
    """A ``FaceMeasurer``. The model is loaded when the first face is seen."""

    def __init__(self, models_dir: Path | None = None) -> None:
        self._models_dir = models_dir
        self._model: LiteRtModel | None = None

    def measure(self, image: NDArray[np.uint8], face: Face) -> NDArray[np.float32] | None:
        """The rigid points, shape (25, 3), of the face in this box of a BGR picture.

        None where the model sees no face there.
        """
        image = checked_picture(image)
        corners = np.array(
            [
                (face.left_px, face.top_px),
                (face.left_px + face.width_px, face.top_px + face.height_px),
            ]
        )
        if len(face.keypoints_px) < 2:
            return None
        right_eye, left_eye = np.array(face.keypoints_px[:2])
        side_px = max(face.width_px, face.height_px)
        seen = self._seen(image, corners.mean(axis=0), side_px, left_eye - right_eye)
        if seen is None:
            return None
        eyes = seen[_LEFT_EYE, :2] - seen[_RIGHT_EYE, :2]
        level = seen[:, :2] @ _turn(-math.atan2(eyes[1], eyes[0])).T
        low, high = level.min(axis=0), level.max(axis=0)
        middle = _turn(math.atan2(eyes[1], eyes[0])) @ ((low + high) / 2.0)
        seen = self._seen(image, middle, float((high - low).max()), eyes)
        return None if seen is None else seen[list(RIGID_POINTS)].astype(np.float32)

    def _seen(
        self,
        image: NDArray[np.uint8],
        middle_px: NDArray[np.float64],
        side_px: float,
        eyes_px: NDArray[np.float64],
    ) -> NDArray[np.float64] | None:
        """All 468 points around this middle; None where they are no face."""
        finite = np.isfinite((*middle_px, side_px, *eyes_px)).all()
        if not (finite and _SMALLEST_FACE_PX <= side_px <= _LARGEST_FACE * max(image.shape[:2])):
            return None
        if self._model is None:
            self._model = LiteRtModel(FACE_MESH, self._models_dir)
        side_px *= _MARGIN
        angle = math.atan2(eyes_px[1], eyes_px[0])
        rgb = _cut_out(image, middle_px, side_px, angle, self._model.side_px)
        points, logit = self._model.run(rgb, scale=1.0 / 255.0, offset=0.0)
        if not 1.0 / (1.0 + math.exp(-float(logit.reshape(-1)[0]))) >= _MIN_SCORE:
            return None
        shares = points.reshape(-1, 3).astype(np.float64) / self._model.side_px
        flat = (shares[:, :2] - 0.5) @ _turn(angle).T * side_px + middle_px
        return np.column_stack([flat, shares[:, 2] * side_px])


def _cut_out(
    image: NDArray[np.uint8],
    middle_px: NDArray[np.float64],
    side_px: float,
    angle_rad: float,
    cut_px: int,
) -> NDArray[np.uint8]:
    """The square around this middle, turned level and scaled to ``cut_px``, as RGB."""
    into = _turn(-angle_rad) * (cut_px / side_px)
    shift = cut_px / 2.0 - into @ middle_px
    cut = cv2.warpAffine(
        image,
        np.column_stack([into, shift]),
        (cut_px, cut_px),
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cast("NDArray[np.uint8]", cv2.cvtColor(cut, cv2.COLOR_BGR2RGB, dst=cut))


def _turn(angle_rad: float) -> NDArray[np.float64]:
    """Turns x, y (down) by the angle; + = clockwise as one sees it."""
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    return np.array([[cosine, -sine], [sine, cosine]])
