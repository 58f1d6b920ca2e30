from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.cloud.cost_bill import PART_BYTES, Bill, Training, Usage, monthly, one_time, shown_size, upload_requests
from cardlens.cloud.cost_inventory import Holding, Inventory
from cardlens.cloud.cost_prices import BadPrices, Instance, PriceTable

GB = 2**30
PRICES = PriceTable.open()
NONE = Usage(0, 0, 0)
TRAINING = Training("ml.g4dn.xlarge", Decimal("3.8"))


def holding(size: int, files: int, storage_class: str = "standard", key: str = "raw") -> Holding:
    return Holding(key, key, "", size, files, storage_class)


def bill(*holdings: Holding, usage: Usage = NONE) -> Bill:
    return monthly(Inventory("mine", holdings), PRICES, usage)


def test_training_costs_hours_times_price_and_the_machines_own_disk_nothing() -> None:
    once = one_time(Inventory("mine", (holding(1, 1),)), PRICES, TRAINING)
    assert once["training"].cost.usd == Decimal("3.8") * Decimal("0.7364")
    assert once["volume"].cost.usd == 0
    assert once["transfer_in"].cost.usd == 0


def test_a_machine_without_a_disk_pays_for_a_volume_by_the_hour() -> None:
    bare = Instance(PRICES.instance("ml.g4dn.xlarge").per_hour, None)
    prices = replace(PRICES, instances={"ml.c5.xlarge": bare})
    once = one_time(Inventory("mine", (holding(1, 1),)), prices, Training("ml.c5.xlarge", Decimal(73), 100))
    assert once["volume"].cost.usd == Decimal("0.14") * 100 / 10  # 73 hours are a tenth of a month


def test_large_objects_are_uploaded_in_parts() -> None:
    assert upload_requests([holding(10 * PART_BYTES, 10)]) == 10
    assert upload_requests([holding(PART_BYTES + 1, 1)]) == 2 + 2
    assert upload_requests([holding(10 * PART_BYTES, 1)]) == 10 + 2
    assert upload_requests([holding(0, 3)]) == 3
    assert upload_requests([holding(0, 0)]) == 0


def test_a_month_is_storage_requests_and_what_leaves() -> None:
    month = bill(holding(100 * GB, 50), usage=Usage(200, GB, 500))
    assert month["storage"].cost.usd == Decimal("2.3")
    assert month["requests"].cost.usd == 100 * Decimal("0.0004")
    assert month["egress"].cost.usd == 100 * Decimal("0.09")
    assert month.total.usd == Decimal("2.3") + Decimal("0.04") + 9


def test_each_class_of_storage_has_its_line_with_its_overhead() -> None:
    month = bill(holding(GB, 1), holding(GB, 1024, "deep-archive"), holding(1024, 8192, "glacier-instant"))
    assert month["storage"].cost.usd == Decimal("0.023")
    deep = (GB + 1024 * 32768) * Decimal("0.00099") / GB + 1024 * 8192 * Decimal("0.023") / GB
    assert month["storage:deep-archive"].cost.usd == deep
    assert month["storage:glacier-instant"].cost.usd == Decimal("0.004")  # 8,192 x 128 KB


def test_a_class_without_a_price_is_named() -> None:
    with pytest.raises(BadPrices, match="express"):
        bill(holding(1, 1, "express"))


def test_small_amounts_are_shown_in_mb() -> None:
    assert [shown_size(Decimal(gb)) for gb in ("0", "31.66", "0.1", "0.0123")] == [
        "0.0 GB",
        "31.7 GB",
        "0.1 GB",
        "12.6 MB",
    ]


@given(st.integers(0, 10**15), st.integers(1, 10**6), st.integers(0, 10**4), st.integers(0, 10**10))
def test_the_total_is_the_sum_of_the_lines(size: int, files: int, devices: int, each: int) -> None:
    month = bill(holding(size, files), usage=Usage(devices, each, 5))
    assert month.total.usd == sum(line.cost.usd for line in month.lines)
    assert month.total.usd >= 0
