"""A bus, an X server and a fake notification service for each test that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.desktop.desk import BusDaemon, FakeService, Script, x_server

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
