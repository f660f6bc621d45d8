"""A browser is started beside a service of systemd, and by Python everywhere else."""

from __future__ import annotations

import webbrowser

import pytest

from posture_monitor.system.browser import open_in_browser

ADDRESS = "http://127.0.0.1:8123/x/?key=1"


@pytest.fixture
def opened(monkeypatch):
    """What Python's own way was asked to open."""
    addresses = []
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    return addresses


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder of programs, alone on the path, and what systemd-run was told."""

    def make(*names, exit_code=0):
        for name in names:
            tool = tmp_path / name
            tool.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/told\nexit {exit_code}\n')
            tool.chmod(0o755)
        return tmp_path / "told"

    monkeypatch.setenv("PATH", str(tmp_path))
    return make


def test_a_service_of_systemd_has_it_started_beside_itself(tools, opened, monkeypatch):
    told = tools("systemd-run", "xdg-open")
    monkeypatch.setenv("INVOCATION_ID", "1")

    open_in_browser(ADDRESS)

    assert told.read_text() == f"--user --quiet --collect -- xdg-open {ADDRESS}\n"
    assert opened == []


def test_without_systemd_python_opens_it(tools, opened, monkeypatch):
    told = tools("systemd-run", "xdg-open")
    monkeypatch.delenv("INVOCATION_ID", raising=False)

    open_in_browser(ADDRESS)

    assert opened == [ADDRESS]
    assert not told.exists()


@pytest.mark.parametrize(
    ("there", "exit_code"), [(["systemd-run"], 0), (["systemd-run", "xdg-open"], 1)]
)
def test_where_systemd_can_not_do_it_python_does(tools, opened, monkeypatch, there, exit_code):
    tools(*there, exit_code=exit_code)
    monkeypatch.setenv("INVOCATION_ID", "1")

    open_in_browser(ADDRESS)

    assert opened == [ADDRESS]
