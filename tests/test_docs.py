"""What the documents say of the code must be there."""

from __future__ import annotations

import re

import pytest

from tests.program import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md", "docs/reliability.md"])
def test_every_module_that_is_named_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)*\w+\.py)`", text))
    folders = ("posture_monitor", "tests", "scripts", "calibration", "benchmarks", "proof")
    known = [str(path) for folder in folders for path in (ROOT / folder).rglob("*.py")]

    assert {one for one in named if not any(path.endswith(f"/{one}") for path in known)} == set()


def test_the_readme_is_read_in_three_minutes():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 600
