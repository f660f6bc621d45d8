"""The same pose models run by Google's ``mediapipe`` package: the reference, never the default.

Since 1.0 that package sends usage metrics to Google and has no setting against it. So all of
it runs in one thread that has no network:

* On Linux (x86_64, aarch64) a seccomp filter, set before the package is imported, lets neither
  that thread nor any thread that it starts open a socket. Nothing leaves, name look-ups
  included; the rest of this process keeps its network.
* Everywhere ``https_proxy`` points to a closed port of this machine, for this process and its
  children. On macOS and Windows that is all: it stops today's package (which obeys the
  variable), but nothing forces a later one to obey.
"""

from __future__ import annotations

import io
import math
import os
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from posture_monitor.domain import LANDMARK_COUNT, Landmark, ModelError, Pose
from posture_monitor.vision._geometry import checked_picture
from posture_monitor.vision._litert import without_chatter
from posture_monitor.vision._no_network import close_network
from posture_monitor.vision.models import POSE_DETECTOR, POSE_LANDMARKS, checked_path
from posture_monitor.vision.outline import shoulder_tops

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

TELEMETRY_NOTICE: Final = (
    "The mediapipe package sends usage metrics to Google and can't be told not to; "
    "posture-monitor closes the network to it as well as this system allows. "
    "The default engine, litert, reports nothing to anyone."
)

_CLOSED_PROXY = "http://127.0.0.1:9"
# As in pose_litert: after this long a followed region says nothing any more. (Tasks can't check
# a region after shorter pauses, as pose_litert does.)
_MAX_GAP_S = 15.0
# The package's filters take a first frame at 0 for "no time known".
_FIRST_MS = 1000
# A zip entry's fixed part before its name (PKWARE's APPNOTE, 4.3.7).
_ZIP_HEADER_BYTES = 30
# Points whose presence stands for the person's: head and shoulders. The package keeps the
# model's own likelihood of a person to itself.
_HEAD_AND_SHOULDERS = slice(0, 13)


class MediaPipePoseEstimator:
    """Finds the most prominent person with Tasks' PoseLandmarker; a ``PoseEstimator``."""

    def __init__(self, *, tracking: bool = True, models_dir: Path | None = None) -> None:
        self._tracking = tracking
        detector = checked_path(POSE_DETECTOR, models_dir)
        landmarks = checked_path(POSE_LANDMARKS, models_dir)
        for name in ("https_proxy", "HTTPS_PROXY"):
            os.environ[name] = _CLOSED_PROXY
        self._landmarker: Any = None
        self._t_s = -math.inf
        self._start_s = 0.0
        self._last_ms = 0
        self._shape: tuple[int, ...] = ()
        self._worker = ThreadPoolExecutor(1, "mediapipe")
        self.network_closed: bool = self._worker.submit(close_network).result()
        """Whether the system itself keeps the package from the network (see above)."""
        try:
            self._worker.submit(self._load, detector, landmarks).result()
        except BaseException:
            self._worker.shutdown()
            raise

    def reset(self) -> None:
        """Stop following: the next frame is searched afresh."""
        if self._tracking and self._t_s != -math.inf:
            self._worker.submit(self._open).result()
            self._t_s, self._last_ms = -math.inf, 0

    def close(self) -> None:
        """Let go of the models and the thread."""
        if self._landmarker is not None:
            self._worker.submit(self._shut).result()
        self._worker.shutdown()

    def estimate(self, image: NDArray[np.uint8], t_s: float) -> Pose | None:
        """The person in a BGR picture taken at ``t_s``; None where there is none."""
        image = checked_picture(image)
        if not 0 <= t_s - self._t_s <= _MAX_GAP_S or image.shape != self._shape:
            self.reset()
        if self._t_s == -math.inf:
            self._start_s = t_s
        self._t_s, self._shape = t_s, image.shape
        # Each frame must be at least a millisecond younger than the last one.
        now_ms = _FIRST_MS + round((t_s - self._start_s) * 1000)
        self._last_ms = max(now_ms, self._last_ms + 1)
        rgb = cast("NDArray[np.uint8]", cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        found = self._worker.submit(self._run, rgb, self._last_ms).result()
        if found is None:
            return None
        rows, silhouette = found
        pose = _pose(rows, image.shape[1], image.shape[0])
        if silhouette is None:
            return pose
        left, right = pose.points_px[[Landmark.LEFT_SHOULDER, Landmark.RIGHT_SHOULDER]]
        return replace(pose, shoulder_tops_px=shoulder_tops(silhouette, left, right))

    # What follows runs in the thread without a network, and there alone.

    def _load(self, detector: Path, landmarks: Path) -> None:
        try:
            import mediapipe
            from mediapipe.tasks.python import vision
            from mediapipe.tasks.python.core.base_options import BaseOptions
        except ModuleNotFoundError as error:
            if error.name != "mediapipe":
                raise _unusable(error) from error
            raise ModelError(
                "The mediapipe package is not installed; run "
                "pip install 'posture-monitor[mediapipe]' or use the engine litert."
            ) from None
        except (ImportError, OSError) as error:
            raise _unusable(error) from error
        self._vision, self._mediapipe = vision, mediapipe
        mode = vision.RunningMode.VIDEO if self._tracking else vision.RunningMode.IMAGE
        self._options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(
                model_asset_buffer=bundle_models(detector.read_bytes(), landmarks.read_bytes()),
                delegate=BaseOptions.Delegate.CPU,
            ),
            running_mode=mode,
            output_segmentation_masks=True,
        )
        self._open()

    def _open(self) -> None:
        self._shut()
        try:
            with without_chatter():
                self._landmarker = self._vision.PoseLandmarker.create_from_options(self._options)
        except (OSError, RuntimeError, ValueError) as error:
            raise _unusable(error) from error

    def _shut(self) -> None:
        if self._landmarker is not None:
            self._landmarker.close()
            self._landmarker = None

    def _run(
        self, rgb: NDArray[np.uint8], time_ms: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None] | None:
        """Rows of x, y, z (shares of width, height, width), visibility and presence.

        And the silhouette, of the picture's shape, above 0 on the person; None without one.
        """
        picture = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=rgb)
        if self._tracking:
            result = self._landmarker.detect_for_video(picture, time_ms)
        else:
            result = self._landmarker.detect(picture)
        if not result.pose_landmarks:
            return None
        rows = np.array(
            [(p.x, p.y, p.z, p.visibility, p.presence) for p in result.pose_landmarks[0]],
            np.float32,
        )
        if not result.segmentation_masks:
            return rows, None
        likelihood = result.segmentation_masks[0].numpy_view().reshape(rgb.shape[:2])
        return rows, likelihood - np.float32(0.5)


