"""A bus, an X server and a fake notification service for each test that asks."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.desktop.desk import (
    SYSTEM_PYTHON,
    BusDaemon,
    FakeService,
    Script,
    owned,
    running,
    x_server,
)
from tests.desktop.logind import LOGIN, Login
from tests.streams import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def bus(tmp_path) -> Iterator[BusDaemon]:
    """A session bus on which nothing is started by itself."""
    daemon = BusDaemon(tmp_path)
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeService]]:
    """Starts fake notification services; ends them with the test."""
    services: list[FakeService] = []

    def start(address: str, script: Script | None = None) -> FakeService:
        services.append(FakeService(address, script))
        return services[-1]

    yield start
    for service in services:
        service.close()


@pytest.fixture(scope="module")
def screen(tmp_path_factory) -> Iterator[dict[str, str]]:
    """The environment of an X server with a window manager, shared by a module's tests."""
    with x_server(tmp_path_factory.mktemp("screen")) as environment:
        yield environment


@pytest.fixture
def mocked(bus) -> Iterator[Callable[[str, str], None]]:
    """Starts Debian's dbusmock with a template, as one program each."""
    if subprocess.run([SYSTEM_PYTHON, "-c", "import dbusmock"], capture_output=True).returncode:
        pytest.skip("needs python3-dbusmock; see scripts/system-packages.txt")
    environment = {**bus.environment, "DBUS_SYSTEM_BUS_ADDRESS": bus.address}
    with ExitStack() as stack:

        def start(template: str, name: str) -> None:
            command = [SYSTEM_PYTHON, "-m", "dbusmock", "--template", template]
            stack.enter_context(running(command, environment))
            wait_for(lambda: owned(bus.address, name))

        yield start


@pytest.fixture
def login(bus, mocked) -> Login:
    mocked("logind", LOGIN)
    return Login(bus)
