from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.devices.fleet import Fleet

# without the extra `device` there is nothing here to test
collect_ignore_glob = [] if find_spec("tuf") else ["test_*.py"]


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """A publisher with keys and a device that believes them; nothing is released."""
    from tests.devices.fleet import Fleet
    from tests.store.registered import memory_store

    fleet = Fleet(memory_store(), tmp_path)
    fleet.begin()
    return fleet
