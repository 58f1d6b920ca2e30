"""A release: a version of the registry that the publisher has signed for devices. Where it lies, how long it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cardlens.errors import CardlensError
from cardlens.store.registry_store import group_folder
from cardlens.store.registry_version import ModelVersion, check_name

TIMESTAMP = "timestamp.json"  # the one file that is replaced: it says which numbered ones count
# How long signatures count. A device goes on with what it has when they have expired; it only takes nothing new.
EXPIRY: Mapping[str, timedelta] = {
    "root": timedelta(days=730),
    "targets": timedelta(days=365),
    "snapshot": timedelta(days=30),
    "timestamp": timedelta(days=30),
}


class Untrusted(CardlensError):
    """A release that is not signed, tampered with, expired or older than what was seen before."""


@dataclass(frozen=True, slots=True)
class Release:
    """A signed version. `sequence` counts up with every signature: a device never goes down by itself."""

    version: ModelVersion
    sequence: int

    @property
    def folder_name(self) -> str:
        """Name of its folder on a device."""
        return f"{self.sequence:06d}-{self.version.name}"


@dataclass(frozen=True, slots=True)
class ReleasePaths:
    """Where the parts of a package group's releases lie in the store."""

    group: str

    @property
    def metadata(self) -> str:
        """Folder of the signed metadata."""
        return f"{group_folder(self.group)}/releases"

    @property
    def versions(self) -> str:
        """Folder of the version records, which are what is signed."""
        return f"{group_folder(self.group)}/versions"

    def target(self, version: str) -> str:
        """Name of a version's record as the signed metadata has it."""
        return f"{check_name(version)}.json"
