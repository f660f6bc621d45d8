"""``python -m proof.privacy``: a whole run under strace; nobody else is contacted, no picture kept.

The camera is MJPEG over loopback, the session bus a real one with a notification service; the
page is opened, the live picture too. Then every byte that was written is searched for pictures.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from http.cookiejar import CookieJar
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.ipc.control import ask
from proof import traces
from proof.cases import Broken, Case, need, parser, run
from proof.picture_search import Pieces, pieces_of
from proof.watching import FILM, TIMEOUT_S
from tests.desktop.desk import BusDaemon, FakeService
from tests.program import Running, children_of, environment, posture_monitor
from tests.streams import MjpegServer, jpegs_of, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPEED = 3.0
_LIVE_S = 3.0
_PAGES = ("", "day", "week", "trends", "reasons", "breaks", "sessions", "profiles", "settings")
_OWN_FILES = (r"history\.db(-wal|-shm|-journal)?", r"\.[0-9a-f]{16}\.partial", "monitor.lock",
              r"posture-monitor\.log", "control")  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """A desk to be watched: its folders, its camera, its bus."""

    folder: Path
    camera: MjpegServer
    service: FakeService
    environ: dict[str, str]

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def camera_port(self) -> int:
        return int(self.camera.url.split(":")[2].split("/")[0])

    def call(self, *arguments: str | Path) -> str:
        """One command to its end."""
        done = posture_monitor("--data-dir", self.data_dir, *arguments, environ=self.environ)
        if done.returncode != 0:
            raise Broken(f"{arguments[0]}: {done.stderr}")
        return done.stdout


@contextmanager
def _desk(folder: Path) -> Iterator[Desk]:
    with ExitStack() as stack:
        bus = BusDaemon(folder)
        bus.start()
        stack.callback(bus.stop)
        service = FakeService(bus.address)
        stack.callback(service.close)
        camera = stack.enter_context(MjpegServer(FILM, speed=_SPEED))
        own = {}
        for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR"):
            (folder / name.lower()).mkdir(mode=0o700)
            own[name] = str(folder / name.lower())
        environ = environment(
            DBUS_SESSION_BUS_ADDRESS=bus.address,
            DBUS_SYSTEM_BUS_ADDRESS=bus.address,
            POSTURE_MONITOR_NOTIFICATIONS_BACKEND="auto",
            POSTURE_MONITOR_POSE_SAMPLES_PER_S="2",
            POSTURE_MONITOR_POSTURE_HOLD_S="5",
            **own,
        )
        for name in ("DISPLAY", "WAYLAND_DISPLAY"):
            environ.pop(name, None)
        yield Desk(folder, camera, service, environ)


_CAP_SYS_PTRACE = 19
_DUMPABLE = """
from posture_monitor.system import processes
processes.forbid_core_dumps = lambda: None
"""


def _may_look_into() -> bool:
    """Whether strace may read the memory of a program that forbids dumps: takes privileges."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (held,) = re.findall(r"^CapEff:\s*([0-9a-f]+)", status, re.MULTILINE)
    return bool(int(held, 16) >> _CAP_SYS_PTRACE & 1)


def _traceable(desk: Desk) -> dict[str, str]:
    """The environment of the traced run: where need be, one in which dumps are not forbidden."""
    if _may_look_into():
        return desk.environ
    folder = desk.folder.parent / "dumpable"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_DUMPABLE)
    return desk.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{desk.environ['PYTHONPATH']}"}


# ----------------------------------------------------------------------------- the run


