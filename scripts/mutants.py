"""Do the tests notice a wrong core? Changes one thing at a time and runs the tests that reach it.

    python scripts/mutants.py                       (a sample of the whole core)
    python scripts/mutants.py --share 1 day/hours --tests tests/core/test_hours.py   (one module)

A changed comparison, number, truth value, "and"/"or", "not" or sign that no test notices is printed
with its line. Exits with 1 where fewer than ``--least`` (85 %) of the changes were noticed.

The core's quick tests run once to learn which functions each of them reaches and how long it takes.
Then every change gets a forked process that runs the tests of its function, those of the module's
own test file first and then the quickest, until one fails. A change inside a function replaces the
function's code; a change of a constant replaces the constant; what neither reaches (a default, a
class) is imported afresh, and so is a changed constant that no test noticed.

A changed default that is always overwritten, or a bound that no measured number meets exactly
(``<`` for ``<=``), changes nothing: what is printed is to be read, not to be brought to zero.

mutmut 3.8 changes only what stands in undecorated functions, but of 3,402 places that can be
changed in the core 663 are constants, defaults and properties, thresholds among them. cosmic-ray
changes the files themselves and starts pytest for each change, which alone takes a second.
"""

from __future__ import annotations

import argparse
import ast
import copy
import gc
import importlib.abc
import importlib.util
import os
import pickle
import random
import resource
import signal
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "posture_monitor" / "core"
TESTS = "tests/core"
_QUIET = ["-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:terminal"]
_STAYS = ("posture_monitor.config", "posture_monitor.domain", "posture_monitor.ports")
"""What never imports the core need not be imported afresh with it."""
_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
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
_SIGNS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """One change of a module."""

    line: int
    what: str
    """The changed part before and after."""
    number: int
    """The changed node's place in ``ast.walk``."""
    node: ast.AST
    """What stands there in its place, of the same type."""
    function: str | None
    """Qualified name of the function whose body is changed; None outside of any."""

    def compiled(self, source: str, file: str) -> CodeType:
        tree = ast.parse(source)
        vars(list(ast.walk(tree))[self.number]).update(vars(self.node))
        return compile(ast.fix_missing_locations(tree), file, "exec")


def mutants(source: str) -> list[Mutant]:
    """Every change of this source that the tests should notice."""
    tree = ast.parse(source)
    skipped = _unnoticeable(tree)
    inside = dict(_in_functions(tree))
    found = []
    for number, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        for changed in _changed(node):
            what = f"{ast.unparse(node)}  ->  {ast.unparse(changed)}"
            line = getattr(node, "lineno", 0)
            found.append(Mutant(line, what, number, changed, inside.get(id(node))))
    return found


def _unnoticeable(tree: ast.Module) -> set[int]:
    """Decorators (frozen or not: nothing to notice) and annotations, by the ids of their nodes."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        roots += getattr(node, "decorator_list", ())
        roots += [part for name in ("annotation", "returns") if (part := getattr(node, name, None))]
    return {id(part) for root in roots for part in ast.walk(root)}


def _in_functions(node: ast.AST, name: str = "") -> Iterator[tuple[int, str]]:
    """The id of each node within a function's body, with that function's qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _in_functions(child, f"{name}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            for statement in child.body:
                yield from ((id(part), name + child.name) for part in ast.walk(statement))
        elif not isinstance(child, ast.expr):
            yield from _in_functions(child, name)


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """What a node may be changed into."""
    match node:
        case ast.Compare(ops=ops):
            for place, operator in enumerate(ops):
                yield _with(
                    node, ops=[*ops[:place], _COMPARISONS[type(operator)](), *ops[place + 1 :]]
                )
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not()):
            yield _with(node, operand=ast.UnaryOp(ast.Not(), node.operand))
        case ast.BinOp() if type(node.op) in _SIGNS:
            yield _with(node, op=_SIGNS[type(node.op)]())
        case ast.Constant(value=bool()):
            yield _with(node, value=not node.value)
        case ast.Constant(value=int()):
            yield _with(node, value=node.value + 1)
        case ast.Constant(value=float()):
            yield _with(node, value=node.value * 1.5 or 1.0)


