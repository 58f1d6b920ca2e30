"""Questions that a person asks a reference database: which cards are in it, which look like this one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cardlens.errors import BadReference
from cardlens.recognition.facts import normalised_number
from cardlens.recognition.names import normalised_name
from cardlens.reference.database import ReferenceDatabase


@dataclass(frozen=True, slots=True)
class Similar:
    """A card that looks like another. `tied`: so much that the picture cannot tell them apart."""

    card_id: str
    similarity: float
    tied: bool


def search_cards(database: ReferenceDatabase, text: str, limit: int) -> list[str]:
    """Card ids whose id, name, set, number or rarity hold all words of `text`, whole words first."""
    words = searched_words(text)
    texts = {card_id: searched_text(card_id, record) for card_id, record in database.cards.items()}
    found = [card_id for card_id, its_text in texts.items() if words and all(word in its_text for word in words)]
    found.sort(key=lambda card_id: -sum(f" {word} " in texts[card_id] for word in words))
    return found[:limit]


def similar_cards(database: ReferenceDatabase, card_id: str, limit: int) -> list[Similar]:
    """Other cards, the most similar first; raises `BadReference` where the database has no such card."""
    rows = [row for row, its_id in enumerate(database.card_ids) if its_id == card_id]
    if not rows:
        raise BadReference(f"{database.folder}: has no card {card_id}; look for it: cardlens reference search")
    best: dict[str, float] = {}
    for row in rows:
        similarities = database.embeddings.astype(np.float32) @ database.embeddings[row].astype(np.float32)
        for other in np.argsort(-similarities)[: limit + len(rows) + 32]:
            other_id = database.card_ids[other]
            best[other_id] = max(best.get(other_id, -1.0), float(similarities[other]))
    best.pop(card_id)
    tied = database.printings(card_id)
    ranked = sorted(best.items(), key=lambda item: -item[1])[:limit]
    return [Similar(other_id, similarity, other_id in tied) for other_id, similarity in ranked]


def summary(database: ReferenceDatabase) -> dict[str, Any]:
    """Say what a database holds, as `cardlens reference info --json` prints it."""
    manifest, cards = database.manifest, set(database.card_ids)
    sets = Counter(str(database.metadata(card_id).get("set_id", "")) for card_id in cards)
    names = {str(record.get("set_id", "")): record.get("set_name") for record in database.cards.values()}
    return {
        "folder": str(database.folder),
        "rows": len(database),
        "cards": len(cards),
        "bytes": sum(fact.bytes for fact in manifest.files.values()),
        "created": manifest.created,
        "made_by": f"cardlens {manifest.made_by}",
        "model": {"name": manifest.model.name, "digest": manifest.model.digest},
        "artwork_groups": len(manifest.groups),
        "tied_cards": sum(map(len, manifest.groups)),
        "languages": dict(Counter(database.languages).most_common()),
        "sets": [{"id": set_id, "name": names[set_id], "cards": count} for set_id, count in sorted(sets.items())],
    }


def searched_text(card_id: str, record: Mapping[str, Any]) -> str:
    """The words of a card that a search compares with, each between blanks."""
    fields = ("name", "set_id", "set_name", "number", "rarity", "set_code")
    said = " ".join([card_id, *(str(record[field]) for field in fields if record.get(field))])
    return f" {' '.join(searched_words(said))} "


def searched_words(text: str) -> list[str]:
    """The words of a text, as searches compare them."""
    return [normalised_number(word).lower() for word in map(normalised_name, text.replace("/", " ").split()) if word]
