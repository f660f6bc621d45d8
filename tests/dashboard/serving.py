"""Dashboards to look at: served for real, over records that were really written."""

from __future__ import annotations

import http.client
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from posture_monitor.config import Settings
from posture_monitor.dashboard.app import create_app
from posture_monitor.dashboard.keys import csrf_of
from posture_monitor.dashboard.server import DashboardServer
from posture_monitor.domain import PostureMonitorError, View
from posture_monitor.history.store import Store
from posture_monitor.monitor.own_break import OwnBreak
from posture_monitor.monitor.wizard import OwnCalibrator, renderers, sample_store
from posture_monitor.system.clock import SystemClock
from posture_monitor.system.paths import Paths, resolve_paths

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from posture_monitor.dashboard.protocols import FirstSteps
    from posture_monitor.ports import LiveMonitor

SAMPLES = Path(__file__).parents[2] / "samples"
UPRIGHT = SAMPLES / "clips" / "01_upright_day.mp4"
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 12, 15, 40, tzinfo=BERLIN)
"""A Thursday afternoon."""
TOKEN = "the-token-of-this-test"
CSRF = csrf_of(TOKEN)

PAGES = {
    "now": "/",
    "break": "/break",
    "stretches": "/stretches",
    "advice": "/advice",
    "day": "/day",
    "week": "/week",
    "trends": "/trends",
    "trends of a year": "/trends?range=1y",
    "reasons": "/reasons",
    "breaks": "/breaks",
    "effect": "/effect",
    "sessions": "/sessions",
    "profiles": "/profiles",
    "settings": "/settings",
    "data": "/data",
    "live": "/live",
    "calibrate": "/calibrate",
}


@dataclass
class Recorder:
    """A LiveMonitor that says what it was told to say and notes what it is asked."""

    said: dict[str, object] = field(
        default_factory=lambda: {
            "state": "sitting",
            "sitting_s": 1440.0,
            "score": 62.0,
            "reasons": ["forward_head"],
            "penalties": {"forward_head": 31.0, "slouch": 7.0},
            "profile": "office",
            "source": "desk camera",
            "camera": "on",
            "paused_until": None,
            "next_reminder": {"kind": "break", "in_s": 360.0},
            "notifications": "ok",
        }
    )
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    refusal: str = ""
    reloaded: dict[str, object] = field(default_factory=dict)
    watchers: int = 0
    watched: threading.Event = field(default_factory=threading.Event)
    left: threading.Event = field(default_factory=threading.Event)
    shown: View | None = None

    def status(self) -> dict[str, object]:
        return dict(self.said)

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, object]:
        self.asked.append((name, dict(arguments)))
        self.heard.set()
        if self.refusal:
            raise PostureMonitorError(self.refusal)
        if name == "pause":
            until = NOW + timedelta(minutes=30)
            self.said = {**self.said, "paused_until": until.isoformat(), "score": None}
        elif name == "resume":
            self.said = {**self.said, "paused_until": None, "score": 62.0}
        elif name == "reload":
            return self.reloaded
        return {}

    @contextmanager
    def watch(self) -> Iterator[None]:
        self.watchers += 1
        self.watched.set()
        try:
            yield
        finally:
            self.watchers -= 1
            self.left.set()

    def view(self) -> View | None:
        return self.shown


@dataclass(frozen=True)
class Served:
    """A dashboard that answers, and how to ask it without a browser."""

    server: DashboardServer
    paths: Paths
    app: Any

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base(self) -> str:
        """The secret path under which everything lies."""
        return self.app.state.keys.base

    @property
    def cookie(self) -> str:
        """What a browser sends that was let in."""
        return self.app.state.keys.cookie(self.port).split(";")[0]

    def ask(
        self,
        target: str,
        *,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: bool = True,
        inside: bool = True,
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers and text of one answer; `key` sends the cookie along, and the target
        lies `inside` the secret path.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {"Cookie": self.cookie} if key else {}
        sent |= headers or {}
        try:
            connection.request(method, self.base * inside + target, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, text
        finally:
            connection.close()

    def page(self, target: str) -> str:
        status, _, text = self.ask(target)
        assert status == 200, (target, status, text)
        return text

    def post(
        self, target: str, headers: Mapping[str, str] | None = None, **fields: str
    ) -> tuple[int, dict[str, str], str]:
        """A form as the page itself would send it."""
        sent = {
            "Origin": self.origin,
            "Content-Type": "application/x-www-form-urlencoded",
            **(headers or {}),
        }
        return self.ask(
            target, method="POST", body=urlencode({"csrf": CSRF, **fields}), headers=sent
        )


@contextmanager
def serving(
    folder: Path,
    *,
    live: LiveMonitor | None = None,
    sample: bool = False,
    now: datetime = NOW,
    settings: Settings | None = None,
    environment: Mapping[str, str] | None = None,
    calibrating: bool = True,
    guiding: bool = True,
    first_steps: FirstSteps | None = None,
) -> Iterator[Served]:
    """The dashboard over the record in the folder."""
    paths = resolve_paths(folder)
    chosen = Settings() if settings is None else settings

    def open_record() -> Store:
        return Store(paths.database_file)

    app = create_app(
        open_record,
        settings=chosen,
        paths=paths,
        live=live,
        token=TOKEN,
        sample=sample,
        calibrator=OwnCalibrator(lambda: chosen, open_record) if calibrating else None,
        guide=OwnBreak(open_record, lambda: chosen, SystemClock()) if guiding else None,
        first_steps=first_steps,
        renderers=renderers(),
        clock=lambda: now,
        tz=BERLIN,
        environment=environment or {},
    )
    with DashboardServer(app) as server:
        yield Served(server, paths, app)


def write_days(folder: Path, days: int, *, until: datetime = NOW) -> Path:
    """The sample's record of this many days."""
    folder.mkdir(parents=True, exist_ok=True)
    sample_store(folder / "history.db", now=until, days=days).close()
    return folder
