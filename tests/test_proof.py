"""The commands that prove the promises: their quick forms keep them, and a broken one is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from proof import faults, fuzz
from proof.cases import Broken, Case, run
from tests.program import ROOT, children_of, environment
from tests.streams import wait_for


def case(name, attempt):
    return Case("door", name, "stays shut", attempt)


def broken(_folder):
    raise Broken("it stood open")


def test_every_promise_that_is_kept_is_counted_and_the_exit_is_zero(capsys):
    code = run("doors", [case("front", lambda _: "shut"), case("back", lambda _: "shut")])

    assert code == 0
    assert capsys.readouterr().out.splitlines()[-1] == "doors: 2 kept, 0 broken"


@pytest.mark.parametrize(
    ("attempt", "found"), [(broken, "it stood open"), (lambda _: 1 // 0, "ZeroDivisionError: ")]
)
def test_a_broken_promise_is_told_with_what_was_found_and_the_exit_is_one(capsys, attempt, found):
    code = run("doors", [case("front", attempt), case("back", lambda _: "shut")])

    assert code == 1
    out = capsys.readouterr().out
    assert f"    {found}" in out
    assert out.splitlines()[-1] == "doors: 1 kept, 1 broken"


def test_each_case_has_an_empty_folder_that_is_gone_afterwards():
    folders = []

    def look(folder):
        folders.append((folder, list(folder.iterdir())))
        return "empty"

    run("doors", [case("front", look), case("back", look)])

    assert [found for _, found in folders] == [[], []]
    assert not any(folder.exists() for folder, _ in folders)


def test_only_the_cases_of_that_name_are_tried_and_none_is_a_usage_error(capsys):
    tried = [case("front", lambda _: "shut"), case("back", broken)]

    assert run("doors", tried, only="FRONT") == 0
    assert run("doors", tried, only="roof") == 2
    assert "there is no case 'roof'" in capsys.readouterr().err


def test_an_interrupt_ends_what_was_started_and_leaves_nothing_behind(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "proof.faults", "--only", "takes the call and is silent"],
        cwd=ROOT, env=environment(TMPDIR=str(tmp_path)), stdout=subprocess.PIPE, text=True,
    ) as command:  # fmt: skip
        wait_for(lambda: bool(children_of(command.pid)), limit_s=90)
        started = children_of(command.pid)
        os.kill(command.pid, signal.SIGINT)
        out, _ = command.communicate(timeout=90)

    assert command.returncode == 130
    assert out.splitlines()[-1] == "faults: interrupted after 0 of 1"
    wait_for(lambda: not any(pid in children_of(os.getpid()) for pid in started))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [faults, fuzz])
def test_quick_form_keeps_every_promise(command):
    assert command.main(["--quick"]) == 0
