"""A gentler nudge: a thin coloured edge around the screen in place of a notification; X11 only.

Four windows of one colour that no window manager touches and that every click goes through. On
Wayland no program may draw over others; there, and where the X server refuses, a notification is
shown as usual.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from typing import TYPE_CHECKING

from posture_monitor.desktop.shown import SHOWN_S
from posture_monitor.desktop.x11 import X11Error, connect_x11
from posture_monitor.domain import ReminderKind
from posture_monitor.system.loop import hold_loop, release_loop
from posture_monitor.wording.language import N_, _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from posture_monitor.desktop.x11 import X11
    from posture_monitor.domain import Notification, Response
    from posture_monitor.ports import Notifier

COLOURS: Mapping[ReminderKind, int] = {
    ReminderKind.POSTURE: 0xD9A441,
    ReminderKind.MOVE: 0x2A9D8F,
    ReminderKind.FAR_LOOK: 0x2A9D8F,
    ReminderKind.SIT_STAND: 0x2A9D8F,
}
"""Red, green and blue of what an edge can tell: the others need their words or their buttons."""
THICK_PX = 6
ON_WAYLAND = N_(
    "an edge of the screen can't be drawn on Wayland; reminders are shown as notifications"
    " (notifications.nudge)"
)
NO_SCREEN = N_(
    "an edge of the screen can't be drawn here ({reason}); reminders are shown as notifications"
    " (notifications.nudge)"
)
_TIMEOUT_S = 3.0
_CREATE_WINDOW, _MAP_WINDOW, _SHAPE_RECTANGLES = 1, 8, 1
_BACK_PIXEL, _OVERRIDE_REDIRECT = 1 << 1, 1 << 9
_INPUT_OUTPUT, _COPY = 1, 0
_SET, _INPUT = 0, 2


def why_no_edge(environment: Mapping[str, str]) -> str | None:
    """What keeps an edge from being drawn here; None where it can be."""
    if environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE") == "wayland":
        return _(ON_WAYLAND)
    loop = hold_loop()
    try:
        loop.run(_reached(environment), _TIMEOUT_S)
    except (OSError, TimeoutError) as error:
        return _(NO_SCREEN, reason=str(error) or _("the X server does not answer"))
    finally:
        release_loop()
    return None


async def _reached(environment: Mapping[str, str]) -> None:
    (await connect_x11(environment)).close()


class EdgeNotifier:
    """Tells what it can by an edge of the screen, and leaves the rest to another notifier."""

    def __init__(self, otherwise: Notifier, environment: Mapping[str, str]) -> None:
        self.otherwise = otherwise
        self._environment = environment
        self._glowing: asyncio.Task[None] | None = None
        self._loop = hold_loop()

    @property
    def name(self) -> str:
        return f"edge and {self.otherwise.name}"

    def notify(self, notification: Notification) -> None:
        """Draws the edge, or shows a notification where it says more or no edge can be drawn."""
        if notification.kind in COLOURS:
            try:
                self._loop.run(self._glow(notification.kind), _TIMEOUT_S)
                return
            except (OSError, TimeoutError):
                pass  # the server is gone, or busy
        self.otherwise.notify(notification)

    def poll(self) -> tuple[Response, ...]:
        """What became of notifications; an edge has no buttons."""
        return self.otherwise.poll()

    def close(self) -> None:
        """Takes the edge away."""
        with contextlib.suppress(OSError, TimeoutError):
            self._loop.run(self._fade(), _TIMEOUT_S)
        release_loop()
        self.otherwise.close()

    async def _glow(self, kind: ReminderKind) -> None:
        await self._fade()
        server = await connect_x11(self._environment)
        try:
            await draw_edge(server, COLOURS[kind])
        except BaseException:
            server.close()
            raise
        self._glowing = asyncio.create_task(_until(server, SHOWN_S[kind]))

    async def _fade(self) -> None:
        glowing, self._glowing = self._glowing, None
        if glowing is not None:
            glowing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await glowing


async def _until(server: X11, seconds: float) -> None:
    """The windows go with the connection."""
    try:
        await asyncio.sleep(seconds)
    finally:
        server.close()


async def draw_edge(server: X11, colour: int) -> None:
    """Four windows along the sides of the screen, as long as the connection lasts."""
    width, height, thick = server.width_px, server.height_px, THICK_PX
    shape = await server.opcode(b"SHAPE")
    if shape is None:
        raise X11Error("the X server knows no shapes, so that clicks would be caught")
    sides = (
        (0, 0, width, thick),
        (0, height - thick, width, thick),
        (0, thick, thick, height - 2 * thick),
        (width - thick, thick, thick, height - 2 * thick),
    )
    for number, side in enumerate(sides):
        window = server.first_id + number
        server.send(
            struct.pack(
                "<BBHIIhhHHHHIIII",
                *(_CREATE_WINDOW, 0, 10, window, server.root, *side, 0, _INPUT_OUTPUT, _COPY),
                *(_BACK_PIXEL | _OVERRIDE_REDIRECT, colour, 1),
            )
        )
        server.send(
            struct.pack("<BBHBBBxIhh", shape, _SHAPE_RECTANGLES, 4, _SET, _INPUT, 0, window, 0, 0)
        )
        server.send(struct.pack("<BxHI", _MAP_WINDOW, 2, window))
    await server.checked()
