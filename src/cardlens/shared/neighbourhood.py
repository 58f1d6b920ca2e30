"""The part of a shared catalogue that new scans could have anything to do with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from cardlens.recognition.local import BYTES
from cardlens.reference.contents import Contents, Row
from cardlens.reference.files import DIMENSIONS
from cardlens.reference.groups import SIGNATURE_BYTES
from cardlens.runtimes.base import Bytes
from cardlens.shared.versions import components

# Of 990 pairs of scans that look alike, in 3,501 rows, the other is the third nearest at most.
_NEAREST = 32

_NEAR = """
WITH near AS MATERIALIZED (
  SELECT n.scan FROM unnest(CAST(:components AS halfvec[])) AS q (components)
  CROSS JOIN LATERAL (
    SELECT e.scan FROM embeddings e WHERE e.version = {version:d}
    ORDER BY e.components <#> q.components::halfvec({dimensions:d}) LIMIT {nearest:d}
  ) n
)
SELECT DISTINCT c.artwork FROM near JOIN scans s ON s.id = near.scan JOIN cards c ON c.id = s.card
"""
_CONTENTS = """
SELECT c.card_id, c.artwork, c.record, s.source, s.language, s.digest, s.signature, e.embedding, e.descriptors
FROM cards c JOIN scans s ON s.card = c.id JOIN embeddings e ON e.scan = s.id
WHERE e.version = :version AND c.artwork = ANY(:artworks) ORDER BY s.id
"""


def neighbourhood(connection: Connection, version: int, embeddings: npt.NDArray[np.float16]) -> Contents:
    """Read the artworks nearest to each of (n, 768) embeddings, whole, as if they were all that there is."""
    if not len(embeddings):
        return Contents()
    near = components(connection, version, embeddings)
    query = _NEAR.format(version=version, dimensions=near.rows.shape[1], nearest=_NEAREST)
    artworks = list(connection.execute(text(query), {"components": near}).scalars())
    found = connection.execute(text(_CONTENTS), {"version": version, "artworks": artworks}).all()
    groups: dict[int, set[str]] = {}
    for one in found:
        groups.setdefault(one.artwork, set()).add(one.card_id)
    return Contents(
        rows=[Row(one.card_id, one.source, one.language, one.digest) for one in found],
        embeddings=np.array([one.embedding.to_numpy() for one in found], np.float16).reshape(-1, DIMENSIONS),
        signatures=np.frombuffer(b"".join(one.signature for one in found), np.int8).reshape(-1, SIGNATURE_BYTES),
        metadata={one.card_id: one.record for one in found},
        groups=sorted(sorted(group) for group in groups.values() if len(group) > 1),
        local=_local([one.descriptors for one in found]),
    )


def _local(stored: Sequence[bytes | None]) -> Bytes | None:
    """As `Contents` keeps them: of all rows, or of none."""
    there = [one for one in stored if one is not None]
    return np.frombuffer(b"".join(there), np.uint8).reshape(-1, BYTES) if len(there) == len(stored) else None
