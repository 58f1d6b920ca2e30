"""What is done with the items of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds work may take before it is taken to hang.

    Attributes:
        item: one item, models opened before it.
        each: added for each item of a batch, many times what is usual; a batch that is ended is begun again, and in
            the end each of its items has the whole of `item`.
    """

    item: float
    each: float

    def batch(self, count: int) -> float:
        """Seconds for `count` items together."""
        return self.item + self.each * count


PICTURES = Patience(item=300.0, each=10.0)  # the slowest picture takes a few seconds


class Worker(Protocol):
    """Work as one process has opened it, models and all."""

    def __call__(self, names: Sequence[str]) -> pa.Table:
        """Give a row an item, in their order; the column `error` says why an item has no result, null where it has."""
        ...


class Work(Protocol):
    """What is to be done. It is sent to every worker, so it holds settings, never models, and no secrets."""

    @property
    def patience(self) -> Patience:
        """How long it may take."""
        ...

    def describe(self) -> dict[str, Any]:
        """Say everything that the results depend on, but for the items."""
        ...

    def open(self) -> Worker:
        """Open what is needed; raises `CardlensError`, also where this machine has other models than the driver's."""
        ...

    def failed(self, name: str, reason: str) -> pa.Table:
        """Give the row of an item that cannot be done."""
        ...
