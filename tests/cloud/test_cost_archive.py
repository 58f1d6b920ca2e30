from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.cloud.cost_archive import LONGEST_MONTHS, ArchiveCase, archive
from cardlens.cloud.cost_inventory import Holding
from cardlens.cloud.cost_prices import Cost, PriceTable

GB = 2**30
PRICES = PriceTable.open()
CLASSES = ("glacier-instant", "glacier-flexible", "deep-archive")


def case_of(size: int, files: int, storage_class: str) -> ArchiveCase:
    return archive([Holding("raw", "raw", "", size, files)], PRICES.storage[storage_class], PRICES)


def test_every_fee_of_instant_retrieval() -> None:
    case = case_of(100 * GB, 1000, "glacier-instant")
    assert (case.before.usd, case.after.usd) == (Decimal("2.3"), Decimal("0.4"))
    assert case.transition.usd == Decimal("0.02")
    assert case.restore.usd == 100 * Decimal("0.03") + Decimal("0.01")


def test_every_fee_of_deep_archive() -> None:
    case = case_of(100 * GB, 1000, "deep-archive")
    more = Decimal(1000 * 32768) / GB
    beside = Decimal(1000 * 8192) / GB
    assert case.billed_gb == 100 + more
    assert case.after.usd == (100 + more) * Decimal("0.00099") + beside * Decimal("0.023")
    assert case.transition.usd == Decimal("0.05")
    asked, read, copied, got = (
        Decimal("0.1"),
        100 * Decimal("0.02"),
        100 * Decimal("0.023") * 7 / 30,
        Decimal("0.0004"),
    )
    assert float(case.restore.usd) == pytest.approx(float(asked + read + copied + got))


def test_small_objects_are_billed_as_128_kb_and_may_cost_more_than_before() -> None:
    case = case_of(1024 * 8192, 8192, "glacier-instant")
    assert case.billed_gb == 1
    assert case.after.usd == Decimal("0.004")
    assert case.small_files == 8192
    assert case.break_even() is None


def test_leaving_early_pays_the_minimum_duration() -> None:
    case = case_of(100 * GB, 1000, "deep-archive")
    assert case.spent(1) == case.spent(6)
    assert case.spent(7) == case.spent(6) + case.after.usd
    assert case.spent(12, restores=2) == case.spent(12) + 2 * case.restore.usd


@given(st.integers(1, 10**14), st.integers(1, 10**7), st.sampled_from(CLASSES), st.integers(0, 3))
def test_the_month_of_break_even_is_the_first_in_which_the_archive_was_cheaper(
    size: int, files: int, storage_class: str, restores: int
) -> None:
    case = case_of(size, files, storage_class)
    month = case.break_even(restores)
    if month is None:
        assert case.spent(LONGEST_MONTHS, restores) >= case.before.usd * LONGEST_MONTHS
        return
    assert case.spent(month, restores) < case.before.usd * month
    assert month == 1 or case.spent(month - 1, restores) >= case.before.usd * (month - 1)


def test_equal_money_is_no_break_even() -> None:
    case = case_of(GB, 1, "glacier-instant")
    assert replace(case, after=case.before, transition=Cost()).break_even() is None
