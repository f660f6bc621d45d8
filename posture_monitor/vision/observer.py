"""From a frame to an observation: pose, faces and light."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from posture_monitor.core.day.cadence import LIVE, Answer, Reuse, answer_for
from posture_monitor.core.judge.presence import has_face, place_of
from posture_monitor.domain import Observation
from posture_monitor.vision._resident import drop_unused_code
from posture_monitor.vision.body_motion import body_motion
from posture_monitor.vision.gate import Memory, Thumbnail, is_same, thumbnail
from posture_monitor.vision.optical_flow import faces_along, follow, small_grey
from posture_monitor.vision.surroundings import Surroundings
from posture_monitor.vision.texture import texture

if TYPE_CHECKING:
    from posture_monitor.domain import Face, Frame, Pose, Texture, ViewKeypoints, ViewShift
    from posture_monitor.ports import FaceDetector, FaceMeasurer, PoseEstimator

_TIDY_AT, _TIDY_EVERY = (0, 1, 2, 20), 1000
"""Frames after which code is dropped that won't be called again: imported, loaded, warmed up."""


class Observer:
    """Owns the models of one run; not safe to share between threads.

    Pictures like one that was judged lately are not judged again, and anyone who moves a little
    is followed; ``model_calls`` and ``frames`` count what that saves. ``reuse`` None judges
    every picture.
    """

    def __init__(
        self,
        estimator: PoseEstimator,
        detector: FaceDetector,
        reuse: Reuse | None = LIVE,
        mesh: FaceMeasurer | None = None,
    ) -> None:
        self._estimator = estimator
        self._detector = detector
        self._mesh = mesh
        self._reuse = reuse
        self._memory = Memory(0.0 if reuse is None else reuse.keep_s)
        self._judged_s = -math.inf
        self._surroundings = Surroundings()
        self._view: ViewShift | None = None
        self._size = (0, 0)
        self._before: Thumbnail | None = None
        self._textured: tuple[Thumbnail, Texture] | None = None
        self.frames = 0
        self.model_calls = 0

    def observe(self, frame: Frame, *, settled: bool = True) -> Observation:
        """What is to be seen in this frame; frames must come in the order of their time."""
        if self.frames in _TIDY_AT or self.frames % _TIDY_EVERY == 0:
            drop_unused_code()
        self.frames += 1
        picture = thumbnail(frame.picture)
        if (frame.width_px, frame.height_px) != self._size:
            self._size = (frame.width_px, frame.height_px)
            self._memory.reset()
            self._surroundings.begin_again()
            self._before = self._textured = None
        seen = self._seen(frame, picture, settled)
        view = self._surroundings.observe(frame.picture, picture, frame.t_s, seen.pose, seen.faces)
        if view != self._view:
            self._view = view
            self._memory.reset()  # what was judged in the other view can't stand in for this one
            if self._judged_s != frame.t_s:
                seen = self._ask_models(frame, picture, seen.motion)
        before, self._before = self._before, picture
        if seen.pose is None or not has_face(seen, seen.pose):
            seen = replace(seen, texture=self._texture(frame, picture))
            if before is not None and seen.pose is not None:
                seen = replace(seen, body_motion=body_motion(before, picture, seen.pose))
        known = self._surroundings.known
        return replace(seen, view=view, view_known=known)

    def renew_view(self, view_keypoints: ViewKeypoints | None = None) -> None:
        """Whatever the camera sees from now on is the view of the baseline, as far as its keypoints
        don't say otherwise."""
        self._surroundings.reset(view_keypoints)

    def view_keypoints(self) -> ViewKeypoints | None:
        """What a baseline taken now knows its view again by; None where too little is seen."""
        return self._surroundings.view_keypoints()

    def _seen(self, frame: Frame, picture: Thumbnail, settled: bool) -> Observation:
        ranked = self._memory.ranked(picture, frame.t_s)
        if self._reuse is None or not ranked:
            return self._ask_models(frame, picture, None)
        change, judged = ranked[0]
        somebody = judged.grey is not None
        answer = answer_for(change, somebody=somebody, settled=settled, rules=self._reuse)
        if answer is Answer.STANDS:
            return _observation(frame, picture, judged.pose, judged.faces, change)
        if answer is Answer.FOLLOWED and judged.pose is not None:
            near = [one for unlike, one in ranked if unlike <= self._reuse.followed]
            start = [(one.grey, one.pose) for one in near if one.grey is not None and one.pose]
            pose = follow(start, small_grey(frame.picture))
            if pose is not None:
                faces = faces_along(judged.faces, judged.pose, pose)
                return _observation(frame, picture, pose, faces, change)
        return self._ask_models(frame, picture, change)

    def _texture(self, frame: Frame, picture: Thumbnail) -> Texture:
        """What the picture is made of; measured again where it isn't that of the last time."""
        kept = self._textured
        if (
            kept is not None
            and self._reuse is not None
            and is_same(kept[0], picture, self._reuse.same)
        ):
            return kept[1]
        found = texture(frame.image)
        self._textured = (picture, found)
        return found

    def _ask_models(self, frame: Frame, picture: Thumbnail, motion: float | None) -> Observation:
        self.model_calls += 1
        self._judged_s = frame.t_s
        pose = self._estimator.estimate(frame.image, frame.t_s)
        faces = self._detector.detect(frame.image)
        if pose is not None and _is_small_beside(pose, faces):
            self._estimator.reset()  # it follows a picture on the wall, or somebody far behind
            pose = self._estimator.estimate(frame.image, frame.t_s)
        if pose is not None:
            close_face = self._detector.detect_close(frame.image, pose)
            if close_face is not None:
                mesh = None if self._mesh is None else self._mesh.measure(frame.image, close_face)
                pose = replace(pose, close_face=close_face, face_mesh_px=mesh)
        if self._reuse is not None:
            sure = pose is not None and bool(faces)
            grey = small_grey(frame.picture) if sure else None
            self._memory.add(picture, frame.t_s, pose, faces, grey)
        return _observation(frame, picture, pose, faces, motion)

    def close(self) -> None:
        """Let go of the models."""
        self._estimator.close()


def _is_small_beside(pose: Pose, faces: tuple[Face, ...]) -> bool:
    """Whether a face wider than this person's shoulders tells of somebody far nearer."""
    return any(face.width_px > place_of(pose).size_px for face in faces)


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
    from posture_monitor.vision.face_mesh import LiteRtFaceMesh

    cv2.setNumThreads(1)  # for pictures this small more threads only cost more
    drop_unused_code()  # of OpenCV and FFmpeg, before the models need room

    estimator: PoseEstimator
    if engine == "mediapipe":
        from posture_monitor.vision.pose_mediapipe import MediaPipePoseEstimator

        estimator = MediaPipePoseEstimator(tracking=tracking)
    else:
        from posture_monitor.vision.pose_litert import LiteRtPoseEstimator

        estimator = LiteRtPoseEstimator(tracking=tracking)
    return Observer(estimator, LiteRtFaceDetector(), reuse, LiteRtFaceMesh())
