"""A publisher and a device around one store: small versions, real signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cardlens.devices.home import DeviceHome
from cardlens.devices.keys import KeyFolder
from cardlens.devices.publisher import Publisher
from cardlens.devices.release import Release
from cardlens.devices.self_test import SelfTest
from cardlens.devices.trust import ReleaseTrust
from cardlens.devices.update import Outcome, Updater
from cardlens.store.objects import Store
from cardlens.store.registry import GROUP
from cardlens.store.registry_gates import Gates
from cardlens.store.registry_status import Status
from cardlens.store.registry_store import StoreRegistry
from tests.store.registered import a_version, contents, put_files

RELEASES = f"models/registry/{GROUP}/releases"
PASSPHRASE = "correct horse"  # noqa: S105 - opens keys that live as long as a test


def passes(folder: Path) -> SelfTest:
    """A self-test that looks at nothing but that there is something."""
    return SelfTest(crops=len(list(folder.rglob("*.onnx"))), least_cosine=1.0, named=9)


@dataclass
class Fleet:
    """Everything there is between the registry and one device."""

    store: Store
    folder: Path
    registry: StoreRegistry = field(init=False)
    keys: KeyFolder = field(init=False)
    publisher: Publisher = field(init=False)
    home: DeviceHome = field(init=False)

    def __post_init__(self) -> None:
        self.registry = StoreRegistry(self.store, gates=Gates())
        self.keys = KeyFolder(self.folder / "keys", lambda: PASSPHRASE)
        self.publisher = Publisher(self.store, self.keys)
        self.home = DeviceHome(self.folder / "device")

    @property
    def trust(self) -> ReleaseTrust:
        return ReleaseTrust(self.home.trust, self.store, GROUP)

    def begin(self) -> None:
        """Make keys, and let the device believe them."""
        self.trust.give_root(self.publisher.begin())

    def register(self, name: str, files: Mapping[str, bytes] | None = None) -> None:
        """Register and approve a version."""
        files = files or contents(name)
        put_files(self.store, files)
        self.registry.register(a_version(name, files), "ash@lab")
        self.registry.decide(name, Status.APPROVED, "ash@lab")

    def release(self, name: str, files: Mapping[str, bytes] | None = None) -> Release:
        """Register, approve and sign a version."""
        self.register(name, files)
        return self.sign(name)

    def sign(self, name: str) -> Release:
        """Sign a version, all that are not rejected staying signed."""
        kept = {one.version.name for one in self.registry.versions() if one.status is not Status.REJECTED}
        return self.publisher.sign(name, kept)

    def updater(self) -> Updater:
        return Updater(self.home, self.store, self.registry, self_test=passes)

    def update(self, *, again: bool = False) -> Outcome:
        return self.updater().update(again=again)

    def running_weights(self) -> str:
        """What the running release's embedder is."""
        return (self.home.current / "models" / "embedder.onnx").read_text()
