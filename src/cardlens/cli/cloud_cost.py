"""`cardlens cloud cost`: what it costs, and what it would."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from cardlens.cli.cloud_cost_tables import Costs
    from cardlens.cloud.cost_bill import Training, Usage
    from cardlens.cloud.cost_inventory import Inventory
    from cardlens.cloud.cost_page import Page

EXAMPLES = """\
Examples:

  cardlens cloud cost                                                  (the example: the seed's page)

  cardlens cloud cost --store s3://my-bucket/cards --devices 200       (what is there now)

  cardlens store inventory --json > inventory.json
  cardlens cloud cost --inventory inventory.json

  cardlens cloud cost --hours 3.8 --instance ml.g4dn.xlarge --json

  cardlens cloud cost --prices my-prices.json --plot costs.svg
"""


def cost(  # noqa: PLR0913, PLR0917  options of a command
    store: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Price what this store holds: s3://bucket/prefix, or a folder. One listing."),
    ] = None,
    inventory: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What `cardlens store inventory --json` printed; by default the example."),
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A price table of your own; by default the bundled, dated one.")
    ] = None,
    devices: Annotated[int | None, typer.Option(metavar="N", min=0, help="Devices that read the database.")] = None,
    gb_per_device: Annotated[
        str | None,
        typer.Option(metavar="GB", help="GB a month and device; by default once database and device model."),
    ] = None,
    instance: Annotated[str | None, typer.Option(metavar="NAME", help="Training machine.")] = None,
    hours: Annotated[str | None, typer.Option(metavar="H", help="Hours of training.")] = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also draw it: .png, .svg or .pdf; needs the extra train.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON; amounts are text, exact.")] = False,
) -> None:
    """Price storage, requests, transfer and training: once, a month, in archives, and with growth.

    Amounts that rest on a price that is not confirmed are marked. Without --store nothing is asked of the network.
    """
    from cardlens.cli import cloud_cost_tables as tables
    from cardlens.cloud.cost_page import read_page
    from cardlens.cloud.cost_prices import BUNDLED_PRICES, PriceTable

    if plot is not None:
        _require_matplotlib()
    table = PriceTable.open(prices or BUNDLED_PRICES)
    page = read_page()
    stored = _stored(page, store, inventory)
    usage = _usage(page, stored, devices, _amount("--gb-per-device", gb_per_device), table.gb_bytes)
    costs = tables.calculate(
        stored,
        table,
        usage,
        _training(page, instance, _amount("--hours", hours)),
        page if stored is page.inventory else None,
    )
    if plot is not None:
        _plot(costs, plot)
    tables.show(costs, as_json=as_json)


def _require_matplotlib() -> None:
    from importlib.util import find_spec

    from cardlens.cli.extras import install_command
    from cardlens.errors import MissingExtra

    if find_spec("matplotlib") is None:
        raise MissingExtra(
            f"cardlens cloud cost --plot: needs matplotlib, not installed here; run: {install_command('train')}"
        )


def _plot(costs: Costs, file: Path) -> None:
    from cardlens.cli import console
    from cardlens.cloud.cost_plot import plot

    plot(costs.growth, costs.archives[0].cases if costs.archives else (), file)
    console.stderr().print(f"{file}: written", highlight=False, markup=False, soft_wrap=True)


def _stored(page: Page, store: str | None, file: Path | None) -> Inventory:
    if store is not None and file is not None:
        raise typer.BadParameter("give --store or --inventory, not both")
    if store is not None:
        from cardlens.cloud.cost_listing import read_store
        from cardlens.store.address import open_store

        return read_store(open_store(store))
    if file is not None:
        from cardlens.cloud.cost_inventory import Inventory

        return Inventory.read(file)
    return page.inventory


def _amount(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{text!r} is not a number", param_hint=option) from None
    if not amount.is_finite() or amount < 0:
        raise typer.BadParameter(f"{text} is not an amount", param_hint=option)
    return amount


def _usage(page: Page, stored: Inventory, devices: int | None, gb: Decimal | None, gb_bytes: int) -> Usage:
    from cardlens.cloud.cost_bill import Usage
    from cardlens.cloud.cost_inventory import ON_DEVICES, total_bytes

    if stored is page.inventory and gb is None:
        size = page.usage.bytes_per_device
    else:
        size = total_bytes(stored.of_keys(ON_DEVICES)) if gb is None else int(gb * gb_bytes)
    return Usage(page.usage.devices if devices is None else devices, size, page.usage.requests_per_device)


def _training(page: Page, instance: str | None, hours: Decimal | None) -> Training:
    from cardlens.cloud.cost_bill import Training

    given = page.training
    return Training(instance or given.instance, given.hours if hours is None else hours)
