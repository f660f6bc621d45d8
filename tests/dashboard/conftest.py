"""Records of several lengths, written once for all tests that only read them; one browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from tests.dashboard.serving import NOW, Served, serving, write_days

LENGTHS = {
    "empty": (),
    "one day": ((1, NOW),),
    "month": ((30, NOW),),
    # Its first days and its last: the days between would take most of a minute to write.
    "year": ((5, NOW - timedelta(days=350)), (30, NOW)),
}
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def dashboards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    """A dashboard over each length of record, without a monitor."""
    with ExitStack() as stack:
        found = {}
        for name, parts in LENGTHS.items():
            folder = tmp_path_factory.mktemp("record")
            for days, until in parts:
                write_days(folder, days, until=until)
            found[name] = stack.enter_context(serving(folder))
        yield found


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """A folder with a month's record of its own."""
    return write_days(tmp_path / "data", 30)


# A module's, not the session's: while it is open, Playwright keeps an event loop running in
# this thread, and no other test could run its own.
@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=CHROMIUM_ARGUMENTS
        )
        yield browser
        browser.close()
