"""Library pages that only loading touched are handed back, and nothing else is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from posture_monitor.vision._resident import droppable

SMAPS = """\
7f0000000000-7f0000100000 r--p 00000000 fe:00 101                        /lib/libcv.so
Rss:                 900 kB
Anonymous:             0 kB
7f0000100000-7f0000900000 r-xp 00100000 fe:00 101                        /lib/libcv.so
Rss:                8000 kB
Anonymous:             0 kB
7f0000900000-7f0000a00000 r--p 00900000 fe:00 101                        /lib/libcv.so
Rss:                1024 kB
Anonymous:           848 kB
7f0000a00000-7f0000b00000 rw-p 00a00000 fe:00 101                        /lib/libcv.so
Anonymous:             0 kB
7f0000b00000-7f0000c00000 r--s 00000000 fe:00 102                        /models/pose.tflite
Anonymous:             0 kB
7f0000c00000-7f0000d00000 r-xp 00000000 00:00 0
Anonymous:             0 kB
7f0000d00000-7f0000d01000 r-xp 00000000 fe:00 103                        /lib/a small one.so
Anonymous:             0 kB
7ffd00000000-7ffd00200000 r-xp 00000000 00:00 0                          [vdso]
Anonymous:             0 kB
"""

IN_USE = """
import cv2, numpy as np
from posture_monitor.vision._resident import drop_unused_code

def resident_kb():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssFile"))

image = np.random.default_rng(1).integers(0, 255, (480, 640, 3)).astype(np.uint8)
before, wanted = resident_kb(), cv2.GaussianBlur(image, (9, 9), 0)
drop_unused_code()
after = resident_kb()
assert (cv2.GaussianBlur(image, (9, 9), 0) == wanted).all()
print(before, after)
"""


def test_only_clean_private_code_and_constants_of_files_are_dropped():
    assert droppable(SMAPS.splitlines()) == [
        (0x7F0000000000, 0x100000),
        (0x7F0000100000, 0x800000),
    ]


@pytest.mark.parametrize("line", ["", "nonsense", "7f00-zz r-xp 0 0 1 /x", "Anonymous: 0 kB"])
def test_lines_of_another_form_name_nothing(line):
    assert droppable([line]) == []


@pytest.mark.skipif(sys.platform != "linux", reason="nothing is dropped elsewhere")
def test_the_libraries_work_on_with_far_less_of_them_resident():
    done = subprocess.run(
        [sys.executable, "-c", IN_USE], capture_output=True, text=True, timeout=60, check=True
    )
    before_kb, after_kb = map(int, done.stdout.split())

    assert after_kb < 0.8 * before_kb
