"""Changing a shared catalogue while it is searched: new scans in, cards out."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import Connection, text

from cardlens.errors import BadReference
from cardlens.recognition.picture import DEFAULT_LIMITS, Limits
from cardlens.reference import groups
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.contents import Contents
from cardlens.reference.groups import SIGNATURE_BYTES, Signatures
from cardlens.reference.grower import Embeds, Grower, Progress
from cardlens.reference.outcome import Outcome, Remark
from cardlens.reference.partial import EmbeddedScans
from cardlens.reference.publish import Destination
from cardlens.shared import schema, writing
from cardlens.shared.neighbourhood import neighbourhood
from cardlens.shared.server import Server
from cardlens.shared.versions import wanted


def add(
    address: str,
    scans: Path,
    catalogue: Catalogue,
    embedder: Embeds,
    progress: Progress,
    limits: Limits = DEFAULT_LIMITS,
) -> Outcome:
    """Add scans to the running model's version: new cards, and further views of cards that it has.

    They are embedded first; then, in one transaction, compared with the rows nearest to them and written. Doubles,
    placeholders and tied printings are told as in a folder: what looks alike is among the nearest.

    Raises:
        StaleReference: the catalogue has no version of that model.
        BadReference: it cannot be reached.
    """
    server = Server(address)
    schema.check(server)
    version = wanted(server, embedder.spec.digest)
    with tempfile.TemporaryDirectory(prefix="cardlens-add-") as aside:
        destination = Destination(Path(aside) / "new")
        memory = EmbeddedScans(destination.partial, embedder.spec.digest)
        fresh = Contents()
        alone = Grower(fresh, catalogue, embedder, memory, limits).grow(scans, destination, progress)
        outcome = Outcome(Path(server.name), embedded=alone.embedded, skipped=alone.skipped, problems=alone.problems)
        with server.writing() as connection:
            near = neighbourhood(connection, version.number, fresh.embeddings)
            known = len(near.rows)
            Grower(near, catalogue, embedder, memory, limits).keep(fresh.rows, outcome)
            _write(connection, version.number, near, known)
            outcome.cards = _count_cards(connection, version.number)
    server.close()
    return outcome


def remove(address: str, card_ids: Sequence[str]) -> Outcome:
    """Take cards out, of every version at once; ids that the catalogue does not have are told in the outcome.

    Raises:
        BadReference: it has none of them, or none but them, or it cannot be reached.
    """
    server = Server(address)
    schema.check(server)
    version = wanted(server, None)
    with server.writing() as connection:
        query = "SELECT card_id, artwork FROM cards WHERE card_id = ANY(:card_ids)"
        found = connection.execute(text(query), {"card_ids": list(card_ids)}).all()
        missing = [card_id for card_id in card_ids if card_id not in {one.card_id for one in found}]
        if not found:
            raise BadReference(
                f"{server.name}: has no card {', '.join(missing)}; look for it: cardlens reference search"
            )
        connection.execute(text("DELETE FROM cards WHERE card_id = ANY(:card_ids)"), {"card_ids": list(card_ids)})
        _group_anew(connection, sorted({one.artwork for one in found}))
        cards = _count_cards(connection, version.number)
        if not cards:
            raise BadReference(f"{server.name}: no card would be left in it; nothing was written")
    server.close()
    problems = [Remark(card_id, "not in the catalogue") for card_id in missing]
    return Outcome(Path(server.name), cards=cards, problems=problems)


def _write(connection: Connection, version: int, contents: Contents, known: int) -> None:
    """Write the rows of `contents` from `known` on, and the groups that they belong to."""
    rows = contents.rows[known:]
    if not rows:
        return
    new_ids = {row.card_id for row in rows}
    writing.put_cards(connection, {card_id: contents.metadata[card_id] for card_id in new_ids})
    writing.tie(connection, [group for group in contents.groups if new_ids & set(group)])
    writing.forget_unused_artworks(connection)
    local = None if contents.local is None else contents.local[known:]
    writing.put_rows(connection, version, rows, contents.embeddings[known:], contents.signatures[known:], local)


def _group_anew(connection: Connection, artworks: Sequence[int]) -> None:
    """Find the groups of what is left of some artworks: a card taken out may have joined two others."""
    query = (
        "SELECT c.card_id, s.signature FROM cards c JOIN scans s ON s.card = c.id "
        "WHERE c.artwork = ANY(:artworks) ORDER BY s.id"
    )
    left = connection.execute(text(query), {"artworks": list(artworks)}).all()
    card_ids = [one.card_id for one in left]
    tied = groups.tied(_signatures([one.signature for one in left]), card_ids) if left else []
    writing.part(connection, sorted(set(card_ids)))
    writing.tie(connection, tied)
    writing.forget_unused_artworks(connection)


def _signatures(stored: Sequence[bytes]) -> Signatures:
    return np.frombuffer(b"".join(stored), np.int8).reshape(len(stored), SIGNATURE_BYTES)


def _count_cards(connection: Connection, version: int) -> int:
    query = "SELECT count(DISTINCT s.card) FROM embeddings e JOIN scans s ON s.id = e.scan WHERE e.version = :version"
    return int(connection.scalar(text(query), {"version": version}) or 0)
