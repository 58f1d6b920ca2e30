"""Which cards a model may learn from, and which only measure it. Split by card and artwork, never by picture."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cardlens.errors import CardlensError
from cardlens.reference.groups import signature, tied
from cardlens.runtimes.base import Bytes

# one old physical set and three Pocket sets, no picture of which any training has seen
HELD_OUT_SETS = ("base2", "A3b", "B2b", "PROMO-B")
_VALIDATION_SHARE = 25


@dataclass(frozen=True, slots=True)
class Split:
    """Card ids by use. `labels` gives tied printings one number: the artwork."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    held_out: tuple[str, ...]
    labels: dict[str, int]

    @property
    def measuring(self) -> tuple[str, ...]:
        """What figures are made of: cards of the held-out sets; where there are none, those kept back."""
        return self.held_out or self.validation


def check_measurable(split: Split, data: Path) -> None:
    """Raise `CardlensError` where no card of the folder `data` is left to measure with."""
    if not split.measuring:
        raise CardlensError(
            f"{data}: all of its {len(split.train):,} cards are learnt from, and none is left to measure with; "
            f"give more scans: one card in {_VALIDATION_SHARE} is kept back, and the sets {', '.join(HELD_OUT_SETS)}"
        )


def digest_of_names(names: Sequence[str]) -> str:
    """Tell lists of card ids apart."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]


def set_of(card_id: str) -> str:
    """`PROMO-B-12` -> `PROMO-B`."""
    return card_id.rpartition("-")[0]


def split_cards(
    card_ids: Sequence[str], groups: Sequence[Sequence[str]], held_out: Sequence[str] = HELD_OUT_SETS
) -> Split:
    """Split ids; an artwork group goes to one side as a whole, and to the sets `held_out` if any of it is in one."""
    artwork = {card_id: group[0] for group in groups for card_id in group}
    members: dict[str, list[str]] = {}
    for card_id in sorted(set(card_ids)):
        members.setdefault(artwork.get(card_id, card_id), []).append(card_id)
    sides: dict[str, list[str]] = {"train": [], "validation": [], "held_out": []}
    for first, ids in members.items():
        sides[_side(first, ids, held_out)].extend(ids)
    labels = {card_id: number for number, ids in enumerate(members.values()) for card_id in ids}
    return Split(tuple(sides["train"]), tuple(sides["validation"]), tuple(sides["held_out"]), labels)


def _side(first: str, ids: Sequence[str], held_out: Sequence[str]) -> str:
    if any(set_of(card_id) in held_out for card_id in ids):
        return "held_out"
    chance = int.from_bytes(hashlib.sha256(first.encode()).digest()[:4], "big")
    return "validation" if chance % _VALIDATION_SHARE == 0 else "train"


def artwork_groups(pixels: Sequence[Bytes], card_ids: Sequence[str]) -> list[list[str]]:
    """Tied printings among scans, by their pictures."""
    return tied(np.stack([signature(scan) for scan in pixels]), card_ids)
