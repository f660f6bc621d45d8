"""A mocked logind, and what tests do to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dbus_fast import Variant

from tests.desktop.desk import called

if TYPE_CHECKING:
    from tests.desktop.desk import BusDaemon

LOGIN = "org.freedesktop.login1"
ROOT_PATH = "/org/freedesktop/login1"
SESSION_PATH = f"{ROOT_PATH}/session/c7"
MOCK = "org.freedesktop.DBus.Mock"


class Login:
    """What the tests do to a mocked logind."""

    def __init__(self, bus: BusDaemon) -> None:
        self.bus = bus

    def add_session(self, name: str = "c7", uid: int | None = None) -> None:
        user = os.getuid() if uid is None else uid
        self._mock(ROOT_PATH, "AddSession", "ssusb", name, "seat0", user, "someone", True)

    def lock(self, locked: bool, path: str = SESSION_PATH) -> None:
        called(self.bus.address, LOGIN, path, f"{LOGIN}.Session.SetLockedHint", "b", locked)

    def update(self, path: str, interface: str, properties: dict[str, Variant]) -> None:
        self._mock(path, "UpdateProperties", "sa{sv}", interface, properties)

    def set_lid(self, closed: bool, docked: bool) -> None:
        """Without a signal, as logind does it; the mock has to learn these properties first."""
        for name, value in (("LidClosed", closed), ("Docked", docked)):
            add = (f"{LOGIN}.Manager", name, Variant("b", value))
            try:
                self._mock(ROOT_PATH, "AddProperty", "ssv", *add)
            except AssertionError:  # it is there already
                called(
                    self.bus.address,
                    LOGIN,
                    ROOT_PATH,
                    "org.freedesktop.DBus.Properties.Set",
                    "ssv",
                    *add,
                )

    def prepare_for_sleep(self, beginning: bool) -> None:
        values = [Variant("b", beginning)]
        self._mock(
            ROOT_PATH, "EmitSignal", "sssav", f"{LOGIN}.Manager", "PrepareForSleep", "b", values
        )

    def _mock(self, path: str, member: str, signature: str, *body: Any) -> None:
        called(self.bus.address, LOGIN, path, f"{MOCK}.{member}", signature, *body)
