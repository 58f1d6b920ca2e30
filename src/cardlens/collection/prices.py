"""What cards cost: asked for only when a person says so, and kept with the day it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import delete, select

from cardlens.collection.copy import Copy, json_value
from cardlens.collection.database import Database
from cardlens.collection.faults import PriceTrouble
from cardlens.collection.tables import PriceRow

_NOTHING = ""  # in the place of the finish: the source knows no price of the card
_PATIENCE = 3  # cards in a row for which a source fails before it is given up


@dataclass(frozen=True, slots=True)
class Quote:
    """What a source says of one printing in one finish.

    Attributes:
        market: what it usually sells for.
        low: cheapest offer.
        high: dearest offer.
        of: the day that the source gives for its figures.
        asked_at: when it was asked.
    """

    card_id: str
    finish: str
    source: str
    currency: str
    market: Decimal | None
    low: Decimal | None
    high: Decimal | None
    of: date | None
    asked_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The quote as `--json` prints it."""
        return {name: json_value(value) for name, value in asdict(self).items()}


class PriceSource(Protocol):
    """Who knows what cards cost."""

    @property
    def name(self) -> str:
        """A short name, such as `pokemontcg`."""
        ...

    def quotes(self, card_id: str) -> list[Quote]:
        """Quotes of a card in every finish; empty where the source does not know it. Raises `PriceTrouble`."""
        ...


@dataclass(slots=True)
class PriceReport:
    """What came of asking: cards asked for, with a price, and without; `failed` says why by card id."""

    asked: int = 0
    found: int = 0
    unknown: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return asdict(self)


def fetch(
    database: Database,
    source: PriceSource,
    card_ids: Iterable[str],
    older_than: timedelta,
    progress: Callable[[int, int], None],
) -> PriceReport:
    """Ask for the cards whose quotes are missing or old, and keep each answer at once. Raises `PriceTrouble`."""
    report = PriceReport()
    due = _due(database, source.name, list(dict.fromkeys(card_ids)), older_than)
    in_a_row = 0
    progress(0, len(due))
    for card_id in due:
        report.asked += 1
        try:
            _keep(database, source.name, card_id, source.quotes(card_id), report)
            in_a_row = 0
        except PriceTrouble as trouble:
            report.failed[card_id] = str(trouble)
            in_a_row += 1
            if in_a_row == _PATIENCE:
                raise PriceTrouble(f"given up after {in_a_row} failures in a row: {trouble}") from None
        progress(report.asked, len(due))
    return report


def known(database: Database, card_ids: Sequence[str]) -> list[Quote]:
    """Quotes that are kept for these cards, without asking anyone."""
    with database.reading() as session:
        there = select(PriceRow).where(PriceRow.finish != _NOTHING)
        rows = session.scalars(there.order_by(PriceRow.card_id, PriceRow.finish, PriceRow.currency))
        wanted = set(card_ids)
        return [_quote(row) for row in rows if row.card_id in wanted]


def value_of(copies: Iterable[Copy], quotes: Iterable[Quote]) -> dict[str, Decimal]:
    """What copies are worth by currency, as far as there are quotes for their very finish."""
    prices: dict[tuple[str, str], dict[str, Decimal]] = {}
    for quote in sorted(quotes, key=lambda quote: quote.asked_at):
        if quote.market is not None:
            prices.setdefault((quote.card_id, quote.finish), {})[quote.currency] = quote.market
    total: dict[str, Decimal] = {}
    for copy in copies:
        for currency, price in prices.get((copy.card_id, copy.finish), {}).items():
            total[currency] = total.get(currency, Decimal(0)) + price * copy.quantity
    return total


def _due(database: Database, source: str, card_ids: list[str], older_than: timedelta) -> list[str]:
    fresh_since = datetime.now(UTC) - older_than
    with database.reading() as session:
        asked = select(PriceRow.card_id).where(PriceRow.source == source, PriceRow.asked_at > fresh_since)
        fresh = set(session.scalars(asked))
    return [card_id for card_id in card_ids if card_id not in fresh]


def _keep(database: Database, source: str, card_id: str, quotes: list[Quote], report: PriceReport) -> None:
    # That a source knows nothing of a card is kept, too: it is not asked again every time.
    nothing = PriceRow(card_id=card_id, finish=_NOTHING, source=source, currency="", asked_at=datetime.now(UTC))
    with database.writing() as session:
        session.execute(delete(PriceRow).where(PriceRow.card_id == card_id, PriceRow.source == source))
        session.add_all([PriceRow(**asdict(quote)) for quote in quotes] or [nothing])
    if quotes:
        report.found += 1
    else:
        report.unknown.append(card_id)


def _quote(row: PriceRow) -> Quote:
    return Quote(row.card_id, row.finish, row.source, row.currency, row.market, row.low, row.high, row.of, row.asked_at)
