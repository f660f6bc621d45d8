"""``delete``, ``export`` and ``autostart``: what is kept, what goes, what starts by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.commands.review import midnight, parse_day
from posture_monitor.domain import ConfigError

if TYPE_CHECKING:
    from posture_monitor.commands.context import Context


def run_delete(context: Context, *, before: str | None, everything: bool) -> None:
    """Forget what was recorded before a day, or all of it with the profiles."""
    with context.open_store() as store:
        if everything:
            count = store.delete_all()
        elif before is not None:
            count = store.delete_before(midnight(parse_day(before)))
        else:
            raise ConfigError("say what to delete: --before DATE or --all")
    if everything:
        for name in (context.paths.log_file, context.paths.log_file.with_suffix(".log.1")):
            name.unlink(missing_ok=True)
    context.say(f"{count} entries are deleted")


def run_autostart(context: Context, action: str) -> None:
    """Turn starting with the session on or off, or say how it stands."""
    from posture_monitor.desktop import autostart

    if action == "on":
        state = autostart.turn_on()
    elif action == "off":
        state = autostart.turn_off()
    else:
        state = autostart.status()
    context.say(f"autostart is {'on' if state.on else 'off'} ({state.way}: {state.place})")
    if state.problem:
        context.warn(state.problem)
