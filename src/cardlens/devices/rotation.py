"""Replacing a signing key so that an interruption at any moment can be finished.

Everything is signed before anything is shown. The new root and the new timestamp wait in a folder beside the keys; from
there they are shown in order, and each step may be done twice.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from cardlens.devices.files import write_aside
from cardlens.devices.release import TIMESTAMP
from cardlens.store.errors import AlreadyThere
from cardlens.store.objects import Store
from cardlens.store.registry_status import RegistryRefusal

_LARGEST = 5_000_000  # bytes of a root


@dataclass(frozen=True, slots=True)
class Rotation:
    """The replacement of the key of `role` in the folder of the keys."""

    keys: Path
    role: str

    @property
    def _folder(self) -> Path:
        return self.keys / "rotation"

    def prepare(self, number: int, root: bytes, timestamp: bytes) -> None:
        """Keep what is to be shown; from `role.json` on, the rotation counts as begun."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_aside(self._folder / "root.json", root)
        write_aside(self._folder / TIMESTAMP, timestamp)
        write_aside(self._folder / "role.json", json.dumps({"role": self.role, "root": number}).encode())

    @classmethod
    def finish_pending(cls, keys: Path, store: Store, releases: str) -> None:
        """Finish a rotation that was interrupted, if there is one."""
        begun = keys / "rotation" / "role.json"
        if begun.exists():
            cls(keys, json.loads(begun.read_bytes())["role"]).finish(store, releases)

    def finish(self, store: Store, releases: str) -> None:
        """Show the new root, then what is signed with the new key; then the new key takes the old one's place."""
        number = json.loads((self._folder / "role.json").read_bytes())["root"]
        root = (self._folder / "root.json").read_bytes()
        _create(store, f"{releases}/{number}.root.json", root)
        store.put(f"{releases}/{TIMESTAMP}", (self._folder / TIMESTAMP).read_bytes())
        write_aside(self.keys / "root.json", root)
        following = self.keys / f"{self.role}.next.pem"
        if following.exists():
            current = self.keys / f"{self.role}.pem"
            current.replace(self.keys / f"{self.role}.before-root-{number}.pem")
            following.replace(current)
        shutil.rmtree(self._folder)


def _create(store: Store, path: str, content: bytes) -> None:
    try:
        store.create(path, content)
    except AlreadyThere:
        found = store.read(path, _LARGEST)
        if found is None or found.content != content:
            raise RegistryRefusal(
                f"{store.at(path)}: another publisher has put a root of this number there; "
                "find out who, then restore it from a backup"
            ) from None
