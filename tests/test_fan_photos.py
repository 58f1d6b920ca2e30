"""Real photos of fanned cards: which card each strip is of, from the top. Ids only; the photos are not part of this."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardlens.assembly import open_strip_namer
from cardlens.recognition.strip_answers import StripNamer
from cardlens.settings import Settings

TRUTH: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "golden" / "fan-photos.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def namer() -> StripNamer:
    return open_strip_namer(Settings())


@pytest.mark.cards
@pytest.mark.parametrize("photo", TRUTH)
def test_the_strips_of_a_fan_are_named_from_the_top(photo: str, cards_folder: Path, namer: StripNamer) -> None:
    answers = namer.name_cards(cards_folder / "photos" / photo).cards
    wanted = TRUTH[photo]["cards"]
    ids = [answer.printings[0].card_id for answer in answers if answer.printings]
    # one strip may fall to the other side of a threshold on another processor
    assert len(ids) == len(wanted)
    assert sum(one != other for one, other in zip(ids, wanted, strict=True)) <= 1, ids
    sure = [answer for answer, card_id in zip(answers, wanted, strict=True) if answer.card_id not in {None, card_id}]
    assert all(answer.confidence < 0.5 for answer in sure)


@pytest.mark.cards
def test_a_photo_of_whole_cards_without_strips_names_nothing_surely(cards_folder: Path, namer: StripNamer) -> None:
    answers = namer.name_cards(cards_folder / "photos" / "binder-jp151-1-36.jpg").cards
    assert all(answer.confidence < 0.9 for answer in answers)
