from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cardlens.recognition.answer import Answer, Milliseconds, PhotoAnswer
from cardlens.recognition.picture import Picture
from cardlens.settings import Settings
from cardlens.training import evaluation
from cardlens.training.evaluation import Evaluation, Figure
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.scenes import SeenCard
from tests.training.drawn_scans import drawn_grounds, drawn_scans

TRUTH = {
    "binder-jp-1.jpg": {"cards": ["a-1", "a-2", "a-3"]},
    "mew.jpg": {"cards": ["a-1"]},
    "fan.jpg": {"numbers": ["1/2"]},
}


def answer(card_id: str | None, confidence: float, quad: Any = None) -> Answer:
    corners = card_at(60, 80, 60, 0.0) if quad is None else quad
    said = "unknown" if card_id is None else "printing"
    return Answer(tuple(map(tuple, corners.tolist())), said, card_id, confidence=confidence)  # type: ignore[arg-type]


class Told:
    """A recognizer that says of a photo what it was told to say, of any other nothing."""

    def __init__(self, **answers: Sequence[Answer]) -> None:
        self.answers = answers
        gallery = SimpleNamespace(printings=lambda card_id: (card_id, f"{card_id}b"))
        self.matcher = SimpleNamespace(gallery=gallery)

    def name_cards(self, photo: Path) -> PhotoAnswer:
        return PhotoAnswer(photo.name, (1, 1), tuple(self.answers.get(photo.stem, ())), Milliseconds())

    def recognize(self, picture: Picture) -> PhotoAnswer:
        return PhotoAnswer(picture.name, picture.size, tuple(self.answers.get("scene", ())), Milliseconds())


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("photos", "not-pokemon", "backgrounds"):
        (tmp_path / name).mkdir()
    (tmp_path / "photos" / "truth.json").write_text(json.dumps(TRUTH), encoding="utf-8")
    monkeypatch.setattr(evaluation, "open_scans", lambda *_: drawn_scans(("a-1", "A3b-1", "B2b-1")))
    monkeypatch.setattr(evaluation, "open_grounds", lambda *_: drawn_grounds())
    return tmp_path


def evaluate(data: Path, monkeypatch: pytest.MonkeyPatch, told: Told) -> Evaluation:
    monkeypatch.setattr(evaluation, "open_recognizer", lambda *_: told)
    return Evaluation(data, data, Settings(), 2)


def test_binder_pages_count_cards_once_and_surely_wrong_names(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = [answer("a-1", 0.9), answer("a-1", 0.8), answer("a-9", 0.95), answer("a-8", 0.9), answer(None, 0.99)]
    right, wrong = evaluate(data, monkeypatch, Told(**{"binder-jp-1": said})).binder_photos()
    assert (right.measured, right.holds) == ("1", False)
    assert (wrong.measured, wrong.holds) == ("1", True)


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ([answer("a-1", 0.95), answer("a-2", 0.5)], True),
        ([answer("a-1", 0.85)], False),
        ([answer("a-2", 0.99), answer("a-1", 0.95)], False),
        ([answer(None, 0.99)], False),
        ([], False),
    ],
)
def test_a_single_photo_holds_if_its_card_is_the_likeliest_and_sure(
    data: Path, monkeypatch: pytest.MonkeyPatch, said: list[Answer], holds: bool
) -> None:
    [figure] = evaluate(data, monkeypatch, Told(mew=said)).single_photos()
    assert (figure.what, figure.holds) == ("mew.jpg", holds)


def test_names_where_there_is_no_card_are_counted_by_photo(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two", "three"):
        Image.new("RGB", (8, 8)).save(data / "not-pokemon" / f"{name}.png")
    told = Told(one=[answer("a-1", 0.5), answer("a-2", 0.5)], two=[answer("a-1", 0.5)], three=[answer(None, 0.9)])
    games, grounds = evaluate(data, monkeypatch, told).other_things()
    assert (games.measured, games.holds) == ("2", False)
    assert (grounds.measured, grounds.holds) == ("0", True)


def test_a_card_is_right_where_it_lies_whichever_of_its_printings_is_said() -> None:
    here, there = card_at(60, 80, 60, 0.0), card_at(160, 80, 60, 0.0)
    card = SeenCard(here, 0, 1.0)

    def outcome(*said: Answer) -> tuple[int, bool, bool]:
        recognizer: Any = Told()
        wide, found, right = evaluation._outcome(
            card, "a-1", PhotoAnswer("x", (1, 1), said, Milliseconds()), recognizer
        )
        return round(wide), found, right

    assert outcome(answer("a-1b", 0.5)) == (60, True, True)
    assert outcome(answer("a-2", 0.5), answer("a-1", 0.5, there)) == (60, True, False)
    assert outcome(answer("a-1", 0.5, there)) == (60, False, False)
    assert outcome() == (60, False, False)


def test_rendered_photos_give_shares_of_the_cards_in_sight(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: Any = Told()
    found, right, *_ = evaluate(data, monkeypatch, told)._scene_figures(told)
    assert (found.measured, found.holds) == ("0.0%", False)
    assert "quads found" in found.what
    assert right.what.startswith("added sets, 0 artworks right")


def test_a_figure_is_an_object_for_programs() -> None:
    assert Figure("a", "1", "2", holds=True).as_json() == {"what": "a", "measured": "1", "target": "2", "holds": True}


def test_a_picture_is_said_with_its_width_first() -> None:
    picture = evaluation._picture(np.zeros((4, 9, 3), np.uint8)[:, ::2])
    assert (picture.size, picture.pixels.flags["C_CONTIGUOUS"]) == ((5, 4), True)
