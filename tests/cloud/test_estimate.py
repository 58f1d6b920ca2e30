from __future__ import annotations

from decimal import Decimal

import pytest

from cardlens.cloud.cost_prices import Cost, Instance, PriceTable
from cardlens.cloud.estimate import LIMIT, estimate_steps, estimate_training, minutes_to_train, seconds_for
from cardlens.errors import CardlensError

MACHINE = ("ml.g4dn.xlarge", PriceTable.open().instance("ml.g4dn.xlarge"))
PAGE = (17_592, 12_600_000_000)


def test_the_students_run_fits_into_what_the_page_paid() -> None:
    estimate = estimate_training("embedder", None, *PAGE, MACHINE, "today")
    assert estimate.dollars <= LIMIT
    assert estimate.seconds == sum(part.seconds for part in estimate.parts)
    assert all(part.rests_on for part in estimate.parts)
    assert "$0.7364 an hour (table of today, not confirmed)" in estimate.assumption


def test_so_does_its_run_through_the_pipeline() -> None:
    alone = estimate_training("embedder", None, *PAGE, MACHINE, "")
    steps = estimate_steps(*PAGE, MACHINE, "", 1, with_teacher=False)
    assert list(steps) == ["Prepare", "Stage2", "Export", "Evaluate"]
    assert alone.dollars < sum(one.dollars for one in steps.values()) <= LIMIT
    again = sum(part.seconds for part in alone.parts if part.what in ("start", "data"))
    assert sum(one.seconds for one in steps.values()) == alone.seconds + 3 * again


def test_teacher_and_stage_1_count_with_the_most_they_may_take() -> None:
    longest = seconds_for(LIMIT, MACHINE[1].per_hour)
    steps = estimate_steps(*PAGE, MACHINE, "", longest, with_teacher=True)
    assert list(steps) == ["Prepare", "Teacher", "Stage1", "Stage2", "Export", "Evaluate"]
    assert steps["Teacher"].dollars == steps["Stage1"].dollars == LIMIT
    assert all(one.dollars > 0 for one in steps.values())


def test_the_pages_limit_buys_what_the_page_ran() -> None:
    assert seconds_for(LIMIT, MACHINE[1].per_hour) == 13_688  # 3.8 hours
    assert seconds_for(LIMIT, MACHINE[1].per_hour) * MACHINE[1].per_hour.usd / 3600 <= LIMIT


def test_dollars_are_rounded_up() -> None:
    estimate = estimate_training("detector", 1, 0, 0, ("m", Instance(Cost(Decimal("0.001")), None)), "")
    assert estimate.dollars == Decimal("0.01")


def test_training_leaves_time_for_what_follows_it() -> None:
    parts = estimate_training("embedder", None, *PAGE, MACHINE, "").parts
    others = sum(part.seconds for part in parts if part.what != "training")
    assert minutes_to_train(others + 600, parts) == 10


def test_too_little_money_is_said_before_anything_starts() -> None:
    parts = estimate_training("embedder", None, *PAGE, MACHINE, "").parts
    with pytest.raises(CardlensError, match="less than a start takes; give more with --max-cost"):
        seconds_for(Decimal("0.01"), MACHINE[1].per_hour)
    with pytest.raises(CardlensError, match="not enough for what comes before and after"):
        minutes_to_train(1000, parts)
