"""An index for many rows: a fifth of the bytes, and what it finds is ranked by the embeddings themselves.

The 768 numbers of an embedding lie close to a plane of far fewer dimensions. Rows are indexed by their first 64
principal components, a byte each: an HNSW graph that small is built quickly and stays in memory. The best candidates
are then compared in full, read from the memory-mapped embeddings (docs/decisions/0028-many-rows.md).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from usearch.index import BatchMatches, Index

from cardlens.errors import BadReference
from cardlens.reference.files import COMPACT, DIMENSIONS, PROJECTION, Vectors, read_array
from cardlens.reference.nearest import Hits, check_index_file
from cardlens.runtimes.base import Floats

COMPONENTS = 64
CONNECTIVITY = 32
EXPANSION_ADD, EXPANSION_SEARCH = 128, 224
# so many of what the graph finds are compared in full
CANDIDATES = 64
_SAMPLE, _SEED, _BLOCK = 20_000, 2026, 8192
# rows are added place by place, each place around one of so many of them
_PLACES = 1024
# of so many are the nearest rows told, where all rows are asked
_NEAR_EXPANSION = 32
# a row that is not among so many nearest to itself is lost
_NEAR_ITSELF = 16

Progress = Callable[[int, int], None]
Near = npt.NDArray[np.int32]
Projected = npt.NDArray[np.float16]


class CompactIndex:
    """Finds rows among millions. Open one with `CompactIndex.open`; `build` makes its files.

    Attributes:
        embeddings: (rows, 768) float16, memory-mapped: rows that are compared in full.
    """

    def __init__(self, index: Index, projection: Floats, embeddings: Vectors) -> None:
        """Take the graph, the (768, components) projection, and the rows."""
        self._index, self._projection, self.embeddings = index, projection, embeddings

    @classmethod
    def open(cls, folder: Path, embeddings: Vectors) -> CompactIndex:
        """Memory-map the index in `folder`; raises `BadReference` where it is missing or of other rows."""
        file = folder / COMPACT
        try:
            check_index_file(file)
            index = Index.restore(str(file), view=True)
        except (OSError, ValueError, RuntimeError) as error:
            raise BadReference(f"{file}: not a whole usearch index ({error}); build the database again") from error
        if index is None or len(index) != len(embeddings):
            found = "missing" if index is None else f"of {len(index):,} rows, there are {len(embeddings):,}"
            raise BadReference(f"{file}: {found}; build the database again")
        index.expansion_search = EXPANSION_SEARCH  # type: ignore[misc]  # it has a setter of the old kind
        return cls(index, _read_projection(folder, index.ndim), embeddings)

    def search(self, vectors: Floats, k: int) -> Hits:
        """Find the k rows nearest to each of (n, 768) float32 unit vectors, the best first."""
        found = [self._search_one(vector, min(k, len(self.embeddings))) for vector in vectors]
        rows, similarities = zip(*found, strict=True) if found else ((), ())
        return Hits(np.array(rows, np.intp), np.array(similarities, np.float32))

    def near_each(self, count: int) -> Near:
        """(rows, `count`) int32: the rows nearest to each row by the graph alone, -1 where it gives fewer.

        Itself is among them, as a rule.
        """
        return _near_each(self._index, _projected(self.embeddings, self._projection), count)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self._index)

    def _search_one(self, vector: Floats, k: int) -> tuple[npt.NDArray[np.intp], Floats]:
        # one thread: starting more takes longer than they save
        count = min(max(k, CANDIDATES), len(self.embeddings))
        near = np.asarray(self._index.search(vector @ self._projection, count, threads=1).keys, np.intp)
        if len(near) < k:  # where many rows are the same, the graph may reach fewer
            near = np.arange(len(self.embeddings))
        similarities = _similarities(self.embeddings, near, vector)
        order = np.argsort(-similarities, kind="stable")[:k]
        return near[order], similarities[order]


def _similarities(embeddings: Vectors, rows: npt.NDArray[np.intp], vector: Floats) -> Floats:
    """Cosine of some of the (memory-mapped) rows with a unit vector (768,), block by block."""
    blocks = [rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK)]
    return np.concatenate([embeddings[block].astype(np.float32) @ vector for block in blocks])


def build(embeddings: Vectors, folder: Path, threads: int = 0, progress: Progress = lambda *_: None) -> None:
    """Write the index of (rows, 768) unit vectors into `folder`.

    Args:
        embeddings: may be memory-mapped: it is read block by block.
        folder: exists.
        threads: 0 = all cores; with more than one, the same rows give a graph that differs in details.
        progress: called with (rows done, rows in all).
    """
    projection = principal_components(embeddings)
    _save(_filled(_empty_index(), _projected(embeddings, projection), threads, progress), projection, folder)


def extend(grown_from: Path, embeddings: Vectors, folder: Path, threads: int = 0) -> None:
    """Write the index of rows whose first ones are those of the index in `grown_from`; directions stay as they are."""
    check_index_file(grown_from / COMPACT)
    index = _empty_index()
    index.load(str(grown_from / COMPACT))
    projection = _read_projection(grown_from, index.ndim)
    _save(_filled(index, _projected(embeddings, projection), threads, lambda *_: None), projection, folder)


def nearest_of_each(embeddings: Vectors, count: int) -> Near:
    """(rows, `count`) int32: as `CompactIndex.near_each`, of rows that have no index yet."""
    projected = _projected(embeddings, principal_components(embeddings))
    return _near_each(_filled(_empty_index(), projected, 0, lambda *_: None), projected, count)


def _near_each(index: Index, projected: Projected, count: int) -> Near:
    """(rows, `count`) int32: what `index` finds nearest to each row, -1 where it finds fewer."""
    near = np.full((len(projected), count), -1, np.int32)
    expansion, index.expansion_search = index.expansion_search, max(count, _NEAR_EXPANSION)  # type: ignore[misc]
    order = _by_place(projected)
    for at in range(0, len(order), _BLOCK):
        rows = order[at : at + _BLOCK]
        found = index.search(projected[rows], count, threads=0)
        keys = np.asarray(found.keys).reshape(len(rows), -1).astype(np.int32)
        counts = np.asarray(found.counts).reshape(-1, 1) if isinstance(found, BatchMatches) else len(found)
        near[rows, : keys.shape[1]] = np.where(np.arange(keys.shape[1]) < counts, keys, -1)
    index.expansion_search = expansion  # type: ignore[misc]
    return near


def _empty_index() -> Index:
    # usearch makes vectors of one length when it stores them as bytes: their product is the cosine, in half its time
    return Index(
        ndim=COMPONENTS,
        metric="ip",
        dtype="i8",
        connectivity=CONNECTIVITY,
        expansion_add=EXPANSION_ADD,
        expansion_search=EXPANSION_SEARCH,
    )


def _filled(index: Index, projected: Projected, threads: int, progress: Progress) -> Index:
    """Add the rows that `index` lacks."""
    known = len(index)
    order = known + _by_place(projected[known:])
    for at in range(0, len(order), _BLOCK):
        rows = order[at : at + _BLOCK]
        index.add(rows, projected[rows], threads=threads)
        progress(known + at + len(rows), len(projected))
    _add_lost_again(index, projected)
    return index


def _add_lost_again(index: Index, projected: Projected) -> None:
    """Add the rows again that `index` holds and does not find, on one thread.

    usearch 2.23 loses some rows where several threads add them (https://github.com/unum-cloud/USearch/issues/735).
    """
    lost = rows_without_themselves(_near_each(index, projected, _NEAR_ITSELF))
    if len(lost):
        index.remove(lost)
        index.add(lost, projected[lost], threads=1)


def rows_without_themselves(near: Near) -> npt.NDArray[np.intp]:
    """Which of all rows are not among the (rows, count) `near` them."""
    return np.flatnonzero((near != np.arange(len(near))[:, None]).all(axis=1))


def _by_place(projected: Projected) -> npt.NDArray[np.intp]:
    """An order of rows in which those near to each other come together: a graph made so is better, and sooner made."""
    if len(projected) <= _PLACES:
        return np.arange(len(projected))
    chosen = np.random.default_rng(_SEED).choice(len(projected), _PLACES, replace=False)
    places = np.asarray(projected[np.sort(chosen)], np.float32).T
    blocks = (np.asarray(projected[at : at + _BLOCK], np.float32) for at in range(0, len(projected), _BLOCK))
    return np.argsort(np.concatenate([(block @ places).argmax(axis=1) for block in blocks]), kind="stable")


def _projected(embeddings: Vectors, projection: Floats) -> Projected:
    """(rows, components) float16: the components of each row, read block by block."""
    projected = np.empty((len(embeddings), projection.shape[1]), np.float16)
    for at in range(0, len(embeddings), _BLOCK):
        projected[at : at + _BLOCK] = np.asarray(embeddings[at : at + _BLOCK], np.float32) @ projection
    return projected


def _read_projection(folder: Path, components: int) -> Floats:
    return np.ascontiguousarray(read_array(folder / PROJECTION, components), np.float32)


def _save(index: Index, projection: Floats, folder: Path) -> None:
    np.save(folder / PROJECTION, projection)
    index.save(str(folder / COMPACT))


def principal_components(embeddings: Vectors) -> Floats:
    """(768, COMPONENTS) float32: the directions along which rows differ most, told from a sample of them."""
    count = min(_SAMPLE, len(embeddings))
    chosen = np.sort(np.random.default_rng(_SEED).choice(len(embeddings), count, replace=False))
    sample = np.asarray(embeddings[chosen], np.float32)
    # not centred: it is cosines that must survive
    _, directions = np.linalg.eigh(sample.T @ sample)
    if directions.shape[0] != DIMENSIONS:
        raise ValueError(f"embeddings of {directions.shape[0]} dimensions, not {DIMENSIONS}")
    return np.ascontiguousarray(directions[:, ::-1][:, :COMPONENTS], np.float32)
