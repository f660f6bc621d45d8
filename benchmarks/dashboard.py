"""What the dashboard costs: memory that the server adds, and how fast a year is answered.

``python -m benchmarks.dashboard`` prints a table. The server runs in a process of its own,
over a generated year; "added" is its resident memory less that of a process that holds what
a running monitor holds anyway (numpy and an open record).
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from posture_monitor.dashboard.guard import cookie_name
from posture_monitor.monitor.wizard import sample_store
from posture_monitor.system.paths import resolve_paths

PAGES = ("/", "/day", "/week", "/trends", "/trends?range=12w", "/trends?range=1y",
         "/reasons?range=1y", "/breaks?range=1y", "/sessions", "/profiles", "/settings",
         "/data")  # fmt: skip
EXPORT = "/data/export?format=json&since={since}"
"""Three megabytes, asked for by hand; it may take longer than a page."""
DAYS = 364
RSS_AIM_MB = 35.0
ANSWER_LIMIT_S = 1.0

BASE = """
import sys
import numpy
from posture_monitor.config import Settings
from posture_monitor.history.store import Store
from posture_monitor.system.paths import resolve_paths
paths = resolve_paths(sys.argv[1])
store = Store(paths.database_file)
store.profiles()
"""
SERVED = """
from posture_monitor.dashboard.server import DashboardServer
from posture_monitor.monitor.wizard import dashboard_app
with DashboardServer(dashboard_app(paths, Settings(), token="benchmark")) as server:
    print(server.port, flush=True)
    sys.stdin.read()
"""
IDLE = "print(0, flush=True)\nsys.stdin.read()\n"


def memory_mb(pid: int, key: str = "VmRSS") -> float:
    """Resident memory, or its peak (``VmHWM``)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024.0 for line in lines if line.startswith(key))


def cpu_s(pid: int) -> float:
    """User and system time of the process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def begin(folder: Path, script: str) -> tuple[subprocess.Popen[str], int]:
    """The process and the port it tells."""
    started = subprocess.Popen(
        [sys.executable, "-c", BASE + script, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    return started, int(started.stdout.readline())


def end(started: subprocess.Popen[str]) -> None:
    started.communicate(timeout=20)


def ask(port: int, target: str) -> tuple[int, float]:
    """Bytes of the answer and seconds until it was complete."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun_s = time.perf_counter()
    connection.request("GET", target, headers={"Cookie": f"{cookie_name(port)}=benchmark"})
    answer = connection.getresponse()
    size = len(answer.read())
    took_s = time.perf_counter() - begun_s
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"{target} answered {answer.status}")
    return size, took_s


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = resolve_paths(folder)
        now = time.time()
        store = sample_store(paths.database_file, days=DAYS)
        store.close()
        since = time.strftime("%Y-%m-%d", time.localtime(now - DAYS * 86400))
        bare, _ = begin(folder, IDLE)
        base_mb = memory_mb(bare.pid)
        end(bare)
        served, port = begin(folder, SERVED)
        idle_mb = memory_mb(served.pid)
        ask(port, "/static/app.css")
        print(f"{'page over a year':<44}{'kB':>8}{'first s':>9}{'again s':>9}{'CPU s':>8}")
        slowest_s = 0.0
        for target in PAGES:
            address = target.format(since=since)
            before_s = cpu_s(served.pid)
            size, first_s = ask(port, address)
            used_s = cpu_s(served.pid) - before_s
            _, again_s = ask(port, address)
            slowest_s = max(slowest_s, used_s)
            row = f"{address:<44}{size / 1e3:>8.0f}{first_s:>9.3f}{again_s:>9.3f}{used_s:>8.2f}"
            print(row)
        used_mb, peak_mb = memory_mb(served.pid), memory_mb(served.pid, "VmHWM")
        before_s = cpu_s(served.pid)
        size, took_s = ask(port, EXPORT.format(since=since))
        export_s, export_mb = cpu_s(served.pid) - before_s, memory_mb(served.pid, "VmHWM")
        row = f"{'export of the year as JSON':<44}{size / 1e3:>8.0f}{took_s:>9.3f}"
        print(f"{row}{'':>9}{export_s:>8.2f}")
        end(served)
    print(f"memory of a process without the server   {base_mb:7.1f} MB")
    print(f"added by the server, nothing asked yet   {idle_mb - base_mb:7.1f} MB")
    print(f"added after all these pages              {used_mb - base_mb:7.1f} MB")
    print(f"added at the peak                        {peak_mb - base_mb:7.1f} MB")
    print(f"added at the peak of the export          {export_mb - base_mb:7.1f} MB")
    print(f"slowest first answer                     {slowest_s:7.2f} CPU-s")
    good = slowest_s < ANSWER_LIMIT_S and idle_mb - base_mb <= RSS_AIM_MB
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
