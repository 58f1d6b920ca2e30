from __future__ import annotations

from decimal import Decimal

import pytest

from cardlens.cloud.cost_growth import grow, scaled
from cardlens.cloud.cost_inventory import BadInventory, Holding, Inventory
from cardlens.cloud.cost_prices import PriceTable

GB = 2**30
PRICES = PriceTable.open()
INVENTORY = Inventory(
    "mine",
    (
        Holding("raw", "Raw", "", 10 * GB, 1000),
        Holding("teacher", "Teacher", "", 5 * GB, 1),
        Holding("reference", "Reference", "", GB, 4),
        Holding("hailo", "Hailo", "", GB, 1),
    ),
)


def test_what_belongs_to_cards_grows_and_models_stay() -> None:
    tenfold = scaled(INVENTORY, 10_000)
    assert [one.bytes // GB for one in tenfold.holdings] == [100, 5, 10, 1]
    assert [one.files for one in tenfold.holdings] == [10_000, 1, 4, 1]


def test_a_device_reads_database_and_model() -> None:
    (one,) = grow(INVENTORY, PRICES, cards=[10_000], devices=[100])
    assert one.stored_gb == 116
    assert one.storage.usd == 116 * Decimal("0.023")
    assert one.egress.usd == (100 * 11 - 100) * Decimal("0.09")
    assert one.requests.usd == 100 * 6 * Decimal("0.0004") / 1000
    assert one.total.usd == one.storage.usd + one.egress.usd + one.requests.usd


def test_two_pulls_a_month_transfer_twice_as_much() -> None:
    once, twice = (grow(INVENTORY, PRICES, [1000], [100], Decimal(pulls))[0] for pulls in (1, 2))
    assert once.egress.usd == 100 * Decimal("0.09")
    assert twice.egress.usd == 300 * Decimal("0.09")


def test_reaches_a_million_cards_and_ten_thousand_devices() -> None:
    projections = grow(INVENTORY, PRICES)
    assert (projections[-1].cards, projections[-1].devices) == (1_000_000, 10_000)
    totals = [one.total.usd for one in projections if one.devices == 10_000]
    assert totals == sorted(totals)


def test_without_scans_nothing_says_what_a_card_takes() -> None:
    with pytest.raises(BadInventory, match="no raw scans"):
        grow(Inventory("empty", (Holding("misc", "Misc", "", 1, 1),)), PRICES)
