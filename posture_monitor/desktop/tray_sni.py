"""A tray icon with a menu over D-Bus: StatusNotifierItem and com.canonical.dbusmenu.

KDE, Xfce, Cinnamon, LXQt, Budgie, sway and GNOME with its AppIndicator extension show these;
no toolkit is needed.
"""

# No deferred annotations: dbus-fast reads the signatures of methods from them.

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from dbus_fast import DBusError, Message, PropertyAccess, Variant
from dbus_fast.annotations import (
    DBusBool,
    DBusInt32,
    DBusObjectPath,
    DBusSignature,
    DBusStr,
    DBusUInt32,
    DBusVariant,
)
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from posture_monitor.desktop.shown import APP_NAME
from posture_monitor.desktop.tray_icon import argb
from posture_monitor.desktop.tray_menu import SEPARATOR, Entry, IconState
from posture_monitor.system.bus import Bus, BusError, Listener, Peer

WATCHER = Peer(
    "org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"
)
ITEM_PATH = "/StatusNotifierItem"
MENU_PATH = "/MenuBar"

_SIZES_PX = (22, 44)
_READ = PropertyAccess.READ

_Strings = Annotated[list[str], DBusSignature("as")]
_Pixmaps = Annotated[list[list[Any]], DBusSignature("a(iiay)")]
_ToolTip = Annotated[list[Any], DBusSignature("(sa(iiay)ss)")]
_Ids = Annotated[list[int], DBusSignature("ai")]
_Layout = Annotated[tuple[int, list[Any]], DBusSignature("u(ia{sv}av)")]
_Properties = Annotated[list[list[Any]], DBusSignature("a(ia{sv})")]
_Updated = Annotated[tuple[list[Any], list[Any]], DBusSignature("a(ia{sv})a(ias)")]
_Events = Annotated[list[list[Any]], DBusSignature("a(isvu)")]
_Revision = Annotated[tuple[int, int], DBusSignature("ui")]
_Both = Annotated[tuple[list[int], list[int]], DBusSignature("aiai")]


