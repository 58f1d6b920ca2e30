"""A dated price table: exact decimals, each marked as confirmed or not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Self

from cardlens.errors import CardlensError

BUNDLED_PRICES = Path(__file__).parent / "prices.json"
STANDARD = "standard"
THOUSAND = Decimal(1000)
_NOTHING = {"usd": "0", "confirmed": True}


class BadPrices(CardlensError):
    """A price table that cannot be used."""


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount in dollars, and whether every price that went into it is confirmed."""

    usd: Decimal = Decimal(0)
    confirmed: bool = True

    def __add__(self, other: Cost) -> Cost:
        """Add amounts; one unconfirmed price makes the sum unconfirmed, unless nothing of it was used."""
        return Cost(self.usd + other.usd, (self.confirmed or not self.usd) and (other.confirmed or not other.usd))

    def times(self, many: Decimal | int) -> Cost:
        """Give `many` times the amount."""
        return Cost(self.usd * many, self.confirmed)


@dataclass(frozen=True, slots=True)
class Tier:
    """A price up to an amount, in GB; None: without end."""

    up_to_gb: Decimal | None
    price: Cost


@dataclass(frozen=True, slots=True)
class Tiers:
    """A price a GB that depends on how many there are, as of the first GB of the month."""

    steps: tuple[Tier, ...]

    def cost(self, gb: Decimal) -> Cost:
        """Cost of `gb` GB."""
        total, below = Cost(), Decimal(0)
        for step in self.steps:
            until = gb if step.up_to_gb is None else min(gb, step.up_to_gb)
            if until > below:
                total += step.price.times(until - below)
                below = until
        return total


@dataclass(frozen=True, slots=True)
class StorageClass:
    """What it costs to keep objects in one class of storage, to move them there and to read them again.

    Attributes:
        minimum_object_bytes: smaller objects are billed as if they were that large.
        overhead_bytes: added to each object, at this class's price.
        overhead_standard_bytes: added to each object, at the price of Standard.
        minimum_days: who takes an object out earlier pays for the rest of them.
        restored_copy: reading makes a temporary copy in Standard first.
    """

    key: str
    name: str
    per_gb_month: Tiers
    first_byte: str
    transition_per_1000: Cost
    retrieval_per_gb: Cost
    retrieval_per_1000: Cost
    minimum_object_bytes: int
    overhead_bytes: int
    overhead_standard_bytes: int
    minimum_days: int
    restored_copy: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """A training machine. `own_disk_gb`: a disk of its own, so that no volume is billed; None where it has none."""

    per_hour: Cost
    own_disk_gb: int | None


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of a cluster, with `cores` (hardware threads: AWS's vCPUs, Ray's CPUs).

    Spot is what it costs while nobody pays more for it.
    """

    cores: int
    per_hour: Cost
    spot_per_hour: Cost


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices of one region on one day. A GB is `gb_bytes` bytes: AWS bills 2^30."""

    region: str
    as_of: str
    gb_bytes: int
    storage: Mapping[str, StorageClass]
    put_per_1000: Cost
    get_per_1000: Cost
    egress: Tiers
    instances: Mapping[str, Instance]
    volume_per_gb_month: Cost
    machines: Mapping[str, Machine]

    @classmethod
    def open(cls, file: Path = BUNDLED_PRICES) -> Self:
        """Read a price table; raises `BadPrices`, which names the file and what is wrong in it."""
        try:
            return cls._of(json.loads(file.read_text(encoding="utf-8"), parse_float=_no_floats))
        except OSError as error:
            raise BadPrices(f"{file}: cannot be read ({error.strerror}); give a price table with --prices") from error
        except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
            raise BadPrices(
                f"{file}: not a price table ({error!r}); copy {BUNDLED_PRICES} and change its figures"
            ) from error

    @classmethod
    def _of(cls, record: dict[str, Any]) -> Self:
        table = cls(
            region=record["region"],
            as_of=record["as_of"],
            gb_bytes=_whole(record["gb_bytes"], least=1),
            storage={key: _storage_class(key, one) for key, one in record["storage"].items()},
            put_per_1000=_price(record["requests"]["put_per_1000"]),
            get_per_1000=_price(record["requests"]["get_per_1000"]),
            egress=_tiers(record["egress_per_gb"]),
            instances={name: _instance(one) for name, one in record["training"].items()},
            volume_per_gb_month=_price(record["training_volume_per_gb_month"]),
            machines={name: _machine(one) for name, one in record.get("machines", {}).items()},
        )
        if STANDARD not in table.storage:
            raise ValueError(f"storage has no {STANDARD!r}")
        return table

    @property
    def standard(self) -> StorageClass:
        """The class that everything starts in."""
        return self.storage[STANDARD]

    @property
    def archives(self) -> tuple[StorageClass, ...]:
        """The other classes."""
        return tuple(one for key, one in self.storage.items() if key != STANDARD)

    def gb(self, size: int) -> Decimal:
        """Give bytes in the GB that are billed."""
        return Decimal(size) / self.gb_bytes

    def instance(self, name: str) -> Instance:
        """Price of a training machine; raises `BadPrices` where the table does not have it."""
        if name not in self.instances:
            known = ", ".join(self.instances)
            raise BadPrices(f"{name}: no price for this machine, only for {known}; add it to a table for --prices")
        return self.instances[name]

    def machine(self, name: str) -> Machine:
        """Price of a machine of a cluster; raises `BadPrices` where the table does not have it."""
        if name not in self.machines:
            known = ", ".join(self.machines)
            raise BadPrices(f"{name}: no price for this machine, only for {known}; add it to a table for --prices")
        return self.machines[name]


