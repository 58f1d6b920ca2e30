from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cardlens.errors import CardlensError, UnreadablePicture
from cardlens.recognition.annotation import COLOURS, annotate, write_annotated
from cardlens.recognition.answer import Answer, CardSet, Corners, Decision, Milliseconds, PhotoAnswer, Printing
from cardlens.runtimes.base import Bytes

GROUND = np.full((900, 700, 3), 120, np.uint8)


def card(quad: Corners, decision: Decision = "printing", name: str = "Pikachu") -> Answer:
    printings = (Printing("A1-1", 0.5), Printing("A4b-1", 0.4))
    return Answer(quad, decision, "A1-1", name, CardSet("A1", "Genetic Apex"), "1", 0.5, 0.97, None, printings)


def upright(left: float, top: float, wide: float) -> Corners:
    right, bottom = left + wide, top + wide * 88 / 63
    return (left, top), (right, top), (right, bottom), (left, bottom)


def answer(*cards: Answer) -> PhotoAnswer:
    return PhotoAnswer("page.jpg", (700, 900), cards, Milliseconds())


def near(pixels: Bytes, colour: tuple[int, int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(np.abs(pixels.astype(int) - colour).max(axis=2) < 30)


def test_a_photo_without_cards_stays_as_it_is() -> None:
    np.testing.assert_array_equal(annotate(GROUND, answer(), 1.0), GROUND)


@pytest.mark.parametrize("decision", ["printing", "artwork", "unknown"])
def test_the_colour_tells_the_decision(decision: Decision) -> None:
    drawn = annotate(GROUND, answer(card(upright(100, 100, 400), decision)), 1.0)
    counts = {name: int(near(drawn, colour).sum()) for name, colour in COLOURS.items()}
    assert max(counts, key=lambda name: counts[name]) == decision
    assert counts[decision] > 2_000


def test_the_photo_itself_is_not_drawn_on() -> None:
    pixels = GROUND.copy()
    annotate(pixels, answer(card(upright(100, 100, 400))), 1.0)
    np.testing.assert_array_equal(pixels, GROUND)


@pytest.mark.parametrize("first", range(4))
def test_the_thick_edge_is_the_cards_own_top(first: int) -> None:
    corners = upright(150, 150, 400)
    quad = corners[first:] + corners[:first]
    drawn = near(
        annotate(GROUND, answer(card((quad[0], quad[1], quad[2], quad[3]), name="x")), 1.0), COLOURS["printing"]
    )
    bottom = round(150 + 400 * 88 / 63)
    sides = [drawn[130:170, 250], drawn[300, 530:570], drawn[bottom - 20 : bottom + 20, 250], drawn[300, 130:170]]
    thickness = [int(side.sum()) for side in sides]
    assert int(np.argmax(thickness)) == first
    assert thickness[first] >= 2 * sorted(thickness)[-2]


def test_quads_are_in_pixels_of_the_whole_photo() -> None:
    reduced = annotate(GROUND, answer(card(upright(400, 400, 800))), 0.5)
    whole = annotate(GROUND, answer(card(upright(200, 200, 400))), 1.0)
    np.testing.assert_array_equal(reduced, whole)


def test_a_photo_of_small_cards_is_enlarged_until_labels_can_be_read() -> None:
    drawn = annotate(GROUND, answer(card(upright(100, 100, 85))), 1.0)
    assert drawn.shape == (1800, 1400, 3)


def test_the_card_stays_within_its_own_quad_on_a_dense_page() -> None:
    drawn = annotate(GROUND, answer(card(upright(200, 200, 200), name="An endless name that never seems to end")), 1.0)
    changed = (drawn != GROUND).any(axis=2)
    changed[180:500, 180:420] = False
    assert not changed.any()


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.floats(-2000, 3000, width=32), min_size=8, max_size=8),
    st.text(max_size=40),
    st.sampled_from(["printing", "artwork", "unknown"]),
)
def test_any_quad_and_any_name_can_be_drawn(numbers: list[float], name: str, decision: Decision) -> None:
    xy = list(zip(numbers[::2], numbers[1::2], strict=True))
    drawn = annotate(GROUND, answer(card((xy[0], xy[1], xy[2], xy[3]), decision, name)), 1.0)
    assert drawn.dtype == np.uint8
    assert drawn.shape[2] == 3


def test_the_copy_is_a_jpeg_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    photo = tmp_path / "page.png"
    Image.fromarray(GROUND).save(photo)
    file = tmp_path / "named" / "page.cardlens.jpg"
    write_annotated(photo, answer(card(upright(100, 100, 400))), file)
    with Image.open(file) as copy:
        assert (copy.format, copy.size) == ("JPEG", (700, 900))
    assert list(file.parent.iterdir()) == [file]


def test_a_copy_that_cannot_be_written_says_where(tmp_path: Path) -> None:
    photo = tmp_path / "page.png"
    Image.fromarray(GROUND).save(photo)
    with pytest.raises(CardlensError, match=r"page\.png/copy\.jpg: cannot be written .*name another folder"):
        write_annotated(photo, answer(), photo / "copy.jpg")
    with pytest.raises(UnreadablePicture, match="no such file"):
        write_annotated(tmp_path / "nowhere.jpg", answer(), tmp_path / "copy.jpg")
    assert list(tmp_path.iterdir()) == [photo]
