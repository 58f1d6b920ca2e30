from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cardlens.errors import UnreadablePicture
from cardlens.recognition.aligner import Aligned
from cardlens.recognition.answer import Milliseconds
from cardlens.recognition.decision import Decider
from cardlens.recognition.detector import Detector
from cardlens.recognition.embedder import Embedder
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.matcher import Matcher
from cardlens.recognition.number import NumberText
from cardlens.recognition.picture import Limits, Picture
from cardlens.recognition.quad import Points, iou, resized
from cardlens.recognition.reading import Reading
from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.sight import SightCalibration, Sighting, features
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes
from cardlens.training.simulator.layouts import card_at
from tests.recognition.doubles import (
    DETECTOR_SPEC,
    EMBEDDER_SPEC,
    ColourNetwork,
    ContentAligner,
    KnowingDetector,
    SmallGallery,
    ToldReader,
)
from tests.recognition.drawn_quads import laid, patterned_card, rectangle

IDS = ("base1-10", "base4-10", "A1-5", "A1-7")
TIES = (("base1-10", "base4-10"),)
SURE_OF_LIKENESS = {**dict.fromkeys(features(Sighting((), 0, 0, 0)), 0.0), "bias": -36.0, "similarity": 45.0}
SILENT = Reading()


def card(card_id: str) -> Bytes:
    """The face of a card; tied printings have one face."""
    return patterned_card(seed=IDS.index("base1-10" if card_id == "base4-10" else card_id))


def recognizer(
    quads: Sequence[Points], photo: tuple[int, int], reading: Reading = SILENT, ids: Sequence[str] = IDS
) -> tuple[Recognizer, ToldReader]:
    embedder, facts, reader = Embedder(ColourNetwork(), EMBEDDER_SPEC), bundled_facts(), ToldReader(reading)
    scans = [straighten(card(card_id), rectangle(-0.5, -0.5, 126, 176), 64, 64) for card_id in ids]
    gallery = SmallGallery(ids, embedder.embed(scans), TIES)
    parts = Recognizer(
        detector=Detector(KnowingDetector(quads, photo), DETECTOR_SPEC, ContentAligner(card=1 if quads else 0)),
        embedder=embedder,
        matcher=Matcher(gallery),
        calibration=SightCalibration(SURE_OF_LIKENESS),
        reader=reader,
        decider=Decider(gallery, facts),
        limits=Limits(),
    )
    return parts, reader


def photo_of(cards: Sequence[tuple[str, Points]], width: int = 640, height: int = 640) -> Picture:
    pixels = np.full((height, width, 3), 110, np.uint8)
    for card_id, quad in cards:
        pixels = laid(card(card_id), quad, pixels)
    return Picture(pixels, "page", (width, height))


def test_every_card_of_a_page_is_named_where_it_lies() -> None:
    places = [card_at(150, 300, 170, 0.2), card_at(400, 200, 160, 3.0), card_at(480, 450, 120, 1.0)]
    shown = list(zip(["base1-10", "A1-5", "A1-7"], places, strict=True))
    answer = recognizer([quad for _, quad in shown], (640, 640))[0].recognize(photo_of(shown))
    assert (answer.photo, answer.size, len(answer.cards)) == ("page", (640, 640), 3)
    for card_id, quad in shown:
        said = max(answer.cards, key=lambda card: iou(np.asarray(card.quad, np.float32), quad))
        assert said.card_id == card_id
        np.testing.assert_allclose(said.quad, quad, atol=3)


def test_a_picture_without_cards_gives_an_empty_list() -> None:
    answer = recognizer([], (640, 640))[0].recognize(photo_of([]))
    assert answer.cards == ()
    assert answer.as_json()["cards"] == ()


def test_a_card_found_upside_down_is_tried_the_other_way_up() -> None:
    quad = card_at(320, 320, 200, 0.1)
    answer = recognizer([np.roll(quad, 2, axis=0)], (640, 640))[0].recognize(photo_of([("A1-5", quad)]))
    assert answer.cards[0].card_id == "A1-5"
    np.testing.assert_allclose(answer.cards[0].quad, quad, atol=3)


