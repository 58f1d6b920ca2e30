from __future__ import annotations

import json
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cardlens.benchmark.contender import NOBODY, Candidate, Named
from cardlens.benchmark.real_photos import RealPhotos
from cardlens.errors import CardlensError
from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes
from tests.benchmark.drawn_material import Thumbnail

QUAD: Points = np.zeros((4, 2), np.float32)


class Reads(Thumbnail):
    """Names by the colour of the photo."""

    name = "reads"
    answers: dict[int, list[tuple[str, float, str]]] = {  # noqa: RUF012 - what it says
        10: [("a-1", 0.95, "printing"), ("a-9", 0.95, "printing"), ("a-2", 0.5, "artwork"), ("a-3", 0.2, "unknown")],
        20: [("b-1", 0.6, "printing")],
        30: [("c-1", 0.3, "unknown"), ("c-2", 0.45, "printing")],
    }

    def name_cards(self, photo: Bytes, without: Collection[str] = NOBODY) -> list[Named]:
        said = self.answers.get(int(photo[0, 0, 0]), [])
        return [Named(QUAD, (Candidate(card, sure),), sure, sure, decision) for card, sure, decision in said]  # type: ignore[arg-type]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for folder, name, grey in (("photos", "page.png", 10), ("photos", "one.png", 20), ("not-pokemon", "x.png", 30)):
        (tmp_path / folder).mkdir(exist_ok=True)
        Image.new("RGB", (8, 8), (grey,) * 3).save(tmp_path / folder / name)
    (tmp_path / "not-pokemon" / "broken.jpg").write_bytes(b"no picture")
    truth = {"page.png": {"cards": ["a-1", "a-2", "a-3"]}, "one.png": {"cards": ["b-1"]}, "fan.png": {"numbers": ["1"]}}
    (tmp_path / "photos" / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    return tmp_path


def test_right_and_surely_wrong_names_are_counted(data: Path) -> None:
    real = RealPhotos(data)
    assert real.cards_on_binders == 3
    assert real.named(Reads()) == {"binder_right": 2, "binder_wrong_above_0.9": 1, "single_right": {"one.png": True}}


@pytest.mark.parametrize(("line", "share"), [(0.4, 0.5), (0.3, 1.0), (0.9, 0.0), (None, None)])
def test_every_answer_on_another_game_s_card_counts_against_the_line(
    data: Path, line: float | None, share: float | None
) -> None:
    said = RealPhotos(data).others(Reads(), line)
    assert said["others"]["not-pokemon"] == {"photos": 1, "answers": 2, "named": 1, "surest": 0.45}
    assert said["others"]["backgrounds"] == {"photos": 0, "answers": 0, "named": 0, "surest": 0.0}
    assert said["others_named_at_95"] == share


def test_a_folder_without_photos_says_nothing_of_other_games(data: Path) -> None:
    (data / "not-pokemon" / "x.png").unlink()
    said = RealPhotos(data).others(Reads(), 0.4)
    assert (said["others"]["not-pokemon"]["photos"], said["others_named_at_95"]) == (0, None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda photos: (photos / "one.png").unlink(), r"tells of one\.png, which is not there"),
        (lambda photos: (photos / "one.png").write_bytes(b"no picture"), r"one\.png"),
        (
            lambda photos: (photos / "truth.json").write_text('{"one.png": {"cards": []}}'),
            r"no card is told of one\.png",
        ),
    ],
)
def test_photos_are_checked_before_anything_is_measured(
    data: Path, change: Callable[[Path], object], said: str
) -> None:
    RealPhotos(data).check()
    change(data / "photos")
    with pytest.raises(CardlensError, match=said):
        RealPhotos(data).check()


def test_without_photos_nothing_is_counted(tmp_path: Path) -> None:
    RealPhotos(tmp_path).check()
    assert RealPhotos(tmp_path).cards_on_binders == 0
    assert RealPhotos(tmp_path).named(Reads())["binder_right"] == 0


def test_a_record_that_cannot_be_read_is_named(data: Path) -> None:
    (data / "photos" / "truth.json").write_text("[1]", encoding="utf-8")
    with pytest.raises(CardlensError, match=r"truth\.json: not a record of photos"):
        RealPhotos(data).named(Reads())
