"""What cardlens said wrong and a person put right: kept, with the crop, as training material."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cardlens.collection.copy import check_values, json_value
from cardlens.collection.tables import CopyRow, CorrectionRow, EventRow


@dataclass(frozen=True, slots=True)
class Correction:
    """One correction.

    Attributes:
        answered: the card that cardlens named; None where it named none.
        card_id: the card that it is.
        confidence: how sure cardlens was, 0..1.
        crop: SHA-256 of the picture; None where there is none.
    """

    id: int
    at: datetime
    copy_id: int | None
    answered: str | None
    card_id: str
    language: str
    confidence: float | None
    crop: str | None

    def as_json(self) -> dict[str, Any]:
        """The correction as `--json` prints it."""
        return {name: json_value(value) for name, value in asdict(self).items()}


def keep(
    session: Session,
    event: EventRow,
    row: CopyRow,
    answered: str | None,
    confidence: float | None,
    crop: str | None,
) -> None:
    """Keep the correction of an entry; it goes when the event is undone."""
    session.add(
        CorrectionRow(
            collection_id=event.collection_id,
            event_id=event.id,
            at=datetime.now(UTC),
            copy_id=row.id,
            answered=answered,
            card_id=row.card_id,
            language=row.language,
            confidence=confidence,
            crop=crop,
        )
    )
    session.flush()


def record(
    session: Session,
    collection_id: int,
    card_id: str,
    answered: str | None,
    crop: str | None,
    language: str,
    confidence: float | None,
    copy_id: int | None,
) -> Correction:
    """Keep a correction by itself."""
    check_values({"card_id": card_id, "answered": answered, "language": language, "confidence": confidence})
    there = _the_same(session, collection_id, card_id, answered, crop, copy_id)
    if there is not None:
        return _correction(there)
    row = CorrectionRow(
        collection_id=collection_id,
        at=datetime.now(UTC),
        copy_id=copy_id,
        answered=answered,
        card_id=card_id,
        language=language,
        confidence=confidence,
        crop=crop,
    )
    session.add(row)
    session.flush()
    return _correction(row)


def listed(session: Session, collection_id: int) -> list[Correction]:
    """Corrections that stand, oldest first."""
    wanted = select(CorrectionRow).outerjoin(EventRow, EventRow.id == CorrectionRow.event_id)
    wanted = wanted.where(CorrectionRow.collection_id == collection_id, EventRow.undone_by.is_(None))
    return [_correction(row) for row in session.scalars(wanted.order_by(CorrectionRow.id))]


def _the_same(
    session: Session, collection_id: int, card_id: str, answered: str | None, crop: str | None, copy_id: int | None
) -> CorrectionRow | None:
    """The correction that is there already, where a request is made again."""
    if copy_id is None:
        return None
    wanted = select(CorrectionRow).where(
        CorrectionRow.collection_id == collection_id,
        CorrectionRow.copy_id == copy_id,
        CorrectionRow.card_id == card_id,
        CorrectionRow.answered.is_not_distinct_from(answered),
        CorrectionRow.crop.is_not_distinct_from(crop),
    )
    return session.scalars(wanted).first()


def _correction(row: CorrectionRow) -> Correction:
    return Correction(row.id, row.at, row.copy_id, row.answered, row.card_id, row.language, row.confidence, row.crop)
