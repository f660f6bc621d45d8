"""Who imports whom: pure code knows no edge, an edge knows no other, and small commands start
without cameras, models, web or cluster.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.program import ROOT, environment

PACKAGE = ROOT / "posture_monitor"
EDGES = ("vision", "desktop", "history", "dashboard")
NEUTRAL = {"domain", "ports", "config", "core", "system", "wording"}
"""What an edge may know besides itself: none of them touches a camera or the record."""
MOST_METHODS = 25
HEAVY = (
    "cv2",
    "ai_edge_litert",
    "mediapipe",
    "uvicorn",
    "starlette",
    "pystray",
    "pyarrow",
    "polars",
    "distributed",
)


@dataclass(frozen=True)
class Import:
    """One import: where, of what, and whether it happens when the program runs."""

    file: Path
    line: int
    name: str
    at_runtime: bool

    @property
    def ours(self) -> str | None:
        """The part of our package: ``core`` for ``posture_monitor.core.judge.scoring``."""
        parts = self.name.split(".")
        return parts[1] if parts[0] == "posture_monitor" and len(parts) > 1 else None

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.name}"


def imports_of(file: Path) -> list[Import]:
    """Every import of a file, also those inside functions and for type checkers alone."""
    found: list[Import] = []

    def visit(node: ast.AST, at_runtime: bool) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for statement in node.body:
                visit(statement, at_runtime=False)
            return
        if isinstance(node, ast.Import):
            found.extend(Import(file, node.lineno, a.name, at_runtime) for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: a relative import"
            assert node.module is not None
            # `from posture_monitor import texts` names a module, or an attribute: both count.
            names = [f"{node.module}.{a.name}" for a in node.names]
            found.extend(Import(file, node.lineno, name, at_runtime) for name in names)
        for child in ast.iter_child_nodes(node):
            visit(child, at_runtime)

    visit(ast.parse(file.read_text(encoding="utf-8")), at_runtime=True)
    return found


def imports_under(*names: str) -> list[Import]:
    """Of the modules and packages of these names inside posture_monitor."""
    files: list[Path] = []
    for name in names:
        path = PACKAGE / name
        files += path.rglob("*.py") if path.is_dir() else [path.with_suffix(".py")]
    return [one for file in sorted(files) for one in imports_of(file)]


def everything() -> list[Import]:
    return imports_under(*(path.stem for path in PACKAGE.iterdir() if is_code(path)))


def is_code(path: Path) -> bool:
    return path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))


def is_module(name: str | None) -> bool:
    """Whether this part of our package is a module and not, say, its version number."""
    return name is not None and ((PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file())


def is_standard(name: str) -> bool:
    return name.split(".")[0] in sys.stdlib_module_names


def test_core_knows_only_records_settings_numpy_and_the_standard_library():
    strangers = [
        one
        for one in imports_under("core")
        if one.ours not in {"domain", "config", "core"}
        and not is_standard(one.name)
        and one.name.split(".")[0] != "numpy"
    ]

    assert list(map(str, strangers)) == []


def test_core_does_no_input_or_output():
    doors = {"os", "io", "pathlib", "socket", "subprocess", "time", "threading", "random"}
    opened = [one for one in imports_under("core") if one.name.split(".")[0] in doors]

    assert list(map(str, opened)) == []


def test_records_seams_and_settings_load_nothing_but_the_standard_library():
    strangers = [
        one
        for one in imports_under("domain", "ports", "config")
        if one.at_runtime and not is_standard(one.name) and one.ours != "domain"
    ]

    assert list(map(str, strangers)) == []


@pytest.mark.parametrize("edge", [edge for edge in EDGES if (PACKAGE / edge).is_dir()])
def test_an_edge_knows_no_other_edge_and_no_glue(edge):
    strangers = [
        one
        for one in imports_under(edge)
        if is_module(one.ours) and one.ours not in NEUTRAL | {edge}
    ]

    assert list(map(str, strangers)) == []


def test_what_edges_may_know_knows_no_edge_itself():
    wrong = [one for one in imports_under(*sorted(NEUTRAL)) if one.ours in EDGES]

    assert list(map(str, wrong)) == []


def test_no_modules_import_each_other_in_a_circle():
    files = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in PACKAGE.rglob("*.py")
    }
    needs = {
        name: {
            wanted if wanted in files else wanted.rpartition(".")[0]
            for wanted in (one.name for one in imports_of(path))
        }
        & (files.keys() - {name})
        for name, path in files.items()
    }

    while free := {name for name, wanted in needs.items() if not wanted & needs.keys()}:
        needs = {name: wanted for name, wanted in needs.items() if name not in free}

    assert {name: sorted(wanted & needs.keys()) for name, wanted in needs.items()} == {}


def test_only_the_record_uses_sqlite():
    users = {
        one.file.relative_to(PACKAGE).parts[0]
        for one in everything()
        if one.name.split(".")[0] == "sqlite3"
    }

    assert users == {"history"}


def test_the_package_needs_nothing_that_lies_beside_it():
    beside = {"calibration", "samples", "tests", "benchmarks", "scripts", "hatch_build"}
    wrong = [one for one in everything() if one.name.split(".")[0] in beside]

    assert list(map(str, wrong)) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["run", "--help"],
        ["config", "show"],
        ["config", "path"],
        ["profiles", "list"],
        ["report"],
        ["report", "--format", "json"],
        ["report", "--format", "html"],
    ],
    ids=" ".join,
)
def test_small_commands_start_without_camera_model_web_or_cluster(arguments, tmp_path):
    script = (
        "import sys\n"
        "from posture_monitor.cli import main\n"
        "try:\n"
        "    code = main(sys.argv[1:])\n"
        "except SystemExit as ended:\n"
        "    code = ended.code\n"
        "print('loaded:', *sorted(name.split('.')[0] for name in sys.modules))\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--data-dir", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].removeprefix("loaded: ").split())
    assert loaded & set(HEAVY) == set()
    assert "argparse" in loaded


def test_no_class_does_more_than_a_reader_can_hold():
    methods = {
        f"{path.relative_to(PACKAGE)}: {node.name}": sum(
            isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for part in node.body
        )
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }

    assert {name: count for name, count in methods.items() if count > MOST_METHODS} == {}
