"""A shared catalogue, opened to be searched: what `ReferenceDatabase` is for a folder."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from sqlalchemy import RowMapping, TextClause, text

from cardlens.errors import BadReference, StaleReference
from cardlens.recognition import local
from cardlens.reference.nearest import Hits
from cardlens.runtimes.base import Bytes, Floats, ModelSpec
from cardlens.shared import schema
from cardlens.shared.column import CardIds, Languages, Rows, SeenRow
from cardlens.shared.recent import Recent
from cardlens.shared.server import EF_SEARCH, Server
from cardlens.shared.vector_array import HalfVectorArray, VectorArray
from cardlens.shared.versions import Version, projection, wanted

# The index compares a few components in half precision; of so many candidates, or these more than are asked for, the
# best by exact cosine are kept.
_CANDIDATES, _SPARE = 48, 24
# more than a photo has cards: one statement a photo, and none that lasts
_AT_ONCE = 128
_SEEN_CARDS, _FRESH_SECONDS = 50_000, 60.0

# One statement, so one state of the catalogue: every vector of a photo is answered from the same version and cards.
_SEARCH = """
WITH hits AS MATERIALIZED (
  SELECT q.at, n.scan, n.similarity FROM versions v
  CROSS JOIN unnest(CAST(:vectors AS vector[]), CAST(:components AS halfvec[])) WITH ORDINALITY
    AS q (vector, components, at)
  CROSS JOIN LATERAL (
    SELECT near.scan, -(near.embedding::vector <#> q.vector) AS similarity
    FROM (SELECT e.scan, e.embedding FROM embeddings e WHERE e.version = {version:d}
          ORDER BY e.components <#> q.components::halfvec({dimensions:d}) LIMIT {candidates:d}) near
    ORDER BY similarity DESC, near.scan LIMIT {k:d}
  ) n
  WHERE v.id = {version:d} AND v.digest = :digest AND v.served
)
SELECT hits.scan, hits.similarity, s.language, c.card_id,
       ARRAY(SELECT o.card_id FROM cards o WHERE o.artwork = c.artwork ORDER BY o.card_id) AS printings
FROM hits JOIN scans s ON s.id = hits.scan JOIN cards c ON c.id = s.card
ORDER BY hits.at, hits.similarity DESC, hits.scan
"""
_IS_SERVED = "SELECT EXISTS (SELECT 1 FROM versions WHERE id = :number AND digest = :digest AND served)"
_ROWS = """
SELECT s.id AS scan, s.language, c.card_id,
       ARRAY(SELECT o.card_id FROM cards o WHERE o.artwork = c.artwork ORDER BY o.card_id) AS printings
FROM scans s JOIN cards c ON c.id = s.card WHERE s.id = ANY(:rows)
"""
_PRINTINGS = """
SELECT o.card_id FROM cards c JOIN cards o ON o.artwork = c.artwork WHERE c.card_id = :card_id ORDER BY o.card_id
"""


class SharedCatalogue:
    """The cards that can be named, as one version of a shared catalogue has them. Several threads may use it.

    Rows are numbered by the scan's number, which stays as long as the scan: cards come and go while it is open.

    Attributes:
        server: where it lies.
        version: whose embeddings are searched: those of one model, to the end.
        card_ids: card id of each row.
        languages: language of the scan of each row.
    """

    def __init__(self, server: Server, version: Version) -> None:
        """Keep what is needed; `open` connects."""
        self.server, self.version = server, version
        self._rows = Rows(self._fetch_rows)
        self.card_ids: Sequence[str] = CardIds(self._rows, self._every_card_id)
        self.languages: Sequence[str] = Languages(self._rows)
        self._records: Recent[str, Mapping[str, Any]] = Recent(_SEEN_CARDS, _FRESH_SECONDS)
        self._printings: Recent[str, tuple[str, ...]] = Recent(_SEEN_CARDS, _FRESH_SECONDS)

    @classmethod
    def open(cls, address: str, model_digest: str | None, ef_search: int = EF_SEARCH) -> SharedCatalogue:
        """Open the version of a model.

        Args:
            address: `postgresql://user@host/database`.
            model_digest: digest of the running embedder; None opens the version in use, where nothing is embedded.
            ef_search: candidates that the index keeps while it searches.

        Raises:
            StaleReference: the catalogue has no embeddings of that model.
            BadReference: it cannot be reached, or is none.
        """
        server = Server(address, ef_search)
        schema.check(server)
        opened = cls(server, wanted(server, model_digest))
        weakref.finalize(opened, server.close)  # a service opens one after another
        return opened

    @property
    def model(self) -> ModelSpec:
        """Spec of the model that made the embeddings."""
        return self.version.model

    def __len__(self) -> int:
        """Number of rows, now."""
        with self.server.reading() as connection:
            query = "SELECT count(*) FROM embeddings WHERE version = :number"
            return int(connection.scalar(text(query), {"number": self.version.number}) or 0)

    def search(self, vectors: Floats, k: int) -> Hits:
        """Find the k rows (fewer, where there are fewer) nearest to each of (n, 768) float32 unit vectors.

        Raises:
            StaleReference: the version was retired since.
            BadReference: the server does not answer in time, or not at all.
        """
        vectors = np.ascontiguousarray(vectors, np.float32)
        if len(vectors) == 0 or k < 1:
            return _no_hits(len(vectors))
        found = [one for at in range(0, len(vectors), _AT_ONCE) for one in self._search(vectors[at : at + _AT_ONCE], k)]
        self._remember(found)
        return _hits(found, len(vectors))

    def local(self, rows: Sequence[int]) -> Bytes | None:
        """Packed local descriptors of some rows, (n, BYTES) uint8; None where the version has none of any of them."""
        query = "SELECT scan, descriptors FROM embeddings WHERE version = :number AND scan = ANY(:rows)"
        wanted_rows = [int(row) for row in rows]
        with self.server.reading() as connection:
            found = connection.execute(text(query), {"number": self.version.number, "rows": wanted_rows}).all()
        packed = {one.scan: one.descriptors for one in found}
        if not wanted_rows or any(packed.get(row) is None for row in wanted_rows):
            return None
        joined = b"".join(packed[row] for row in wanted_rows)
        return np.frombuffer(joined, np.uint8).reshape(len(wanted_rows), local.BYTES)

    def metadata(self, card_id: str) -> Mapping[str, Any]:
        """What is known of a card: `name`, `set_id`, `set_name`, `number`, …; raises `BadReference` if nothing is."""
        return self._records.get(card_id, self._fetch_record)

    def printings(self, card_id: str) -> tuple[str, ...]:
        """All card ids whose picture looks like that of `card_id`, itself included."""
        return self._printings.get(card_id, self._fetch_printings)

    def close(self) -> None:
        """Give back the connections."""
        self.server.close()

    def _search(self, vectors: Floats, k: int) -> Sequence[RowMapping]:
        query = _search_for(k, self.version.number, self._projection.shape[1])
        values = {
            "vectors": VectorArray(vectors),
            "components": HalfVectorArray(vectors @ self._projection),
            "digest": self.model.digest,
        }
        with self.server.reading() as connection:
            found = connection.execute(query, values).mappings().all()
            if not found:
                self._refuse_retired(connection.scalar(text(_IS_SERVED), self._named))
        return found

    @cached_property
    def _projection(self) -> Floats:
        with self.server.reading() as connection:
            return projection(connection, self.version.number)

    @property
    def _named(self) -> dict[str, Any]:
        return {"number": self.version.number, "digest": self.model.digest}

    def _refuse_retired(self, served: object) -> None:
        if not served:
            raise StaleReference(
                f"{self.server.name}: version {self.model.digest[:12]} was retired; start again with the model in use"
            )

    def _remember(self, found: Sequence[RowMapping]) -> None:
        self._rows.put({one["scan"]: SeenRow(one["card_id"], one["language"]) for one in found})
        self._printings.put({one["card_id"]: tuple(one["printings"]) for one in found})

    def _fetch_rows(self, rows: Sequence[int]) -> dict[int, SeenRow]:
        with self.server.reading() as connection:
            found = connection.execute(text(_ROWS), {"rows": [int(row) for row in rows]}).mappings().all()
        return {one["scan"]: SeenRow(one["card_id"], one["language"]) for one in found}

    def _every_card_id(self) -> list[str]:
        query = (
            "SELECT DISTINCT c.card_id FROM cards c JOIN scans s ON s.card = c.id "
            "JOIN embeddings e ON e.scan = s.id WHERE e.version = :number ORDER BY c.card_id"
        )
        with self.server.reading() as connection:
            return list(connection.execute(text(query), {"number": self.version.number}).scalars())

    def _fetch_record(self, card_id: str) -> Mapping[str, Any]:
        query = "SELECT record FROM cards WHERE card_id = :card_id"
        with self.server.reading() as connection:
            record = connection.scalar(text(query), {"card_id": card_id})
        if record is None:
            raise BadReference(f"{self.server.name}: has no card {card_id}; look for it: cardlens reference search")
        return MappingProxyType(record)

    def _fetch_printings(self, card_id: str) -> tuple[str, ...]:
        with self.server.reading() as connection:
            found = tuple(connection.execute(text(_PRINTINGS), {"card_id": card_id}).scalars())
        return found or (card_id,)


@lru_cache(maxsize=16)
def _search_for(k: int, version: int, dimensions: int) -> TextClause:
    candidates = max(k + _SPARE, _CANDIDATES)
    return text(_SEARCH.format(version=version, dimensions=dimensions, candidates=candidates, k=k))


def _no_hits(count: int) -> Hits:
    return Hits(np.zeros((count, 0), np.intp), np.zeros((count, 0), np.float32))


def _hits(found: Sequence[RowMapping], count: int) -> Hits:
    """(n, k) arrays; a catalogue of fewer rows than k gives every vector the same, smaller number of them."""
    width = len(found) // count
    rows = np.array([one["scan"] for one in found], np.intp)
    similarities = np.array([one["similarity"] for one in found], np.float32)
    if width * count != len(found):
        raise BadReference("the search gave vectors different numbers of rows; check it: cardlens reference validate")
    return Hits(rows.reshape(count, width), similarities.reshape(count, width))
