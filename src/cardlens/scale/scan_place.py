"""The scans of a folder that all machines reach, or of a store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cardlens.reference.scans import Scan, as_scans, find_scans
from cardlens.scale.pictures import Place, is_address, list_pictures
from cardlens.settings import Settings
from cardlens.store.address import open_store


def open_scans(address: str, is_known: Callable[[str], bool], settings: Settings) -> tuple[Place, list[Scan]]:
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
        return Place(None, folder.absolute(), settings.max_bytes), find_scans(folder, is_known)
    store, root = open_store(address), Path("/")
    files = [root / name for name in list_pictures(store)]
    return Place(store.address, root, settings.max_bytes), as_scans(files, root, is_known)
