"""What ships inside the package works as it is: the models, the starter database and the demo."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cardlens.assembly import open_recognizer
from cardlens.recognition.answer import PhotoAnswer
from cardlens.recognition.quad import as_quad, iou
from cardlens.recognition.recognizer import Recognizer
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.validate import validate
from cardlens.runtimes.base import ModelSpec
from cardlens.settings import BUNDLED, Settings
from tests.recognition.hostile_files import write_hostile_files

DEMO = BUNDLED / "demo"


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return open_recognizer(Settings())


@pytest.fixture(scope="module")
def demo(recognizer: Recognizer) -> PhotoAnswer:
    return recognizer.name_cards(DEMO / "demo.jpg")


@pytest.fixture(scope="module")
def truth() -> list[dict[str, Any]]:
    cards: list[dict[str, Any]] = json.loads((DEMO / "demo-truth.json").read_text(encoding="utf-8"))["cards"]
    return cards


def test_every_card_of_the_demo_photo_is_named(demo: PhotoAnswer, truth: list[dict[str, Any]]) -> None:
    assert sorted(card.card_id or "" for card in demo.cards) == sorted(card["card_id"] for card in truth)


def test_the_demo_cards_lie_where_they_were_drawn_and_the_right_way_up(
    demo: PhotoAnswer, truth: list[dict[str, Any]]
) -> None:
    drawn = {card["card_id"]: as_quad(card["quad"]) for card in truth}
    for card in demo.cards:
        assert card.card_id is not None
        quad, true = as_quad(card.quad), drawn[card.card_id]
        assert iou(quad, true) > 0.7, card.card_id
        assert int(np.argmin(np.linalg.norm(true - quad[0], axis=1))) == 0, card.card_id


def test_the_starter_database_is_valid_and_made_by_the_bundled_embedder() -> None:
    digest = ModelSpec.load(BUNDLED / "embedder.json").digest
    assert validate(BUNDLED / "reference", digest) == []
    assert len(set(ReferenceDatabase.open(BUNDLED / "reference", digest).card_ids)) >= 3_489


def test_a_photo_without_cards_gives_an_empty_list(recognizer: Recognizer, tmp_path: Path) -> None:
    file = tmp_path / "nothing.png"
    Image.new("RGB", (640, 480), (120, 110, 90)).save(file)
    assert recognizer.name_cards(file).cards == ()


def test_a_hostile_folder_gives_one_json_line_a_file_and_no_traceback(tmp_path: Path) -> None:
    write_hostile_files(tmp_path)
    command = [sys.executable, "-m", "cardlens", "identify", str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) >= 40
    assert all(("error" in answer) != ("cards" in answer) for answer in answers)
    assert all("\n" not in answer.get("error", "") for answer in answers)
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
