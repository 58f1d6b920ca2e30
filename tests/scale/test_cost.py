from __future__ import annotations

import sys
from decimal import Decimal

import pytest

from cardlens.cloud.cost_prices import BadPrices, PriceTable
from cardlens.scale.cost import Run, estimate, lines, main
from cardlens.scale.errors import ScaleError
from cardlens.scale.measured import RATE
from cardlens.simulation.plan import NODE, Assumptions

TABLE = PriceTable.open()
RUN = Run(10_000_000, Decimal(10), Decimal(8))


def test_ten_million_photos_by_hand() -> None:
    plan = estimate(RUN, TABLE, "c7i.xlarge", "m7i.large")
    core_hours = Decimal(10_000_000) * Decimal("1.02") / 10 / 3600
    assert plan.machines == 9  # 283 core hours in 7 hours 55 minutes on four cores each
    assert abs(plan.hours - (core_hours / 36 + Decimal(5) / 60)) < Decimal("0.0001")
    machine = TABLE.machine("c7i.xlarge")
    assert round(plan.parts["9 x c7i.xlarge, spot"].usd - machine.spot_per_hour.usd * plan.hours * 9, 9) == 0
    assert plan.parts["reading photos"].usd == (Decimal("10200000") + 156_250) / 1000 * TABLE.get_per_1000.usd
    assert plan.total.usd == sum(cost.usd for cost in plan.parts.values())
    assert not plan.total.confirmed


def test_less_time_takes_more_machines_and_hardly_more_money() -> None:
    slow, fast = (
        estimate(Run(RUN.photos, RUN.rate, Decimal(hours)), TABLE, "c7i.xlarge", "m7i.large") for hours in (8, 2)
    )
    assert fast.machines > slow.machines * 3
    assert fast.hours <= 2
    assert abs(fast.total.usd / slow.total.usd - 1) < Decimal("0.15")


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ScaleError, match="give more --hours"):
        estimate(Run(10, Decimal(1), Decimal("0.05")), TABLE, "c7i.xlarge", "m7i.large")
    with pytest.raises(BadPrices, match="no price for this machine"):
        estimate(RUN, TABLE, "z9.huge", "m7i.large")


def test_amounts_that_are_not_confirmed_are_marked() -> None:
    told = list(lines(RUN, estimate(RUN, TABLE, "c7i.xlarge", "m7i.large"), TABLE))
    assert told[0].startswith("10,000,000 photos at 10 a second and core: 9 machines")
    assert all("*" in line for line in told if "spot" in line or "in all" in line)
    assert TABLE.as_of in told[-1]


def test_the_default_rate_is_the_measured_one_and_says_where_it_comes_from(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["cost", "--photos", "1000000"])
    main()
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"1,000,000 photos at {RATE} a second and core")
    assert "the measured one of small photos" in told[1]
    assert "cardlens.scale.trial" in told[1]


def test_both_plans_count_cores_and_bytes_alike() -> None:
    given = Assumptions()
    assert given.cores == TABLE.machine(NODE).cores
    assert given.node_dollars == float(TABLE.machine(NODE).spot_per_hour.usd)
    assert given.answer_bytes == Run(1, Decimal(1), Decimal(1)).answer_bytes
