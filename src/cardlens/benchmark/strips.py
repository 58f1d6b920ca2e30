"""How well numbers are read, by size: of cards photographed from scans, and of drawn fans that show set codes.

`python -m cardlens.benchmark.strips ../shared/cards` prints the figures as JSON. No model was trained on these cards'
print; the drawn fans are others than those that calibrate strips.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cardlens.errors import CardlensError
from cardlens.recognition.facts import CardFacts, bundled_facts, normalised_number
from cardlens.recognition.reader import Reader
from cardlens.recognition.reading import Reading
from cardlens.recognition.strip_catalogue import StripCard, StripCatalogue
from cardlens.recognition.strip_match import StripCandidate, match_strips
from cardlens.recognition.strips import StripReader
from cardlens.recognition.text import TextEngine
from cardlens.training.reading_photos import legible_scans, load_rgb, photograph
from cardlens.training.strip_photos import draw_fan

HEIGHTS = (400, 500, 600, 700, 800, 900, 1000)
DIGITS = (7, 9, 12, 16, 24)
_SET = "xy12"
_SURE = 0.9
_CARDS = 6


def by_card_height(data: Path, heights: Sequence[int], cards: int, seed: int) -> dict[int, dict[str, float]]:
    """Share of numbers and totals read right off photographed scans of one whole set, by height of the card in pixels.

    The quad is the true one with the error that a detector makes; one card in so many that `cards` are asked.

    Raises:
        CardlensError: there is no scan to photograph.
    """
    facts, random = bundled_facts(), np.random.default_rng(seed)
    reader = Reader(facts, threads=1)
    scans = {card_id: file for card_id, file in legible_scans(data).items() if card_id.startswith(f"{_SET}-")}
    grounds = [load_rgb(file) for file in sorted((data / "backgrounds").glob("*.jpg"))]
    if not scans or not grounds:
        raise CardlensError(f"{data}: no scans of {_SET} and backgrounds here; name the folder of card data")
    chosen = sorted(scans)[:: max(len(scans) // cards, 1)][:cards]
    figures = {}
    for height in heights:
        read = []
        for card_id in chosen:
            ground = grounds[random.integers(len(grounds))]
            photo = photograph(load_rgb(scans[card_id]), ground, height, random)
            read.append(_number_read(reader.read(photo.pixels, photo.quad, number_only=True), facts, card_id))
        figures[height] = {
            "cards": len(read),
            "number": round(float(np.mean([number for number, _ in read])), 4),
            "number_and_total": round(float(np.mean([both for _, both in read])), 4),
        }
    return figures


def by_digit_height(digits: Sequence[int], fans: int, seed: int) -> dict[int, dict[str, float]]:
    """Share of drawn strips that are found, named right, and named wrong surely, by height of the digits in pixels."""
    catalogue, random = StripCatalogue(bundled_facts()), np.random.default_rng(seed)
    reader = StripReader(catalogue, TextEngine(threads=1))
    figures = {}
    for height in digits:
        strips = right = wrong = found = 0
        for _ in range(fans):
            cards = _coded(catalogue, random)
            photo = draw_fan(cards, random, float(height), float(random.normal(0, 6)))
            said = match_strips(reader.read(photo.pixels), catalogue)
            strips, found = strips + len(cards), found + len(said)
            right += sum(_named(said, card) for card in {card.card_id: card for card in cards}.values())
            wrong += _sure_and_wrong(said, cards)
        figures[height] = {
            "strips": strips,
            "found": round(found / strips, 4),
            "right": round(right / strips, 4),
            "wrong_and_sure": round(wrong / strips, 4),
        }
    return figures


def _number_read(reading: Reading, facts: CardFacts, card_id: str) -> tuple[bool, bool]:
    """Whether the likeliest number is the card's, and its total too."""
    card = facts.get(card_id)
    if card is None or not reading.numbers:
        return False, False
    best = reading.numbers[0]
    number = normalised_number(best.number) == normalised_number(card.number)
    return number, number and best.total == card.printed_total


def _coded(catalogue: StripCatalogue, random: np.random.Generator) -> list[StripCard]:
    """Cards of different numbers, from sets that print a code."""
    numbers = random.choice(np.arange(1, 160), _CARDS, replace=False)
    cards = []
    for number in numbers:
        printed = [card for card in catalogue.numbered(str(number)) if card.code]
        cards.append(printed[random.integers(len(printed))])
    return cards


def _named(said: Sequence[Sequence[StripCandidate]], card: StripCard) -> bool:
    return any(candidates and candidates[0].card.card_id == card.card_id for candidates in said)


def _sure_and_wrong(said: Sequence[Sequence[StripCandidate]], cards: Sequence[StripCard]) -> int:
    ids = {card.card_id for card in cards}
    best = [candidates[0] for candidates in said if candidates]
    return sum(one.probability > _SURE and one.card.card_id not in ids for one in best)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with scans and backgrounds")
    parser.add_argument("--cards", type=int, default=56, help="cards at each height")
    parser.add_argument("--fans", type=int, default=6, help="drawn fans of six at each height of digits")
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    figures: dict[str, Any] = {
        "by_card_height": by_card_height(arguments.data, HEIGHTS, arguments.cards, arguments.seed),
        "by_digit_height": by_digit_height(DIGITS, arguments.fans, arguments.seed),
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
