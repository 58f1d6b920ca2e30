from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("tuf", reason="the extra device is not installed")

from tests.devices.fleet import Fleet
from tests.store.registered import memory_store


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """A publisher with keys and a device that believes them; nothing is released."""
    fleet = Fleet(memory_store(), tmp_path)
    fleet.begin()
    return fleet
