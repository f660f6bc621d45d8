"""What the documents say of the code must be there."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields

import pytest

from handbook import reference
from posture_monitor import __version__, cli
from posture_monitor.analysis.batch import COLUMNS
from posture_monitor.commands.table import COMMANDS
from posture_monitor.config import Settings
from posture_monitor.domain import Reason
from tests.program import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
FOR_USERS = [page for page in PAGES if page.name not in {"CONTRIBUTING.md", "architecture.md"}]
SETTINGS = {
    f"{section.name}.{spec.name}"
    for section in fields(Settings())
    for spec in fields(getattr(Settings(), section.name))
}


@pytest.fixture(scope="module")
def parser():
    return cli.build_parser()


def commands_in(text):
    """What follows the program's name in blocks of code, without comments and redirections."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    blocks += re.findall(r"(?:^    .*\n)+", text, re.MULTILINE)
    for line in "\n".join(blocks).splitlines():
        words = shlex.split(line, comments=True) if "posture-monitor " in line else []
        if words[:1] == ["posture-monitor"]:
            ends = [words.index(mark) for mark in (">", "|", "&&") if mark in words]
            yield words[1 : min(ends, default=None)]


def anchors_of(text):
    """The anchors of a page's headings, as code hosts and the site make them."""
    headings = re.findall(r"^#+ (.+?)\s*$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page):
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]+))?\)", text)

    assert [name for name, _ in links if not (page.parent / name).exists()] == []
    targets = [(page.parent / name if name else page, anchor) for name, anchor in links if anchor]
    assert [
        anchor
        for target, anchor in targets
        if anchor not in anchors_of(target.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize("page", FOR_USERS, ids=lambda page: page.name)
def test_every_command_line_of_a_document_is_understood(page, parser):
    refused = []
    for words in commands_in(page.read_text(encoding="utf-8")):
        told = io.StringIO()
        with redirect_stdout(told), redirect_stderr(told):
            try:
                parser.parse_args(words)
            except SystemExit as ended:
                if ended.code != 0:
                    refused.append((words, told.getvalue()))

    assert refused == []


@pytest.mark.parametrize(
    "words",
    [
        "config show",
        "config path",
        "profiles list",
        "advice",
        "report --week",
        "report --week --format json",
        "export --format csv --out record.csv",
        "config set reminders.seated true",
    ],
)
def test_command_lines_that_need_no_camera_do_what_the_documents_say(
    words, tmp_path, monkeypatch, capsys
):
    shown = [
        " ".join(found) for page in FOR_USERS for found in commands_in(page.read_text("utf-8"))
    ]
    monkeypatch.chdir(tmp_path)

    assert words in shown
    assert cli.main(["--data-dir", str(tmp_path / "data"), *words.split()]) == 0
    assert "posture-monitor: " not in capsys.readouterr().err


def test_documents_show_enough_command_lines_to_be_worth_reading():
    shown = [words[0] for page in FOR_USERS for words in commands_in(page.read_text("utf-8"))]

    assert len(shown) > 40
    assert {"run", "calibrate", "report", "analyze", "doctor", "dashboard"} <= set(shown)


@pytest.mark.parametrize("page", FOR_USERS, ids=lambda page: page.name)
def test_every_setting_and_command_that_is_named_exists(page):
    text = page.read_text(encoding="utf-8")
    sections = "|".join(section.name for section in fields(Settings()))
    named = set(re.findall(rf"`((?:{sections})\.[a-z_]+)`", text))
    called = set(re.findall(r"`posture-monitor ([a-z]+)[^`]*`", text))

    assert named - SETTINGS == set()
    assert called - COMMANDS.keys() - {"help"} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_verb_of_make_that_is_named_exists(page):
    rules = set(re.findall(r"^([a-z ]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.M))
    targets = {target for rule in rules for target in rule.split()}
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", page.read_text("utf-8"), re.M))

    assert named - targets == set()


def test_reference_has_every_command_setting_and_reason():
    commands, settings = reference.commands(), reference.settings()

    assert {name for name in COMMANDS if f"\n### {name}\n" not in commands} == set()
    assert "\n#### profiles list\n" in commands
    assert {name for name in SETTINGS if f"| `{name}` |" not in settings} == set()
    assert "| `reminders.break_every_min` | 30 | 5 to 240 | of sitting |" in settings
    assert {reason for reason in Reason if f"| `{reason}` |" not in reference.weights()} == set()


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md", "docs/reliability.md"])
def test_every_module_that_is_named_exists(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:\w+/)*\w+\.py)`", text))
    folders = ("posture_monitor", "tests", "scripts", "calibration", "benchmarks", "proof")
    known = [str(path) for folder in folders for path in (ROOT / folder).rglob("*.py")]

    assert {one for one in named if not any(path.endswith(f"/{one}") for path in known)} == set()


def test_the_readme_is_read_in_three_minutes():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 600


def test_every_page_of_the_documentation_is_reached_from_the_site():
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")

    assert [
        page.name
        for page in (ROOT / "docs").glob("*.md")
        if not re.search(rf": {re.escape(page.name)}$", navigation, re.M)
    ] == []


EXAMPLES = sorted((ROOT / "docs" / "examples").iterdir())


def calls_in(text: str) -> list[list[str]]:
    """The calls of the program in a script, with a word for each thing filled in."""
    lines = [line.strip().strip('"').lstrip("# ") for line in text.splitlines()]
    calls = [shlex.split(line) for line in lines if line.startswith("posture-monitor ")]
    calls += [
        re.findall(r'"([^"]+)"', call.replace("cluster.scheduler_address", '"tcp://head:8786"'))
        for call in re.findall(r"command = .*?(?=sys\.exit)", text, re.DOTALL)
    ]
    return [[re.sub(r"[{$][\w.{}:/-]+", "x", word) for word in call[1:]] for call in calls]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_commands_of_every_example_parse(example, parser):
    text = example.read_text(encoding="utf-8")
    found = calls_in(text)

    assert found
    for arguments in found:
        assert parser.parse_args(arguments).command == "analyze"
    if example.suffix == ".py":
        compile(text, example.name, "exec")
    if example.suffix == ".sh":
        subprocess.run(["bash", "-n", example], check=True)


def test_data_dictionary_has_every_column_with_its_unit_and_every_reason():
    text = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    text = text.partition("## Landmarks")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    columns = {cells[0].strip(" `"): [cell.strip() for cell in cells] for cells in rows}

    assert tuple(columns) == (*COLUMNS, "video", "group")
    assert all(len(cells) == 6 and cells[3] and cells[5] for cells in columns.values() if cells[1])
    for name, cells in columns.items():
        unit = {"deg": "degrees", "cm": "cm", "s": "s"}.get(name.rpartition("_")[2])
        assert unit in (None, cells[1]), name
    assert all(f"`{reason}`" in columns["reasons"][3] for reason in Reason)


def test_version_to_cite_is_the_programs():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")

    assert f"\nversion: {__version__}\n" in text
    assert "name: posture-monitor contributors" in text
