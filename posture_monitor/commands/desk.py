"""``run`` on a live camera: the monitor with everything that the desktop offers around it."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from posture_monitor.domain import PostureMonitorError, Reason
from posture_monitor.ipc.control import ControlServer
from posture_monitor.monitor.break_plan import plan
from posture_monitor.monitor.live import LiveRun
from posture_monitor.monitor.state import Desk

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


def open_live(context: Context, stack: ExitStack, parts: Parts) -> LiveRun:
    """The live monitor, its control channel and its tray, closed with the stack."""
    from posture_monitor.desktop.activity import open_activity
    from posture_monitor.desktop.attention import open_attention
    from posture_monitor.desktop.power import Power
    from posture_monitor.vision.contention import open_contention_watch

    activity = open_activity()
    stack.callback(activity.close)
    attention = open_attention()
    stack.callback(attention.close)
    contention = open_contention_watch(parts.find_node)
    stack.callback(contention.close)
    pages = _Pages(context)
    stack.callback(pages.stop)
    memory = _Profiles(parts.store, parts.clock)

    def use_settings(wanted: Settings) -> None:
        parts.notifier.renew(wanted)
        parts.journal.use(wanted)

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
            show_break=pages.show_break if parts.dashboard else lambda: None,
            open_dashboard=pages.addresses if parts.dashboard else None,
            save_profile=memory.save,
            save_softened=memory.save_softened,
            load_softened=memory.softened,
            load_settings=context.settings_now,
            use_settings=use_settings,
        ),
        announce=context.warn,
        on_chosen=parts.on_chosen,
    )
    pages.live = run
    stack.enter_context(ControlServer(context.paths.control_file, run))
    if parts.tray:
        _show_tray(context, stack, run, dashboard=parts.dashboard)
    return run


def is_bad_moment(attention: Attention, settings: Settings) -> bool:
    """Whether a reminder would disturb: asked one after the other, the cheapest first."""
    if attention.quiet():
        return True
    waits = settings.reminders.wait_in_full_screen
    return waits and bool(attention.full_screen() or attention.shared())


def _show_tray(context: Context, stack: ExitStack, run: LiveRun, *, dashboard: bool) -> None:
    from posture_monitor.desktop.tray import open_tray

    stack.enter_context(open_tray(run, announce=context.detail, dashboard=dashboard))


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
    live: LiveMonitor | None = None
    server: DashboardServer | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def addresses(self, page: str = "/") -> dict[str, object]:
        """``address`` has the token; ``for_browser`` a key that works once and opens ``page``."""
        with self.lock:
            if self.server is None:
                from posture_monitor.dashboard.server import DashboardServer
                from posture_monitor.monitor.wizard import dashboard_app

                app = dashboard_app(
                    self.context.paths,
                    self.context.settings,
                    token=secrets.token_urlsafe(24),
                    live=self.live,
                )
                self.server = DashboardServer(app).start()
            return {
                "address": self.server.address,
                "for_browser": self.server.address_for_browser(page),
            }

    def show_break(self) -> None:
        """The guided break in a browser, if this desktop has one; never waits for it."""
        threading.Thread(target=self._browse, name="browser", daemon=True).start()

    def _browse(self) -> None:
        from posture_monitor.system.browser import open_in_browser

        try:
            open_in_browser(str(self.addresses("/break")["for_browser"]))
        except (PostureMonitorError, OSError) as error:
            self.context.warn(f"can't show the break ({error}); see posture-monitor status")

    def stop(self) -> None:
        """Close it, if it was ever opened."""
        with self.lock:
            if self.server is not None:
                self.server.stop()
                self.server = None
