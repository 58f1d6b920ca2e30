"""The bill: what is paid once, and what every month."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cardlens.cloud.cost_inventory import Holding, Inventory
from cardlens.cloud.cost_prices import STANDARD, THOUSAND, BadPrices, Cost, PriceTable, StorageClass

PART_BYTES = 8 * 1024 * 1024  # larger objects are uploaded in parts of this size, each a request, with two around them
_HOURS_A_MONTH = Decimal(730)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill. `key` names it for programs."""

    key: str
    service: str
    usage: str
    cost: Cost


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines and their sum."""

    title: str
    lines: tuple[Line, ...]

    @property
    def total(self) -> Cost:
        """Sum of the lines, exact."""
        return sum((line.cost for line in self.lines), Cost())

    def __getitem__(self, key: str) -> Line:
        """Give the line of that key."""
        return next(line for line in self.lines if line.key == key)


@dataclass(frozen=True, slots=True)
class Training:
    """One training run. `volume_gb`: the volume to rent where the machine has no disk of its own."""

    instance: str
    hours: Decimal
    volume_gb: int = 100


@dataclass(frozen=True, slots=True)
class Usage:
    """What devices read in a month: bytes and requests of one device."""

    devices: int
    bytes_per_device: int
    requests_per_device: int


def one_time(inventory: Inventory, prices: PriceTable, training: Training) -> Bill:
    """What is paid once: training, and putting everything there."""
    puts = upload_requests(inventory.holdings)
    reads = sum(one.files for one in inventory.of_keys(("processed",)))
    lines = (
        _machine(prices, training),
        _volume(prices, training),
        Line(
            "upload",
            "S3 upload",
            f"{puts:,} PUT requests for {inventory.files:,} objects",
            per_thousand(prices.put_per_1000, puts),
        ),
        Line("transfer_in", "Data transfer in", f"{shown_size(prices.gb(inventory.bytes))}, free", Cost()),
        Line(
            "training_reads",
            "Training reads S3",
            f"{reads:,} GET requests; transfer within the region is free",
            per_thousand(prices.get_per_1000, reads),
        ),
    )
    return Bill("One-time", lines)


def monthly(inventory: Inventory, prices: PriceTable, usage: Usage) -> Bill:
    """What is paid every month, with everything in the class of storage that it is in."""
    out = prices.gb(usage.devices * usage.bytes_per_device)
    requests = usage.devices * usage.requests_per_device
    where = f"{shown_size(out)} to {usage.devices:,} device{'s' if usage.devices != 1 else ''}"
    lines = (
        *_storage(inventory, prices),
        Line("requests", "S3 requests", f"{requests:,} GET requests", per_thousand(prices.get_per_1000, requests)),
        Line("egress", "Data transfer out", where, prices.egress.cost(out)),
    )
    return Bill("Monthly", lines)


def billed_gb(holdings: Sequence[Holding], storage_class: StorageClass, prices: PriceTable) -> Decimal:
    """GB that a class of storage bills for objects: with its minimum size and what it adds to each."""
    smallest, added = Decimal(storage_class.minimum_object_bytes), storage_class.overhead_bytes
    size = sum(((max(one.each, smallest) + added) * one.files for one in holdings), Decimal(0))
    return size / prices.gb_bytes


def month_of_storage(holdings: Sequence[Holding], storage_class: StorageClass, prices: PriceTable) -> Cost:
    """Cost of a month in a class of storage, with what it keeps in Standard of each object."""
    beside = prices.gb(sum(one.files for one in holdings) * storage_class.overhead_standard_bytes)
    stored = storage_class.per_gb_month.cost(billed_gb(holdings, storage_class, prices))
    return stored + prices.standard.per_gb_month.cost(beside)


def shown_size(gb: Decimal) -> str:
    """Show an amount that is billed in GB; small ones in MB."""
    return f"{gb:.1f} GB" if gb >= Decimal("0.1") or not gb else f"{gb * 1024:.1f} MB"


def upload_requests(holdings: Iterable[Holding]) -> int:
    """Count the PUT requests that upload these objects."""
    return sum(one.files * _puts(one) for one in holdings)


def per_thousand(price: Cost, requests: int | Decimal) -> Cost:
    """Cost of requests at a price per thousand."""
    return price.times(Decimal(requests) / THOUSAND)


def _storage(inventory: Inventory, prices: PriceTable) -> Iterable[Line]:
    unknown = {one.storage_class for one in inventory.holdings} - set(prices.storage)
    if unknown:
        raise BadPrices(f"{inventory.name}: no price for the storage class {min(unknown)}; add it to a price table")
    for key, storage_class in prices.storage.items():
        holdings = inventory.in_class(key)
        if holdings or key == STANDARD:
            usage = shown_size(billed_gb(holdings, storage_class, prices))
            cost = month_of_storage(holdings, storage_class, prices)
            yield Line("storage" if key == STANDARD else f"storage:{key}", storage_class.name, usage, cost)


def _puts(holding: Holding) -> int:
    parts = -(-holding.bytes // (holding.files * PART_BYTES)) if holding.files else 0
    return parts + 2 if parts > 1 else 1


def _machine(prices: PriceTable, training: Training) -> Line:
    cost = prices.instance(training.instance).per_hour.times(training.hours)
    return Line("training", "SageMaker training", f"{training.hours} hours on {training.instance}", cost)


def _volume(prices: PriceTable, training: Training) -> Line:
    own = prices.instance(training.instance).own_disk_gb
    if own is not None:
        return Line("volume", "Training volume", f"the machine's own {own} GB disk, free", Cost())
    share = training.hours / _HOURS_A_MONTH
    usage = f"{training.volume_gb} GB for {training.hours} hours"
    return Line("volume", "Training volume", usage, prices.volume_per_gb_month.times(training.volume_gb * share))
