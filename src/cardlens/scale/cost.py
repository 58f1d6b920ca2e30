"""Prices a run on spot machines before it is made: `python -m cardlens.scale.cost --photos 10000000`.

The rate, photos a second and core, is what `cardlens.scale.trial` measured on its small photos, or yours. Prices are
those of `cardlens cloud cost`, with a date; what rests on one that is not confirmed is marked with `*`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from pathlib import Path

from cardlens.cloud.cost_prices import BUNDLED_PRICES, THOUSAND, Cost, PriceTable
from cardlens.scale.errors import ScaleError
from cardlens.scale.measured import ANSWER_BYTES, RATE, RATE_SOURCE

_HOUR = 3600
# a batch's attempt, part and receipt
_WRITES_A_BATCH = 3
_PER_PAGE = 1000  # names in one answer of a listing


@dataclass(frozen=True, slots=True)
class Run:
    """What is to be named, and how fast.

    Attributes:
        photos: how many.
        rate: photos a second and core (a hardware thread), measured.
        hours: how long it may take.
        batch: photos in a batch.
        answer_bytes: of a photo in Parquet.
        start_minutes: what each machine is paid for before its first photo.
        repeated: share of the work that is done twice, as spot machines are taken away.
    """

    photos: int
    rate: Decimal
    hours: Decimal
    batch: int = 64
    answer_bytes: int = ANSWER_BYTES
    start_minutes: Decimal = Decimal(5)
    repeated: Decimal = Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run takes: machines, hours, and dollars by what they are for."""

    machines: int
    hours: Decimal
    parts: dict[str, Cost]

    @property
    def total(self) -> Cost:
        """All of it."""
        return sum(self.parts.values(), Cost())


def estimate(run: Run, table: PriceTable, worker: str, head: str) -> Estimate:
    """Price a run; raises `BadPrices` where the table lacks a machine, `ScaleError` where it cannot be done in time."""
    machine, leader = table.machine(worker), table.machine(head)
    working = run.hours - run.start_minutes / 60
    if working <= 0:
        raise ScaleError(f"{run.hours} hours: machines need {run.start_minutes} minutes to start; give more --hours")
    core_hours = run.photos * (1 + run.repeated) / run.rate / _HOUR
    machines = max(1, ceil(core_hours / working / machine.cores))
    hours = core_hours / machines / machine.cores + run.start_minutes / 60
    batches = -(-run.photos // run.batch)
    gets = run.photos * (1 + run.repeated) + batches
    puts = batches * _WRITES_A_BATCH + run.photos // _PER_PAGE + 1  # listings cost what writes do
    stored = table.gb(run.photos * run.answer_bytes)
    parts = {
        f"{machines} x {worker}, spot": machine.spot_per_hour.times(hours * machines),
        f"1 x {head}": leader.per_hour.times(hours),
        "reading photos": table.get_per_1000.times(Decimal(gets) / THOUSAND),
        "writing answers": table.put_per_1000.times(Decimal(puts) / THOUSAND),
        "keeping answers, a month": table.standard.per_gb_month.cost(stored),
    }
    return Estimate(machines, hours, parts)


def lines(run: Run, plan: Estimate, table: PriceTable) -> Iterator[str]:
    """Tell an estimate."""
    yield f"{run.photos:,} photos at {run.rate} a second and core: {plan.machines} machines, {plan.hours:.1f} hours"
    if run.rate == RATE:
        yield f"That rate is the measured one of {RATE_SOURCE}; give --rate for yours."
    for what, cost in plan.parts.items():
        yield f"  {what:<28} {_dollars(cost):>12}"
    yield f"  {'in all':<28} {_dollars(plan.total):>12}"
    yield f"  {'a million photos':<28} {_dollars(plan.total.times(Decimal(1_000_000) / run.photos)):>12}"
    yield f"Prices of {table.region}, {table.as_of}; * rests on one that is not confirmed. No photo leaves the region."


def _dollars(cost: Cost) -> str:
    return f"${cost.usd:,.2f}{'' if cost.confirmed or not cost.usd else '*'}"


def main() -> None:
    """Print an estimate."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--photos", type=int, required=True)
    options.add_argument("--rate", type=Decimal, default=RATE, help=f"photos a second and core; {RATE}: {RATE_SOURCE}")
    options.add_argument("--hours", type=Decimal, default=Decimal(8), help="how long it may take")
    options.add_argument("--batch", type=int, default=64, help="photos in a batch")
    options.add_argument("--worker", default="c7i.xlarge")
    options.add_argument("--head", default="m7i.large")
    options.add_argument("--prices", type=Path, default=BUNDLED_PRICES)
    wanted = options.parse_args()
    if wanted.photos < 1 or wanted.rate <= 0 or wanted.batch < 1:
        options.error("--photos, --rate and --batch are more than nothing")
    table, run = PriceTable.open(wanted.prices), Run(wanted.photos, wanted.rate, wanted.hours, wanted.batch)
    for line in lines(run, estimate(run, table, wanted.worker, wanted.head), table):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
