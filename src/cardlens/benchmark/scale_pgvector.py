"""pgvector as one of the ways to search, through the code that serves a shared catalogue."""

from __future__ import annotations

import time

import numpy as np

from cardlens.benchmark.scale_measure import Asked
from cardlens.benchmark.scale_postgres import MODEL, empty_database, fill_version, index_of, make_catalogue, size_of
from cardlens.benchmark.scale_rows import NEAREST, Truth
from cardlens.reference.files import Vectors
from cardlens.runtimes.base import Floats
from cardlens.shared.catalogue import SharedCatalogue


def measure_pgvector(rows: Vectors, truth: Truth, address: str | None) -> dict[str, float]:
    """Fill a catalogue with rows and ask it; the memory of the server is not counted."""
    with empty_database(address) as made:
        started = time.perf_counter()
        server = make_catalogue(made)
        fill_version(server, MODEL, rows, lambda some: some, lambda *_: None)
        built = time.perf_counter() - started
        server.close()
        started = time.perf_counter()
        shared = SharedCatalogue.open(made, MODEL.digest)
        opened = time.perf_counter() - started

        def search(vector: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.intp]]:
            return np.array([index_of(shared.card_ids[row]) for row in shared.search(vector[None], NEAREST).rows[0]])

        figures = Asked.of(search, truth.vectors).figures(truth, rows)
        shared.close()
        size = size_of(made)
    return {"build_seconds": round(built, 1), "file_bytes": size, "open_seconds": round(opened, 3), **figures}
