from __future__ import annotations

import pytest

from cardlens.errors import CardlensError
from cardlens.training.budget import Budget


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_minutes_count_from_each_start() -> None:
    clock = Clock()
    budget = Budget(10, None, 0.0, clock)
    budget.before = 3600
    clock.now += 599
    assert budget.over() is None
    clock.now += 2
    assert budget.over() == "10 minutes are over"


def test_money_counts_from_the_first_start() -> None:
    clock = Clock()
    budget = Budget(600, 2.8, 1.4, clock)
    budget.before = 3600
    clock.now += 3599
    assert budget.over() is None
    assert budget.spent == pytest.approx(2.8, abs=0.001)
    clock.now += 2
    assert budget.over() == "$2.8 are spent"
    assert budget.seconds == pytest.approx(7201)


def test_a_limit_without_a_price_is_refused() -> None:
    with pytest.raises(CardlensError, match="--dollars-an-hour"):
        Budget(10, 2.8, 0.0)


def test_a_price_alone_limits_nothing_and_tells_the_cost() -> None:
    clock = Clock()
    budget = Budget(600, None, 3.6, clock)
    clock.now += 1000
    assert budget.over() is None
    assert budget.spent == pytest.approx(1.0)
