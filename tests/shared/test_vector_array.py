from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from cardlens.shared.server import Server
from cardlens.shared.vector_array import HalfVectorArray, VectorArray

VECTORS = "SELECT q.one FROM unnest(CAST(:rows AS vector[])) WITH ORDINALITY AS q (one, at) ORDER BY q.at"
HALVES = "SELECT q.one FROM unnest(CAST(:rows AS halfvec[])) WITH ORDINALITY AS q (one, at) ORDER BY q.at"


@pytest.mark.parametrize(("kind", "query", "number"), [(VectorArray, VECTORS, "<f4"), (HalfVectorArray, HALVES, "<f2")])
@pytest.mark.parametrize("count", [1, 3, 200])
def test_vectors_arrive_as_they_were_sent(server: Server, kind: Any, query: str, number: str, count: int) -> None:
    rows = np.random.default_rng(count).normal(size=(count, 768)).astype(number)
    with server.reading() as connection:
        found = list(connection.execute(text(query), {"rows": kind(rows)}).scalars())
    got = np.stack([one if isinstance(one, np.ndarray) else one.to_numpy() for one in found])
    assert np.array_equal(got.astype(number), rows)


def test_single_precision_is_rounded_to_half_where_halves_are_asked_for(server: Server) -> None:
    rows = np.array([[0.1, -1 / 3, 1e-5]], np.float32)
    with server.reading() as connection:
        found = connection.execute(text(HALVES), {"rows": HalfVectorArray(rows)}).scalar_one()
    assert np.array_equal(found.to_numpy(), rows[0].astype(np.float16))
