"""What is done: one Parquet file a batch, created whole and once, and a manifest of all when the last is there."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from cardlens.scale.errors import ScaleError
from cardlens.scale.plan import Plan
from cardlens.store.errors import AlreadyThere
from cardlens.store.objects import Store
from cardlens.store.parallel import for_each

if TYPE_CHECKING:
    from collections.abc import Iterable

PARTS, RECEIPTS, MANIFEST = "parts", "receipts", "manifest.json"
ERROR = "error"
LARGEST_PART = 4_000_000_000
_PART = re.compile(r"parts/part-(\d{6,})\.parquet")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a part holds: rows, those of them that are errors, bytes and SHA-256 of its file."""

    number: int
    rows: int
    errors: int
    bytes: int
    sha256: str


class Ledger:
    """The parts of one plan, in a folder or bucket that every worker reaches.

    Exactly once: a part is created under its batch's number, which a store allows only one writer to do; whoever does
    a batch again, because a node or a driver was lost, finds the part there, and it stands.
    """

    def __init__(self, store: Store) -> None:
        """Nothing is read yet."""
        self.store = store

    def done(self) -> set[int]:
        """List the batches whose part is there."""
        found = (_PART.fullmatch(listed.path) for listed in self.store.list(PARTS))
        return {int(match[1]) for match in found if match}

    def has(self, number: int) -> bool:
        """Ask for one part."""
        return self.store.look(part_path(number)) is not None

    def deliver(self, number: int, table: pa.Table) -> Receipt:
        """Create a part from the rows of a batch; if it is there already, that one stands."""
        content = _as_parquet(table)
        try:
            self.store.create(part_path(number), content)
        except AlreadyThere:
            return self.receipt(number)
        return self._sign(number, content)

    def receipt(self, number: int) -> Receipt:
        """Give the receipt of a part that is there; where its writer was ended before writing one, write it."""
        found = self.store.read(_receipt_path(number))
        if found is not None:
            return Receipt(**json.loads(found.content))
        return self._sign(number, self._content(number))

    def table(self, number: int) -> pa.Table:
        """Read a part; raises `ScaleError` where it is not what its receipt says."""
        content = self._content(number)
        if hashlib.sha256(content).hexdigest() != self.receipt(number).sha256:
            raise ScaleError(
                f"{self.store.at(part_path(number))}: was changed since it was written; "
                f"delete it and receipts/{number:06d}.json and give the same command again"
            )
        return pq.read_table(io.BytesIO(content))

    def tables(self, numbers: Iterable[int]) -> Iterator[pa.Table]:
        """Read parts one after the other."""
        for number in numbers:
            yield self.table(number)

    def close(self, plan: Plan) -> dict[str, Any]:
        """Write the manifest of all parts; raises `ScaleError` where one is missing."""
        absent = set(range(plan.count)) - self.done()
        if absent:
            raise ScaleError(f"{self.store.address}: {len(absent):,} batches are not done; give the same command again")
        receipts: dict[int, Receipt] = {}
        for_each(range(plan.count), lambda number: receipts.__setitem__(number, self.receipt(number)))
        parts = [receipts[number] for number in range(plan.count)]
        record = {
            "plan": plan.digest,
            "work": plan.work,
            "rows": sum(part.rows for part in parts),
            "errors": sum(part.errors for part in parts),
            "parts": [{"path": part_path(part.number), **asdict(part)} for part in parts],
        }
        if record["rows"] != len(plan.names):
            raise ScaleError(f"{self.store.address}: {record['rows']:,} rows of {len(plan.names):,} items; report this")
        self.store.put(MANIFEST, json.dumps(record, indent=1).encode())
        return record

    def _content(self, number: int) -> bytes:
        found = self.store.read(part_path(number), LARGEST_PART)
        if found is None:
            raise ScaleError(f"{self.store.at(part_path(number))}: is not there; give the same command again")
        return found.content

    def _sign(self, number: int, content: bytes) -> Receipt:
        rows, errors = _count(content)
        receipt = Receipt(number, rows, errors, len(content), hashlib.sha256(content).hexdigest())
        try:
            self.store.create(_receipt_path(number), json.dumps(asdict(receipt)).encode())
        except AlreadyThere:
            return self.receipt(number)
        return receipt


def part_path(number: int) -> str:
    """Where the part of a batch lies."""
    return f"{PARTS}/part-{number:06d}.parquet"


def _receipt_path(number: int) -> str:
    return f"{RECEIPTS}/{number:06d}.json"


def _as_parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def _count(content: bytes) -> tuple[int, int]:
    """Rows of a part, and those of them that are errors."""
    column = pq.read_table(io.BytesIO(content), columns=[ERROR]).column(ERROR)
    return len(column), len(column) - column.null_count
