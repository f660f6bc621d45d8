"""Do the tests notice a wrong core? Changes one thing at a time and runs the tests of that module.

    python scripts/mutants.py core/day/hours core/day/contention   (all of core takes hours)

A changed comparison, number, truth value or "and"/"or" that no test notices is printed with its
line. Exits with 1 where fewer than ``--least`` (85 %) of the changes were noticed.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "posture_monitor"
TIMEOUT_S = 300.0
"""A change may make a loop endless; that counts as noticed."""
_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def mutants(source: str) -> Iterator[tuple[int, str]]:
    """Each line number that is changed, with the whole changed source."""
    tree = ast.parse(source)
    decorators = {
        id(part)
        for node in ast.walk(tree)
        for decorator in getattr(node, "decorator_list", ())
        for part in ast.walk(decorator)
    }  # frozen or not, slots or not: nothing to notice
    for number, original in enumerate(ast.walk(tree)):
        if id(original) in decorators:
            continue
        changed = copy.deepcopy(tree)
        if _change(list(ast.walk(changed))[number]):
            yield getattr(original, "lineno", 0), ast.unparse(changed)


def _change(node: ast.AST) -> bool:
    """Change this one node in place; False where there is nothing to change."""
    if isinstance(node, ast.Compare):
        node.ops[0] = _FLIPPED[type(node.ops[0])]()
        return True
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return True
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return True
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        node.value = node.value * 1.5 if isinstance(node.value, float) else node.value + 1
        if node.value == 0.0:
            node.value = 1.0
        return True
    return False


def noticed(module: str, source: str, tests: Path) -> bool:
    """Whether the tests fail once the module reads like this."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        root = Path(folder)
        for path in ROOT.iterdir():
            if path.name not in {PACKAGE, ".git"}:
                (root / path.name).symlink_to(path)
        changed = Path(PACKAGE, f"{module}.py")
        for parent in reversed(changed.parents[:-1]):
            (root / parent).mkdir()
            for path in (ROOT / parent).iterdir():
                if not changed.is_relative_to(path.relative_to(ROOT)):
                    (root / parent / path.name).symlink_to(path)
        (root / changed).write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", str(tests)]
        environment = os.environ | {"PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                command, cwd=root, env=environment, capture_output=True, timeout=TIMEOUT_S
            )
        except subprocess.TimeoutExpired:
            return True
        return done.returncode != 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("modules", nargs="+", metavar="MODULE", help="such as core/day/hours")
    parser.add_argument("--most", type=int, default=40, help="changes to try in each (40)")
    parser.add_argument("--least", type=float, default=0.85, help="share to be noticed (0.85)")
    arguments = parser.parse_args()
    tried = killed = 0
    for module in arguments.modules:
        source = (ROOT / PACKAGE / f"{module}.py").read_text(encoding="utf-8")
        tests = Path("tests", "core", f"test_{Path(module).name}.py")
        if noticed(module, source, tests):
            sys.exit(f"{tests} fails already; fix that first")
        found = list(mutants(source))
        chosen = random.Random(module).sample(found, min(arguments.most, len(found)))
        for line, changed in sorted(chosen):
            tried += 1
            if noticed(module, changed, tests):
                killed += 1
            else:
                print(f"not noticed: {PACKAGE}/{module}.py:{line}", flush=True)
    print(f"{killed} of {tried} changes were noticed ({killed / tried:.0%})")
    return 0 if killed >= arguments.least * tried else 1


if __name__ == "__main__":
    sys.exit(main())
