"""Where the memory goes: what each step of starting up adds, each in a fresh process."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from benchmarks.processes import environment

STEPS: tuple[tuple[str, str], ...] = (
    ("Python", "pass"),
    (
        "the command line, settings, paths",
        "import posture_monitor.cli; from posture_monitor.config import Settings",
    ),
    ("numpy", "import numpy as np"),
    ("OpenCV", "import cv2; cv2.setNumThreads(1)"),
    ("the record (sqlite3)", "import posture_monitor.history.store"),
    (
        "notifications, activity, D-Bus",
        "import posture_monitor.desktop.notify, posture_monitor.desktop.activity\n"
        "import dbus_fast.aio",
    ),
    ("the LiteRT runtime", "from ai_edge_litert.interpreter import Interpreter"),
    (
        "a recording opened and read",
        "from benchmarks.films import UPRIGHT, frames_of\n"
        "picture = frames_of(UPRIGHT, 2.0, 2.1)[0]",
    ),
    (
        "face detector, used once",
        "from posture_monitor.vision.face import LiteRtFaceDetector\n"
        "faces = LiteRtFaceDetector(); faces.detect(picture)",
    ),
    (
        "pose detector, used once",
        "from posture_monitor.vision.pose_litert import LiteRtPoseEstimator\n"
        "pose = LiteRtPoseEstimator(); pose._search = lambda *_: None\n"
        "assert pose._detector is not None\n"
        "pose._detector.detect(picture, np.array([640, 480], np.float32))",
    ),
    (
        "landmark model, used; pose detector let go",
        "del pose._search\n[pose.estimate(picture, n / 6) for n in range(240)]",
    ),
    (
        "the dashboard's server, nothing asked",
        "import jinja2, starlette, uvicorn\nimport posture_monitor.dashboard.server, "
        "posture_monitor.dashboard.app, posture_monitor.monitor.wizard",
    ),
)

_TELL = """
lines = open("/proc/self/status").read().splitlines()
print(*(next(int(l.split()[1]) for l in lines if l.startswith(k)) for k in ("VmRSS", "VmHWM")))
"""


def measure(*, quick: bool) -> dict[str, Any]:
    """Resident memory after each step, and the peak on the way there."""
    rows = []
    before_mb = 0.0
    steps = STEPS
    for count in range(1, len(steps) + 1):
        if quick and count not in (1, len(steps)):
            continue
        script = "\n".join(code for _, code in steps[:count]) + _TELL
        rss_mb, peak_mb = _run(script)
        name = "everything above" if quick and count > 1 else steps[count - 1][0]
        rows.append(
            {"step": name, "added_mb": rss_mb - before_mb, "rss_mb": rss_mb, "peak_mb": peak_mb}
        )
        before_mb = rss_mb
    return {"rows": rows}


def _run(script: str) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{script}\n{done.stderr}")
    rss_kb, peak_kb = done.stdout.split()
    return int(rss_kb) / 1024.0, int(peak_kb) / 1024.0
