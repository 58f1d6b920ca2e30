"""The versions of a shared catalogue: one a model, each with the embeddings that this model made."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from cardlens.errors import BadReference, StaleReference
from cardlens.reference.compact import principal_components
from cardlens.reference.files import DIMENSIONS, Vectors
from cardlens.runtimes.base import Floats, ModelSpec
from cardlens.shared.server import Server
from cardlens.shared.vector_array import HalfVectorArray

# HNSW: neighbours a row, and candidates while building.
_CONNECTIVITY, _EXPANSION = 24, 192
_BUILD_MEMORY = "512MB"  # a graph that does not fit is built on disk, many times slower

_ALL = """
SELECT v.id, v.digest, v.spec, v.created, v.served, u.version IS NOT NULL AS in_use,
       (SELECT count(*) FROM embeddings e WHERE e.version = v.id) AS rows,
       (SELECT count(DISTINCT s.card) FROM embeddings e JOIN scans s ON s.id = e.scan WHERE e.version = v.id) AS cards
FROM versions v LEFT JOIN in_use u ON u.version = v.id ORDER BY v.id
"""

_LACKING = """
SELECT DISTINCT c.card_id FROM cards c JOIN scans s ON s.card = c.id
JOIN embeddings e ON e.scan = s.id AND e.version = {having}
WHERE NOT EXISTS (SELECT 1 FROM scans o JOIN embeddings f ON f.scan = o.id
                  WHERE o.card = c.id AND o.language = s.language AND f.version = {lacking})
