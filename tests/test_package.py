"""What a user installs: the wheel holds all that a run needs, and nothing that downloads."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile

import pytest

from posture_monitor.vision.models import MODEL_FILES
from tests.program import ROOT, WORKDAY, environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy of the checkout, as pip does it."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(
        ROOT,
        folder / "checkout",
        ignore=shutil.ignore_patterns(
            *("__pycache__", ".git", ".venv", ".*_cache", ".hypothesis", "recordings", "dist"),
            *("build", "clips", "renders", "results"),
        ),
    )
    built = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
            *("--wheel-dir", str(folder / "dist"), str(folder / "checkout")),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = (folder / "dist").iterdir()
    return path


@pytest.fixture
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_holds_the_models_that_the_program_was_judged_with(wheel):
    with zipfile.ZipFile(wheel) as archive:
        digests = {
            model.name: hashlib.sha256(
                archive.read(f"posture_monitor/models/{model.name}")
            ).hexdigest()
            for model in MODEL_FILES
        }

    assert digests == {model.name: model.sha256 for model in MODEL_FILES}


def test_wheel_holds_the_licences(names):
    assert "posture_monitor/models/LICENSE.mediapipe" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_wheel_holds_the_recording_of_the_demo(wheel):
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("posture_monitor/recordings/workday.mp4") == WORKDAY.read_bytes()


def test_wheel_holds_every_module(names):
    modules = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "posture_monitor").rglob("*")
        if path.suffix in {".py", ".html", ".css", ".js", ".svg"}
    }

    assert modules - names == set()


def test_wheel_holds_no_downloader_sample_or_test(names):
    outside = {
        name
        for name in names
        if not name.startswith("posture_monitor/") and ".dist-info/" not in name
    }

    assert outside == set()
    assert not [name for name in names if "fetch" in name or "download" in name]
    assert not [name for name in names if "__pycache__" in name or "/samples/" in name]


def test_unpacked_wheel_runs_from_anywhere(wheel, tmp_path):
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    script = "import sys; from posture_monitor.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, "--data-dir", str(tmp_path / "data"), "doctor"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(site)),
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok    models         4 model files as they should be" in done.stdout