def _with(node: ast.AST, **changes: Any) -> ast.AST:
    changed = copy.copy(node)
    vars(changed).update(changes)
    return ast.fix_missing_locations(changed)


@dataclass
class Score:
    tried: int = 0
    noticed: int = 0


@dataclass
class Mutating:
    """A pytest plugin: in place of one run of the tests, one for every change."""

    modules: Sequence[Path]
    share: float
    most_s: float
    score: dict[str, Score] = field(default_factory=dict)

    _reached: dict[tuple[str, str], list[pytest.Item]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _took_s: dict[pytest.Item, float] = field(default_factory=dict)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:
            self._learn(item)
        gc.freeze()  # pages that no child's collection touches stay shared
        for path in self.modules:
            self._mutate(path)
        return True

    def _learn(self, item: pytest.Item) -> None:
        """Run a test as it is, and note which functions of the core it reaches."""
        reached: set[tuple[str, str]] = set()

        def called(frame: Any, _event: str, _argument: Any) -> None:
            code = frame.f_code
            if code.co_filename.startswith(str(CORE)):
                reached.add((code.co_filename, code.co_qualname.split(".<")[0]))

        started_s = time.process_time()
        sys.settrace(called)
        fine = _passes(item)
        sys.settrace(None)
        if not fine:
            pytest.exit(f"{item.nodeid} fails already; fix that first", returncode=2)
        self._took_s[item] = time.process_time() - started_s
        for function in reached:
            self._reached[function].append(item)

    def _mutate(self, path: Path) -> None:
        source = path.read_text(encoding="utf-8")
        name = path.relative_to(CORE).with_suffix("").as_posix()
        module = sys.modules.get(".".join(path.relative_to(ROOT).with_suffix("").parts))
        if module is None:
            return
        found = mutants(source)
        unchanged = Mutant(0, "nothing", 0, ast.parse(source), None)
        tests = self._tests(unchanged, module)
        if _in_child(lambda: _all_pass(tests)) or self._noticed(unchanged, module, source):
            pytest.exit(f"{name}: the tests fail without any change", returncode=2)
        chosen = random.Random(name).sample(found, round(self.share * len(found)))
        score = self.score[name] = Score()
        for mutant in sorted(chosen, key=lambda one: one.line):
            score.tried += 1
            if self._noticed(mutant, module, source):
                score.noticed += 1
            else:
                _say(f"not noticed: core/{name}.py:{mutant.line}: {mutant.what}")
        _say(f"{name}: {score.noticed} of {score.tried}")

    def _noticed(self, mutant: Mutant, module: ModuleType, source: str) -> bool:
        tests = self._tests(mutant, module)
        code = mutant.compiled(source, str(module.__file__))
        if _apply(mutant, module, code, dry=True):
            noticed = _in_child(lambda: _apply(mutant, module, code) and _all_pass(tests))
            if noticed or mutant.function:
                return noticed
        return _in_child(lambda: _passes_afresh(module.__name__, code, tests))

    def _tests(self, mutant: Mutant, module: ModuleType) -> list[pytest.Item]:
        """The tests that reach the change, the likeliest to notice it first, up to a time."""
        file = str(module.__file__)
        own = {test for test in self._took_s if f"test_{Path(file).stem}" in test.path.stem}
        lists = (
            tests
            for (where, function), tests in self._reached.items()
            if where == file and mutant.function in (None, function)
        )
        reaching = own.union(*lists)
        chosen, left_s = [], self.most_s
        for test in sorted(reaching, key=lambda one: (one not in own, self._took_s[one])):
            if self._took_s[test] <= left_s:
                chosen.append(test)
                left_s -= self._took_s[test]
        return chosen


def _passes(item: pytest.Item) -> bool:
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))


def _all_pass(tests: Sequence[pytest.Item]) -> bool:
    return all(_passes(test) for test in tests)


