"""Adding, changing, removing and merging entries, each in a transaction that its caller holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cardlens.collection.copy import (
    CHANGEABLE,
    CardLabel,
    NewCopy,
    canonical_price,
    check_values,
    in_utc,
    tidy_tags,
)
from cardlens.collection.faults import BadCopy, UnknownCopy
from cardlens.collection.finish import usual_finish
from cardlens.collection.journal import Change
from cardlens.collection.record import set_tags, snapshot
from cardlens.collection.tables import CopyRow
from cardlens.recognition.answer import Answer
from cardlens.recognition.facts import CardFacts

# Entries that agree in these are the same to a collector: they can be one entry of a higher quantity.
ALIKE = ("card_id", "finish", "language", "condition", "grade", "price_paid", "currency", "place")


def find(session: Session, collection_id: int, copy_id: int) -> CopyRow:
    """The row of an entry, held until the transaction ends; raises `UnknownCopy`."""
    row = session.get(CopyRow, copy_id, with_for_update=True) if is_key(copy_id) else None
    if row is None or row.collection_id != collection_id:
        raise UnknownCopy(f"copy {copy_id}: none such in this collection; see `cardlens collection list`")
    return row


def is_key(number: int) -> bool:
    """Tell whether a number can be the id of anything in a database."""
    return 0 < number < 2**63


def new_row(collection_id: int, new: NewCopy, facts: CardFacts, proof: str | None) -> CopyRow:
    """Make the row of a new entry; raises `BadCopy` for a card that nobody knows."""
    label, finish = named(new, facts)
    row = CopyRow(
        collection_id=collection_id,
        card_id=new.card_id,
        name=label.name,
        set_id=label.set_id,
        set_name=label.set_name,
        number=label.number,
        finish=finish,
        quantity=new.quantity,
        language=new.language,
        condition=new.condition,
        grade=_stripped(new.grade),
        price_paid=None if new.price_paid is None else canonical_price(new.price_paid),
        currency=new.currency,
        place=_stripped(new.place),
        note=_stripped(new.note),
        acquired_on=new.acquired_on,
        scanned_at=None if new.scanned_at is None else in_utc(new.scanned_at),
        scanned_from=_stripped(new.scanned_from),
        confidence=new.confidence,
        proof=proof,
        added_at=datetime.now(UTC),
    )
    set_tags(row, tidy_tags(new.tags))
    return row


def named(new: NewCopy, facts: CardFacts) -> tuple[CardLabel, str]:
    """What a card is called, from the facts or from the label given, and its finish."""
    card = facts.get(new.card_id)
    if card is not None:
        label = CardLabel(card.name, card.set_id, card.set_name, card.number)
        return label, new.finish or usual_finish(card.rarity)
    if new.label is None or not new.label.name:
        raise BadCopy(
            f"card {new.card_id}: not in the card facts; look it up with `cardlens cards`, or give its name too"
        )
    check_values({part: getattr(new.label, part) for part in ("name", "set_id", "set_name", "number")})
    return new.label, new.finish or "normal"


def add(session: Session, row: CopyRow, *, merge: bool) -> tuple[CopyRow, Change]:
    """Store a new row, or raise the quantity of one that is alike."""
    there = _alike(session, row) if merge else None
    if there is None:
        session.add(row)
        session.flush()
        return row, Change(row.id, None, snapshot(row))
    before = snapshot(there)
    absorb(there, [row])
    session.flush()
    return there, Change(there.id, before, snapshot(there))


def change(session: Session, row: CopyRow, values: dict[str, Any]) -> Change:
    """Set fields of an entry; raises `BadCopy` for what cannot be set, or not so."""
    unfit = sorted(set(values) - set(CHANGEABLE))
    if unfit:
        raise BadCopy(f"{unfit[0]}: cannot be changed; what can: {', '.join(CHANGEABLE)}")
    missing = [
        name
        for name in ("quantity", "finish", "language", "condition", "tags")
        if name in values and values[name] is None
    ]
    if missing:
        raise BadCopy(f"{missing[0]}: needs a value")
    check_values(values)
    before = snapshot(row)
    for name, value in values.items():
        if name == "scanned_at" and value is not None:
            row.scanned_at = in_utc(value)
        elif name == "price_paid" and value is not None:
            row.price_paid = canonical_price(value)
        elif name != "tags":
            setattr(row, name, _stripped(value) if isinstance(value, str) else value)
    set_tags(row, tidy_tags(values.get("tags", tuple(each.tag for each in row.tag_rows))))
    session.flush()
    return Change(row.id, before, snapshot(row))


def rename(session: Session, row: CopyRow, card_id: str, label: CardLabel | None, facts: CardFacts) -> Change:
    """Make an entry one of another card; a finish that was only assumed is assumed anew."""
    before, old = snapshot(row), facts.get(row.card_id)
    assumed = old is not None and row.finish == usual_finish(old.rarity)
    new_label, finish = named(NewCopy(card_id, finish=None if assumed else row.finish, label=label), facts)
    row.card_id, row.finish = card_id, finish
    row.name, row.set_id, row.set_name, row.number = (
        new_label.name,
        new_label.set_id,
        new_label.set_name,
        new_label.number,
    )
    set_tags(row, tuple(each.tag for each in row.tag_rows))
    session.flush()
    return Change(row.id, before, snapshot(row))


def remove(session: Session, rows: Iterable[CopyRow]) -> list[Change]:
    """Take entries out."""
    changes = []
    for row in rows:
        changes.append(Change(row.id, snapshot(row), None))
        session.delete(row)
    session.flush()
    return changes


def merge_duplicates(session: Session, collection_id: int) -> tuple[int, list[Change]]:
    """Make one entry, the oldest, of those that are alike; returns how many entries vanished, and the changes."""
    groups: dict[tuple[Any, ...], list[CopyRow]] = {}
    for row in session.scalars(select(CopyRow).where(CopyRow.collection_id == collection_id).order_by(CopyRow.id)):
        groups.setdefault(likeness(row), []).append(row)
    changes: list[Change] = []
    vanished = 0
    for first, *others in groups.values():
        if others:
            before = snapshot(first)
            absorb(first, others)
            changes += [*remove(session, others), Change(first.id, before, snapshot(first))]
            vanished += len(others)
    return vanished, changes


def likeness(row: CopyRow) -> tuple[Any, ...]:
    """What an entry has in common with those that are alike."""
    return tuple(getattr(row, name) for name in ALIKE)


def _alike(session: Session, row: CopyRow) -> CopyRow | None:
    same = [getattr(CopyRow, name).is_not_distinct_from(getattr(row, name)) for name in ALIKE]
    wanted = select(CopyRow).where(CopyRow.collection_id == row.collection_id, *same).order_by(CopyRow.id)
    return session.scalars(wanted.with_for_update()).first()


def absorb(row: CopyRow, others: Sequence[CopyRow]) -> None:
    """Add up quantities, join tags and notes, and keep the first date and the first proof there is."""
    rows = [row, *others]
    quantity = sum(one.quantity for one in rows)
    check_values({"quantity": quantity})
    row.quantity = quantity
    notes = dict.fromkeys(one.note for one in rows if one.note)
    row.note = "; ".join(notes)[:2000] or None
    for name in ("proof", "scanned_at", "scanned_from", "confidence", "acquired_on"):
        setattr(row, name, next((value for one in rows if (value := getattr(one, name)) is not None), None))
    set_tags(row, tidy_tags([each.tag for one in rows for each in one.tag_rows]))


def from_answer(answer: Answer, card_id: str, about: dict[str, Any]) -> NewCopy:
    """A copy of the card that an answer names, or that a person says it is; raises `BadCopy` for an unknown field."""
    unfit = sorted(set(about) - {*CHANGEABLE})
    if unfit:
        raise BadCopy(f"{unfit[0]}: no such field; there are {', '.join(CHANGEABLE)}", unfit[0])
    label = None
    if card_id == answer.card_id and answer.name is not None:
        set_id, set_name = (answer.set.id, answer.set.name) if answer.set else ("", "")
        label = CardLabel(answer.name, set_id, set_name, answer.number or "")
    new = NewCopy(card_id, language=answer.language or "en", confidence=float(answer.confidence), label=label)
    return replace(new, **about)


def _stripped(text: str | None) -> str | None:
    """A text without outer blanks, or None where nothing is left."""
    return (text or "").strip() or None