ORDER BY c.card_id
"""
_IN_USE = "(SELECT version FROM in_use)"
LACKING = _LACKING.format(having=_IN_USE, lacking=":version")
"""Cards of which the version in use has a view, in some language, that another one does not have."""
LEFT_BEHIND = _LACKING.format(having=":version", lacking=_IN_USE)
"""Cards of which another version has a view, in some language, that the one in use does not have."""


@dataclass(frozen=True, slots=True)
class Version:
    """The embeddings of one model.

    Attributes:
        number: of the version in this catalogue.
        model: spec of the embedder.
        created: when, UTC.
        served: whether searches may name it; off while it is being filled.
        in_use: whether it is the one that is opened where no model is named.
        rows: embeddings; `cards`: cards that have one.
    """

    number: int
    model: ModelSpec
    created: datetime
    served: bool
    in_use: bool
    rows: int
    cards: int


def all_versions(server: Server) -> list[Version]:
    """List the versions, the oldest first."""
    with server.reading() as connection:
        found = connection.execute(text(_ALL)).mappings().all()
    return [
        Version(
            one["id"], model_of(one["spec"]), one["created"], one["served"], one["in_use"], one["rows"], one["cards"]
        )
        for one in found
    ]


def model_of(record: dict[str, Any]) -> ModelSpec:
    """Give the spec that a version keeps."""
    return ModelSpec(**{**record, "mean": tuple(record["mean"]), "std": tuple(record["std"])})


def begin(connection: Connection, model: ModelSpec, embeddings: Vectors) -> int:
    """Make an empty version that no search can name yet, or find the one that is being filled; give its number.

    Args:
        connection: of a writer.
        model: spec of the embedder.
        embeddings: (rows, 768), what it will be filled with: their principal components are what is indexed.

    Raises:
        BadReference: it is served already.
    """
    found = connection.execute(
        text("SELECT id, served FROM versions WHERE digest = :digest"), {"digest": model.digest}
    ).first()
    if found is not None and found.served:
        raise BadReference(f"version {model.digest[:12]} is served already; add to it: cardlens reference add")
    if found is not None:
        return int(found.id)
    number = connection.scalar(
        text(
            "INSERT INTO versions (digest, spec, created, projection) "
            "VALUES (:digest, CAST(:spec AS jsonb), :created, :projection) RETURNING id"
        ),
        {
            "digest": model.digest,
            "spec": _as_json(model),
            "created": datetime.now(UTC),
            "projection": principal_components(embeddings).tobytes(),
        },
    )
    connection.execute(text(f"CREATE TABLE embeddings_{number:d} PARTITION OF embeddings FOR VALUES IN ({number:d})"))
    # never moved out of the row, not even beside descriptors: a search reads it for every candidate
    connection.execute(text(f"ALTER TABLE embeddings_{number:d} ALTER COLUMN embedding SET STORAGE PLAIN"))
    return int(number or 0)


def projection(connection: Connection, number: int) -> Floats:
    """(768, components) float32: from embeddings to what the index of a version compares.

    Raises `StaleReference` where there is no such version any more.
    """
    found = connection.scalar(text("SELECT projection FROM versions WHERE id = :number"), {"number": number})
    if found is None:
        raise StaleReference(f"version {number} was retired; start again with the model in use")
    return np.frombuffer(found, np.float32).reshape(DIMENSIONS, -1)


def components(connection: Connection, number: int, embeddings: Vectors) -> HalfVectorArray:
    """The components of (n, 768) embeddings, as the index of a version has them."""
    return HalfVectorArray(np.asarray(embeddings, np.float32) @ projection(connection, number))


def serve(connection: Connection, number: int) -> None:
    """Index a version that was filled, and let searches name it; the first one of a catalogue is in use at once."""
    connection.execute(text(f"SET LOCAL maintenance_work_mem = '{_BUILD_MEMORY}'"))
    connection.execute(
        text(
            f"CREATE INDEX IF NOT EXISTS nearest_{number:d} ON embeddings_{number:d} "
            f"USING hnsw (components halfvec_ip_ops) WITH (m = {_CONNECTIVITY}, ef_construction = {_EXPANSION})"
        )
    )
    connection.execute(text(f"ANALYZE embeddings_{number:d}"))
    connection.execute(text("UPDATE versions SET served = true WHERE id = :number"), {"number": number})
    connection.execute(
        text("INSERT INTO in_use (one, version) VALUES (true, :number) ON CONFLICT (one) DO NOTHING"),
        {"number": number},
    )


def switch(server: Server, digest: str) -> Version:
    """Put another version in use: one row is updated, and who asks before or after gets the one or the other.

    Args:
        server: of the catalogue.
        digest: first characters of the model's digest.

    Raises:
        BadReference: no version is called so, it is not served yet, or it lacks cards that the one in use has.
    """
    wanted = find(server, digest)
    if not wanted.served:
        raise BadReference(f"{server.name}: version {digest} is not filled yet; fill it: cardlens shared fill")
    with server.writing() as connection:
        _refuse_lacking(server, connection, wanted)
        connection.execute(text("UPDATE in_use SET version = :number"), {"number": wanted.number})
    return find(server, digest)


def retire(server: Server, digest: str) -> Version:
    """Drop a version that is not in use, with its embeddings; cards and scans stay."""
    wanted = find(server, digest)
    with server.writing() as connection:
        in_use = connection.scalar(text("SELECT version FROM in_use"))
        if in_use == wanted.number:
            raise BadReference(f"{server.name}: version {digest} is in use; switch first: cardlens shared switch")
        connection.execute(text(f"DROP TABLE embeddings_{wanted.number:d}"))
        connection.execute(text("DELETE FROM versions WHERE id = :number"), {"number": wanted.number})
    return wanted


def find(server: Server, digest: str) -> Version:
    """Find a version by the first characters of its model's digest; raises `BadReference` for none or several."""
    every = all_versions(server)
    found = [one for one in every if one.model.digest.startswith(digest)]
    if len(found) != 1:
        have = ", ".join(one.model.digest[:12] for one in every) or "none"
        raise BadReference(f"{server.name}: {len(found)} versions begin with {digest!r}; there are: {have}")
    return found[0]


def wanted(server: Server, digest: str | None) -> Version:
    """The version of the running model, or the one in use where none runs; raises `StaleReference`."""
    every = all_versions(server)
    served = [one for one in every if one.served]
    found = [one for one in served if one.model.digest == digest or (digest is None and one.in_use)]
    if found:
        return found[0]
    if digest is None or not served:
        raise BadReference(f"{server.name}: empty; fill it from a reference database: cardlens shared fill")
    have = ", ".join(one.model.digest[:12] for one in served)
    raise StaleReference(
        f"{server.name}: has versions of models {have}, running {digest[:12]}; "
        "fill a version for this model: cardlens shared fill"
    )


def _refuse_lacking(server: Server, connection: Connection, wanted: Version) -> None:
    missing = list(connection.execute(text(LACKING), {"version": wanted.number}).scalars())
    if missing:
        some = ", ".join(missing[:3]) + (", …" if len(missing) > 3 else "")
        raise BadReference(
            f"{server.name}: version {wanted.model.digest[:12]} lacks {len(missing):,} cards of the one in use "
            f"({some}); add them with that model first: cardlens reference add"
        )


def _as_json(model: ModelSpec) -> str:
    return json.dumps(asdict(model))
