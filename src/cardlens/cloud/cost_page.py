"""The page that the system was described by: its inventory, and its figures beside ours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from cardlens.cloud.cost_archive import ArchiveCase, archive
from cardlens.cloud.cost_bill import Training, Usage, monthly, one_time
from cardlens.cloud.cost_inventory import Inventory, parse_size, total_bytes
from cardlens.cloud.cost_prices import Cost, PriceTable

_FILE = Path(__file__).parent / "cost_page.json"
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the page, ours, and why they differ or agree."""

    name: str
    said: str
    ours: str
    right: bool
    why: str


@dataclass(frozen=True, slots=True)
class Page:
    """What the page says there is, is used and is paid."""

    inventory: Inventory
    usage: Usage
    training: Training
    said: dict[str, Any]
    units: int


def read_page() -> Page:
    """Read the bundled example: the page's own figures.

    Its units are 1024: it calls embeddings.npy 52 MB, and 17,592 x 768 float32 are 54.0 x 10^6 or 51.5 x 2^20 bytes.
    """
    record = json.loads(_FILE.read_text(encoding="utf-8"))
    units, usage, training = record["units"], record["usage"], record["training"]
    return Page(
        Inventory.of(record, record["name"]),
        Usage(usage["devices"], parse_size(usage["per_device"], units), usage["requests_per_device"]),
        Training(training["instance"], Decimal(training["hours"])),
        record["said"],
        units,
    )


def compare(page: Page, prices: PriceTable) -> list[Figure]:
    """Put every figure of the page beside what the price table makes of the same inventory."""
    once = one_time(page.inventory, prices, page.training)
    month = monthly(page.inventory, prices, page.usage)
    instant = archive(page.inventory.holdings, prices.storage["glacier-instant"], prices)
    money = (
        ("training", "SageMaker training", once["training"].cost, "hours times the hourly price"),
        ("upload", "S3 upload", once["upload"].cost, "a PUT an object and a part, nothing for the bytes"),
        ("transfer_in", "Data transfer, once", once["transfer_in"].cost, "in, and within the region, it is free"),
        ("one_time", "One-time total", once.total, "the sum of the lines, with the requests that training makes"),
        ("storage", "S3 storage a month", month["storage"].cost, _gb_matters(page, prices)),
        ("requests", "S3 requests a month", month["requests"].cost, "below one cent"),
        ("egress", "Data transfer out a month", month["egress"].cost, "the first 100 GB of a month are free"),
        ("monthly", "Monthly total", month.total, "storage alone: there is nothing else to pay"),
        ("yearly", "Annual", month.total.times(12), "twelve such months"),
        (
            "glacier",
            "All in Glacier, a month",
            instant.after,
            _glacier_is_more(instant),
        ),
    )
    return [_money(page, *figure) for figure in money] + _sizes(page)


def dollars(cost: Cost) -> str:
    """Show an amount in cents, and what is less than half of one as such."""
    if 0 < cost.usd < _CENT / 2:
        return "<$0.01"
    return f"${cents(cost.usd):,}"


def cents(amount: Decimal) -> Decimal:
    """Round to cents, half up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _money(page: Page, key: str, name: str, ours: Cost, why: str) -> Figure:
    said = Decimal(page.said[key])
    below = key == "requests"  # the page says "less than a cent"
    right = ours.usd < said if below else cents(ours.usd) == said
    return Figure(name, f"{'<' if below else ''}${said}", dollars(ours), right, why)


def _glacier_is_more(case: ArchiveCase) -> str:
    return (
        f"storage of Instant Retrieval alone: to move there is {dollars(case.transition)} once, to read it again "
        f"{dollars(case.restore)}, and {case.storage_class.minimum_days} days are paid at least"
    )


def _gb_matters(page: Page, prices: PriceTable) -> str:
    decimal = prices.gb(parse_size(page.said["total_size"], 1000))
    as_decimal = dollars(prices.standard.per_gb_month.cost(decimal))
    return f"its GB are of 2^30 bytes, as the bill counts; with 10^9 it would be {as_decimal}"


def _sizes(page: Page) -> list[Figure]:
    size, files = page.inventory.bytes, page.inventory.files
    reference = total_bytes(page.inventory.of_keys(("reference",)))
    said_total, said_reference = page.said["total_size"], page.said["reference_size"]
    about = page.said["files"]
    return [
        _size("Total size", said_total, size, page.units, "the sum of what the page lists"),
        _size("Reference database", said_reference, reference, page.units, "the sum of its four files"),
        Figure("Files", f"~{about:,}", f"{files:,}", round(files, -3) == about, "the sum of what the page lists"),
    ]


def _size(name: str, said: str, ours: int, units: int, why: str) -> Figure:
    figure, unit = said.split()
    amount = Decimal(ours) / parse_size(f"1 {unit}", units)
    shown = amount.quantize(Decimal(figure), ROUND_HALF_UP)  # to as many digits as the page gives
    return Figure(name, said, f"{shown} {unit}", f"{shown} {unit}" == said, why)
