"""Build hook: stages what the package needs and git does not hold.

The pose models (``scripts/fetch_models.py``) are copied into the package before anything is built,
a source distribution too: what is built from that needs no download. A wheel or an editable
installation also gets the recording that ``demo`` plays, so that an installed program needs no
checkout, and the wheel its bill of materials (``scripts/sbom.py``).
"""

from __future__ import annotations

import filecmp
import importlib.util
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from types import ModuleType


class StageDataHook(BuildHookInterface):  # type: ignore[type-arg]  # older ones are no generic
    """Runs for source distributions and wheels, editable ones too."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        fetch_models = _load(root / "scripts" / "fetch_models.py")
        try:
            fetch_models.fetch(root / "posture_monitor" / "models")
        except fetch_models.FetchError as error:
            # A sentence instead of a traceback: this is what a failed installation shows.
            sys.exit(f"posture-monitor can't be built: {error}")
        if self.target_name != "wheel":
            return
        stage_recordings(root / "samples", root / "posture_monitor" / "recordings")
        build_data["sbom_files"].append(write_bill(root))


def write_bill(root: Path) -> str:
    """Write the bill of materials; where it is, from the root. The wheel keeps it beside its
    metadata (PEP 770)."""
    folder = root / "build"
    folder.mkdir(exist_ok=True)
    path = folder / "posture-monitor.cdx.json"
    path.write_text(_load(root / "scripts" / "sbom.py").written(root), encoding="utf-8")
    return path.relative_to(root).as_posix()


def stage_recordings(samples: Path, recordings: Path) -> None:
    """Copy the demo's recording into the package, where the checkout has one."""
    source, target = samples / "workday.mp4", recordings / "workday.mp4"
    if not source.is_file():
        return
    if target.is_file() and filecmp.cmp(source, target, shallow=False):
        return
    recordings.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _load(path: Path) -> ModuleType:
    # By path: scripts/ is no package, and the build's own folder may not be importable.
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
