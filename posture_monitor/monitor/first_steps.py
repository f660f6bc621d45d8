"""What the first minutes set up beside the calibration: camera, starting with the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posture_monitor.config import load_settings, with_setting
from posture_monitor.dashboard.protocols import CameraChoice, StartsWithSession
from posture_monitor.system.names import masked
from posture_monitor.system.settings_file import write_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from posture_monitor.ports import LiveMonitor


class OwnFirstSteps:
    """For the running monitor (a ``FirstSteps``)."""

    def __init__(
        self,
        live: LiveMonitor,
        config_file: Path,
        source: Callable[[], str],
        start_options: Sequence[str],
    ) -> None:
        """``source`` is the camera in use, ``start_options`` come before ``run`` at a start."""
        self._live = live
        self._config_file = config_file
        self._source = source
        self._start_options = tuple(start_options)

    def cameras(self) -> tuple[CameraChoice, ...]:
        """Those of this machine, and the one in use where it is none of them."""
        from posture_monitor.vision.cameras import list_cameras

        now = self._source()
        found = tuple(
            CameraChoice(
                str(camera.index), camera.name, now in (str(camera.index), camera.name, camera.path)
            )
            for camera in list_cameras()
        )
        if any(choice.in_use for choice in found):
            return found
        return (CameraChoice(now, masked(now), in_use=True), *found)

    def use_camera(self, source: str) -> None:
        """From now on and from the next start on."""
        self._live.command("camera", {"source": source})
        self._keep(source)

    def autostart(self) -> StartsWithSession:
        """How it stands."""
        from posture_monitor.desktop import autostart

        state = autostart.status()
        return StartsWithSession(state.on, state.problem or "")

    def set_autostart(self, on: bool) -> StartsWithSession:
        """Start the monitor with the session, with the camera that is in use now, or don't."""
        from posture_monitor.desktop import autostart

        if on:
            self._keep(self._source())
            autostart.turn_on([*self._start_options, "run"])
        else:
            autostart.turn_off()
        return self.autostart()

    def _keep(self, source: str) -> None:
        """The settings name it, for the user alone: it may hold a password."""
        settings = load_settings(self._config_file, {})
        if settings.camera.source != source:
            write_settings(self._config_file, with_setting(settings, "camera.source", source))