class Watched:
    """The run, made once, and what is looked for in it; a quick one waits for no notification."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        self._folder = folder
        self._quick = quick
        self.page_port = 0
        self.camera_port = 0
        self.trace = traces.Trace((), (), ())
        self.shared: list[str] = []
        self.out = b""

    @property
    def data_dir(self) -> Path:
        return self._folder / "data"

    @cached_property
    def pieces(self) -> Pieces:
        jpegs = [jpeg for _, jpeg in jpegs_of(FILM)[0]]
        return pieces_of(jpegs[:: 4 if self._quick else 1], self._folder.parent)

    def watch(self, _empty: Path) -> str:
        """Watch, be notified, open the page and the live picture; end."""
        self._folder.mkdir()
        trace = self._folder.parent / "trace.txt"
        with _desk(self._folder) as desk:
            self.camera_port = desk.camera_port
            if not self._quick:
                desk.call(*("calibrate", "--source", FILM, "--start", "0", "--end", "6"))
            with Running(
                self._folder / "streams",
                *("--data-dir", desk.data_dir, "--verbose", "run", "--source", desk.camera.url),
                before=traces.strace(trace),
                environ=_traceable(desk),
            ) as running:
                running.wait_until_told("sitting_started", TIMEOUT_S)
                pages = self._browse(desk)
                if not self._quick:
                    wait_for(lambda: bool(desk.service.notified), timeout_s=TIMEOUT_S)
                    self._use(desk)
                self.shared = _shared_files(running.process.pid)
                (program,) = children_of(running.process.pid)[:1]
                os.kill(program, signal.SIGTERM)
                running.process.wait(TIMEOUT_S)
                self.out = (running.out + running.err).encode()
            shown = len(desk.service.notified)
        self.trace = traces.read(trace)
        trace.unlink()
        if running.process.returncode != 0:
            raise Broken(f"exit {running.process.returncode}: {running.err}")
        return f"{shown} notified, {pages} pages, {len(self.trace.written)} writes"

    def _browse(self, desk: Desk) -> int:
        """Every page and some seconds of the live picture, as a browser asks for them."""
        address = str(ask(desk.data_dir / "control", "dashboard", timeout_s=TIMEOUT_S)["address"])
        match = re.match(r"http://127\.0\.0\.1:(\d+)/", address)
        if match is None:
            raise Broken(f"the page is at {address}")
        self.page_port = int(match[1])
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        with opener.open(address, timeout=TIMEOUT_S) as page:
            base = page.geturl().split("?")[0].rstrip("/")
        for name in _PAGES:
            with opener.open(f"{base}/{name}", timeout=TIMEOUT_S) as page:
                page.read()
        with opener.open(f"{base}/live/stream", timeout=TIMEOUT_S) as pictures:
            received = b""
            end_s = time.monotonic() + (0.0 if self._quick else _LIVE_S)
            while time.monotonic() < end_s or b"\xff\xd8\xff" not in received[-200_000:]:
                received += pictures.read1(65_536)
        return len(_PAGES) + 1

    def _use(self, desk: Desk) -> None:
        """The other commands that look at the record or change it."""
        for command in (
            ("status", "--format", "json"),
            ("pause", "1"),
            ("resume",),
            ("report", "--format", "html", "--out", desk.data_dir / "report.html"),
            ("export", "--format", "json", "--out", desk.data_dir / "export.json"),
            ("analyze", FILM, "--out", desk.data_dir / "analyzed"),
            ("doctor",),
        ):
            desk.call(*command)

    # ------------------------------------------------------------------- what must hold

    def contacts(self, _empty: Path) -> str:
        """Nobody but the camera, the bus and its own page and channel."""
        known = [
            rf"127\.0\.0\.1:{self.camera_port}",
            rf"127\.0\.0\.1:{self.page_port}",
            r"127\.0\.0\.1:0",  # any free port, for the page
            re.escape(str(self._folder / "bus")),
            re.escape(str(self.data_dir / "control")),
            # What may stand where a display server or the system's name service would.
            r".*/\.X11-unix/X\d+", r"/var/run/nscd/socket", r"/run/dbus/.*", r"/var/run/dbus/.*",
            r".*/(wayland|pipewire)-\d+",
        ]  # fmt: skip
        others = traces.strangers(self.trace.contacts, known)
        if others:
            raise Broken("; ".join(f"{c.call} {c.family} {c.place}" for c in others[:5]))
        families = sorted({contact.family for contact in self.trace.contacts})
        if "AF_INET" not in families or "AF_UNIX" not in families:
            raise Broken("nothing was traced")
        return f"{len(self.trace.contacts)} contacts: {', '.join(families)}"

    def files(self, _empty: Path) -> str:
        """Nothing opened for writing, nothing mapped, but its own."""
        own = re.compile(rf"{re.escape(str(self.data_dir))}/({'|'.join(_OWN_FILES)})")
        devices = re.compile(r"/dev/(null|tty|pts/\d+)|pipe:.*|/proc/self/.*|/memfd:.*")
        places = {*self.trace.opened, *self.shared}
        others = sorted(p for p in places if not own.fullmatch(p) and not devices.fullmatch(p))
        if others:
            raise Broken(f"written: {', '.join(others[:5])}")
        return ", ".join(sorted(Path(place).name for place in places))

    def written(self, _empty: Path) -> str:
        """No picture in anything written but to the page that asked for it."""
        page = re.compile(rf"TCP:\[127\.0\.0\.1:{self.page_port}->.*")
        shown = searched = 0
        for written in self.trace.written:
            if page.match(written.place):
                shown += b"\xff\xd8\xff" in written.content
                continue
            searched += len(written.content)
            found = self.pieces.found_in(written.content)
            if found is not None:
                raise Broken(f"{found} to {written.place}")
        if not shown:
            raise Broken("no picture reached the page, so that the search would have missed one")
        return f"none in {searched / 1000:.0f} kB; {shown} to the page that asked"

    def left(self, _empty: Path) -> str:
        """No picture in any file that is left, nor in what was said."""
        searched = 0
        for path in sorted(self._folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                content = path.read_bytes()
                searched += len(content)
                found = self.pieces.found_in(content)
                if found is not None:
                    raise Broken(f"{found} in {path.relative_to(self._folder)}")
        if self.pieces.found_in(self.out) is not None:
            raise Broken("a picture was printed")
        return f"none in {searched / 1000:.0f} kB"


def _shared_files(pid: int) -> list[str]:
    """Files that the program and those it started have mapped so that writing changes them."""
    found = set()
    for each in children_of(pid):
        try:
            lines = Path(f"/proc/{each}/maps").read_text(encoding="utf-8").splitlines()
        except OSError:  # not dumpable: only root may look
            continue
        for line in lines:
            fields = line.split(maxsplit=5)
            if len(fields) == 6 and fields[1].startswith("rw") and fields[1].endswith("s"):
                found.add(fields[5].removesuffix(" (deleted)"))
    return sorted(found)


# ------------------------------------------------------------------------------- dumps


def _crashed(number: int, folder: Path) -> str:
    """A crash in the middle of watching leaves no dump, whatever the limit was."""
    allowed = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    with MjpegServer(FILM) as camera:
        (folder / "here").mkdir()
        with Running(
            folder / "streams",
            *("--data-dir", folder / "data", "--verbose", "run", "--source", camera.url),
            cwd=folder / "here",
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, allowed),
        ) as running:
            running.wait_until_told("sitting_started", TIMEOUT_S)
            os.kill(running.process.pid, number)
            _, status = os.waitpid(running.process.pid, 0)
            running.process.returncode = -number
    if not os.WIFSIGNALED(status):
        raise Broken(f"ended with {status}")
    if os.WCOREDUMP(status) or list((folder / "here").iterdir()):
        raise Broken("a dump was written")
    return f"ended by signal {os.WTERMSIG(status)}, no dump"


def cases(folder: Path, *, quick: bool) -> list[Case]:
    """The run first; the others look at what it did."""
    watched = Watched(folder / "run", quick=quick)
    found = [
        Case("run", "camera, bus, page, live picture, commands", "ends in good order",
             watched.watch),
        Case("run", "sockets", "the camera, the bus, loopback; no other", watched.contacts),
        Case("run", "files opened for writing or mapped", "its own, in its data folder",
             watched.files),
        Case("run", "bytes written", "no picture but to the page", watched.written),
        Case("run", "files left and words said", "no picture", watched.left),
    ]  # fmt: skip
    if not quick:
        found += [
            Case("crash", signal.Signals(number).name, "no core dump", partial(_crashed, number))
            for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT)
        ]
    return found


def main(given_arguments: list[str] | None = None) -> int:
    import tempfile

    arguments = parser("privacy", "Nobody is contacted, no picture is kept.").parse_args(
        given_arguments
    )
    need("strace", "dbus-daemon")
    with tempfile.TemporaryDirectory(prefix="posture-monitor-") as name:
        found = cases(Path(name), quick=arguments.quick)
        return run("privacy", found, only=arguments.only, workers=1)


if __name__ == "__main__":
    sys.exit(main())
