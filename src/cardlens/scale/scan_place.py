"""The scans of a folder that all machines reach, or of a store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cardlens.reference.scans import Scan, as_scans, find_scans
from cardlens.scale.inputs import file_state
from cardlens.scale.pictures import Place, is_address, list_pictures
from cardlens.settings import Settings
from cardlens.store.address import open_store


@dataclass(frozen=True, slots=True)
class FoundScans:
    """The scans of a place; `states` says by their `source` what changes when they do."""

    place: Place
    scans: list[Scan]
    states: dict[str, str]


def open_scans(address: str, is_known: Callable[[str], bool], settings: Settings) -> FoundScans:
    """List scans as the local engine does; workers read them from the place by their `source`.

    Args:
        address: of a store, or a folder; sub-folders hold views.
        is_known: tells a card id from a longer name.
        settings: how large a scan may be.

    Raises:
        CardlensError: there is no scan.
    """
    if not is_address(address):
        folder = Path(address)
        scans = find_scans(folder, is_known)
        states = {scan.source: file_state(scan.file) for scan in scans}
        return FoundScans(Place(None, folder.absolute(), settings.max_bytes), scans, states)
    store, root = open_store(address), Path("/")
    states = list_pictures(store)
    scans = as_scans((root / name for name in states), root, is_known)
    return FoundScans(Place(store.address, root, settings.max_bytes), scans, states)
