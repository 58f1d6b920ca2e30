"""Changing a reference database: new scans in, cards out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cardlens.errors import BadReference
from cardlens.recognition.picture import DEFAULT_LIMITS, Limits
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.contents import Contents
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.grower import Embeds, Grower, Progress
from cardlens.reference.outcome import Outcome, Remark
from cardlens.reference.partial import EmbeddedScans
from cardlens.reference.publish import Destination, publish


@dataclass(frozen=True, slots=True)
class Change:
    """Which database is changed, and where the result goes: `out`, or in place where that is None."""

    reference: Path
    out: Path | None = None

    def destination(self) -> Destination:
        """Check where the result goes; raises `BadReference` where nothing may be written."""
        destination = Destination(self.out or self.reference)
        destination.check()
        if self.out is not None and self.out.exists():
            raise BadReference(f"{self.out}: exists; to change that one: --reference {self.out}")
        return destination


def add(
    scans: Path,
    change: Change,
    catalogue: Catalogue,
    embedder: Embeds,
    progress: Progress,
    limits: Limits = DEFAULT_LIMITS,
) -> Outcome:
    """Add scans to a database: new cards, and further views of cards that it has.

    Args:
        scans: `<card_id>.<ext>`, further views in sub-folders.
        change: which database; where the result goes.
        catalogue: metadata; scans of cards that it does not know are left out.
        embedder: the one that made the database.
        progress: called with (scans done, scans in all).
        limits: for opening scans.

    Raises:
        StaleReference: another model made the database.
        BadReference: it cannot be read, or the result cannot be written.
    """
    destination = change.destination()
    contents = Contents.read(ReferenceDatabase.open(change.reference, embedder.spec.digest))
    memory = EmbeddedScans(destination.partial, embedder.spec.digest)
    outcome = Grower(contents, catalogue, embedder, memory, limits).grow(scans, destination, progress)
    if outcome.added or change.out is not None:
        publish(contents, embedder.spec, destination, grown_from=change.reference)
    return outcome


def remove(card_ids: Sequence[str], change: Change) -> Outcome:
    """Take cards out of a database; ids that it does not have are told in the outcome.

    Raises:
        BadReference: it has none of them, or none but them, or the result cannot be written.
    """
    destination = change.destination()
    database = ReferenceDatabase.open(change.reference, None)
    missing = [card_id for card_id in card_ids if card_id not in set(database.card_ids)]
    if len(missing) == len(card_ids):
        raise BadReference(
            f"{change.reference}: has no card {', '.join(missing)}; look for it: cardlens reference search"
        )
    contents = Contents.read(database).without(set(card_ids))
    publish(contents, database.manifest.model, destination)
    problems = [Remark(card_id, "not in the database") for card_id in missing]
    return Outcome(destination.folder, cards=len(set(contents.card_ids)), problems=problems)
