"""A collection: everything that can be done with what a person owns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from sqlalchemy import func, select

from cardlens.collection import corrections, crops, entries, journal, prices
from cardlens.collection.completion import SetCompletion, completion
from cardlens.collection.copy import CardLabel, Copy, NewCopy, check_values
from cardlens.collection.corrections import Correction
from cardlens.collection.crops import Crop
from cardlens.collection.database import Database
from cardlens.collection.exchange.giving_out import give_out
from cardlens.collection.exchange.report import ImportReport
from cardlens.collection.exchange.taking_in import Way, open_to_import, take_in
from cardlens.collection.faults import BadCopy, UnknownCopy
from cardlens.collection.journal import Event, Undone
from cardlens.collection.prices import PriceReport, PriceSource, Quote
from cardlens.collection.query import Query, matching, ordered
from cardlens.collection.record import as_copy, called
from cardlens.collection.tables import CopyRow
from cardlens.collection.training_material import write_training_material
from cardlens.recognition.answer import Answer
from cardlens.recognition.facts import CardFacts


class Collection:
    """One collection of a database. Safe to use from several threads; close it when done, or use it in a `with`."""

    def __init__(self, database: Database, name: str, collection_id: int, facts: CardFacts) -> None:
        """Take the parts; `open_collection` puts them together."""
        self.name = name
        self._database, self._id, self._facts = database, collection_id, facts

    def __enter__(self) -> Collection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections to the database."""
        self._database.close()

    # Reading

    def get(self, copy_id: int) -> Copy:
        """One entry; raises `UnknownCopy`."""
        with self._database.reading() as session:
            return as_copy(entries.find(session, self._id, copy_id))

    def copies(self, query: Query | None = None) -> list[Copy]:
        """Entries that a query wants; without one all, newest first."""
        with self._database.reading() as session:
            return [as_copy(row) for row in session.scalars(ordered(query or Query(), self._id))]

    def search(self, text: str, limit: int = 50) -> list[Copy]:
        """Entries with all these words in name, set, number, id, tags, place or note, best first."""
        return self.copies(Query(text=text, limit=limit))

    def count(self, query: Query | None = None) -> int:
        """How many entries a query wants, whatever its limit and offset."""
        with self._database.reading() as session:
            counted = select(func.count()).select_from(CopyRow).where(*matching(query or Query(), self._id))
            return session.scalar(counted) or 0

    def cards(self, query: Query | None = None) -> int:
        """How many cards that is, quantities added up."""
        with self._database.reading() as session:
            wanted = matching(query or Query(), self._id)
            return int(session.scalar(select(func.coalesce(func.sum(CopyRow.quantity), 0)).where(*wanted)) or 0)

    def proof(self, copy_id: int) -> Crop:
        """The crop that proves an entry; raises `UnknownCopy` where there is none."""
        digest = self.get(copy_id).proof
        if digest is None:
            raise UnknownCopy(f"copy {copy_id}: has no crop")
        return self._crop(digest)

    def completion(self, set_id: str | None = None, *, started_only: bool = True) -> list[SetCompletion]:
        """How much of each set is there, of one set or of those that are begun, oldest first."""
        with self._database.reading() as session:
            return completion(session, self._id, self._facts, set_id, started_only=started_only)

    def history(self, limit: int = 50, copy_id: int | None = None) -> list[Event]:
        """What was done, newest first; to one entry where `copy_id` is given."""
        if copy_id is not None and not entries.is_key(copy_id):
            return []
        with self._database.reading() as session:
            return journal.events(session, self._id, max(0, min(limit, 1_000_000)), copy_id)

    # Writing: each call is one transaction and one event that can be undone

    def add(
        self,
        new: NewCopy,
        crop: bytes | None = None,
        *,
        merge: bool = False,
        request: str | None = None,
        corrected: bool = False,
        answered: str | None = None,
    ) -> Copy:
        """Add copies of a card.

        Args:
            new: what to add.
            crop: JPEG, PNG or WebP of the card, kept as proof.
            merge: raise the quantity of an entry that is alike, where there is one.
            request: a name of the caller's for this request; the same one again adds nothing and gives the same entry,
                unless that was undone.
            corrected: a person says that it is this card: kept, with the crop, as training material until it is undone.
            answered: the card that cardlens had named; None where it named none. Only looked at with `corrected`.

        Raises:
            BadCopy: the card is not known and has no label, or the crop is no picture.
        """
        check_values({"request": request, "answered": answered})
        with self._database.writing() as session:
            if request is not None and (done := journal.added_by(session, self._id, request)):
                return as_copy(entries.find(session, self._id, done))
            proof = None if crop is None else crops.keep(session, crop)
            row, change = entries.add(session, entries.new_row(self._id, new, self._facts, proof), merge=merge)
            summary = f"added {new.quantity} × {called(row)}{f', not {answered}' if corrected and answered else ''}"
            event = journal.write_down(session, self._id, "add", summary, [change], request)
            if corrected:
                corrections.keep(session, event, row, answered, new.confidence, proof)
            return as_copy(row)

    def add_answer(
        self,
        answer: Answer,
        crop: bytes | None = None,
        *,
        card_id: str | None = None,
        merge: bool = False,
        request: str | None = None,
        **about: Any,
    ) -> Copy:
        """Add the card that an answer names, with the answer's language and confidence.

        Args:
            answer: what cardlens said; one that is unknown needs `card_id`.
            crop: JPEG, PNG or WebP of the card, kept as proof.
            card_id: the card that it really is, where a person knows better: kept as a correction.
            merge: as for `add`.
            request: as for `add`.
            **about: other fields of `NewCopy`: `finish`, `condition`, `scanned_at`, `scanned_from`, `tags`, …
        """
        right = card_id or answer.card_id
        if right is None:
            raise BadCopy("this card was not recognised: say which it is (card_id)")
        new, named = entries.from_answer(answer, right, about), answer.card_id
        return self.add(new, crop, merge=merge, request=request, corrected=right != named, answered=named)

    def update(self, copy_id: int, **values: Any) -> Copy:
        """Change fields of an entry, such as `quantity=2` or `tags=("swap",)`; raises `UnknownCopy` or `BadCopy`."""
        with self._database.writing() as session:
            row = entries.find(session, self._id, copy_id)
            change = entries.change(session, row, values)
            if change.before != change.after:
                summary = f"changed {', '.join(values)} of {called(row)}"
                journal.write_down(session, self._id, "update", summary, [change])
            return as_copy(row)

    def tag(self, copy_ids: Sequence[int], add: Sequence[str] = (), remove: Sequence[str] = ()) -> list[Copy]:
        """Give entries tags and take others from them."""
        with self._database.writing() as session:
            rows = [entries.find(session, self._id, copy_id) for copy_id in dict.fromkeys(copy_ids)]
            changes = []
            for row in rows:
                kept = [each.tag for each in row.tag_rows if each.tag not in remove]
                changes.append(entries.change(session, row, {"tags": (*kept, *add)}))
            summary = f"tags of {len(rows)} entries: " + ", ".join(
                [f"+{tag}" for tag in add] + [f"-{tag}" for tag in remove]
            )
            journal.write_down(
                session, self._id, "tag", summary, [change for change in changes if change.before != change.after]
            )
            return [as_copy(row) for row in rows]

    def remove(self, *copy_ids: int) -> list[Copy]:
        """Take entries out; gives what was taken. All or, where one is unknown, none."""
        with self._database.writing() as session:
            rows = [entries.find(session, self._id, copy_id) for copy_id in dict.fromkeys(copy_ids)]
            gone = [as_copy(row) for row in rows]
            summary = f"removed {called(rows[0]) if len(rows) == 1 else f'{len(rows)} entries'}"
            if rows:
                journal.write_down(session, self._id, "remove", summary, entries.remove(session, rows))
            return gone

    def merge_duplicates(self) -> int:
        """Make one entry of those alike in all but dates, notes, tags and crops; gives how many entries vanished."""
        with self._database.writing() as session:
            vanished, changes = entries.merge_duplicates(session, self._id)
            if vanished:
                said = f"merged {vanished} duplicate {'entry' if vanished == 1 else 'entries'}"
                journal.write_down(session, self._id, "merge", said, changes)
            return vanished

    def undo(self, event_id: int | None = None) -> Undone:
        """Take back the last thing done, or one that nothing later built on; raises `UndoConflict`."""
        if event_id is not None and not entries.is_key(event_id):
            raise UnknownCopy(f"event {event_id}: none such in this collection")
        with self._database.writing() as session:
            return journal.undo(session, self._id, event_id)

    # Import and export

    def import_file(
        self,
        file: Path | BinaryIO,
        form: str | None = None,
        *,
        name: str | None = None,
        merge: bool = False,
        replace: bool = False,
        dry_run: bool = False,
    ) -> ImportReport:
        """Import what another app, or cardlens, exported; rows that cannot be used are in the report, the rest goes on.

        Args:
            file: a path, or an open binary file that can be rewound, such as `io.BytesIO(upload)`.
            form: one of `FORMATS`; None: known by its columns.
            name: what messages call the file.
            merge: raise quantities of entries that are alike, instead of adding more entries.
            replace: take out first what is there; undo brings it back.
            dry_run: change nothing, only report.

        Raises:
            BadExchange: nothing of the file can be used.
        """
        way = Way(merge, replace, dry_run)
        with open_to_import(file) if isinstance(file, Path) else nullcontext(file) as opened:
            called = name or (str(file) if isinstance(file, Path) else "the file")
            return take_in(self._database, self._id, self._facts, opened, called, form, way)

    def export(self, form: str, out: TextIO, query: Query | None = None, *, crops: bool = True) -> int:
        """Write entries in one of `FORMATS`; gives how many. Open files with `newline=""` and UTF-8.

        `crops=False` leaves the pictures out of `json`; no other format has any.
        """
        copies = self.copies(query or Query(sort="oldest"))
        return give_out(copies, form, out, self._facts, self.name, self._crop if crops else None)

    # Corrections

    def correct(self, copy_id: int, card_id: str, label: CardLabel | None = None) -> Copy:
        """Say which card an entry really is: changes the entry and keeps crop and card as training material."""
        with self._database.writing() as session:
            row = entries.find(session, self._id, copy_id)
            answered, change = row.card_id, entries.rename(session, row, card_id, label, self._facts)
            if answered == card_id:
                return as_copy(row)
            summary = f"corrected {answered} to {called(row)}"
            event = journal.write_down(session, self._id, "correct", summary, [change])
            corrections.keep(session, event, row, answered, row.confidence, row.proof)
            return as_copy(row)

    def record_correction(
        self,
        card_id: str,
        *,
        answered: str | None = None,
        crop: bytes | None = None,
        language: str = "en",
        confidence: float | None = None,
        copy_id: int | None = None,
    ) -> Correction:
        """Keep what a person said of an answer that is in no entry, or not yet."""
        with self._database.writing() as session:
            digest = None if crop is None else crops.keep(session, crop)
            return corrections.record(session, self._id, card_id, answered, digest, language, confidence, copy_id)

    def corrections(self) -> list[Correction]:
        """Every correction that has not been undone, oldest first."""
        with self._database.reading() as session:
            return corrections.listed(session, self._id)

    def export_corrections(self, folder: Path) -> int:
        """Write the corrections that have a crop into a new folder, as training and `reference add` take them."""
        return write_training_material(self.corrections(), self._crop, folder)

    # Prices: nobody is asked unless `fetch_prices` is called

    def prices(self) -> list[Quote]:
        """What is known of the prices of the cards here, each with the day it was asked."""
        return prices.known(self._database, [copy.card_id for copy in self.copies()])

    def fetch_prices(
        self,
        source: PriceSource,
        older_than: timedelta = timedelta(days=1),
        progress: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> PriceReport:
        """Ask a source about the cards here whose prices are missing or older than that; raises `PriceTrouble`."""
        return prices.fetch(self._database, source, [copy.card_id for copy in self.copies()], older_than, progress)

    def value(self) -> dict[str, Decimal]:
        """What the cards here are worth by currency, as far as their prices are known."""
        return prices.value_of(self.copies(), self.prices())

    def _crop(self, digest: str) -> Crop:
        with self._database.reading() as session:
            return crops.crop_of(session, digest)
