"""Whether a shared catalogue is sound: what searching takes on trust."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, text

from cardlens.errors import BadReference
from cardlens.reference.validate import Finding
from cardlens.runtimes.base import Floats
from cardlens.shared.catalogue import SharedCatalogue
from cardlens.shared.versions import LACKING, LEFT_BEHIND

_SAMPLE, _SHOWN = 200, 5
_SAME_VECTOR = 0.999

_NAMELESS = "SELECT card_id FROM cards WHERE coalesce(record ->> 'name', '') = ''"
_SCANLESS = "SELECT card_id FROM cards c WHERE NOT EXISTS (SELECT 1 FROM scans s WHERE s.card = c.id)"
# NOT: that of NaN is no number, and fails too
_NOT_UNIT = "SELECT scan FROM embeddings WHERE version = :version AND NOT abs(l2_norm(embedding) - 1) <= 0.005"
_WITHOUT_INDEX = """
SELECT n.name FROM (SELECT 'nearest_' || CAST(:version AS integer) AS name) n WHERE NOT EXISTS (
  SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname = n.name AND i.indisvalid)
"""
# check: what is wrong, and the query that gives its names, nothing where all is well
_CHECKS = {
    "metadata": ("no name is given for {}", _NAMELESS),
    "scans": ("cards without a scan: {}", _SCANLESS),
    "embeddings": ("not of length 1: rows {}", _NOT_UNIT),
    "index": ("searches compare every row: {} is missing or was not finished", _WITHOUT_INDEX),
    "versions": ("cards of the version in use that this one lacks: {}", LACKING),
    "version in use": ("cards of this version that the one in use lacks: {}", LEFT_BEHIND),
}


def validate(address: str, model_digest: str | None) -> list[Finding]:
    """Check the version of a model (None: the one in use), and list what is wrong with it, nothing where it is sound.

    Raises `BadReference` where the catalogue cannot be reached; one without that version is a finding.
    """
    try:
        shared = SharedCatalogue.open(address, model_digest)
    except BadReference as error:
        return [Finding("model", str(error))]
    number = shared.version.number
    findings = []
    with shared.server.reading() as connection:
        for name, (said, query) in _CHECKS.items():
            values = {"version": number} if ":version" in query else {}
            wrong = list(connection.execute(text(query), values).scalars())
            if wrong:
                findings.append(Finding(name, f"{len(wrong):,}: {said.format(_list(wrong))}"))
        rows, vectors = _sample(connection, number)
    findings.extend(_self_retrieval(shared, rows, vectors))
    shared.close()
    return findings


def _sample(connection: Connection, version: int) -> tuple[list[int], Floats]:
    query = "SELECT scan, embedding FROM embeddings WHERE version = :version ORDER BY md5(scan::text) LIMIT :count"
    found = connection.execute(text(query), {"version": version, "count": _SAMPLE}).all()
    vectors = np.array([one.embedding.to_numpy() for one in found], np.float32)
    return [one.scan for one in found], vectors


def _self_retrieval(shared: SharedCatalogue, rows: list[int], vectors: Floats) -> list[Finding]:
    """Some rows must be found by their own embedding; of equal ones any may come first."""
    if not rows:
        return [Finding("row counts", "the version is empty")]
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    near = shared.search(vectors, 1).similarities[:, 0]
    lost = [row for row, similarity in zip(rows, near, strict=True) if similarity < _SAME_VECTOR]
    if not lost:
        return []
    return [
        Finding("self-retrieval", f"{len(lost):,} of {len(rows):,} are not found by their own embedding: {_list(lost)}")
    ]


def _list(things: Sequence[object]) -> str:
    return ", ".join(map(str, things[:_SHOWN])) + (", …" if len(things) > _SHOWN else "")
