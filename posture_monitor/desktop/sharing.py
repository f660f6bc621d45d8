"""Whether the screen is being shared, as far as PipeWire's graph shows it.

On Wayland every shared screen is a video stream that the compositor or its portal offers and
that runs only while somebody takes it. X11 lets any program read the screen unseen, so there
a "no" is not known.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CACHE_S = 60.0
"""A program has to be started to ask (6 CPU-ms), so that an answer serves for long."""
_TIMEOUT_S = 1.5
_PORTALS = "xdg-desktop-portal"
"""How the portals of wlroots and Hyprland name their streams, which pass for cameras else."""


class ScreenShare:
    """Asks PipeWire's own tool what runs."""

    def __init__(self, environment: Mapping[str, str], *, cache_s: float = CACHE_S) -> None:
        self._environment = environment
        self._cache_s = cache_s
        self._asked_s: float | None = None
        self._shared: bool | None = None

    def shared(self) -> bool | None:
        """Whether somebody takes pictures of the screen; None where that can't be told."""
        now_s = time.monotonic()
        if self._asked_s is None or now_s - self._asked_s >= self._cache_s:
            self._asked_s = now_s
            self._shared = self._ask()
        return self._shared

    def teller(self) -> str:
        """Who would tell, or why nobody can; starts nothing."""
        if self._socket() is None:
            return "unknown (no PipeWire here)"
        return "unknown (pw-dump is not installed)" if self._tool() is None else "PipeWire"

    def _socket(self) -> Path | None:
        env = self._environment
        folder = env.get("PIPEWIRE_RUNTIME_DIR") or env.get("XDG_RUNTIME_DIR")
        if not folder:
            return None
        socket = Path(folder) / (env.get("PIPEWIRE_REMOTE") or "pipewire-0")
        return socket if socket.exists() else None

    def _tool(self) -> str | None:
        return shutil.which("pw-dump", path=self._environment.get("PATH"))

    def _ask(self) -> bool | None:
        tool = self._tool()
        if tool is None or self._socket() is None:
            return None
        try:
            asked = subprocess.run(
                [tool],
                env=dict(self._environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=True,
            )
            graph = json.loads(asked.stdout)
        except (OSError, subprocess.SubprocessError, ValueError):
            return None
        told = any(_is_shared_screen(thing) for thing in graph) if isinstance(graph, list) else None
        wayland = bool(self._environment.get("WAYLAND_DISPLAY"))
        return told if told or wayland else None


def _is_shared_screen(thing: Any) -> bool:
    """Whether this object of the graph is a screen of which somebody takes pictures now."""
    info = thing.get("info") if isinstance(thing, dict) else None
    if not isinstance(info, dict) or info.get("state") != "running":
        return False
    props = info.get("props")
    if not isinstance(props, dict):
        return False
    kind, name = props.get("media.class"), str(props.get("node.name", ""))
    if props.get("media.role") == "Camera":  # a virtual one
        return False
    return kind == "Stream/Output/Video" or (kind == "Video/Source" and name.startswith(_PORTALS))
