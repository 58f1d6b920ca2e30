"""The graph of one usearch index, under other vectors of the same rows.

An HNSW graph says which rows are near to each other. That is the same whether the few numbers are compared that it was
built with, or the many that they stand for: so a database of a million rows has its `usearch.index` of whole embeddings
in the time that writing it takes, instead of an hour.

A file of usearch 2.23: rows and bytes a vector (uint32 each), the vectors, a header of 64 bytes, the graph. The graph:
rows, connectivity, that of the lowest level, levels, entry (uint64 each), the level of each row (int16), and for each
row its key (uint64), its level (int16), and for each level a count and places for neighbours (uint32).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cardlens.reference.files import Vectors
from cardlens.reference.nearest import INDEX_HEADER, empty_index
from cardlens.runtimes.base import Bytes

# where the header counts the rows
_COUNT = slice(17, 25)
_HEAD, _KEY, _BLOCK = 40, 8, 8192


def write_whole_index(graph_of: Path, embeddings: Vectors, file: Path) -> None:
    """Write an index of whole embeddings with the graph of another index of the same rows.

    Args:
        graph_of: file of an index whose keys are row numbers.
        embeddings: (rows, 768).
        file: is written; usearch opens it as one of `dtype="f16"`.
    """
    raw: Bytes = np.memmap(graph_of, np.uint8, "r")
    rows, width = np.frombuffer(raw[:8].tobytes(), "<u4").tolist()
    start = 8 + rows * width
    header, graph = _whole_header(raw[start : start + INDEX_HEADER]), raw[start + INDEX_HEADER :]
    order = _keys(graph)
    with file.open("wb") as stream:
        stream.write(np.array([rows, embeddings.shape[1] * 2], "<u4").tobytes())
        for at in range(0, rows, _BLOCK):
            stream.write(np.ascontiguousarray(embeddings[order[at : at + _BLOCK]], np.float16).tobytes())
        stream.write(header)
        for at in range(0, len(graph), 1 << 24):
            stream.write(graph[at : at + (1 << 24)].tobytes())


def _whole_header(header: Bytes) -> bytes:
    """The header of an index of whole embeddings, with the rows that `header` counts."""
    index = empty_index()
    index.add(np.zeros(1, np.int64), np.eye(1, index.ndim, dtype=np.float32))
    with tempfile.TemporaryDirectory(prefix="cardlens-index-") as folder:
        file = Path(folder) / "one"
        index.save(str(file))
        raw = np.fromfile(file, np.uint8)
    start = 8 + int(np.frombuffer(raw[4:8].tobytes(), "<u4")[0])
    whole = raw[start : start + INDEX_HEADER].copy()
    whole[_COUNT] = header[_COUNT]
    return whole.tobytes()


def _keys(graph: Bytes) -> npt.NDArray[np.intp]:
    """Row number of each place in the graph: several threads add rows in no order."""
    rows, connectivity, lowest = np.frombuffer(graph[:24].tobytes(), "<u8").tolist()
    levels = np.frombuffer(graph[_HEAD : _HEAD + 2 * rows].tobytes(), "<i2").astype(np.int64)
    sizes = (_KEY + 2 + 4 + 4 * lowest) + levels * (4 + 4 * connectivity)
    starts = _HEAD + 2 * rows + np.concatenate([[0], np.cumsum(sizes)])
    if starts[-1] != len(graph):
        raise ValueError(f"a graph of {len(graph):,} bytes, not {starts[-1]:,}: usearch writes another format now")
    keys = np.empty((rows, _KEY), np.uint8)
    for at in range(0, rows, _BLOCK):
        keys[at : at + _BLOCK] = graph[starts[at : min(at + _BLOCK, rows), None] + np.arange(_KEY)]
    return keys.view("<u8")[:, 0].astype(np.intp)