def badly_found(quad: Points) -> Points:
    """A quad about the same middle, of other proportions."""
    middle = quad.mean(axis=0)
    return np.asarray(middle + (quad - middle) * [1.25, 0.75], np.float32)


def test_a_card_with_corners_far_off_is_looked_for_as_its_sure_neighbour_lies() -> None:
    one, other = card_at(170, 320, 200, 0), card_at(470, 320, 200, 0)
    parts, _ = recognizer([one, badly_found(other)], (640, 640))
    answer = parts.recognize(photo_of([("A1-5", one), ("A1-7", other)]))
    assert {card.card_id for card in answer.cards} == {"A1-5", "A1-7"}
    found = next(card for card in answer.cards if card.card_id == "A1-7")
    np.testing.assert_allclose(found.quad, other, atol=3)


def test_without_a_sure_neighbour_a_doubtful_card_stays_where_it_was_found() -> None:
    quad = badly_found(card_at(320, 320, 200, 0))
    parts, _ = recognizer([quad], (640, 640), ids=("A1-5",))
    answer = parts.recognize(photo_of([("A1-7", card_at(320, 320, 200, 0))]))
    assert [card.decision for card in answer.cards] == ["unknown"]
    np.testing.assert_allclose(answer.cards[0].quad, quad, atol=3)


def test_a_doubtful_card_is_not_moved_upon_a_sure_one() -> None:
    sure = card_at(320, 320, 200, 0)
    beside = badly_found(card_at(390, 320, 120, 0))
    answer = recognizer([sure, beside], (640, 640))[0].recognize(photo_of([("A1-5", sure)]))
    assert [card.card_id for card in answer.cards].count("A1-5") == 1


class ToldAligner(ContentAligner):
    """An aligner that leaves a card where it was found, but finds `truth` from any other start."""

    def __init__(self, found: Points, truth: Points) -> None:
        super().__init__()
        self._found, self._truth = found, truth

    def align(self, pixels: Bytes, quads: Sequence[Points]) -> list[Aligned]:
        ratio = pixels.shape[1] / 640
        same = [np.abs(quad - resized(self._found, ratio)).max() < 3 * ratio for quad in quads]
        truth = resized(self._truth, ratio)
        return [Aligned(quad if one else truth, 1.0) for quad, one in zip(quads, same, strict=True)]


def test_a_card_that_is_in_doubt_is_looked_at_from_several_places() -> None:
    truth = card_at(320, 320, 200, 0.1)
    found = np.asarray(truth + np.array([[-18, 11], [20, -9], [11, 15], [-13, -18]]), np.float32)
    parts, _ = recognizer([found], (640, 640))
    picture = photo_of([("A1-5", truth)])
    alone = parts.recognize(picture).cards[0]
    parts.detector = Detector(KnowingDetector([found], (640, 640)), DETECTOR_SPEC, ToldAligner(found, truth))
    together = parts.recognize(picture).cards[0]
    assert 0.05 < alone.artwork_confidence < 0.5
    assert together.card_id == "A1-5"
    assert together.artwork_confidence > alone.artwork_confidence
    np.testing.assert_allclose(together.quad, found, atol=3)


def test_a_card_of_no_database_stays_as_it_was_found() -> None:
    quad = card_at(320, 320, 200, 0.1)
    answer = recognizer([quad], (640, 640), ids=("A1-5",))[0].recognize(photo_of([("A1-7", quad)]))
    assert answer.cards[0].decision == "unknown"
    np.testing.assert_allclose(answer.cards[0].quad, quad, atol=3)


def test_an_empty_database_names_nothing() -> None:
    quad = card_at(320, 320, 200, 0.1)
    answer = recognizer([quad], (640, 640), ids=())[0].recognize(photo_of([("A1-5", quad)]))
    assert [card.decision for card in answer.cards] == ["unknown"]


