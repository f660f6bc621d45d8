"""``run`` on a live camera: the monitor with everything that the desktop offers around it."""

from __future__ import annotations

import secrets
import select
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from posture_monitor.dashboard.keys import Keys
from posture_monitor.dashboard.server import address_at, listen
from posture_monitor.domain import PostureMonitorError, Reason
from posture_monitor.ipc.control import ControlServer
from posture_monitor.monitor.break_plan import plan
from posture_monitor.monitor.live import LiveRun
from posture_monitor.monitor.state import Desk
from posture_monitor.monitor.weekly import LastWeek
from posture_monitor.wording.calibration_words import SEE_IT_LIVE
from posture_monitor.wording.language import _, error_text
from posture_monitor.wording.welcome_words import OPENED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import ExitStack
    from pathlib import Path

    from posture_monitor.commands.context import Context
    from posture_monitor.config import Settings
    from posture_monitor.core.judge.baseline import Baseline
    from posture_monitor.dashboard.server import DashboardServer
    from posture_monitor.desktop.attention import Attention
    from posture_monitor.desktop.notify import RenewableNotifier
    from posture_monitor.domain import Notification
    from posture_monitor.history.store import Store
    from posture_monitor.monitor.choosing import Chosen
    from posture_monitor.monitor.journal import Journal
    from posture_monitor.ports import Clock, FrameSource, LiveMonitor
    from posture_monitor.vision.observer import Observer

SOFTENED = "softened"
"""Where a profile's document keeps what feedback has softened."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What ``run`` has already opened."""

    source: FrameSource | None
    """None: another program has it now."""
    open_source: Callable[[], FrameSource]
    named: Callable[[], str]
    """The camera in use, as the settings would name it."""
    change_source: Callable[[str], None]
    find_node: Callable[[], Path | None]
    observer: Observer
    journal: Journal
    notifier: RenewableNotifier
    store: Store
    clock: Clock
    profiles: Mapping[str, Baseline]
    chosen: Chosen | None
    on_chosen: Callable[[Chosen], None]
    tray: bool
    dashboard: bool
    welcome: bool
    """Whether the first steps are shown on the page."""


def open_live(context: Context, stack: ExitStack, parts: Parts) -> LiveRun:
    """The live monitor, its control channel and its tray, closed with the stack."""
    from posture_monitor.desktop.activity import open_activity
    from posture_monitor.desktop.attention import open_attention
    from posture_monitor.desktop.notify import teller
    from posture_monitor.desktop.power import Power
    from posture_monitor.desktop.tray import open_tray
    from posture_monitor.vision.contention import open_contention_watch

    activity = open_activity()
    stack.callback(activity.close)
    attention = open_attention()
    stack.callback(attention.close)
    contention = open_contention_watch(parts.find_node)
    stack.callback(contention.close)
    pages = _Pages(context, parts.named)
    listeners: list[Callable[[], None]] = []
    stack.callback(pages.stop)
    memory = _Profiles(parts.store, parts.clock)

    def use_settings(wanted: Settings) -> None:
        parts.notifier.renew(wanted)
        parts.journal.use(wanted)

    def show(notification: Notification) -> str:
        parts.notifier.notify(notification)
        return teller(parts.notifier)

    def told() -> None:
        for hear in listeners:
            hear()

    run = LiveRun(
        parts.open_source,
        parts.observer,
        parts.journal,
        parts.clock,
        context.settings,
        source=parts.source,
        profiles=parts.profiles,
        chosen=parts.chosen,
        desk=Desk(
            activity=activity,
            contention=contention,
            quiet=lambda: is_bad_moment(attention, run.settings),
            on_battery=Power().on_battery,
            responses=parts.notifier.poll,
            plan_break=lambda wishes: plan(parts.store, wishes, parts.clock.now().astimezone()),
            show_break=(lambda: pages.show("/break")) if parts.dashboard else lambda: None,
            open_dashboard=pages.addresses if parts.dashboard else None,
            save_profile=memory.save,
            save_softened=memory.save_softened,
            load_softened=memory.softened,
            load_settings=context.settings_now,
            use_settings=use_settings,
            show=show,
            last_week=LastWeek(parts.store),
            change_source=parts.change_source,
            told=told,
        ),
        announce=context.warn,
        on_chosen=parts.on_chosen,
    )
    pages.live = run
    stack.enter_context(ControlServer(context.paths.control_file, run))
    if parts.tray:
        tray = open_tray(run, announce=context.detail, dashboard=parts.dashboard)
        listeners.append(stack.enter_context(tray).refresh)
    if parts.dashboard:
        context.warn(_(SEE_IT_LIVE, page=_page_named(context, pages)))
    if parts.welcome:
        context.warn(_(OPENED))
        pages.show("/welcome")
    return run


