"""Taking what a file holds into a collection: understood first, then stored in one transaction, as one event."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from cardlens.collection import crops, entries, journal
from cardlens.collection.copy import in_utc
from cardlens.collection.database import Database
from cardlens.collection.exchange import own_json
from cardlens.collection.exchange.format import Incoming
from cardlens.collection.exchange.formats import check_name, read_table, table_format
from cardlens.collection.exchange.report import ImportReport
from cardlens.collection.exchange.table import MOST_BYTES, Table
from cardlens.collection.faults import BadCopy, BadExchange
from cardlens.collection.journal import Change
from cardlens.collection.record import snapshot
from cardlens.collection.tables import CopyRow, CropRow
from cardlens.recognition.facts import CardFacts


@dataclass(frozen=True, slots=True)
class Way:
    """How to take things in.

    Attributes:
        merge: raise the quantity of an entry that is alike, where there is one.
        replace: take out first what is there.
        dry_run: only try, and report.
    """

    merge: bool = False
    replace: bool = False
    dry_run: bool = False


def take_in(
    database: Database, collection_id: int, facts: CardFacts, file: BinaryIO, name: str, form: str | None, way: Way
) -> ImportReport:
    """Import an open file; raises `BadExchange` where nothing of it can be read."""
    if form is not None:
        check_name(form)
    start = file.read(1)
    while start.isspace() or start in (b"\xef", b"\xbb", b"\xbf"):
        start = file.read(1)
    file.seek(0)
    report = ImportReport(form or "")
    if form == own_json.NAME or (form is None and own_json.looks_like_it(start)):
        report.format = own_json.NAME
        incoming = _read_json(database, file, name, report, way)
    else:
        table = Table(file.read(MOST_BYTES + 1), name)
        chosen = table_format(table, form)
        report.format, report.encoding = chosen.name, table.encoding
        incoming = list(read_table(table, chosen, facts, report))
    if way.dry_run:
        _count(incoming, facts, report)
        return report
    with database.writing() as session:
        _store(session, collection_id, facts, incoming, name, way, report)
    return report


def open_to_import(file: Path) -> BinaryIO:
    """Open a file to import; raises `BadExchange`."""
    try:
        return io.BytesIO(file.read_bytes()) if file.is_fifo() else file.open("rb")
    except OSError as error:
        raise BadExchange(f"{file}: cannot be read ({error.strerror}); give the file that the app exported") from None


def _read_json(database: Database, file: BinaryIO, name: str, report: ImportReport, way: Way) -> list[Incoming]:
    found: list[Incoming] = []
    for each in own_json.read(file, name, report):
        if isinstance(each, Incoming):
            found.append(each)
        elif not way.dry_run:
            # Stored at once: hundreds of megabytes of crops are not held in memory. One without a copy does no harm.
            _keep_crop(database, each, report)
    return found


def _keep_crop(database: Database, content: bytes, report: ImportReport) -> None:
    try:
        with database.writing() as session:
            crops.keep(session, content)
    except BadCopy as error:
        report.leave_out(0, "crop", str(error))


def _count(incoming: Iterable[Incoming], facts: CardFacts, report: ImportReport) -> None:
    for each in incoming:
        try:
            entries.named(each.new, facts)
        except BadCopy as error:
            report.leave_out(each.line, "card_id", str(error))
        else:
            report.entries += 1
            report.cards += each.new.quantity


def _store(
    session: Session,
    collection_id: int,
    facts: CardFacts,
    incoming: list[Incoming],
    name: str,
    way: Way,
    report: ImportReport,
) -> None:
    rows = _rows(session, collection_id, facts, incoming, report)
    there = list(session.scalars(select(CopyRow).where(CopyRow.collection_id == collection_id).order_by(CopyRow.id)))
    changes = entries.remove(session, there) if way.replace else []
    merged = _merge(rows, [] if way.replace else there) if way.merge else ([(row, None) for row in rows])
    fresh = [row for row, before in merged if before is None]
    session.add_all(fresh)
    session.flush()
    changes += [Change(row.id, before, snapshot(row)) for row, before in merged]
    report.entries = len(merged)
    if changes:
        summary = f"imported {report.cards} cards from {Path(name).name} ({report.format})"
        report.event = journal.write_down(session, collection_id, "import", summary, changes).id


def _rows(
    session: Session, collection_id: int, facts: CardFacts, incoming: list[Incoming], report: ImportReport
) -> list[CopyRow]:
    wanted = {each.proof for each in incoming if each.proof}
    known = _known_crops(session, wanted)
    rows = []
    for each in incoming:
        try:
            row = entries.new_row(collection_id, each.new, facts, each.proof if each.proof in known else None)
        except BadCopy as error:
            report.leave_out(each.line, error.field or "card_id", str(error))
            continue
        if each.added_at is not None:
            row.added_at = in_utc(each.added_at)
        rows.append(row)
        report.cards += row.quantity
    return rows


def _known_crops(session: Session, wanted: set[str]) -> set[str]:
    return {digest for digest in wanted if session.scalar(select(CropRow.digest).where(CropRow.digest == digest))}


def _merge(rows: list[CopyRow], there: list[CopyRow]) -> list[tuple[CopyRow, Any]]:
    """Fold rows into those alike: pairs of a row and what it was before; None for one that is new."""
    by_likeness: dict[Any, CopyRow] = {}
    for row in there:
        by_likeness.setdefault(entries.likeness(row), row)
    before: dict[int, Any] = {}
    kept: dict[int, CopyRow] = {}
    for row in rows:
        known = by_likeness.setdefault(entries.likeness(row), row)
        if id(known) not in kept:
            kept[id(known)] = known
            before[id(known)] = None if known is row else snapshot(known)
        if known is not row:
            entries.absorb(known, [row])
    return [(row, before[key]) for key, row in kept.items()]
