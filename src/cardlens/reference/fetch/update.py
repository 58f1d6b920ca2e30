"""What is new, into a reference database: the scans of cards that it does not have."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cardlens.errors import CardlensError
from cardlens.recognition.picture import DEFAULT_LIMITS, Limits
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.edit import Change, add
from cardlens.reference.fetch.folder import ADDING, RawFolder
from cardlens.reference.fetch.ledger import Entry, Ledger
from cardlens.reference.grower import Embeds
from cardlens.reference.outcome import Outcome

Progress = Callable[[int, int], None]


def cards_of(reference: Path) -> frozenset[str]:
    """The card ids that a database has; raises `BadReference`."""
    return frozenset(ReferenceDatabase.open(reference, None).card_ids)


def new_scans(ledger: Ledger, have: frozenset[str]) -> list[Entry]:
    """Scans that were brought in, by this run or an earlier one, of cards that are not among `have`."""
    return [entry for entry in ledger if entry.status == "fetched" and entry.card_id not in have]


def add_scans(
    raw: RawFolder,
    entries: Iterable[Entry],
    change: Change,
    catalogue: Catalogue,
    embedder: Embeds,
    progress: Progress,
    limits: Limits = DEFAULT_LIMITS,
) -> Outcome:
    """Add these scans to a database, as `cardlens reference add` does; raises as `edit.add`."""
    with _only(raw, entries) as folder:
        return add(folder, change, catalogue, embedder, progress, limits)


@contextmanager
def _only(raw: RawFolder, entries: Iterable[Entry]) -> Iterator[Path]:
    """A folder that holds nothing but these scans, under the names that they have."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=ADDING, dir=raw.folder))
        for entry in entries:
            _link(raw.scans / entry.file, folder / entry.file)
    except OSError as error:
        raise CardlensError(
            f"{raw.folder}: cannot be written ({error.strerror or error}); make room, then give the same command again"
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _link(scan: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(scan, place)
    except OSError:  # file systems without hard links
        shutil.copyfile(scan, place)
