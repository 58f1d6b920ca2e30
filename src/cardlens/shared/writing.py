"""Putting cards, scans and embeddings into a shared catalogue."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy.typing as npt
from sqlalchemy import Connection, text

from cardlens.reference.contents import Row
from cardlens.reference.groups import Signatures
from cardlens.reference.lookup import searched_text
from cardlens.runtimes.base import Bytes
from cardlens.shared.vector_array import HalfVectorArray
from cardlens.shared.versions import components

_AT_ONCE = 1000

_CARD = """
INSERT INTO cards (card_id, artwork, record, words)
SELECT n.card_id, n.artwork, n.record, n.words
FROM unnest(CAST(:card_ids AS text[]), CAST(:artworks AS bigint[]), CAST(:records AS jsonb[]), CAST(:words AS text[]))
  AS n (card_id, artwork, record, words)
ON CONFLICT (card_id) DO UPDATE SET record = excluded.record, words = excluded.words
"""
_SCAN = """
INSERT INTO scans (card, source, language, digest, signature)
SELECT c.id, n.source, n.language, n.digest, n.signature
FROM unnest(CAST(:card_ids AS text[]), CAST(:sources AS text[]), CAST(:languages AS text[]), CAST(:digests AS text[]),
            CAST(:signatures AS bytea[])) AS n (card_id, source, language, digest, signature)
JOIN cards c ON c.card_id = n.card_id
ON CONFLICT (card, digest) DO NOTHING
"""
_SCAN_NUMBERS = """
SELECT s.id FROM unnest(CAST(:card_ids AS text[]), CAST(:digests AS text[])) WITH ORDINALITY AS n (card_id, digest, at)
JOIN cards c ON c.card_id = n.card_id JOIN scans s ON s.card = c.id AND s.digest = n.digest ORDER BY n.at
"""


def put_cards(connection: Connection, records: Mapping[str, Mapping[str, Any]]) -> None:
    """Insert cards, or renew what is known of them; a new one has an artwork of its own."""
    every = list(records)
    for at in range(0, len(every), _AT_ONCE):
        card_ids = every[at : at + _AT_ONCE]
        connection.execute(
            text(_CARD),
            {
                "card_ids": card_ids,
                "artworks": _new_artworks(connection, len(card_ids)),
                "records": [json.dumps(dict(records[card_id])) for card_id in card_ids],
                "words": [searched_text(card_id, records[card_id]) for card_id in card_ids],
            },
        )


def tie(connection: Connection, groups: Iterable[Sequence[str]]) -> None:
    """Let the cards of each group share one artwork, the first one's, with all who share theirs already."""
    query = (
        "WITH old AS (SELECT artwork FROM cards WHERE card_id = ANY(:group)) "
        "UPDATE cards SET artwork = (SELECT min(artwork) FROM old) WHERE artwork IN (SELECT artwork FROM old)"
    )
    for group in groups:
        connection.execute(text(query), {"group": list(group)})


def part(connection: Connection, card_ids: Collection[str]) -> None:
    """Give each of some cards an artwork of its own."""
    query = (
        "UPDATE cards SET artwork = n.artwork FROM unnest(CAST(:card_ids AS text[]), CAST(:artworks AS bigint[])) "
        "AS n (card_id, artwork) WHERE cards.card_id = n.card_id"
    )
    if card_ids:
        values = {"card_ids": list(card_ids), "artworks": _new_artworks(connection, len(card_ids))}
        connection.execute(text(query), values)


def put_rows(
    connection: Connection,
    version: int,
    rows: Sequence[Row],
    embeddings: npt.NDArray[Any],
    signatures: Signatures,
    descriptors: Bytes | None = None,
) -> int:
    """Insert scans of known cards, and their embeddings by one model; give how many embeddings were not there yet.

    Args:
        connection: of a writer.
        version: number of the version.
        rows: one an embedding.
        embeddings: (rows, 768), L2-normalised.
        signatures: (rows, SIGNATURE_BYTES) int8.
        descriptors: (rows, BYTES) packed local descriptors; None where the model gives none.
    """
    return sum(
        _put_some(connection, version, rows[some], embeddings[some], signatures[some], _some(descriptors, some))
        for at in range(0, len(rows), _AT_ONCE)
        for some in [slice(at, at + _AT_ONCE)]
    )


def forget_unused_artworks(connection: Connection) -> None:
    """Delete artworks that no card has any more."""
    connection.execute(text("DELETE FROM artworks a WHERE NOT EXISTS (SELECT 1 FROM cards c WHERE c.artwork = a.id)"))


def _put_some(
    connection: Connection,
    version: int,
    rows: Sequence[Row],
    embeddings: npt.NDArray[Any],
    signatures: Signatures,
    descriptors: Bytes | None,
) -> int:
    card_ids, digests = [row.card_id for row in rows], [row.digest for row in rows]
    connection.execute(
        text(_SCAN),
        {
            "card_ids": card_ids,
            "sources": [row.source for row in rows],
            "languages": [row.language for row in rows],
            "digests": digests,
            "signatures": [one.tobytes() for one in signatures],
        },
    )
    scans = list(connection.execute(text(_SCAN_NUMBERS), {"card_ids": card_ids, "digests": digests}).scalars())
    query = (
        "INSERT INTO embeddings (scan, version, embedding, components, descriptors) "
        "SELECT n.scan, :version, n.embedding, n.components, n.descriptors FROM unnest(CAST(:scans AS bigint[]), "
        "CAST(:embeddings AS halfvec[]), CAST(:components AS halfvec[]), CAST(:descriptors AS bytea[])) "
        "AS n (scan, embedding, components, descriptors) "
        "ON CONFLICT (scan, version) DO NOTHING"
    )
    packed = [None] * len(rows) if descriptors is None else [one.tobytes() for one in descriptors]
    values = {
        "version": version,
        "scans": scans,
        "embeddings": HalfVectorArray(embeddings),
        "components": components(connection, version, embeddings),
        "descriptors": packed,
    }
    return connection.execute(text(query), values).rowcount


def _some(descriptors: Bytes | None, some: slice) -> Bytes | None:
    return None if descriptors is None else descriptors[some]


def _new_artworks(connection: Connection, count: int) -> list[int]:
    query = "INSERT INTO artworks SELECT FROM generate_series(1, :count) RETURNING id"
    return list(connection.execute(text(query), {"count": count}).scalars())
