from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.picture import decode
from cardlens.recognition.quad import as_quad, iou
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes
from cardlens.settings import BUNDLED
from cardlens.training.demo_cards import draw_demo_cards, draw_demo_photo
from cardlens.training.demo_catalogue import CARDS, TYPES
from cardlens.training.demo_creatures import CREATURES
from cardlens.training.demo_face import draw_face
from cardlens.training.demo_photo import PLACES

DEMO = BUNDLED / "demo"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    draw_demo_cards(folder)
    draw_demo_photo(folder, folder / "demo.jpg")
    return folder


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DEMO / "demo-truth.json").read_text(encoding="utf-8"))
    return content


def small_grey(pixels: Bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    grey = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (60, 84), interpolation=cv2.INTER_AREA).astype(float)
    return np.asarray((grey - grey.mean()) / grey.std())


def test_the_same_card_is_drawn_every_time() -> None:
    np.testing.assert_array_equal(draw_face(CARDS[5]), draw_face(CARDS[5]))


def test_what_is_bundled_is_what_the_code_draws(drawn: Path) -> None:
    for file in sorted(file for file in drawn.rglob("*") if file.is_file()):
        kept = DEMO / file.relative_to(drawn)
        if file.suffix == ".json":
            assert kept.read_text(encoding="utf-8") == file.read_text(encoding="utf-8")
        else:  # codecs and OpenCV may differ by a shade between versions
            difference = decode(file).pixels.astype(int) - decode(kept).pixels
            assert np.abs(difference).mean() < 3, file.name


def test_what_is_bundled_is_small() -> None:
    assert all(file.stat().st_size <= 26_000 for file in (DEMO / "cards").glob("*.webp"))
    assert (DEMO / "demo.jpg").stat().st_size <= 250_000


def test_each_card_is_complete() -> None:
    assert [card.number for card in CARDS] == list(range(1, 13))
    assert {card.name for card in CARDS} == set(CREATURES)
    for card in CARDS:
        assert {card.type, card.weakness, *(kind for attack in card.attacks for kind in attack.cost)} <= set(TYPES)
        face = draw_face(card) if card.number == 1 else np.asarray(Image.open(DEMO / "cards" / f"{card.card_id}.webp"))
        assert face.shape == (838, 600, 4)
        assert (face[0, 0, 3], face[400, 300, 3]) == (0, 255)


def test_no_card_is_called_like_a_real_one() -> None:
    known = {card.name.casefold() for card in bundled_facts()}
    assert known.isdisjoint(card.name.casefold() for card in CARDS)


def test_metadata_has_a_record_for_each_card() -> None:
    records = json.loads((DEMO / "demo-metadata.json").read_text(encoding="utf-8"))
    assert [record["id"] for record in records] == [f"demo-{number}" for number in range(1, 13)]
    for record in records:
        assert {"name", "supertype", "hp", "types", "number", "rarity"} <= set(record)
        assert record["set"] == "demo"


def test_the_photo_shows_each_card_where_its_quad_says_and_that_way_up(truth: dict[str, Any]) -> None:
    photo = decode(DEMO / "demo.jpg", at_least=None)
    assert list(photo.size) == truth["size"]
    scans = {card.card_id: small_grey(decode(DEMO / "cards" / f"{card.card_id}.webp").pixels) for card in CARDS}
    for card in truth["cards"]:
        seen = small_grey(straighten(photo.pixels, as_quad(card["quad"]), 300, 419))
        likeness = {card_id: float((seen * scan).mean()) for card_id, scan in scans.items()}
        assert max(likeness, key=lambda card_id: likeness[card_id]) == card["card_id"]
        assert likeness[card["card_id"]] > 0.85
        assert float((seen[::-1, ::-1] * scans[card["card_id"]]).mean()) < 0.6


def test_the_cards_of_the_photo_lie_in_it_and_hardly_on_each_other(truth: dict[str, Any]) -> None:
    quads = [as_quad(card["quad"]) for card in truth["cards"]]
    assert len({card["card_id"] for card in truth["cards"]}) == len(quads) == len(PLACES) == 9
    for at, quad in enumerate(quads):
        assert (quad >= 0).all()
        assert (quad <= [1599, 1199]).all()
        assert all(iou(quad, other) < 0.03 for other in quads[at + 1 :])