def _page_named(context: Context, pages: _Pages) -> str:
    """The page's address on a terminal, else the command that opens it.

    A service's output goes to a journal that others may read: the token is not for it.
    """
    if context.err.isatty():
        with suppress(PostureMonitorError):  # no loopback here: the monitor does without a page
            return pages.offer()
    return "posture-monitor dashboard"


def is_bad_moment(attention: Attention, settings: Settings) -> bool:
    """Whether a reminder would disturb: asked one after the other, the cheapest first."""
    if attention.quiet():
        return True
    waits = settings.reminders.wait_in_full_screen
    return waits and bool(attention.full_screen() or attention.shared())


@dataclass(slots=True)
class _Profiles:
    """The running monitor's view of stored profiles."""

    store: Store
    clock: Clock

    def save(self, name: str, baseline: Baseline) -> None:
        """Keep a new baseline; what feedback softened starts again with it."""
        self.store.save_profile(name, baseline.to_document(), self.clock.now())

    def softened(self, name: str) -> Mapping[Reason, float]:
        """The factors of a profile's reasons; empty where there are none."""
        document = self.store.profile(name) or {}
        found = document.get(SOFTENED)
        if not isinstance(found, dict):
            return {}
        known = {str(reason): reason for reason in Reason}
        return {
            known[key]: float(value)
            for key, value in found.items()
            if key in known and isinstance(value, int | float) and 0.0 < value <= 1.0
        }

    def save_softened(self, name: str, softened: Mapping[Reason, float]) -> None:
        """Note the factors in the profile; one that is not stored (``self``) forgets them."""
        for stored in self.store.profiles():
            if stored.name == name:
                factors = {str(reason): value for reason, value in softened.items()}
                self.store.save_profile(
                    name, stored.document | {SOFTENED: factors}, stored.created_at
                )


@dataclass(slots=True)
class _Pages:
    """The dashboard of the running monitor, started when somebody first asks for it."""

    context: Context
    named: Callable[[], str]
    live: LiveMonitor | None = None
    server: DashboardServer | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    keys: Keys = field(default_factory=lambda: Keys(secrets.token_urlsafe(24)))
    listening: socket.socket | None = None
    _waker: socket.socket | None = None

    def offer(self) -> str:
        """The address of the page; its server, some 30 MB, is loaded when somebody opens it."""
        self.listening = listen()
        self._waker, waiting = socket.socketpair()
        threading.Thread(
            target=self._wait, args=(self.listening, waiting), name="page", daemon=True
        ).start()
        return address_at(self.listening.getsockname()[1], self.keys)

    def _wait(self, listening: socket.socket, waiting: socket.socket) -> None:
        with waiting:
            ready, _writable, _failed = select.select([listening, waiting], [], [])
        if listening in ready and waiting not in ready:
            with suppress(PostureMonitorError):  # told where somebody asks for the address
                self.addresses()

    def addresses(self, page: str = "/") -> dict[str, object]:
        """``address`` has the token; ``for_browser`` a key that works once and opens ``page``."""
        with self.lock:
            if self.server is None:
                from posture_monitor.dashboard.server import DashboardServer
                from posture_monitor.monitor.first_steps import OwnFirstSteps
                from posture_monitor.monitor.wizard import dashboard_app

                assert self.live is not None
                paths = self.context.paths
                steps = OwnFirstSteps(self.live, paths.config_file, self.named, self.context.given)
                app = dashboard_app(
                    paths,
                    self.context.settings,
                    token=self.keys,
                    live=self.live,
                    first_steps=steps,
                )
                self.server = DashboardServer(app, bound=self.listening).start()
            return {
                "address": self.server.address,
                "for_browser": self.server.address_for_browser(page),
            }

    def show(self, page: str) -> None:
        """The page in a browser, if this desktop has one; never waits for it."""
        threading.Thread(target=self._browse, args=(page,), name="browser", daemon=True).start()

    def _browse(self, page: str) -> None:
        from posture_monitor.system.browser import open_in_browser

        try:
            open_in_browser(str(self.addresses(page)["for_browser"]))
        except (PostureMonitorError, OSError) as error:
            self.context.warn(
                _(
                    "can't show the page ({error}); open it with posture-monitor dashboard",
                    error=error_text(error),
                )
            )

    def stop(self) -> None:
        """Close it, if it was ever opened."""
        if self._waker is not None:
            self._waker.close()
        with self.lock:
            if self.server is not None:
                self.server.stop()
                self.server = None
            elif self.listening is not None:
                self.listening.close()
