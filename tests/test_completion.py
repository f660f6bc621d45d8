"""``completion``: a real shell completes by the script; commands, options and choices."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from handbook.commands import program
from posture_monitor import cli
from posture_monitor.commands.completion import SHELLS, script


@pytest.fixture(scope="module")
def bash():
    return script("bash")


def completed(bash, *words):
    """What bash offers behind these words, the last of them begun."""
    quoted = " ".join(f"'{word}'" for word in ("posture-monitor", *words))
    asked = f"""
        COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; COMP_LINE="${{COMP_WORDS[*]}}"
        COMP_POINT=${{#COMP_LINE}}; COMP_TYPE=9
        handler=$(complete -p posture-monitor | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        "$handler" posture-monitor '{words[-1]}' '{words[-2] if len(words) > 1 else ""}'
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", f"{bash}\n{asked}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_commands_options_choices_and_words_below_a_command(bash):
    assert completed(bash, "re") >= {"report", "resume", "reload"}
    assert all(word.startswith("re") for word in completed(bash, "re"))
    assert completed(bash, "run", "--no-") >= {"--no-tray", "--no-dashboard"}
    assert completed(bash, "run", "--rotate", "") == {"0", "90", "180", "270"}
    assert completed(bash, "stretches", "") >= {"list", "show", "count"}


@pytest.mark.parametrize("shell", SHELLS)
def test_script_names_every_command_and_calls_nothing_outside(shell, capsys):
    assert cli.main(["completion", shell]) == 0

    text = capsys.readouterr().out
    assert text == script(shell) + "\n"
    assert [word.name for word in program().words if word.name not in text] == []
    assert "curl" not in text
