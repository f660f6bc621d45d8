"""``break``: a guided break, on the page of the running monitor or here in the terminal."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from posture_monitor.commands.arguments import Word, routine_minutes
from posture_monitor.commands.watch import open_frames, open_models
from posture_monitor.domain import Event, EventKind, PostureMonitorError
from posture_monitor.ipc.control import ask
from posture_monitor.monitor.counting_camera import CountingCamera
from posture_monitor.monitor.own_break import END, SKIP, START, OwnBreak
from posture_monitor.system.browser import open_in_browser
from posture_monitor.system.clock import SystemClock
from posture_monitor.system.keys import keys_of
from posture_monitor.system.paths import is_running
from posture_monitor.wording import break_words as words
from posture_monitor.wording.language import _

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from pathlib import Path

    from posture_monitor.commands.context import Context
    from posture_monitor.system.keys import Pressed

STEP_S = 0.25
"""Between two updates of what is shown."""
FAREWELL_S = 5.0
"""For an open page to show how the break ended."""
_SKIP_KEYS, _END_KEYS = (" ", "s", "n"), ("q", "e", "\x1b")


class Guide(Protocol):
    """What guides through the break: the running monitor, or this process."""

    def document(self) -> dict[str, Any] | None:
        """How it stands; None before the first break."""

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        """Start, skip or end; the document under ``break``."""


@dataclass(frozen=True, slots=True)
class _OfTheMonitor:
    """The running monitor's break: its camera counts, and it keeps the record."""

    control_file: Path

    def document(self) -> dict[str, Any] | None:
        found = ask(self.control_file, "status").get("guided_break")
        return found if isinstance(found, dict) else None

    def command(self, name: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        return dict(ask(self.control_file, name, dict(arguments)))


def run_break(context: Context, *, minutes: float | None, seated: bool, terminal: bool) -> None:
    """Guide through a break: on a page where there is a browser, else here.

    What was done is recorded, also after a Ctrl-C.
    """
    arguments: dict[str, object] = {"seated": seated}
    if minutes is not None:
        arguments["minutes"] = minutes
    if is_running(context.paths.lock_file):
        if not terminal and has_browser(os.environ):
            ask(context.paths.control_file, START, {**arguments, "show": True})
            context.say(_("the break is on its page; `posture-monitor status` shows it, too"))
            return
        _guide(context, _OfTheMonitor(context.paths.control_file), arguments, None)
        return
    guide = OwnBreak(context.open_store, lambda: context.settings, SystemClock())
    camera = CountingCamera(
        lambda: open_frames(context, None, 1.0), lambda: open_models(context), guide.observed
    )
    if not terminal and has_browser(os.environ):
        _on_own_page(context, guide, arguments, camera)
    else:
        _guide(context, guide, arguments, camera)


def run_drank(context: Context) -> None:
    """Note a drink, in the running monitor or in the record alone."""
    if is_running(context.paths.lock_file):
        context.say(str(ask(context.paths.control_file, "drank")["said"]))
        return
    with context.open_store() as store:
        store.note(SystemClock().now(), Event(0.0, EventKind.DRANK))
    context.say(_("noted"))


def has_browser(environment: Mapping[str, str]) -> bool:
    """Whether a page can be shown: a desktop, and a browser on it."""
    import webbrowser

    desktop = environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not desktop:
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _on_own_page(
    context: Context, guide: OwnBreak, arguments: Mapping[str, object], camera: CountingCamera
) -> None:
    """Serve the page of this break alone, until it is over or a Ctrl-C."""
    from posture_monitor.dashboard.server import DashboardServer
    from posture_monitor.monitor.wizard import dashboard_app

    clock, token = SystemClock(), secrets.token_urlsafe(24)
    app = dashboard_app(context.paths, context.settings, token=token, guide=guide)
    document = guide.command(START, arguments)["break"]
    try:
        with DashboardServer(app) as server, camera:
            open_in_browser(server.address_for_browser("/break"))
            context.say(_("the break is on its page; Ctrl-C ends it"))
            while document["exercise"] is not None:
                clock.sleep(STEP_S)
                document = guide.document() or document
            clock.sleep(FAREWELL_S)
    except KeyboardInterrupt:
        if document["exercise"] is not None:
            document = guide.command(END, {})["break"]
        _say_goodbye(context, document)
        raise
    _say_goodbye(context, document)


def _guide(
    context: Context,
    guide: Guide,
    arguments: Mapping[str, object],
    camera: CountingCamera | None,
) -> None:
    """Guide through it in the terminal, from its start to its end."""
    document = guide.command(START, arguments)["break"]
    try:
        with keys_of(sys.stdin) as pressed, camera or nullcontext():
            document = _shown(context, guide, document, pressed, camera)
    except KeyboardInterrupt:
        with suppress(PostureMonitorError):
            document = guide.command(END, {})["break"]
        _say_goodbye(context, document)
        raise
    _say_goodbye(context, document)


def _shown(
    context: Context,
    guide: Guide,
    document: dict[str, Any],
    pressed: Pressed | None,
    camera: CountingCamera | None,
) -> dict[str, Any]:
    """Show the break until it is over; how it ended."""
    clock = SystemClock()
    context.say(_("A break of {length}.", length=words.length(document["planned_s"])))
    if pressed is not None:
        context.say(_("Space: on to the next exercise. q: end the break."))
    introduced = -1
    lost = None
    while document["exercise"] is not None:
        if document["index"] != introduced:
            introduced = document["index"]
            _introduce(context, document)
        if camera is not None and camera.lost is not None and lost is None:
            lost = camera.lost
            _line(context, "")
            context.say(words.without_camera(lost))
        _line(context, words.now_line(document))
        key = "" if pressed is None else pressed(STEP_S)
        if pressed is None:
            clock.sleep(STEP_S)
        # The exercise may have ended by itself at this very moment: the last one, too.
        document = guide.document() or document
        if document["exercise"] is None:
            break
        if key in _SKIP_KEYS:
            document = guide.command(SKIP, {})["break"]
        elif key in _END_KEYS:
            document = guide.command(END, {})["break"]
    return document


def _introduce(context: Context, document: Mapping[str, Any]) -> None:
    _line(context, "")
    card = words.card(document["exercise"])
    place = f"{document['index'] + 1} of {len(document['routine'])}"
    context.say(f"\n{place}  {card['title']}, {card['dose']}")
    for line in words.card_lines(card):
        context.say(line)


def _line(context: Context, text: str) -> None:
    """The one line that changes; nothing where the output is no terminal."""
    if context.out.isatty():
        room = max(10, shutil.get_terminal_size().columns - 1)
        context.out.write(f"\r\x1b[K{text[:room]}")
        context.out.flush()


def _say_goodbye(context: Context, document: Mapping[str, Any]) -> None:
    _line(context, "")
    context.say()
    context.say(f"{_(words.WELCOME_BACK)}. {words.summary_line(document)}")
    for line in words.done_lines(document):
        context.say(f"  {line}")
    context.say(_(words.EVIDENCE_OF_BREAKS))


# --------------------------------------------------------------------------- command line


def _add_break(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--minutes",
        type=routine_minutes,
        metavar="N",
        help=_("length, 1 to 5 (as in the settings)"),
    )
    parser.add_argument(
        "--seated", action="store_true", help=_("only exercises that are done sitting")
    )
    parser.add_argument(
        "--terminal", action="store_true", help=_("in this terminal, not on the page")
    )


def _break(context: Context, arguments: argparse.Namespace) -> None:
    run_break(
        context,
        minutes=arguments.minutes,
        seated=arguments.seated,
        terminal=arguments.terminal,
    )


def _drank(context: Context, _arguments: argparse.Namespace) -> None:
    run_drank(context)


WORDS: dict[str, Word] = {
    "break": Word(_break, _add_break, sees_frames=True),
    "drank": Word(_drank),
}