def test_print_is_read_only_where_it_could_change_the_answer() -> None:
    tied, alone, small = card_at(170, 300, 260, 0), card_at(470, 300, 260, 0), card_at(60, 570, 60, 0)
    shown = [("base1-10", tied), ("A1-5", alone), ("base1-10", small)]
    parts, reader = recognizer([quad for _, quad in shown], (640, 640))
    parts.recognize(photo_of(shown))
    assert len(reader.asked) == 1
    np.testing.assert_allclose(reader.asked[0][1], tied, atol=3)


def test_the_number_read_settles_which_printing_it_is() -> None:
    quad = card_at(320, 320, 300, 0.05)
    read = Reading(numbers=(NumberText("10", 130, certain=True, confidence=0.98),), height=420)
    answer = recognizer([quad], (640, 640), read)[0].recognize(photo_of([("base1-10", quad)]))
    assert (answer.cards[0].decision, answer.cards[0].card_id) == ("printing", "base4-10")


def half(quad: Points) -> Points:
    """The same place in a picture of half the size."""
    return np.asarray((quad + 0.5) / 2 - 0.5, np.float32)


def halved(picture: Picture) -> Picture:
    pixels = np.ascontiguousarray(picture.pixels[::2, ::2] // 2 + picture.pixels[1::2, 1::2] // 2)
    return Picture(pixels, picture.name, picture.size, 0.5)


def test_of_a_reduced_picture_quads_and_widths_are_in_pixels_of_the_photo() -> None:
    quad = card_at(600, 640, 400, 0.2)
    seen = half(quad)
    answer = recognizer([seen], (640, 640))[0].recognize(halved(photo_of([("A1-5", quad)], 1280, 1280)))
    assert answer.size == (1280, 1280)
    assert answer.cards[0].card_id == "A1-5"
    np.testing.assert_allclose(answer.cards[0].quad, quad, atol=4)
    assert answer.cards[0].evidence.width == pytest.approx(400, abs=4)


def saved(picture: Picture, file: Path) -> Path:
    Image.fromarray(picture.pixels).save(file, quality=95)
    return file


def test_a_large_photo_is_found_reduced_and_read_whole(tmp_path: Path) -> None:
    quad = card_at(1900, 2100, 900, 0.1)
    file = saved(photo_of([("base1-10", quad)], 4000, 4000), tmp_path / "large.jpg")
    parts, reader = recognizer([half(quad)], (2000, 2000))
    answer = parts.name_cards(file)
    assert answer.size == (4000, 4000)
    np.testing.assert_allclose(answer.cards[0].quad, quad, atol=12)
    shape, asked = reader.asked[0]
    assert shape == (4000, 4000, 3)
    np.testing.assert_allclose(asked, quad, atol=12)


def test_where_cards_are_large_enough_the_reduced_picture_is_read(tmp_path: Path) -> None:
    quad = card_at(2000, 2000, 2000, 0.1)
    file = saved(photo_of([("base1-10", quad)], 4000, 4000), tmp_path / "large.jpg")
    parts, reader = recognizer([half(quad)], (2000, 2000))
    parts.name_cards(file)
    assert reader.asked[0][0] == (2000, 2000, 3)


def test_every_stage_says_its_milliseconds(tmp_path: Path) -> None:
    quad = card_at(320, 320, 200, 0.1)
    file = saved(photo_of([("A1-5", quad)]), tmp_path / "photo.png")
    spent = recognizer([quad], (640, 640))[0].name_cards(file).as_json()["milliseconds"]
    assert list(spent) == [stage.name for stage in fields(Milliseconds)]
    assert spent["total"] == pytest.approx(sum(value for stage, value in spent.items() if stage != "total"), abs=0.11)
    assert all(value >= 0 for value in spent.values())


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    file.write_bytes(b"no picture")
    with pytest.raises(UnreadablePicture, match=r"photo\.jpg"):
        recognizer([], (640, 640))[0].name_cards(file)
