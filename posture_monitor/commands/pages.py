"""``dashboard``: the local page, served by the running monitor or on its own."""

from __future__ import annotations

import secrets
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.commands.arguments import Word, port
from posture_monitor.domain import PostureMonitorError
from posture_monitor.ipc.control import ask
from posture_monitor.system.logs import logging_to
from posture_monitor.system.paths import resolve_paths
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    import argparse

    from posture_monitor.commands.context import Context

START_TIMEOUT_S = 20.0
"""For the running monitor to load the web server, on a machine that is busy."""


def run_dashboard(context: Context, *, sample: bool, port: int | None, browser: bool) -> None:
    """Print the address as the last line, open a browser, serve until Ctrl-C."""
    if not sample and port is None:
        addresses = _of_the_running_monitor(context)
        if addresses is not None:
            _show(context, *addresses, browser=browser)
            return
    from posture_monitor.dashboard.server import DashboardServer
    from posture_monitor.monitor.wizard import dashboard_app

    with ExitStack() as stack:
        paths, recording = context.paths, None
        if sample:
            from posture_monitor.commands.demo import bundled_recording

            recording = bundled_recording()
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="posture-monitor-"))
            paths = resolve_paths(Path(folder))
            context.warn(_("this is a generated month; nothing of it is kept"))
        paths.ensure()
        stack.enter_context(logging_to(paths.log_file, context.detail))
        app = dashboard_app(
            paths, context.settings, token=secrets.token_urlsafe(24), sample=recording
        )
        server = DashboardServer(app, port).start()
        stack.callback(server.stop)
        context.warn(_("Ctrl-C ends the dashboard"))
        _show(context, server.address, server.address_for_browser(), browser=browser)
        threading.Event().wait()


def _of_the_running_monitor(context: Context) -> tuple[str, str] | None:
    """The address to print and the one for a browser; None where no monitor runs."""
    try:
        answer = ask(context.paths.control_file, "dashboard", timeout_s=START_TIMEOUT_S)
        return str(answer["address"]), str(answer["for_browser"])
    except PostureMonitorError:
        return None


def _show(context: Context, address: str, for_browser: str, *, browser: bool) -> None:
    if browser:
        from posture_monitor.system.browser import open_in_browser

        open_in_browser(for_browser)
    context.say(address)


# --------------------------------------------------------------------------- command line


def _add_dashboard(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sample", action="store_true", help=_("a generated month to look at"))
    parser.add_argument("--port", type=port, metavar="N", help=_("listen there (any free one)"))
    parser.add_argument("--no-browser", action="store_true", help=_("only print the address"))


def _dashboard(context: Context, arguments: argparse.Namespace) -> None:
    run_dashboard(
        context,
        sample=arguments.sample,
        port=arguments.port,
        browser=not arguments.no_browser,
    )


WORDS: dict[str, Word] = {
    "dashboard": Word(_dashboard, _add_dashboard, sees_frames=True),
}
