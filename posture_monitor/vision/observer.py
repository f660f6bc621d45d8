"""From a frame to an observation: pose, faces and light, in one look."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from posture_monitor.core.cadence import LIVE, Reuse, may_reuse
from posture_monitor.domain import Observation
from posture_monitor.vision.gate import Memory, Thumbnail, thumbnail
from posture_monitor.vision.surroundings import Surroundings

if TYPE_CHECKING:
    from posture_monitor.domain import Face, Frame, Pose, ViewShift
    from posture_monitor.ports import FaceDetector, PoseEstimator


class Observer:
    """Owns the models of one run; not safe to share between threads.

    Pictures like one that was judged lately are not judged again; ``model_calls`` and
    ``looks`` count what that saves. ``reuse`` None judges every picture.
    """

    def __init__(
        self, estimator: PoseEstimator, detector: FaceDetector, reuse: Reuse | None = LIVE
    ) -> None:
        self._estimator = estimator
        self._detector = detector
        self._reuse = reuse
        self._memory = Memory(0.0 if reuse is None else reuse.keep_s)
        self._judged_s = -math.inf
        self._surroundings = Surroundings()
        self._view: ViewShift | None = None
        self._size = (0, 0)
        self.looks = 0
        self.model_calls = 0

    def look(self, frame: Frame, *, settled: bool = True) -> Observation:
        """What is to be seen in this frame; frames must come in the order of their time."""
        self.looks += 1
        picture = thumbnail(frame.image)
        if (frame.width_px, frame.height_px) != self._size:
            self._size = (frame.width_px, frame.height_px)
            self._memory.forget()
            self._surroundings.forget()
        seen = self._seen(frame, picture, settled)
        view = self._surroundings.look(frame.image, picture, frame.t_s, seen.pose, seen.faces)
        if view != self._view:
            self._view = view
            self._memory.forget()  # what was judged in the other view can't stand in for this one
            if self._judged_s != frame.t_s:
                seen = self._ask_models(frame, picture, seen.motion)
        return seen if view is None else replace(seen, view=view)

    def renew_view(self) -> None:
        """Whatever the camera sees from now on is the view that it was given."""
        self._surroundings.forget()

    def _seen(self, frame: Frame, picture: Thumbnail, settled: bool) -> Observation:
        motion: float | None = None
        if self._reuse is not None:
            nearest = self._memory.nearest(picture, frame.t_s)
            if nearest is not None:
                motion, judged = nearest
                since_s = frame.t_s - self._judged_s
                if may_reuse(motion, since_s, settled=settled, rules=self._reuse):
                    return _observation(frame, picture, judged.pose, judged.faces, motion)
        return self._ask_models(frame, picture, motion)

    def _ask_models(self, frame: Frame, picture: Thumbnail, motion: float | None) -> Observation:
        self.model_calls += 1
        self._judged_s = frame.t_s
        pose = self._estimator.estimate(frame.image, frame.t_s)
        faces = self._detector.detect(frame.image)
        if self._reuse is not None:
            self._memory.add(picture, frame.t_s, pose, faces)
        return _observation(frame, picture, pose, faces, motion)

    def close(self) -> None:
        """Let go of the models."""
        self._estimator.close()


def _observation(
    frame: Frame,
    picture: Thumbnail,
    pose: Pose | None,
    faces: tuple[Face, ...],
    motion: float | None,
) -> Observation:
    return Observation(
        t_s=frame.t_s,
        wall_at=frame.wall_at,
        width_px=frame.width_px,
        height_px=frame.height_px,
        pose=pose,
        faces=faces,
        brightness=picture.brightness,
        contrast=picture.contrast,
        motion=motion,
    )


def open_observer(engine: str, *, tracking: bool = True, reuse: Reuse | None = None) -> Observer:
    """The observer with the named engine; ModelError where its model can't be loaded."""
    import cv2

    from posture_monitor.vision.face import LiteRtFaceDetector

    cv2.setNumThreads(1)  # for pictures this small more threads only cost more

    estimator: PoseEstimator
    if engine == "mediapipe":
        from posture_monitor.vision.pose_mediapipe import MediaPipePoseEstimator

        estimator = MediaPipePoseEstimator(tracking=tracking)
    else:
        from posture_monitor.vision.pose_litert import LiteRtPoseEstimator

        estimator = LiteRtPoseEstimator(tracking=tracking)
    return Observer(estimator, LiteRtFaceDetector(), reuse)