def _no_floats(text: str) -> Any:
    raise ValueError(f'{text} is a number; write prices as text, "{text}", so that they stay exact')


def _price(record: dict[str, Any]) -> Cost:
    if not isinstance(record["usd"], str) or not isinstance(record["confirmed"], bool):
        raise TypeError(f'{record}: "usd" is text and "confirmed" is true or false')
    usd = Decimal(record["usd"])
    if not usd.is_finite() or usd < 0:
        raise ValueError(f"{usd}: not a price")
    return Cost(usd, record["confirmed"])


def _tiers(records: Sequence[dict[str, Any]]) -> Tiers:
    steps = tuple(Tier(None if one["up_to_gb"] is None else Decimal(one["up_to_gb"]), _price(one)) for one in records)
    limits = [step.up_to_gb for step in steps[:-1]]
    if not steps or steps[-1].up_to_gb is not None or None in limits or limits != sorted(set(filter(None, limits))):
        raise ValueError("tiers rise, and the last and only the last has up_to_gb null")
    return Tiers(steps)


def _whole(value: Any, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{value!r}: not a whole number of at least {least}")
    return value


def _storage_class(key: str, record: dict[str, Any]) -> StorageClass:
    return StorageClass(
        key=key,
        name=record["name"],
        per_gb_month=_tiers(record["per_gb_month"]),
        first_byte=record["first_byte"],
        transition_per_1000=_price(record.get("transition_per_1000", _NOTHING)),
        retrieval_per_gb=_price(record.get("retrieval_per_gb", _NOTHING)),
        retrieval_per_1000=_price(record.get("retrieval_per_1000", _NOTHING)),
        minimum_object_bytes=_whole(record.get("minimum_object_bytes", 0)),
        overhead_bytes=_whole(record.get("overhead_bytes", 0)),
        overhead_standard_bytes=_whole(record.get("overhead_standard_bytes", 0)),
        minimum_days=_whole(record.get("minimum_days", 0)),
        restored_copy=bool(record.get("restored_copy", False)),
    )


def _instance(record: dict[str, Any]) -> Instance:
    own = record["own_disk_gb"]
    return Instance(_price(record["per_hour"]), None if own is None else _whole(own))


def _machine(record: dict[str, Any]) -> Machine:
    return Machine(_whole(record["cores"], least=1), _price(record["per_hour"]), _price(record["spot_per_hour"]))
