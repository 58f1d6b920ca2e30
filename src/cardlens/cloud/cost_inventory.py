"""What is stored, as the bill sees it: how many objects of which size."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from cardlens.cloud.cost_prices import STANDARD
from cardlens.errors import CardlensError
from cardlens.store.layout import DATASETS

RAW = "raw"
# Grows with the cards, or stays as it is; read by every device, or only for training.
PER_CARD = frozenset((RAW, "processed", "reference"))
ON_DEVICES = frozenset(("reference", "hailo"))
COLD = frozenset((RAW, "processed", "teacher", "calibration"))
_KEYS = {one.category: one.name for one in reversed(DATASETS)}  # of a category, the name of its first data set
_UNITS = {"B": 0, "KB": 1, "MB": 2, "GB": 3, "TB": 4}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(B|KB|MB|GB|TB)")


class BadInventory(CardlensError):
    """An inventory that cannot be read."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Objects of one kind, of about one size and in one class of storage. `bytes`: all of them together."""

    key: str
    category: str
    purpose: str
    bytes: int
    files: int
    storage_class: str = STANDARD

    def __post_init__(self) -> None:
        """Check what the arithmetic relies on."""
        if self.bytes < 0 or self.files < 0 or (self.bytes and not self.files):
            raise ValueError(f"{self.category}: {self.bytes} bytes in {self.files} files")

    @property
    def each(self) -> Decimal:
        """Bytes of one object."""
        return Decimal(self.bytes) / self.files if self.files else Decimal(0)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that is stored."""

    name: str
    holdings: tuple[Holding, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `cardlens store inventory --json` prints, or a list of holdings; raises `BadInventory`."""
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            return cls.of(record, str(file))
        except OSError as error:
            raise BadInventory(f"{file}: cannot be read ({error.strerror}); give a file or --page") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInventory(
                f"{file}: not an inventory ({error!r}); write one with `cardlens store inventory --json`"
            ) from error

    @classmethod
    def of(cls, record: Mapping[str, Any], name: str) -> Self:
        """Take `holdings` (or `categories`): each has `key`, `bytes` or `size`, `files`, perhaps a `storage_class`."""
        units = record.get("units", 1000)
        rows = record["holdings"] if "holdings" in record else record["categories"]
        holdings = tuple(_holding(row, units) for row in rows)
        if not any(one.files for one in holdings):
            raise ValueError("there is nothing in it")
        return cls(record.get("name", name), holdings)

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return total_bytes(self.holdings)

    @property
    def files(self) -> int:
        """Objects in all."""
        return sum(one.files for one in self.holdings)

    @property
    def cards(self) -> int:
        """Scans that are stored: what grows is counted by them."""
        return sum(one.files for one in self.holdings if one.key == RAW)

    def in_class(self, storage_class: str) -> tuple[Holding, ...]:
        """The holdings that lie in this class of storage."""
        return tuple(one for one in self.holdings if one.storage_class == storage_class)

    def of_keys(self, keys: Collection[str]) -> tuple[Holding, ...]:
        """The holdings of these kinds."""
        return tuple(one for one in self.holdings if one.key in keys)

    def categories(self) -> list[Holding]:
        """One holding a category, in order: the page's breakdown."""
        sums: dict[str, Holding] = {}
        for one in self.holdings:
            seen = sums.get(one.category, Holding(one.key, one.category, one.purpose, 0, 0))
            sums[one.category] = Holding(
                seen.key, one.category, one.purpose, seen.bytes + one.bytes, seen.files + one.files
            )
        return list(sums.values())


def total_bytes(holdings: Iterable[Holding]) -> int:
    """Bytes of all of them."""
    return sum(one.bytes for one in holdings)


def parse_size(text: str, units: int) -> int:
    """Bytes of "12.6 GB", where a KB is `units` bytes (1000 or 1024); raises `ValueError`."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r}: not a size such as 12.6 GB")
    return int(Decimal(match[1]) * Decimal(units) ** _UNITS[match[2]])


def _holding(row: Mapping[str, Any], units: int) -> Holding:
    size = row["bytes"] if "bytes" in row else parse_size(row["size"], units)
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in (size, row["files"])):
        raise TypeError(f"{row}: bytes and files are whole numbers")
    category = row.get("category", row.get("key", ""))
    in_class = row.get("storage_class", STANDARD)
    key = row.get("key") or _KEYS.get(category, category)
    return Holding(key, category, row.get("purpose", ""), size, row["files"], in_class)
