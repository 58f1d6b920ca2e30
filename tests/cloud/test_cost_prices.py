from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.cloud.cost_prices import BUNDLED_PRICES, BadPrices, Cost, PriceTable, Tier, Tiers

AMOUNTS = st.decimals(0, 10**7, places=3)


def written(file: Path, **changes: Any) -> Path:
    file.write_text(json.dumps({**json.loads(BUNDLED_PRICES.read_text(encoding="utf-8")), **changes}))
    return file


def test_the_bundled_table_is_dated_and_says_what_is_confirmed() -> None:
    prices = PriceTable.open()
    assert prices.region == "us-east-2"
    assert len(prices.as_of.split("-")) == 3
    assert prices.standard.per_gb_month.steps[0].price == Cost(Decimal("0.023"), confirmed=True)
    assert prices.storage["glacier-instant"].per_gb_month.steps[0].price == Cost(Decimal("0.004"), confirmed=True)
    assert [step.price.confirmed for step in prices.egress.steps] == [True, True, False, False, False]
    unconfirmed = (prices.storage["deep-archive"].per_gb_month.steps[0].price, prices.put_per_1000)
    assert not any(one.confirmed for one in unconfirmed)


def slow_cost(tiers: Tiers, gb: Decimal) -> Decimal:
    """Fill one tier after the other."""
    total, left, below = Decimal(0), gb, Decimal(0)
    for step in tiers.steps:
        room = left if step.up_to_gb is None else min(left, step.up_to_gb - below)
        total += room * step.price.usd
        left -= room
        below = below if step.up_to_gb is None else step.up_to_gb
    return total


@given(AMOUNTS)
def test_tiers_are_filled_one_after_the_other(gb: Decimal) -> None:
    egress = PriceTable.open().egress
    assert egress.cost(gb).usd == slow_cost(egress, gb)


@given(AMOUNTS, AMOUNTS)
def test_more_never_costs_less(one: Decimal, other: Decimal) -> None:
    egress = PriceTable.open().egress
    less, more = sorted((one, other))
    assert egress.cost(less).usd <= egress.cost(more).usd


def test_the_first_hundred_gb_out_are_free_and_the_next_is_not() -> None:
    egress = PriceTable.open().egress
    assert egress.cost(Decimal(100)) == Cost(Decimal(0), confirmed=True)
    assert egress.cost(Decimal(101)).usd == Decimal("0.09")


def test_a_sum_is_confirmed_only_where_all_that_costs_is() -> None:
    sure, unsure = Cost(Decimal(1)), Cost(Decimal(2), confirmed=False)
    assert sure + unsure == Cost(Decimal(3), confirmed=False)
    assert sure + unsure.times(0) == Cost(Decimal(1), confirmed=True)
    assert Tiers((Tier(Decimal(10), sure), Tier(None, unsure))).cost(Decimal(10)).confirmed


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"gb_bytes": 0}, "whole number"),
        ({"egress_per_gb": []}, "tiers"),
        ({"egress_per_gb": [{"up_to_gb": "5", "usd": "1", "confirmed": True}]}, "tiers"),
        ({"training_volume_per_gb_month": {"usd": "-1", "confirmed": True}}, "not a price"),
        ({"training_volume_per_gb_month": {"usd": "NaN", "confirmed": True}}, "not a price"),
        ({"training_volume_per_gb_month": {"usd": "much", "confirmed": True}}, "not a price table"),
        ({"training_volume_per_gb_month": {"usd": 0.14, "confirmed": True}}, "as text"),
        ({"training_volume_per_gb_month": {"usd": "1", "confirmed": "yes"}}, "true or false"),
        ({"storage": {}}, "standard"),
        ({"requests": {}}, "put_per_1000"),
    ],
)
def test_a_table_with_a_mistake_is_refused_by_name(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BadPrices, match=rf"mine\.json.*{says}"):
        PriceTable.open(written(tmp_path / "mine.json", **changes))


@pytest.mark.parametrize("content", ["", "[]", "7", "{}", "\x00"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(content)
    with pytest.raises(BadPrices, match=r"mine\.json"):
        PriceTable.open(file)
    with pytest.raises(BadPrices, match=r"gone\.json"):
        PriceTable.open(tmp_path / "gone.json")


def test_a_machine_without_a_price_is_named() -> None:
    with pytest.raises(BadPrices, match=r"ml\.p5.*ml\.g4dn\.xlarge"):
        PriceTable.open().instance("ml.p5.48xlarge")
