from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cardlens.collection import Collection, NewCopy, PriceTrouble
from cardlens.collection.prices import Quote


@dataclass
class FakeSource:
    """Knows Charizard; fails for what begins with `bad`."""

    name: str = "fake"
    market: Decimal = Decimal("300.00")
    asked: list[str] = field(default_factory=list)
    failing: bool = False

    def quotes(self, card_id: str) -> list[Quote]:
        self.asked.append(card_id)
        if self.failing:
            raise PriceTrouble("no answer")
        if card_id != "base1-4":
            return []
        now, day = datetime.now(UTC), date(2026, 11, 1)
        return [
            Quote(card_id, "holo", self.name, "USD", self.market, Decimal("250.00"), None, day, now),
            Quote(card_id, "1st-edition-holo", self.name, "USD", Decimal("9000.00"), None, None, day, now),
        ]


@pytest.fixture
def filled(collection: Collection) -> Collection:
    collection.add(NewCopy("base1-4", quantity=2))
    collection.add(NewCopy("base1-4", language="de"))
    collection.add(NewCopy("base1-58"))
    return collection


def test_nobody_is_asked_unless_told_to(filled: Collection) -> None:
    assert filled.prices() == []
    assert filled.value() == {}


def test_asks_once_a_card_and_keeps_the_answer_with_its_dates(filled: Collection) -> None:
    source, steps = FakeSource(), []
    report = filled.fetch_prices(source, progress=lambda done, total: steps.append((done, total)))
    assert sorted(source.asked) == ["base1-4", "base1-58"]
    assert (report.asked, report.found, report.unknown, report.failed) == (2, 1, ["base1-58"], {})
    assert steps == [(0, 2), (1, 2), (2, 2)]
    first, holo = filled.prices()
    assert (first.finish, holo.finish, holo.market, holo.low) == (
        "1st-edition-holo",
        "holo",
        Decimal("300.00"),
        Decimal("250.00"),
    )
    assert holo.of == date(2026, 11, 1)
    assert datetime.now(UTC) - holo.asked_at < timedelta(minutes=5)
    assert filled.value() == {"USD": Decimal("900.00")}


def test_what_is_fresh_is_not_asked_again(filled: Collection) -> None:
    filled.fetch_prices(FakeSource())
    again = FakeSource(market=Decimal("310.00"))
    filled.fetch_prices(again)
    assert again.asked == []
    filled.fetch_prices(again, older_than=timedelta(0))
    assert sorted(again.asked) == ["base1-4", "base1-58"]
    assert [quote.market for quote in filled.prices() if quote.finish == "holo"] == [Decimal("310.00")]


def test_a_source_that_fails_is_given_up_and_what_came_is_kept(filled: Collection) -> None:
    filled.fetch_prices(FakeSource())
    for card_id in ("base1-1", "base1-2", "base1-3"):
        filled.add(NewCopy(card_id))
    source = FakeSource(name="other", failing=True)
    with pytest.raises(PriceTrouble, match="given up after 3 failures in a row: no answer"):
        filled.fetch_prices(source)
    assert len(source.asked) == 3
    assert len(filled.prices()) == 2


def test_prices_of_cards_that_are_gone_do_not_count(filled: Collection) -> None:
    filled.fetch_prices(FakeSource())
    filled.remove(*(copy.id for copy in filled.copies()))
    assert (filled.prices(), filled.value()) == ([], {})
