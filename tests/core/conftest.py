"""Which tests measure how much of the core is covered: all of these but the long ones.

A property is tried on 40 examples, new ones in each run, however long a busy machine takes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("core", max_examples=40, deadline=None)
settings.load_profile("core")
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Being traced, a test takes three times as long: the long ones are run without."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("long") is None:
            item.add_marker(pytest.mark.core)
