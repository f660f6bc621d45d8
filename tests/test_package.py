"""What a user installs: the wheel holds all that a run needs, and nothing that downloads.

It is built from the source distribution, which therefore holds all that a build needs.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib import metadata

import pytest

from posture_monitor import __version__
from posture_monitor.vision.models import MODEL_FILES
from tests.program import ROOT, WORKDAY, environment


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of both, from a copy of the checkout."""
    folder = tmp_path_factory.mktemp("package")
    shutil.copytree(
        ROOT,
        folder / "checkout",
        ignore=shutil.ignore_patterns(
            *("__pycache__", ".git", ".venv", ".*_cache", ".hypothesis", "recordings", "dist"),
            *("build", "clips", "renders", "results"),
        ),
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "build", "--no-isolation"),
            *("--outdir", str(folder / "dist"), str(folder / "checkout")),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built.glob("*.whl")
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


def test_source_distribution_holds_the_models_and_one_copy_of_the_recording(built):
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}

    assert {f"posture_monitor/models/{model.name}" for model in MODEL_FILES} <= held
    assert {"packages/deb/build.sh", "handbook/man.py", "Makefile"} <= held
    assert [name for name in held if name.endswith("/workday.mp4")] == ["samples/workday.mp4"]


def test_wheel_holds_the_licences(names):
    assert "posture_monitor/models/LICENSE.mediapipe" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_wheel_holds_a_bill_of_what_it_is_made_of(wheel, names):
    (name,) = (name for name in names if name.endswith(".dist-info/sboms/posture-monitor.cdx.json"))
    with zipfile.ZipFile(wheel) as archive:
        bill = json.loads(archive.read(name))

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["version"] == __version__
    parts = {part["name"]: part for part in bill["components"]}
    assert {model.name for model in MODEL_FILES} | {"uplot", "numpy", "starlette"} <= parts.keys()
    assert all(part["licenses"][0]["expression"] for part in bill["components"])
    script = parts["uplot"]["hashes"][0]["content"]
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read("posture_monitor/dashboard/static/vendor/uplot/uPlot.iife.min.js")
    assert script == hashlib.sha256(content).hexdigest()


def test_licences_are_those_that_the_packages_tell():
    told = tomllib.loads((ROOT / "requirements" / "licences.toml").read_text(encoding="utf-8"))
    more = {"opencv-contrib-python"}  # its metadata leaves out the libraries that it carries
    installed = {dist.metadata["Name"].lower() for dist in metadata.distributions()}
    expressions = {
        name: metadata.metadata(name).get("License-Expression")
        for name in told.keys() - more
        if name in installed
    }

    known = {name: expression for name, expression in expressions.items() if expression}
    assert len(known) > 5
    assert known == {name: told[name] for name in known}


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