class SniTray(Listener):
    """One item on the session bus; registers with whatever tray there is or comes."""

    rules = (
        "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
        f"arg0='{WATCHER.name}'",
        f"type='signal',sender='{WATCHER.name}',member='StatusNotifierHostRegistered'",
    )

    def __init__(self, bus: Bus, press: Callable[[Entry], None]) -> None:
        """``press`` gets the menu's entry that was chosen, in the loop's thread."""
        self.bus = bus
        self.hosted = False
        """Whether a tray shows the icon."""
        self._registered = False
        self._one_at_a_time = asyncio.Lock()
        self._menu = _Menu(press)
        self._item = _Item(self._menu)

    def open(self) -> None:
        """Offer the item; in the loop's thread."""
        self.bus.export(ITEM_PATH, self._item)
        self.bus.export(MENU_PATH, self._menu)

    def close(self) -> None:
        """Take it away; in the loop's thread."""
        self.bus.unexport(ITEM_PATH)
        self.bus.unexport(MENU_PATH)

    def show(self, icon_state: IconState, entries: tuple[Entry, ...]) -> None:
        """Tell the tray what has changed; in the loop's thread."""
        self._item.show(icon_state, entries[0].label, self.bus.connected)
        self._menu.show(entries, self.bus.connected)

    async def on_connected(self) -> None:
        await self.register()

    def on_lost(self) -> None:
        self.hosted = self._registered = False

    def on_signal(self, message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.body[:1] == [WATCHER.name]:
            self.on_lost()
            self.bus.spawn(self.on_connected())
        elif message.member == "StatusNotifierHostRegistered":
            self.bus.spawn(self.on_connected())

    async def register(self) -> bool:
        """Ask the tray to show the item; answers whether there is one.

        Each tray is asked once: some show nothing when asked twice in a row.
        """
        async with self._one_at_a_time:
            try:
                if not self._registered:
                    name = await self.bus.unique_name()
                    await self.bus.request(
                        WATCHER, "RegisterStatusNotifierItem", "s", name, start=False
                    )
                    self._registered = True
                self.hosted = bool(await self.bus.get(WATCHER, "IsStatusNotifierHostRegistered"))
            except BusError:
                self.hosted = False
        return self.hosted


class _Item(ServiceInterface):
    """org.kde.StatusNotifierItem."""

    def __init__(self, menu: "_Menu") -> None:
        super().__init__("org.kde.StatusNotifierItem")
        self._chosen = menu
        self._icon_state = IconState.UNKNOWN
        self._text = ""

    def show(self, icon_state: IconState, text: str, connected: bool) -> None:
        new_state, new_text = icon_state is not self._icon_state, text != self._text
        self._icon_state, self._text = icon_state, text
        if connected and new_state:
            self.NewIcon()
        if connected and new_text:
            self.NewToolTip()

    @dbus_property(access=_READ)
    def Category(self) -> DBusStr:
        return "ApplicationStatus"

    @dbus_property(access=_READ)
    def Id(self) -> DBusStr:
        return APP_NAME

    @dbus_property(access=_READ)
    def Title(self) -> DBusStr:
        return APP_NAME

    @dbus_property(access=_READ)
    def Status(self) -> DBusStr:
        return "Active"

    @dbus_property(access=_READ)
    def WindowId(self) -> DBusInt32:
        return 0

    @dbus_property(access=_READ)
    def IconName(self) -> DBusStr:
        return ""

    @dbus_property(access=_READ)
    def IconPixmap(self) -> _Pixmaps:
        return [[size, size, argb(self._icon_state, size)] for size in _SIZES_PX]

    @dbus_property(access=_READ)
    def ToolTip(self) -> _ToolTip:
        return ["", [], APP_NAME, self._text]

    @dbus_property(access=_READ)
    def ItemIsMenu(self) -> DBusBool:
        return True  # a click of either button opens the menu

    @dbus_property(access=_READ)
    def Menu(self) -> DBusObjectPath:
        return MENU_PATH

    @dbus_method()
    def Activate(self, x: DBusInt32, y: DBusInt32) -> None:
        """Trays that ignore ``ItemIsMenu`` send a click here: it opens the dashboard."""
        self._chosen.press_command("dashboard")

    @dbus_method()
    def SecondaryActivate(self, x: DBusInt32, y: DBusInt32) -> None:
        self._chosen.press_command("dashboard")

    @dbus_method()
    def ContextMenu(self, x: DBusInt32, y: DBusInt32) -> None:
        """The tray draws the menu itself."""

    @dbus_method()
    def Scroll(self, delta: DBusInt32, orientation: DBusStr) -> None:
        """Nothing scrolls."""

    @dbus_signal()
    def NewIcon(self) -> None:
        pass

    @dbus_signal()
    def NewToolTip(self) -> None:
        pass


class _Menu(ServiceInterface):
    """com.canonical.dbusmenu: the root is number 0, the entries count from 1."""

    def __init__(self, press: Callable[[Entry], None]) -> None:
        super().__init__("com.canonical.dbusmenu")
        self._press = press
        self._entries: tuple[Entry, ...] = ()
        self._revision = 1

    def show(self, entries: tuple[Entry, ...], connected: bool) -> None:
        if entries == self._entries:
            return
        same_lines = len(entries) == len(self._entries)
        both = zip(entries, self._entries, strict=False)  # lengths may differ
        changed = [number for number, (new, old) in enumerate(both, 1) if new != old]
        self._entries = entries
        self._revision += 1
        if not connected:
            return
        if same_lines:  # an open menu is updated in place
            self.ItemsPropertiesUpdated([[n, self._properties(n)] for n in changed])
        else:
            self.LayoutUpdated(self._revision)

    def press_command(self, command: str) -> None:
        for entry in self._entries:
            if entry.command == command and entry.enabled:
                self._press(entry)
                return

    @dbus_property(access=_READ)
    def Version(self) -> DBusUInt32:
        return 3

    @dbus_property(access=_READ)
    def TextDirection(self) -> DBusStr:
        return "ltr"

    @dbus_property(access=_READ)
    def Status(self) -> DBusStr:
        return "normal"

    @dbus_property(access=_READ)
    def IconThemePath(self) -> _Strings:
        return []

    @dbus_method()
    def GetLayout(self, parent: DBusInt32, depth: DBusInt32, names: _Strings) -> _Layout:
        if parent == 0:
            children = [
                Variant("(ia{sv}av)", [number, self._properties(number), []])
                for number in range(1, len(self._entries) + 1)
            ]
        else:
            self._entry(parent)
            children = []
        return self._revision, [parent, self._properties(parent), children if depth else []]

    @dbus_method()
    def GetGroupProperties(self, numbers: _Ids, names: _Strings) -> _Properties:
        known = range(len(self._entries) + 1)
        return [[n, self._properties(n)] for n in (numbers or known) if n in known]

    @dbus_method()
    def GetProperty(self, number: DBusInt32, name: DBusStr) -> DBusVariant:
        properties = self._properties(number)
        if name not in properties:
            raise DBusError("org.freedesktop.DBus.Error.InvalidArgs", "no such property")
        return properties[name]

    @dbus_method()
    def Event(
        self, number: DBusInt32, event: DBusStr, data: DBusVariant, timestamp: DBusUInt32
    ) -> None:
        self._happened(number, event)

    @dbus_method()
    def EventGroup(self, events: _Events) -> _Ids:
        for number, event, _data, _timestamp in events:
            if 0 < number <= len(self._entries):
                self._happened(number, event)
        return [number for number, *_ in events if not 0 <= number <= len(self._entries)]

    @dbus_method()
    def AboutToShow(self, number: DBusInt32) -> DBusBool:
        return False  # it is kept up to date

    @dbus_method()
    def AboutToShowGroup(self, numbers: _Ids) -> _Both:
        return [], []

    @dbus_signal()
    def LayoutUpdated(self, revision: int) -> _Revision:
        return revision, 0

    @dbus_signal()
    def ItemsPropertiesUpdated(self, changed: list[Any]) -> _Updated:
        return changed, []

    def _happened(self, number: int, event: str) -> None:
        entry = self._entry(number) if number else None
        if event == "clicked" and entry is not None and entry.command and entry.enabled:
            self._press(entry)

    def _entry(self, number: int) -> Entry:
        if not 0 < number <= len(self._entries):
            raise DBusError("org.freedesktop.DBus.Error.InvalidArgs", "no such entry")
        return self._entries[number - 1]

    def _properties(self, number: int) -> dict[str, Variant]:
        if number == 0:
            return {"children-display": Variant("s", "submenu")}
        entry = self._entry(number)
        if entry == SEPARATOR:
            return {"type": Variant("s", "separator")}
        return {
            "label": Variant("s", entry.label.replace("_", "__")),  # one would mark a letter
            "enabled": Variant("b", entry.enabled),
            "visible": Variant("b", True),
        }
