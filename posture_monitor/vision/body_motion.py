"""Did anything move where a pose has its head and shoulders?

Asked only of poses that no face confirms: what the pose model invents in an empty chair
trembles from frame to frame, while the picture under it keeps still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from posture_monitor.vision.gate import body_cells

if TYPE_CHECKING:
    from posture_monitor.domain import Pose
    from posture_monitor.vision.gate import Thumbnail

_LEAST_STEP = 6.0
"""Grey levels by which a cell must differ: sensor noise of 6 leaves 1.5 to 2 in one."""
_NOISE_FACTOR = 4.0
"""And this many times the picture's own usual difference."""


def body_motion(before: Thumbnail, now: Thumbnail, pose: Pose) -> float:
    """The share of the pose's head-and-shoulder cells that changed between two frames, 0-1."""
    # Light that comes or goes scales the whole picture and moves nothing.
    gain = (float(before.grey.mean()) + 8.0) / (float(now.grey.mean()) + 8.0)
    difference = np.abs(now.grey * np.float32(gain) - before.grey)
    step = max(_LEAST_STEP, _NOISE_FACTOR * float(np.median(difference)))
    part = difference[body_cells(pose)]
    return float(np.count_nonzero(part > step) / part.size)
