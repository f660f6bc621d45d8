"""Other posture monitors on the same frames, each with its own pipeline at its own defaults.

They live in environments of their own under the user's cache folder, made on first use. Only
their pipelines run: no window, no camera, and no network where the system can take it away.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from benchmarks.films import make_film

FILM_FPS = 30.0
SECONDS = 30.0
QUICK_SECONDS = 3.0
PIPELINES = Path(__file__).with_name("peer_pipelines.py")
_INSTALL_TIMEOUT_S = 900.0


@dataclass(frozen=True, slots=True)
class Peer:
    """A program, what is installed for it, and what it does at its defaults."""

    name: str
    version: str
    installs: tuple[tuple[str, ...], ...]
    """Arguments of one ``pip install`` after another."""
    settings: str

    @property
    def environment_dir(self) -> Path:
        cache = Path(platformdirs.user_cache_dir("posture-monitor"))
        return cache / "benchmarks" / f"{self.name}-{self.version}"

    @property
    def python(self) -> Path:
        return self.environment_dir / "bin" / "python"


PEERS = (
    Peer(
        "postured",
        "1.4.1",
        (("postured==1.4.1",),),
        "lite model, VIDEO mode, a pause of 0.1 s after each frame",
    ),
    Peer(
        "dorso-linux",
        "0.1.2",
        # Without PyGObject and dbus-python, which its pipeline never imports.
        (("mediapipe>=0.10", "numpy", "pillow", "tomli-w"), ("--no-deps", "dorso-linux==0.1.2")),
        "lite model, IMAGE mode, 640x480, a frame every 0.1 s",
    ),
    Peer(
        "batesposture",
        "1.1.1",
        # With newer mediapipe it doesn't start: the `solutions` that it uses are gone.
        (("batesposture==1.1.1", "mediapipe==0.10.21"),),
        "full model, contrast enhanced at 1280x720, up to 30 frames a second",
    ),
)
_LITE_FROM = PEERS[0]
_LITE_MODEL = "pose_landmarker_lite.task"


def measure(folder: Path, *, quick: bool) -> dict[str, Any]:
    """A row for each peer, and the same film through our own pipeline."""
    film = make_film(folder / "peers.avi", "working", FILM_FPS)
    seconds = QUICK_SECONDS if quick else SECONDS
    rows = []
    for peer in PEERS:
        print(f"  {peer.name} …", flush=True)
        row: dict[str, Any] = {"peer": f"{peer.name} {peer.version}", "settings": peer.settings}
        failure = install(peer)
        try:
            row |= {"why_not": failure} if failure else run(peer, film, folder, seconds)
        except subprocess.TimeoutExpired:
            row["why_not"] = "its pipeline did not end"
        rows.append(row)
    return {"ours": ours(6.0 * seconds), "rows": rows, "seconds": seconds}


def install(peer: Peer) -> str | None:
    """Make its environment where there is none; why that failed, or None."""
    ready = peer.environment_dir / "ready"
    if ready.exists():
        return None
    if peer.environment_dir.exists():
        shutil.rmtree(peer.environment_dir)
    commands = [[sys.executable, "-m", "venv", str(peer.environment_dir)]]
    pip = [str(peer.python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    commands += [[*pip, *arguments] for arguments in peer.installs]
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=_INSTALL_TIMEOUT_S
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"can't be installed here ({error})"
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if "rror" in line]
            return f"can't be installed here ({(lines or ['pip failed'])[0].strip()[:160]})"
    ready.touch()
    return None


def run(peer: Peer, film: Path, folder: Path, seconds: float) -> dict[str, Any]:
    """Its figures, or why there are none."""
    data_dir = folder / "peer-data"
    models = data_dir / "dorso" / "models"
    lite = list(_LITE_FROM.environment_dir.glob(f"lib/*/site-packages/postured/**/{_LITE_MODEL}"))
    if lite and not models.exists():  # where dorso would download the same file to
        models.mkdir(parents=True)
        shutil.copy(lite[0], models)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment |= {"XDG_DATA_HOME": str(data_dir), "XDG_CONFIG_HOME": str(data_dir)}
    command = [str(peer.python), str(PIPELINES), peer.name, str(film), str(seconds)]
    done = subprocess.run(
        [*_without_network(), *command],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=180.0 + seconds,
    )
    if done.returncode != 0 or not done.stdout.strip():
        lines = done.stderr.strip().splitlines()
        return {"why_not": f"its pipeline doesn't run here ({(lines or ['no word'])[-1][:160]})"}
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _without_network() -> list[str]:
    """What starts a program without any network; nothing where that isn't allowed."""
    before = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--net"]
    try:
        allowed = subprocess.run([*before, "true"], check=False, capture_output=True).returncode
    except FileNotFoundError:
        return []
    return before if allowed == 0 else []


_OURS = """
import json, sys
from benchmarks.looking import look_at
print(json.dumps(look_at("working", float(sys.argv[1]))))
"""


def ours(film_s: float) -> dict[str, Any]:
    """What a frame costs, gate and judgement included, in a process of its own."""
    command = [sys.executable, "-c", _OURS, str(film_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