def bundle_models(detector: bytes, landmarks: bytes) -> bytes:
    """A ``.task`` bundle of the two models, made in memory.

    Tasks reads a zip whose entries are stored, not compressed, and start at multiples of four
    bytes. It also wants to be told how pictures become numbers, which the older model files
    leave unsaid: -1 to 1 for the detector, 0 to 1 for the landmarks.
    """
    entries = (
        ("pose_detector.tflite", _with_normalization(detector, mean=127.5, deviation=127.5)),
        ("pose_landmarks_detector.tflite", _with_normalization(landmarks, mean=0, deviation=255)),
    )
    bundle = io.BytesIO()
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_STORED) as archive:
        for name, content in entries:
            entry = zipfile.ZipInfo(name)
            padding = -(bundle.tell() + _ZIP_HEADER_BYTES + len(name)) % 4
            # The extra field that Android's zipalign pads with; 4 bytes itself.
            entry.extra = struct.pack("<HH", 0xD935, padding) + bytes(padding)
            archive.writestr(entry, content)
    return bundle.getvalue()


def _with_normalization(model: bytes, *, mean: float, deviation: float) -> bytes:
    """The model with TFLite metadata: its input is (picture - mean) / deviation, in RGB."""
    # The schemas that the package brings for its own tools; FlatBuffers come with it too.
    import flatbuffers  # type: ignore[import-untyped,import-not-found,unused-ignore]  # an extra
    from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
    from mediapipe.tasks.metadata import schema_py_generated as model_schema

    normalization = metadata_schema.NormalizationOptionsT()
    normalization.mean, normalization.std = [mean], [deviation]
    unit = metadata_schema.ProcessUnitT()
    unit.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    unit.options = normalization
    colors = metadata_schema.ImagePropertiesT()
    colors.colorSpace = metadata_schema.ColorSpaceType.RGB
    content = metadata_schema.ContentT()
    content.contentPropertiesType = metadata_schema.ContentProperties.ImageProperties
    content.contentProperties = colors
    picture = metadata_schema.TensorMetadataT()
    picture.name, picture.content, picture.processUnits = "image", content, [unit]

    parsed = model_schema.ModelT.InitFromObj(model_schema.Model.GetRootAsModel(model, 0))
    graph = metadata_schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [picture]
    graph.outputTensorMetadata = [
        metadata_schema.TensorMetadataT() for _ in parsed.subgraphs[0].outputs
    ]
    metadata = metadata_schema.ModelMetadataT()
    metadata.subgraphMetadata = [graph]
    builder = flatbuffers.Builder()
    builder.Finish(metadata.Pack(builder), b"M001")

    buffer = model_schema.BufferT()
    buffer.data = np.frombuffer(bytes(builder.Output()), np.uint8)
    parsed.buffers.append(buffer)
    entry = model_schema.MetadataT()
    entry.name, entry.buffer = "TFLITE_METADATA", len(parsed.buffers) - 1
    parsed.metadata = [*(parsed.metadata or ()), entry]
    builder = flatbuffers.Builder(len(model))
    builder.Finish(parsed.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _pose(rows: NDArray[np.float32], width_px: int, height_px: int) -> Pose:
    if rows.shape != (LANDMARK_COUNT, 5):
        raise ModelError(
            "The mediapipe package answered {shape} landmarks instead of "
            "{LANDMARK_COUNT}; install a version from 1.2 on.",
            shape=rows.shape[0],
            LANDMARK_COUNT=LANDMARK_COUNT,
        )
    points_px = rows[:, :2] * np.array((width_px, height_px), np.float32)
    arrays = (points_px, rows[:, 2] * np.float32(width_px), rows[:, 3].copy(), rows[:, 4].copy())
    for array in arrays:
        array.flags.writeable = False
    return Pose(
        *arrays,
        confidence=float(rows[_HEAD_AND_SHOULDERS, 4].mean()),
        width_px=width_px,
        height_px=height_px,
    )


def _unusable(error: Exception) -> ModelError:
    return ModelError(
        "The mediapipe package can't be used ({error}); install version 1.2 or later (on Debian "
        "and Ubuntu also libegl1 and libgles2), or use the engine litert.",
        error=error,
    )
