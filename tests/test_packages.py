"""What systems show of the program before it runs: menu entry, description, package scripts."""

from __future__ import annotations

import configparser
import importlib.util
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest

from posture_monitor import __version__, cli
from tests.program import ROOT

PACKAGES = ROOT / "packages"
NAME = "org.posture_monitor.monitor"
ENTRY = PACKAGES / "desktop" / f"{NAME}.desktop"
DEB = PACKAGES / "deb"


@pytest.fixture(scope="module")
def entry():
    parsed = configparser.ConfigParser(interpolation=None, strict=True)
    parsed.optionxform = str
    parsed.read(ENTRY, encoding="utf-8")
    return parsed


def trimming():
    spec = importlib.util.spec_from_file_location("trim", DEB / "trim.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.skipif(
    shutil.which("desktop-file-validate") is None, reason="needs desktop-file-utils"
)
def test_menu_entry_is_valid():
    done = subprocess.run(["desktop-file-validate", ENTRY], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "")


def test_every_action_of_the_menu_entry_is_a_command_that_exists(entry):
    parser = cli.build_parser()
    actions = entry["Desktop Entry"]["Actions"].rstrip(";").split(";")
    lines = [entry["Desktop Entry"]["Exec"]]
    lines += [entry[f"Desktop Action {action}"]["Exec"] for action in actions]

    assert len(lines) == 5
    for line in lines:
        program, *words = line.split()
        assert program == "posture-monitor"
        assert parser.parse_args(words).command == words[0]


def test_description_for_software_centres_agrees_with_the_menu_entry_and_the_version(entry):
    root = ET.parse(PACKAGES / "desktop" / f"{NAME}.metainfo.xml").getroot()

    assert root.findtext("id") == NAME
    assert root.findtext("launchable") == f"{NAME}.desktop"
    assert root.findtext("icon") == entry["Desktop Entry"]["Icon"] == NAME
    assert root.findtext("name") == entry["Desktop Entry"]["Name"]
    assert root.find("releases/release").get("version") == __version__


@pytest.mark.parametrize(
    "script", [DEB / "build.sh", *sorted(DEB.glob("debian/*.p*"))], ids=lambda path: path.name
)
def test_scripts_of_the_package_are_understood_by_a_shell(script):
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


def test_package_loses_what_is_never_used_and_nothing_else(tmp_path):
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    kept = ["posture_monitor/cli.py", "numpy/core.py", "cv2/__init__.py", "a.dist-info/METADATA"]
    unused = ["numpy/_core/tests/test_a.py", "cv2/data/face.xml", "cv2/qt/fonts/a.ttf", "a/b.pyi"]
    for name in [*kept, *unused, "a.dist-info/RECORD"]:
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("")
    (tmp_path / "bin").mkdir()
    for name in ("python3", "python3.11", "uvicorn", "activate"):
        (tmp_path / "bin" / name).write_text("")
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\ncommand = python3 -m venv /build/here\n")

    trimming().main(tmp_path)

    assert sorted(p.name for p in (tmp_path / "bin").iterdir()) == ["python3", "python3.11"]
    assert sorted(p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()) == sorted(
        kept
    )
    assert (tmp_path / "pyvenv.cfg").read_text() == "home = /usr/bin\n"
