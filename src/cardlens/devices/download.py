"""Putting a release together in the staging folder: what is on the device is kept, the rest is fetched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cardlens.devices.files import is_right
from cardlens.devices.home import DeviceError, DeviceHome
from cardlens.devices.release import Release
from cardlens.store.objects import Progress, Store, no_progress
from cardlens.store.registry_candidate import file_path
from cardlens.store.registry_version import VersionFile

_SPARE = 20_000_000  # bytes that stay free on the disk
_READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class Fetched:
    """What it took: bytes and files that came over the network, files that were on the device already."""

    bytes: int
    files: int
    kept: int


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who is told how a download goes: the bytes that are to come, once, and those that have come, part by part."""

    expect: Callable[[int], None] = no_progress
    arrived: Progress = no_progress


def to_fetch(home: DeviceHome, release: Release) -> dict[str, VersionFile]:
    """List what would have to come over the network; nothing is changed."""
    files = release.version.files
    staging = home.staging_folder(release)
    return {
        path: wanted
        for path, wanted in files.items()
        if not any(is_right(file, wanted) for file in (staging / path, *_copies(home, path)))
    }


def download(store: Store, home: DeviceHome, release: Release, group: str, watcher: Watcher) -> tuple[Path, Fetched]:
    """Bring every file of a release into its staging folder, each checked against the signed digest.

    Interrupted, the next call goes on: what has arrived stays.

    Raises:
        DeviceError: the disk has no room.
        Damaged: the store's bytes are not the signed ones.
    """
    staging = home.staging_folder(release)
    files = release.version.files
    missing = {path: file for path, file in files.items() if not _at_hand(home, staging / path, path, file)}
    needed = sum(file.bytes for file in missing.values())
    _check_room(home, needed)
    watcher.expect(needed)
    for path, file in missing.items():
        target = staging / path
        store.fetch(
            file_path(file.sha256, group), target, sha256=file.sha256, size=file.bytes, progress=watcher.arrived
        )
        _settle(target)
    return staging, Fetched(needed, len(missing), len(files) - len(missing))


def _at_hand(home: DeviceHome, target: Path, path: str, wanted: VersionFile) -> bool:
    """Have a file in the staging folder without fetching it, if any release on the device has it."""
    if is_right(target, wanted):
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    for source in _copies(home, path):
        if source != target and is_right(source, wanted):
            target.unlink(missing_ok=True)
            _link(source, target)
            return True
    return False


def _copies(home: DeviceHome, path: str) -> Iterator[Path]:
    for folder in (home.folder / "releases", home.folder / "staging"):
        yield from (release / path for release in sorted(folder.glob("*"), reverse=True))


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copy2(source, target)


def _settle(file: Path) -> None:
    """Bring a file through a power cut, and keep it from being changed: releases share what is the same."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
    file.chmod(_READ_ONLY)


def _check_room(home: DeviceHome, needed: int) -> None:
    free = shutil.disk_usage(home.folder).free
    if needed + _SPARE > free:
        raise DeviceError(
            f"{home.folder}: needs {(needed + _SPARE) / 1e6:.0f} MB, {free / 1e6:.0f} MB are free; make room, "
            "then update again"
        )
