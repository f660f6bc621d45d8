"""Which tests measure how much of the core is covered: all of these but the long ones."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Being traced, a test takes three times as long: the long ones are run without."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("long") is None:
            item.add_marker(pytest.mark.core)
