"""Starting with the session: on, off, and how it stands.

Each desktop has its own way: a systemd user unit where the session itself is run by systemd,
else an XDG autostart file; launchd on macOS; the Run key on Windows. All ways are idempotent.
"""

from __future__ import annotations

import contextlib
import os
import plistlib
import shutil
import subprocess
import sys
import xml.parsers.expat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from posture_monitor.domain import PostureMonitorError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME = "posture-monitor"
LABEL = "org.posture-monitor.monitor"

_DESCRIPTION = "Posture and sitting-time monitor"
_SYSTEMCTL_TIMEOUT_S = 10.0
_ENV = "/usr/bin/env"
_ODD = frozenset("\"'\\%$`")
_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"


@dataclass(frozen=True, slots=True)
class Autostart:
    """How starting with the session stands."""

    on: bool
    way: str
    """``systemd``, ``xdg``, ``launchd`` or ``registry``: in use, or what ``on`` would use."""
    place: str
    """The file or key."""
    problem: str | None = None
    """What keeps it from working although it is on, with what to do."""


def program() -> tuple[str, ...]:
    """The words that start this very installation, by absolute path."""
    suffix = ".exe" if sys.platform == "win32" else ""
    beside = Path(sys.executable).with_name(f"{NAME}{suffix}")
    called = Path(os.path.abspath(sys.argv[0]))
    for path in (called, beside):
        if path.name == f"{NAME}{suffix}" and os.access(path, os.X_OK) and path.is_file():
            return (str(path),)
    return (os.path.abspath(sys.executable), "-m", "posture_monitor")


def turn_on(
    arguments: Sequence[str] = ("run",), *, environment: Mapping[str, str] | None = None
) -> Autostart:
    """Start with each session from the next one on; raises PostureMonitorError where it can't."""
    env = os.environ if environment is None else environment
    command = (*program(), *arguments)
    if any(not word.isprintable() for word in command):
        raise PostureMonitorError(
            "can't start {command!r} with the session: its path holds control "
            "characters; install posture-monitor elsewhere",
            command=command[0],
        )
    way = _preferred(env)
    if way in {"systemd", "xdg"} and _ODD.intersection(command[0]):
        # systemd takes no quotes in a program's path, GLib no percent sign; env has no scruples.
        command = (_ENV, *command)
    for other in _ways_here():
        if other != way:
            _remove(other, env)  # else it would start twice
    if way == "systemd":
        _write(_unit_file(env), unit(command))
        _systemctl("daemon-reload")
        _systemctl("enable", f"{NAME}.service")
    elif way == "xdg":
        _write(_desktop_file(env), desktop_entry(command))
    elif way == "launchd":
        _write(_agent_file(env), agent(command))
    else:
        _set_run_key(subprocess.list2cmdline(command))
    return status(environment=env)


def turn_off(*, environment: Mapping[str, str] | None = None) -> Autostart:
    """Never start with a session, whichever way it was turned on."""
    env = os.environ if environment is None else environment
    for way in _ways_here():
        _remove(way, env)
    return status(environment=env)


def status(*, environment: Mapping[str, str] | None = None) -> Autostart:
    """How it stands; reads files only."""
    env = os.environ if environment is None else environment
    for way in _ways_here():
        try:
            command = _installed(way, env)
        except (OSError, ValueError, xml.parsers.expat.ExpatError) as error:
            text = f"{_place(way, env)} can't be read ({error}); turn autostart off and on again"
            return Autostart(True, way, _place(way, env), text)
        if command is not None:
            return Autostart(True, way, _place(way, env), _problem(way, command, env))
    way = _preferred(env)
    return Autostart(False, way, _place(way, env))


# ----------------------------------------------------------------------- what is written


def unit(command: Sequence[str]) -> str:
    """A systemd user unit that lives and ends with the graphical session.

    It may do what the monitor needs and no more, as far as an unprivileged manager can hold it to
    that: the options that need namespaces of one's own fail where the system forbids them.
    """
    return f"""\
[Unit]
Description={_DESCRIPTION}
PartOf=graphical-session.target
After=graphical-session.target

[Service]
ExecStart={_unit_line(command)}
Restart=on-failure
RestartSec=30
Nice=5
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=graphical-session.target
"""


def desktop_entry(command: Sequence[str]) -> str:
    """An XDG autostart entry."""
    return f"""\
[Desktop Entry]
Type=Application
Version=1.0
Name=posture-monitor
Comment={_DESCRIPTION}
Exec={" ".join(_entry_word(word) for word in command)}
Terminal=false
X-GNOME-Autostart-enabled=true
"""


def agent(command: Sequence[str]) -> str:
    """A launchd agent."""
    document = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "ProcessType": "Background",
        "LimitLoadToSessionType": "Aqua",
    }
    return plistlib.dumps(document).decode("utf-8")


def _unit_line(command: Sequence[str]) -> str:
    r"""ExecStart: quoted, and nothing in it expanded.

    systemd looks for variables in arguments but not in the path of the program.

    >>> print(_unit_line(['/a b/x', '50%', '$HOME"']))
    "/a b/x" "50%%" "$$HOME\""
    """
    escaped = [
        word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") for word in command
    ]
    words = [escaped[0], *(word.replace("$", "$$") for word in escaped[1:])]
    return " ".join(f'"{word}"' for word in words)