def _passes_afresh(name: str, code: CodeType, tests: Sequence[pytest.Item]) -> bool:
    """Import the core and its tests again, one module changed, and run these tests."""

    class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, fullname: str, *_: Any) -> Any:
            origin = code.co_filename
            if fullname == name:
                return importlib.util.spec_from_file_location(name, origin, loader=self)
            return None

        def exec_module(self, module: ModuleType) -> None:
            exec(code, module.__dict__)

    for loaded in list(sys.modules):
        if loaded.startswith(("posture_monitor.", "tests.")) and not loaded.startswith(_STAYS):
            del sys.modules[loaded]
    sys.meta_path.insert(0, Changed())
    return pytest.main([*_QUIET, "-x", *(test.nodeid for test in tests)]) == 0


def _apply(mutant: Mutant, module: ModuleType, code: CodeType, dry: bool = False) -> bool:
    """Change the loaded module; False where that takes a new import (nothing is changed then)."""
    if mutant.function:
        function = _functions(module).get(mutant.function)
        new = _codes(code).get(mutant.function)
        if function is None or new is None:
            return False
        if not dry:
            function.__code__ = new
            for other in list(sys.modules.values()):
                if other and other.__name__.startswith(("posture_monitor", "tests")):
                    _clear_caches(other)
        return True
    constants = _constants(module, code)
    if not dry:
        for other in list(sys.modules.values()):
            for name, (old, value) in constants.items():
                if getattr(other, "__dict__", {}).get(name) is old:
                    setattr(other, name, value)
    return bool(constants)


def _functions(module: ModuleType) -> dict[str, FunctionType]:
    """The module's functions and methods by qualified name."""
    found, left = {}, list(vars(module).values())
    while left:
        value = left.pop()
        value = getattr(value, "fget", None) or getattr(value, "__func__", value)
        value = getattr(value, "__wrapped__", value)
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, type):
            left += vars(value).values()
        elif isinstance(value, FunctionType) and value.__code__.co_filename == module.__file__:
            found[value.__code__.co_qualname] = value
    return found


def _codes(code: CodeType) -> dict[str, CodeType]:
    """The codes of functions and methods by qualified name."""
    found = {}
    for part in code.co_consts:
        if isinstance(part, CodeType):
            found |= {part.co_qualname: part} | _codes(part)
    return found


def _constants(module: ModuleType, code: CodeType) -> dict[str, tuple[Any, Any]]:
    """What the changed module's plain data is, where it differs: name to (old, new)."""
    changed = {"__name__": module.__name__, "__file__": module.__file__}
    try:
        exec(code, changed)
    except Exception:
        return {}
    found = {}
    for name, value in changed.items():
        old = getattr(module, name, None)
        try:
            if pickle.dumps(value) != pickle.dumps(old):
                found[name] = (old, value)
        except Exception:  # a function or class of this module: no plain data
            continue
    return found


def _clear_caches(module: ModuleType) -> None:
    for value in vars(module).values():
        if callable(clear := getattr(value, "cache_clear", None)):
            clear()


def _in_child(passes: Callable[[], bool]) -> bool:
    """Whether the tests fail in a process of their own; one that never ends counts as noticed."""
    child = os.fork()
    if child == 0:
        gc.disable()
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        code = 1
        try:
            code = 0 if passes() else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT:
        raise KeyboardInterrupt
    return status != 0


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as day/hours (all)")
    parser.add_argument("--share", type=float, default=0.25, help="of the changes to try (0.25)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of tests for each change (5)")
    parser.add_argument("--tests", nargs="+", default=[TESTS], help=f"to run ({TESTS})")
    parser.add_argument("--least", type=float, default=0.85, help="share to be noticed (0.85)")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    names = [name.removeprefix("core/") for name in arguments.modules]
    paths = [CORE / f"{name}.py" for name in names] or sorted(CORE.rglob("*.py"))
    plugin = Mutating(paths, arguments.share, arguments.seconds)
    if ended := pytest.main([*_QUIET, "-m", "core", *arguments.tests], plugins=[plugin]):
        return int(ended)
    tried = sum(score.tried for score in plugin.score.values())
    noticed = sum(score.noticed for score in plugin.score.values())
    print(f"{noticed} of {tried} changes were noticed ({noticed / max(tried, 1):.1%})")
    return 0 if noticed >= arguments.least * tried else 1


if __name__ == "__main__":
    sys.exit(main())
