"""What the running monitor costs over a real stream, and how soon it judges."""

from __future__ import annotations

import http.cookiejar
import threading
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.films import CALIBRATE_END_S, KINDS, PROFILE_OF, make_film
from benchmarks.processes import (
    Camera,
    GrabLoop,
    Started,
    checked,
    cpu_s,
    memory_mb,
    program,
    threads_cpu_s,
)
from posture_monitor.domain import PostureMonitorError
from posture_monitor.ipc.control import ask
from posture_monitor.system.paths import resolve_paths

if TYPE_CHECKING:
    from pathlib import Path

    from posture_monitor.system.paths import Paths

PROFILE = "desk"
START_UP_S = 12.0
WINDOW_S = 120.0
QUICK_WINDOW_S = 6.0
PAGE_S = 20.0
TARGETS = {"still": 8.0, "working": 14.0, "away": 4.0}
"""CPU seconds an hour above the bare loop."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One film watched."""

    film: str
    fps: float
    window_s: float
    cpu_s_per_h: float
    """Above the bare loop."""
    total_cpu_s_per_h: float
    bare_cpu_s_per_h: float
    """Of a loop that grabs and decodes nothing."""
    decoding_cpu_s_per_h: float
    """Of a loop that grabs and so decodes each picture, as OpenCV does by itself."""
    looks_per_h: float
    model_calls_per_h: float
    peak_mb: float
    first_judgement_s: float | None
    """From the start of the process; None where nobody is there to be judged."""
    with_page_peak_mb: float | None
    with_page_cpu_s_per_h: float | None
    threads_s_per_h: dict[str, float]


def measure(
    folder: Path, *, quick: bool, fps: float, window_s: float | None = None
) -> dict[str, Any]:
    """All films; the quick form watches one of them for a few seconds."""
    kinds = ("working",) if quick else KINDS
    if window_s is None:
        window_s = QUICK_WINDOW_S if quick else WINDOW_S
    costs = []
    for kind in kinds:
        print(f"  {kind} …", flush=True)
        cost = watch(folder, kind, window_s=window_s, fps=fps, quick=quick)
        costs.append(asdict(cost))
    return {"costs": costs}


def watch(folder: Path, kind: str, *, window_s: float, fps: float, quick: bool) -> Cost:
    """Start camera, bare loops and monitor; measure all in the same window."""
    place = folder / kind
    place.mkdir()
    film = make_film(place / f"{kind}.avi", kind, fps, 10.0 if quick else 1e9)
    data_dir = place / "data"
    calibrate(data_dir, PROFILE_OF[kind], place)
    paths = resolve_paths(data_dir)
    with ExitStack() as stack:
        camera = stack.enter_context(Camera(film))
        loops = [
            stack.enter_context(
                GrabLoop(camera.address, place / f"loop_{decoding}.txt", decoding=decoding)
            )
            for decoding in (False, True)
        ]
        arguments = ("--source", camera.address, "--profile", PROFILE, "--no-tray")
        command = program("--data-dir", data_dir, "run", *arguments)
        monitor = stack.enter_context(Started(command, place / "monitor.txt"))
        first_s = first_judgement_s(monitor, paths) if kind != "away" else None
        started_up_s = monitor.began_s + (2.0 if quick else START_UP_S)
        time.sleep(max(0.0, started_up_s - time.monotonic()))
        window = _Window(monitor, loops, paths)
        time.sleep(window_s)
        figures = window.close()
        peak_mb = memory_mb(monitor.pid)
        page_cpu, page_peak = None, None
        if kind == "working":
            page_cpu, page_peak = with_page(monitor, loops, paths, 2.0 if quick else PAGE_S)
    return Cost(
        film=kind,
        fps=fps,
        window_s=window_s,
        peak_mb=peak_mb,
        first_judgement_s=first_s,
        with_page_peak_mb=page_peak,
        with_page_cpu_s_per_h=page_cpu,
        **figures,
    )


def calibrate(data_dir: Path, clip: Path, place: Path) -> None:
    """A profile from the upright start of a clip."""
    arguments = ("--source", clip, "--end", str(CALIBRATE_END_S), "--profile", PROFILE)
    checked(program("--data-dir", data_dir, "calibrate", *arguments), place / "calibrate.txt")


def first_judgement_s(monitor: Started, paths: Paths) -> float:
    """Seconds from the start of the process until ``status`` shows a score."""

    def judged() -> bool:
        try:
            return ask(paths.control_file, "status")["score"] is not None
        except PostureMonitorError:
            return False  # not listening yet

    monitor.wait_for(judged, "a first score")
    return time.monotonic() - monitor.began_s


class _Window:
    """What the monitor and both loops use between two moments."""

    def __init__(self, monitor: Started, loops: list[GrabLoop], paths: Paths) -> None:
        self._monitor, self._loops, self._paths = monitor, loops, paths
        self._before = ask(paths.control_file, "status")
        self._threads = threads_cpu_s(monitor.pid)
        self._used = [cpu_s(process.pid) for process in (monitor, *loops)]
        self._began_s = time.monotonic()

    def close(self) -> dict[str, Any]:
        """All figures by the hour."""
        hours = (time.monotonic() - self._began_s) / 3600.0
        total_s, bare_s, decoding_s = (
            cpu_s(process.pid) - before_s
            for process, before_s in zip((self._monitor, *self._loops), self._used, strict=True)
        )
        threads = threads_cpu_s(self._monitor.pid)
        after = ask(self._paths.control_file, "status")
        counts = {key: (after[key] - self._before[key]) / hours for key in _COUNTS}
        by_thread = {
            name: (s - self._threads.get(name, 0.0)) / hours for name, s in threads.items()
        }
        return {
            "cpu_s_per_h": (total_s - bare_s) / hours,
            "total_cpu_s_per_h": total_s / hours,
            "bare_cpu_s_per_h": bare_s / hours,
            "decoding_cpu_s_per_h": decoding_s / hours,
            "looks_per_h": counts["looks"],
            "model_calls_per_h": counts["model_calls"],
            "threads_s_per_h": {name: s for name, s in by_thread.items() if s > 0.0},
        }


_COUNTS = ("looks", "model_calls")


def with_page(
    monitor: Started, loops: list[GrabLoop], paths: Paths, seconds: float
) -> tuple[float, float]:
    """CPU seconds an hour and the peak with the dashboard's first page open, as a browser has it.

    The start of the server and the first rendering lie before the window of the CPU time.
    """
    address = str(ask(paths.control_file, "dashboard", timeout_s=20.0)["address"])
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(jar)
    browser.open(address, timeout=20.0).read()
    root = address.partition("?")[0].rstrip("/")
    events = browser.open(f"{root}/events/now", timeout=20.0)
    reading = threading.Thread(target=_drain, args=(events,), daemon=True)
    reading.start()
    window = _Window(monitor, loops, paths)
    time.sleep(seconds)
    used = float(window.close()["cpu_s_per_h"])
    return used, memory_mb(monitor.pid)


def _drain(events: Any) -> None:
    try:
        while events.read1(4096):
            pass
    except (OSError, ValueError):
        return  # the monitor has ended
