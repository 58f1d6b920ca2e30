"""Questions that a person asks a shared catalogue, answered as `cardlens.reference.lookup` answers them of a folder."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from cardlens.errors import BadReference
from cardlens.reference.lookup import Similar, searched_words
from cardlens.shared.catalogue import SharedCatalogue

_SIMILAR = """
WITH near AS MATERIALIZED (
  SELECT n.scan, n.similarity, own.artwork
  FROM (SELECT e.embedding, c.artwork FROM cards c JOIN scans s ON s.card = c.id
        JOIN embeddings e ON e.scan = s.id WHERE c.card_id = :card_id AND e.version = {version:d}) own
  CROSS JOIN LATERAL (
    SELECT e.scan, -(e.embedding::vector <#> own.embedding::vector) AS similarity
    FROM embeddings e WHERE e.version = {version:d}
    ORDER BY e.embedding <#> own.embedding LIMIT :candidates
  ) n
)
SELECT c.card_id, max(near.similarity) AS similarity, bool_or(c.artwork = near.artwork) AS tied
FROM near JOIN scans s ON s.id = near.scan JOIN cards c ON c.id = s.card
WHERE c.card_id <> :card_id
GROUP BY c.card_id ORDER BY similarity DESC, c.card_id LIMIT :limit
"""
_SETS = """
SELECT coalesce(c.record ->> 'set_id', '') AS id, min(c.record ->> 'set_name') AS name, count(*) AS cards
FROM cards c WHERE EXISTS (SELECT 1 FROM scans s JOIN embeddings e ON e.scan = s.id
                           WHERE s.card = c.id AND e.version = :version)
GROUP BY 1 ORDER BY 1
"""
_GROUPS = """
SELECT count(*) AS groups, coalesce(sum(n), 0) AS tied
FROM (SELECT count(*) AS n FROM cards GROUP BY artwork HAVING count(*) > 1) AS tied
"""
_LANGUAGES = """
SELECT s.language, count(*) AS rows FROM scans s JOIN embeddings e ON e.scan = s.id
WHERE e.version = :version GROUP BY 1 ORDER BY 2 DESC
"""
_RECORDS = """
SELECT c.card_id, c.record FROM cards c
WHERE EXISTS (SELECT 1 FROM scans s JOIN embeddings e ON e.scan = s.id WHERE s.card = c.id AND e.version = :version)
ORDER BY c.card_id
"""
# numbers are never given twice: what is removed and added again has another
_STATE = """
SELECT (SELECT count(*) FROM cards), (SELECT coalesce(max(id), 0) FROM cards),
       (SELECT coalesce(max(scan), 0) FROM embeddings WHERE version = :version),
       (SELECT count(*) FROM scans), (SELECT coalesce(max(version), 0) FROM in_use),
       (SELECT count(*) FROM versions WHERE served)
"""
_SIZE = """
SELECT coalesce(sum(pg_total_relation_size(relid)), 0) FROM pg_catalog.pg_statio_user_tables
WHERE relname IN ('cards', 'scans', 'artworks') OR relname = :partition
"""


def search_cards(shared: SharedCatalogue, words: str, limit: int) -> list[str]:
    """Card ids whose id, name, set, number or rarity hold all words of `words`, whole words first."""
    wanted = searched_words(words)
    if not wanted:
        return []
    query = (
        "SELECT card_id FROM cards WHERE words LIKE ALL(CAST(:parts AS text[])) "
        "ORDER BY (SELECT count(*) FROM unnest(CAST(:whole AS text[])) AS w (part) WHERE words LIKE w.part) DESC, id "
        "LIMIT :limit"
    )
    escaped = [_escaped(word) for word in wanted]
    values = {"parts": [f"%{word}%" for word in escaped], "whole": [f"% {word} %" for word in escaped]}
    with shared.server.reading() as connection:
        return list(connection.execute(text(query), values | {"limit": limit}).scalars())


def similar_cards(shared: SharedCatalogue, card_id: str, limit: int) -> list[Similar]:
    """Other cards, the most similar first; raises `BadReference` where the catalogue has no such card."""
    shared.metadata(card_id)
    query = _SIMILAR.format(version=shared.version.number)
    values = {"card_id": card_id, "limit": limit, "candidates": limit + 32}
    with shared.server.reading() as connection:
        found = connection.execute(text(query), values).all()
    return [Similar(one.card_id, float(one.similarity), bool(one.tied)) for one in found]


def summary(shared: SharedCatalogue) -> dict[str, Any]:
    """Say what a catalogue holds, as `cardlens reference info --json` prints it."""
    version = {"version": shared.version.number}
    with shared.server.reading() as connection:
        sets = connection.execute(text(_SETS), version).mappings().all()
        tied = connection.execute(text(_GROUPS)).one()
        languages = connection.execute(text(_LANGUAGES), version).all()
        size = connection.scalar(text(_SIZE), {"partition": f"embeddings_{shared.version.number}"})
    if not sets:
        raise BadReference(f"{shared.server.name}: empty; fill it from a reference database: cardlens shared fill")
    return {
        "folder": shared.server.name,
        "rows": len(shared),
        "cards": sum(one["cards"] for one in sets),
        "bytes": int(size or 0),
        "created": shared.version.created.isoformat(timespec="seconds"),
        "made_by": "cardlens shared",
        "model": {"name": shared.model.name, "digest": shared.model.digest},
        "artwork_groups": tied.groups,
        "tied_cards": int(tied.tied),
        "languages": {one.language: one.rows for one in languages},
        "sets": [dict(one) for one in sets],
    }


def records(shared: SharedCatalogue) -> list[tuple[str, dict[str, Any]]]:
    """Card ids that the version has, and what is known of each."""
    with shared.server.reading() as connection:
        found = connection.execute(text(_RECORDS), {"version": shared.version.number}).all()
    return [(one.card_id, one.record) for one in found]


def state(shared: SharedCatalogue) -> tuple[int, ...]:
    """Numbers that differ after cards were added or removed, or another version was put in use."""
    with shared.server.reading() as connection:
        return tuple(connection.execute(text(_STATE), {"version": shared.version.number}).one())


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