def _entry_word(word: str) -> str:
    r"""A word of Exec: quoted as an argument, and that escaped as a value.

    >>> print(_entry_word('/a b/50%/$x'))
    "/a b/50%%/\\$x"
    """
    quoted = "".join(f"\\{letter}" if letter in '"`$\\' else letter for letter in word)
    return '"' + quoted.replace("\\", "\\\\").replace("%", "%%") + '"'


# ------------------------------------------------------------------------ where and whether


def _ways_here() -> tuple[str, ...]:
    if sys.platform == "darwin":
        return ("launchd",)
    if sys.platform == "win32":
        return ("registry",)
    return ("systemd", "xdg")


def _preferred(environment: Mapping[str, str]) -> str:
    """systemd only where it runs the session: elsewhere its target is never reached."""
    ways = _ways_here()
    if ways != ("systemd", "xdg"):
        return ways[0]
    if not environment.get("XDG_RUNTIME_DIR") or shutil.which("systemctl") is None:
        return "xdg"
    try:
        _systemctl("is-active", "--quiet", "graphical-session.target")
    except PostureMonitorError:
        return "xdg"
    return "systemd"


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or Path.home())


def _config_home(environment: Mapping[str, str]) -> Path:
    given = environment.get("XDG_CONFIG_HOME", "")
    return Path(given) if os.path.isabs(given) else _home(environment) / ".config"


def _unit_file(environment: Mapping[str, str]) -> Path:
    return _config_home(environment) / "systemd" / "user" / f"{NAME}.service"


def _desktop_file(environment: Mapping[str, str]) -> Path:
    return _config_home(environment) / "autostart" / f"{NAME}.desktop"


def _agent_file(environment: Mapping[str, str]) -> Path:
    return _home(environment) / "Library" / "LaunchAgents" / f"{LABEL}.plist"


def _place(way: str, environment: Mapping[str, str]) -> str:
    if way == "registry":
        return f"HKEY_CURRENT_USER\\{_RUN_KEY}\\{NAME}"
    files = {"systemd": _unit_file, "xdg": _desktop_file, "launchd": _agent_file}
    return str(files[way](environment))


def _installed(way: str, environment: Mapping[str, str]) -> str | None:
    """The program that is started this way; None where it is off."""
    if way == "registry":
        return _run_key()
    try:
        text = Path(_place(way, environment)).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    if way == "launchd":
        return str(plistlib.loads(text.encode("utf-8"))["ProgramArguments"][0])
    key = "ExecStart=" if way == "systemd" else "Exec="
    lines = text.splitlines()
    if way == "xdg" and any(line.replace(" ", "").lower() == "hidden=true" for line in lines):
        return None  # how desktops note that the user switched it off
    for line in lines:
        if line.startswith(key):
            words = _words(way, line[len(key) :])
            return words[1] if words[0] == _ENV and len(words) > 1 else words[0]
    raise ValueError(f"no {key} line")


def _words(way: str, value: str) -> list[str]:
    """The words of an ExecStart or Exec line, unquoted as its reader does it."""
    import shlex

    if way == "xdg":
        value = value.replace("\\\\", "\\")
    reader = shlex.shlex(value, posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.commenters, reader.quotes = True, "", '"'
    words = [word.replace("%%", "%") for word in reader] or [""]
    if way == "systemd":
        words[1:] = [word.replace("$$", "$") for word in words[1:]]
    else:  # within quotes shlex keeps the backslash of all but two letters
        words = [word.replace("\\$", "$").replace("\\`", "`") for word in words]
    return words


def _problem(way: str, command: str, environment: Mapping[str, str]) -> str | None:
    again = "turn autostart on again"
    if way != "registry" and not os.access(command, os.X_OK):
        return f"{command} is gone; {again}"
    if way == "systemd":
        wants = _unit_file(environment).parent / "graphical-session.target.wants"
        if not (wants / f"{NAME}.service").is_symlink():
            return f"the unit is not enabled; {again}"
    return None


def _write(path: Path, text: str) -> None:
    """Replaces the file in one step, so that a session never reads half of it."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o644)
        os.replace(fresh, path)
    except OSError as error:
        raise PostureMonitorError(
            "can't write {path} ({strerror}); check who owns that folder",
            path=path,
            strerror=error.strerror,
        ) from error


def _remove(way: str, environment: Mapping[str, str]) -> None:
    if way == "registry":
        _set_run_key(None)
        return
    path = Path(_place(way, environment))
    wanted = path.parent / "graphical-session.target.wants" / path.name
    try:
        if way == "systemd" and wanted.is_symlink():
            wanted.unlink()
        if path.exists():
            path.unlink()
    except OSError as error:
        raise PostureMonitorError(
            "can't remove {path} ({strerror}); remove it", path=path, strerror=error.strerror
        ) from error


def _systemctl(*arguments: str) -> None:
    command = ["systemctl", "--user", *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SYSTEMCTL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostureMonitorError(
            "{join} can't be run ({error})", join=" ".join(command), error=error
        ) from error
    if done.returncode != 0:
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise PostureMonitorError(
            "{join} failed ({said}); see systemctl --user status", join=" ".join(command), said=said
        )


# ------------------------------------------------------------------------------- Windows


def _run_key() -> str | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
            return str(winreg.QueryValueEx(key, NAME)[0])
    except FileNotFoundError:
        return None


def _set_run_key(command: str | None) -> None:
    if sys.platform != "win32":
        return
    import winreg

    with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:
        if command is not None:
            winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, command)
            return
        with contextlib.suppress(FileNotFoundError):
            winreg.DeleteValue(key, NAME)
