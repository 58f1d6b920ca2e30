"""Everything that was done to a collection, and how it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from cardlens.collection.copy import json_value
from cardlens.collection.faults import UndoConflict, UnknownCopy
from cardlens.collection.record import Record, restore, snapshot
from cardlens.collection.tables import ChangeRow, CopyRow, EventRow

_MOST_CHARACTERS = 400
_AT_ONCE = 500  # rows that one query asks for; databases limit how many values it may have


@dataclass(frozen=True, slots=True)
class Change:
    """One entry before and after; None where there was none. Fields as in `Copy.as_json`, without the id."""

    copy_id: int
    before: Record | None
    after: Record | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done.

    Attributes:
        kind: add, update, remove, merge, import, tag, correct or undo.
        summary: the same in words.
        copies: how many entries it touched.
        undone: it has been taken back since.
    """

    id: int
    at: datetime
    kind: str
    summary: str
    copies: int
    undone: bool

    def as_json(self) -> dict[str, Any]:
        """The event as `--json` prints it."""
        return {name: json_value(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Undone(Event):
    """An event that took another one back. `gone`: the entries that went with it."""

    gone: tuple[int, ...]


def write_down(
    session: Session, collection_id: int, kind: str, summary: str, changes: Sequence[Change], request: str | None = None
) -> EventRow:
    """Add an event to the history, in the transaction that does what it tells of."""
    row = EventRow(
        collection_id=collection_id,
        at=datetime.now(UTC),
        kind=kind,
        summary=summary[:_MOST_CHARACTERS],
        request=request,
    )
    session.add(row)
    session.flush()
    if changes:
        session.execute(insert(ChangeRow), [{"event_id": row.id, **_fields(change)} for change in changes])
    return row


def events(session: Session, collection_id: int, limit: int, copy_id: int | None = None) -> list[Event]:
    """What was done, newest first; of one entry where `copy_id` is given."""
    counts = select(ChangeRow.event_id, func.count().label("copies")).group_by(ChangeRow.event_id).subquery()
    wanted = select(EventRow, func.coalesce(counts.c.copies, 0)).outerjoin(counts, counts.c.event_id == EventRow.id)
    wanted = wanted.where(EventRow.collection_id == collection_id).order_by(EventRow.id.desc()).limit(limit)
    if copy_id is not None:
        wanted = wanted.where(EventRow.id.in_(select(ChangeRow.event_id).where(ChangeRow.copy_id == copy_id)))
    return [_event(row, copies) for row, copies in session.execute(wanted)]


def added_by(session: Session, collection_id: int, request: str) -> int | None:
    """The entry that a request added, where it was made before. One that was undone since may be made anew."""
    wanted = select(EventRow).where(EventRow.collection_id == collection_id, EventRow.request == request)
    event = session.scalar(wanted)
    if event is None:
        return None
    if event.undone_by is not None:
        event.request = None
        session.flush()  # else the new event would be written first, and the name is given once
        return None
    return session.scalar(select(ChangeRow.copy_id).where(ChangeRow.event_id == event.id))


def changes_of(session: Session, event_id: int) -> list[Change]:
    """What an event changed, in order."""
    rows = session.scalars(select(ChangeRow).where(ChangeRow.event_id == event_id).order_by(ChangeRow.id))
    return [Change(row.copy_id, row.before, row.after) for row in rows]


def undo(session: Session, collection_id: int, event_id: int | None) -> Undone:
    """Take back an event, by default the last one; raises `UndoConflict` where a later one built on it."""
    row = _undoable(session, collection_id, event_id)
    changes = changes_of(session, row.id)
    rows = _rows_of(session, changes)
    for change in reversed(changes):
        _take_back(session, collection_id, change, rows)
    session.flush()
    reverse = [Change(change.copy_id, change.after, change.before) for change in reversed(changes)]
    done = write_down(session, collection_id, "undo", f"undid {row.id}: {row.summary}", reverse)
    row.undone_by = done.id
    gone = tuple(change.copy_id for change in reverse if change.after is None)
    return Undone(done.id, done.at, done.kind, done.summary, len(changes), False, gone)


def _undoable(session: Session, collection_id: int, event_id: int | None) -> EventRow:
    wanted = select(EventRow).where(EventRow.collection_id == collection_id).with_for_update()
    if event_id is not None:
        row = session.scalar(wanted.where(EventRow.id == event_id))
        if row is None:
            raise UnknownCopy(f"event {event_id}: none such in this collection; see `cardlens collection history`")
        if row.kind == "undo" or row.undone_by is not None:
            raise UndoConflict(f"event {event_id}: {'is an undo' if row.kind == 'undo' else 'is undone already'}")
        return row
    row = session.scalar(
        wanted.where(EventRow.kind != "undo", EventRow.undone_by.is_(None)).order_by(EventRow.id.desc())
    )
    if row is None:
        raise UndoConflict("nothing to undo in this collection")
    return row


def _rows_of(session: Session, changes: Sequence[Change]) -> dict[int, CopyRow]:
    """The entries that changes tell of, as far as they are there."""
    ids = [change.copy_id for change in changes]
    rows: dict[int, CopyRow] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = select(CopyRow).where(CopyRow.id.in_(ids[start : start + _AT_ONCE])).with_for_update()
        rows.update((row.id, row) for row in session.scalars(some))
    return rows


def _take_back(session: Session, collection_id: int, change: Change, rows: dict[int, CopyRow]) -> None:
    row = rows.get(change.copy_id)
    if (snapshot(row) if row is not None else None) != change.after:
        later = "changed since; undo what came later first (`cardlens collection history`)"
        raise UndoConflict(f"copy {change.copy_id}: {later}")
    if change.before is None:
        session.delete(row)
        return
    if row is None:
        row = CopyRow(id=change.copy_id, collection_id=collection_id)
        session.add(row)
    restore(row, change.before)


def _fields(change: Change) -> dict[str, Any]:
    return {"copy_id": change.copy_id, "before": change.before, "after": change.after}


def _event(row: EventRow, copies: int) -> Event:
    return Event(row.id, row.at, row.kind, row.summary, copies, row.undone_by is not None)
