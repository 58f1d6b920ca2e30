"""What a month costs with more cards and more devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cardlens.cloud.cost_bill import Usage, monthly
from cardlens.cloud.cost_inventory import ON_DEVICES, PER_CARD, BadInventory, Holding, Inventory, total_bytes
from cardlens.cloud.cost_prices import Cost, PriceTable

CARDS = (17_592, 50_000, 100_000, 250_000, 500_000, 1_000_000)
DEVICES = (1, 100, 1_000, 10_000)


@dataclass(frozen=True, slots=True)
class Projection:
    """A month with so many cards and devices, each of which reads the whole database and its model so often."""

    cards: int
    devices: int
    stored_gb: Decimal
    storage: Cost
    requests: Cost
    egress: Cost

    @property
    def total(self) -> Cost:
        """All of the month."""
        return self.storage + self.requests + self.egress


def grow(
    inventory: Inventory,
    prices: PriceTable,
    cards: Sequence[int] = CARDS,
    devices: Sequence[int] = DEVICES,
    pulls: Decimal = Decimal(1),
) -> list[Projection]:
    """Project a month for each number of cards and each number of devices.

    Args:
        inventory: what there is today; what belongs to a card grows with the cards, models stay.
        prices: the price table.
        cards: numbers of cards.
        devices: numbers of devices.
        pulls: how often a month a device reads database and model.
    """
    if not inventory.cards:
        raise BadInventory(f"{inventory.name}: no raw scans in it, so that nothing says what a card takes")
    return [_project(scaled(inventory, many), prices, many, count, pulls) for many in cards for count in devices]


def scaled(inventory: Inventory, cards: int) -> Inventory:
    """Give the inventory as it would be with so many cards."""
    return Inventory(f"{cards:,} cards", tuple(_scaled(one, cards, inventory.cards) for one in inventory.holdings))


def _scaled(holding: Holding, cards: int, now: int) -> Holding:
    if holding.key not in PER_CARD:
        return holding
    # the files of the database grow, of everything else there are more
    files = holding.files if holding.key in ON_DEVICES else round(holding.files * cards / now)
    return replace(holding, bytes=holding.bytes * cards // now, files=files)


def _project(inventory: Inventory, prices: PriceTable, cards: int, devices: int, pulls: Decimal) -> Projection:
    read = inventory.of_keys(ON_DEVICES)
    requests = sum(one.files for one in read) + 1  # and a listing
    bill = monthly(inventory, prices, Usage(devices, int(total_bytes(read) * pulls), int(requests * pulls)))
    storage = sum((line.cost for line in bill.lines if line.key.startswith("storage")), Cost())
    stored = prices.gb(inventory.bytes)
    return Projection(cards, devices, stored, storage, bill["requests"].cost, bill["egress"].cost)
