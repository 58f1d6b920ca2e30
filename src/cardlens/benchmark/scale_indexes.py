"""Ways to search many rows, behind one small promise: build files, open them, find the nearest of one vector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
from usearch.index import Index

from cardlens.benchmark.scale_rows import NEAREST
from cardlens.reference import compact
from cardlens.reference.compact import CompactIndex
from cardlens.reference.contents import Contents, Row
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.files import DIMENSIONS, Vectors
from cardlens.reference.groups import SIGNATURE_BYTES
from cardlens.reference.nearest import CONNECTIVITY, EXPANSION, search_index
from cardlens.reference.publish import Destination, publish
from cardlens.runtimes.base import Floats, ModelSpec

_BLOCK, _SHARDS = 8192, 4
Rows = npt.NDArray[np.intp]
Search = Callable[[Floats], Rows]


class Way(Protocol):
    """One way to search."""

    def build(self, rows: Vectors, folder: Path, threads: int) -> None:
        """Write what searching needs, besides the rows themselves, into `folder`."""
        ...

    def open(self, rows: Vectors, folder: Path) -> Search:
        """Memory-map it; what is given finds the `NEAREST` rows of a (768,) vector, the best first."""
        ...


class Exact:
    """Every row is compared, in float32, read as it is needed."""

    def build(self, rows: Vectors, folder: Path, threads: int) -> None:
        """Write nothing."""

    def open(self, rows: Vectors, folder: Path) -> Search:  # noqa: ARG002
        """Compare block by block."""

        def search(vector: Floats) -> Rows:
            near = np.concatenate([np.asarray(rows[at : at + _BLOCK], np.float32) @ vector for at in _starts(rows)])
            top = np.argpartition(-near, NEAREST)[:NEAREST]
            return np.asarray(top[np.argsort(-near[top], kind="stable")], np.intp)

        return search


@dataclass(frozen=True, slots=True)
class Hnsw:
    """A graph over whole embeddings, `dtype` a number, as databases of a few thousand rows and more have it."""

    dtype: str

    def build(self, rows: Vectors, folder: Path, threads: int) -> None:
        """Add block by block."""
        index = self._empty()
        for at in _starts(rows):
            block = np.asarray(rows[at : at + _BLOCK], np.float32)
            index.add(np.arange(at, at + len(block)), block, threads=threads)
        index.save(str(folder / f"{self.dtype}.index"))

    def open(self, rows: Vectors, folder: Path) -> Search:
        """Map the graph; candidates are ranked by exact cosine."""
        index = self._empty()
        index.view(str(folder / f"{self.dtype}.index"))
        return lambda vector: search_index(index, rows, vector[None], 2 * NEAREST, 1).rows[0, :NEAREST]

    def _empty(self) -> Index:
        return Index(
            ndim=DIMENSIONS,
            metric="cos",
            dtype=self.dtype,
            connectivity=CONNECTIVITY,
            expansion_add=EXPANSION,
            expansion_search=EXPANSION,
        )


class Compact:
    """The first principal components, a byte each; what is found is compared in full."""

    def build(self, rows: Vectors, folder: Path, threads: int) -> None:
        """As databases of many rows are indexed."""
        compact.build(rows, folder, threads)

    def open(self, rows: Vectors, folder: Path) -> Search:
        """Map it."""
        opened = CompactIndex.open(folder, rows)
        return lambda vector: opened.search(vector[None], NEAREST).rows[0]


class Reference:
    """A reference database of these rows: written, checked and opened as `cardlens reference build` leaves one."""

    def build(self, rows: Vectors, folder: Path, threads: int) -> None:  # noqa: ARG002 - it takes all cores
        """Publish synthetic cards, one a row."""
        ids = [f"syn{number // 200}-{number % 200}" for number in range(len(rows))]
        contents = Contents(
            rows=[Row(card_id, f"{card_id}.png", "en", sha256(card_id.encode()).hexdigest()) for card_id in ids],
            embeddings=np.asarray(rows, np.float16),
            signatures=np.zeros((len(rows), SIGNATURE_BYTES), np.int8),
            metadata={card_id: _record(card_id) for card_id in ids},
        )
        model = ModelSpec("synthetic", "embed", 1, 1, (0, 0, 0), (1, 1, 1), 1, "a" * 64)
        publish(contents, model, Destination(folder / "database"))

    def open(self, rows: Vectors, folder: Path) -> Search:  # noqa: ARG002
        """Open it, and look up the first card: what the first answer needs is part of opening."""
        database = ReferenceDatabase.open(folder / "database", None, 1)
        database.metadata(database.card_ids[0])
        return lambda vector: database.search(vector[None], NEAREST).rows[0]


class Sharded:
    """Compact indexes of a quarter of the rows each, all asked: what several machines would hold, on one."""

    def build(self, rows: Vectors, folder: Path, threads: int) -> None:
        """One after the other."""
        for shard, part in enumerate(_parts(rows)):
            (folder / str(shard)).mkdir(exist_ok=True)
            compact.build(rows[part], folder / str(shard), threads)

    def open(self, rows: Vectors, folder: Path) -> Search:
        """Map all of them."""
        parts = _parts(rows)
        shards = [CompactIndex.open(folder / str(shard), rows[part]) for shard, part in enumerate(parts)]

        def search(vector: Floats) -> Rows:
            found = [shard.search(vector[None], NEAREST) for shard in shards]
            every = np.concatenate([hits.rows[0] + part.start for hits, part in zip(found, parts, strict=True)])
            order = np.argsort(-np.concatenate([hits.similarities[0] for hits in found]), kind="stable")
            return np.asarray(every[order[:NEAREST]], np.intp)

        return search


WAYS: dict[str, Way] = {
    "exact": Exact(),
    "hnsw f16": Hnsw("f16"),
    "hnsw i8": Hnsw("i8"),
    "compact": Compact(),
    "sharded": Sharded(),
    "reference": Reference(),
}


def _record(card_id: str) -> dict[str, str]:
    """What is known of a synthetic card; all have one name, as some of the real rows have one picture."""
    set_id, number = card_id.split("-")
    return {"name": "Synthetic", "set_id": set_id, "set_name": "Synthetic", "number": number}


def _starts(rows: Vectors) -> range:
    return range(0, len(rows), _BLOCK)


def _parts(rows: Vectors) -> list[slice]:
    edges = np.linspace(0, len(rows), _SHARDS + 1).astype(int).tolist()
    return [slice(start, end) for start, end in pairwise(edges)]
