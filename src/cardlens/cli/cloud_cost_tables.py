"""How the costs are shown: tables for a person, one JSON object for a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from cardlens.cli import console
from cardlens.cloud.cost_archive import ArchiveCase, archive
from cardlens.cloud.cost_bill import Bill, Training, Usage, monthly, one_time
from cardlens.cloud.cost_growth import Projection, grow
from cardlens.cloud.cost_inventory import COLD, Inventory
from cardlens.cloud.cost_page import Figure, Page, cents, compare, dollars
from cardlens.cloud.cost_prices import STANDARD, Cost, PriceTable

_UNCONFIRMED = "*"


@dataclass(frozen=True, slots=True)
class Archives:
    """Each archive class for one choice of holdings."""

    what: str
    cases: tuple[ArchiveCase, ...]


@dataclass(frozen=True, slots=True)
class Costs:
    """All that the command tells."""

    inventory: Inventory
    prices: PriceTable
    bills: tuple[Bill, Bill]
    page: list[Figure]
    archives: tuple[Archives, ...]
    growth: list[Projection]


def calculate(inventory: Inventory, prices: PriceTable, usage: Usage, training: Training, page: Page | None) -> Costs:
    """Work everything out; `page` where its figures are to be compared."""
    movable = inventory.in_class(STANDARD)
    choices = {"everything": movable, "what devices never read": [one for one in movable if one.key in COLD]}
    archives = tuple(
        Archives(what, tuple(archive(holdings, one, prices) for one in prices.archives))
        for what, holdings in choices.items()
        if any(holding.files for holding in holdings)
    )
    bills = (one_time(inventory, prices, training), monthly(inventory, prices, usage))
    figures = compare(page, prices) if page else []
    growth = grow(inventory, prices) if inventory.cards else []
    return Costs(inventory, prices, bills, figures, archives, growth)


def show(costs: Costs, *, as_json: bool) -> None:
    """Print everything."""
    if as_json:
        console.stdout().print_json(data=_as_record(costs))
        return
    tables = [_inventory(costs), *map(_bill, costs.bills)]
    tables += [_page(costs.page)] if costs.page else []
    tables += [_archives(one) for one in costs.archives]
    tables += [_growth(costs.growth)] if costs.growth else []
    for table in tables:
        console.stdout().print(table)
    _say(f"Prices of {costs.prices.region} as of {costs.prices.as_of}, a GB is {costs.prices.gb_bytes:,} bytes.")
    _say(f"{_UNCONFIRMED} rests on a price that was not confirmed; see docs/explanation/costs.md")


def _say(text: str) -> None:
    console.stdout().print(text, highlight=False, markup=False, soft_wrap=True)


def _table(title: str, *columns: str, numbers: Sequence[str] = ()) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left")
    return table


def _money(cost: Cost) -> str:
    return dollars(cost) + (_UNCONFIRMED if not cost.confirmed and cost.usd else "")


def _inventory(costs: Costs) -> Table:
    table = _table(f"Stored: {costs.inventory.name}", "Category", "GB", "Files", "Purpose", numbers=("GB", "Files"))
    for one in costs.inventory.categories():
        table.add_row(Text(one.category), f"{costs.prices.gb(one.bytes):.2f}", f"{one.files:,}", Text(one.purpose))
    table.add_row("TOTAL", f"{costs.prices.gb(costs.inventory.bytes):.2f}", f"{costs.inventory.files:,}", "")
    return table


def _bill(bill: Bill) -> Table:
    table = _table(bill.title, "Service", "Usage", "Cost", numbers=("Cost",))
    for line in bill.lines:
        table.add_row(line.service, line.usage, _money(line.cost))
    table.add_row("TOTAL", "", _money(bill.total))
    return table


def _page(figures: Sequence[Figure]) -> Table:
    table = _table("The page's figures", "Figure", "Page", "Here", "", "Why", numbers=("Page", "Here"))
    for one in figures:
        verdict = Text("right", "green") if one.right else Text("wrong", "red")
        table.add_row(one.name, one.said, one.ours, verdict, one.why)
    return table


def _archives(archives: Archives) -> Table:
    before = archives.cases[0].before
    title = f"In an archive: {archives.what}, {_money(before)} a month in Standard"
    numbers = ("A month", "Move once", "Read all once", "Paid at least", "Pays from month", "if read once")
    table = _table(title, "Class", *numbers, "First byte", numbers=numbers)
    for case in archives.cases:
        table.add_row(
            case.storage_class.name,
            _money(case.after),
            _money(case.transition),
            _money(case.restore),
            f"{case.storage_class.minimum_days} days",
            _month(case.break_even()),
            _month(case.break_even(restores=1)),
            case.storage_class.first_byte,
        )
    return table


def _month(month: int | None) -> str:
    return "never" if month is None else str(month)


def _growth(projections: Sequence[Projection]) -> Table:
    devices = sorted({one.devices for one in projections})
    heads = [f"{count:,} device{'s' if count > 1 else ''}" for count in devices]
    numbers = ("Cards", "GB", "Storage", *heads)
    table = _table("A month with growth: all, and storage alone", *numbers, numbers=numbers)
    for cards in sorted({one.cards for one in projections}):
        row = [one for one in projections if one.cards == cards]
        table.add_row(
            f"{cards:,}", f"{row[0].stored_gb:,.0f}", _money(row[0].storage), *(_money(one.total) for one in row)
        )
    return table


def _as_record(costs: Costs) -> dict[str, Any]:
    return {
        "prices": {"region": costs.prices.region, "as_of": costs.prices.as_of, "gb_bytes": costs.prices.gb_bytes},
        "inventory": {"name": costs.inventory.name, "bytes": costs.inventory.bytes, "files": costs.inventory.files},
        "one_time": _bill_record(costs.bills[0]),
        "monthly": _bill_record(costs.bills[1]),
        "page": [
            {"figure": one.name, "page": one.said, "here": one.ours, "right": one.right, "why": one.why}
            for one in costs.page
        ],
        "archives": [
            {"holdings": choice.what, **_case_record(case)} for choice in costs.archives for case in choice.cases
        ],
        "growth": [_projection_record(one) for one in costs.growth],
    }


def _amount(cost: Cost) -> dict[str, Any]:
    return {"usd": f"{cost.usd:f}", "cents": f"{cents(cost.usd):f}", "confirmed": cost.confirmed or not cost.usd}


def _bill_record(bill: Bill) -> dict[str, Any]:
    lines = [{"key": one.key, "service": one.service, "usage": one.usage, **_amount(one.cost)} for one in bill.lines]
    return {"lines": lines, "total": _amount(bill.total)}


def _case_record(case: ArchiveCase) -> dict[str, Any]:
    return {
        "class": case.storage_class.key,
        "files": case.files,
        "billed_gb": f"{case.billed_gb:f}",
        "standard_a_month": _amount(case.before),
        "archive_a_month": _amount(case.after),
        "transition": _amount(case.transition),
        "read_all_once": _amount(case.restore),
        "minimum_days": case.storage_class.minimum_days,
        "break_even_month": case.break_even(),
        "break_even_month_if_read_once": case.break_even(restores=1),
        "files_that_cost_more": case.small_files,
    }


def _projection_record(one: Projection) -> dict[str, Any]:
    return {
        "cards": one.cards,
        "devices": one.devices,
        "stored_gb": f"{one.stored_gb:f}",
        "storage": _amount(one.storage),
        "requests": _amount(one.requests),
        "egress": _amount(one.egress),
        "total": _amount(one.total),
    }
