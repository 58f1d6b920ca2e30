"""One update in a process of its own, to be ended at any moment: `updating.py STORE HOME`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cardlens.devices.home import DeviceHome
from cardlens.devices.self_test import SelfTest
from cardlens.devices.update import Updater
from cardlens.store.address import open_store
from cardlens.store.registry_store import StoreRegistry


def _passes(folder: Path) -> SelfTest:
    return SelfTest(crops=1, least_cosine=1.0, named=1)


store = open_store(sys.argv[1])
updater = Updater(DeviceHome(Path(sys.argv[2])), store, StoreRegistry(store), self_test=_passes)
sys.stdout.write("started\n")
sys.stdout.flush()
sys.stdout.write(json.dumps(updater.update().as_json()))
