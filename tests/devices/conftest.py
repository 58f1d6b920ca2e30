from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.store.registered import memory_store

if find_spec("tuf"):
    from tests.devices.fleet import Fleet

    collect_ignore_glob = []
else:  # without the extra `device` there is nothing here to test
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """A publisher with keys and a device that believes them; nothing is released."""
    fleet = Fleet(memory_store(), tmp_path)
    fleet.begin()
    return fleet
