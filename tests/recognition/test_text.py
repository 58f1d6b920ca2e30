from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from cardlens.errors import BadModel
from cardlens.recognition.text import TextEngine, collapse
from cardlens.runtimes.base import Bytes
from cardlens.settings import BUNDLED

LETTERS = ("a", "b", "é", " ")


@pytest.fixture(scope="module")
def engine() -> TextEngine:
    return TextEngine(threads=1)


def strip(*words: tuple[str, int, int], size: tuple[int, int] = (600, 120), height: int = 28) -> Bytes:
    """Words at (left, top), dark on a light ground, as on a card."""
    image = Image.new("RGB", size, (235, 225, 150))
    pen = ImageDraw.Draw(image)
    for word, left, top in words:
        pen.text((left, top), word, fill=(20, 20, 20), font=ImageFont.load_default(height))
    return np.asarray(image)


def test_reads_what_is_printed_in_reading_order(engine: TextEngine) -> None:
    lines = engine.lines(strip(("HP 60", 450, 14), ("Pikachu", 40, 10), ("Mouse", 60, 70)))
    assert [line.text for line in lines] == ["Pikachu", "HP 60", "Mouse"]
    assert all(0.8 < line.score <= 1 for line in lines)


def test_says_where_the_line_is(engine: TextEngine) -> None:
    picture = strip(("025/165", 200, 40))
    left, top, right, bottom = engine.lines(picture)[0].box
    rows, columns = np.nonzero((picture < 100).all(axis=2))
    assert left <= columns.min() < columns.max() < right
    assert top <= rows.min() < rows.max() < bottom
    assert right - left < 160
    assert bottom - top < 50


@pytest.mark.parametrize("width", [1500, 400])
def test_says_where_the_line_is_in_pixels_of_the_picture_given(engine: TextEngine, width: int) -> None:
    picture = strip(("025/165", width // 2, 50), size=(width, 160), height=40)
    (line,) = engine.lines(picture)
    assert line.text == "025/165"
    assert line.box[0] == pytest.approx(width // 2, abs=12)


def test_finds_large_print_at_half_the_size(engine: TextEngine) -> None:
    picture = strip(("Pikachu", 40, 30), height=48)
    (box,) = engine.find(picture, scale=0.5)
    assert engine.read_boxes(picture, [box])[0].text == "Pikachu"


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (640, 60)])
def test_finds_nothing_where_nothing_is_printed(engine: TextEngine, size: tuple[int, int]) -> None:
    assert engine.lines(strip(size=size)) == []


def test_reads_a_picture_of_one_line(engine: TextEngine) -> None:
    line = engine.line(strip(("12/108", 6, 2), size=(110, 34)))
    assert (line.text, line.box) == ("12/108", (0.0, 0.0, 110.0, 34.0))


def test_an_empty_line_has_no_text_and_no_score(engine: TextEngine) -> None:
    line = engine.line(strip(size=(90, 30)))
    assert (line.text, line.score) == ("", 0.0)


def test_reads_many_lines_as_it_reads_each(engine: TextEngine) -> None:
    words = ("Pikachu", "12/108", "Illus. Ken Sugimori", "HP", "Raichu")
    pictures = [strip((word, 6, 2), size=(16 + 15 * len(word), 34)) for word in words]
    together = engine.read(pictures)
    assert [line.text for line in together] == list(words)
    for picture, line in zip(pictures, together, strict=True):
        assert engine.line(picture).text == line.text
        assert engine.line(picture).score == pytest.approx(line.score, abs=1e-3)
    assert engine.read([]) == []


def test_reads_boxes_in_their_order_even_at_the_edge(engine: TextEngine) -> None:
    picture = strip(("Pikachu", 40, 10), ("HP 60", 450, 14))
    boxes = [
        (440.0, 8.0, 540.0, 50.0),
        (30.0, 6.0, 170.0, 50.0),
        (590.0, 100.0, 640.0, 130.0),
        (600.0, 120.0, 600.0, 120.0),
    ]
    lines = engine.read_boxes(picture, boxes)
    assert [line.text for line in lines] == ["HP 60", "Pikachu", "", ""]
    assert [line.box for line in lines] == boxes


def test_a_rule_is_no_reason_for_a_huge_batch(engine: TextEngine) -> None:
    assert engine.line(strip(size=(4000, 2))).box == (0.0, 0.0, 4000.0, 2.0)


def test_missing_models_show_at_first_use_and_name_the_file(tmp_path: Path) -> None:
    engine = TextEngine(tmp_path)
    with pytest.raises(BadModel, match=r"finder\.json"):
        engine.lines(strip())
    with pytest.raises(BadModel, match=r"reader\.json"):
        engine.line(strip())


@pytest.mark.parametrize("name", ["finder.onnx", "reader.onnx"])
def test_a_damaged_model_is_refused(tmp_path: Path, name: str) -> None:
    shutil.copytree(BUNDLED / "text", tmp_path / "text")
    (tmp_path / "text" / name).write_bytes(b"half a model")
    engine = TextEngine(tmp_path / "text")
    with pytest.raises(BadModel, match=name):
        engine.read_boxes(strip(), engine.find(strip()) or [(0.0, 0.0, 9.0, 9.0)])


@pytest.mark.parametrize("alphabet", [b"a\nb\n", b"\xff\xfe\xff", None])
def test_an_alphabet_that_does_not_fit_is_refused(tmp_path: Path, alphabet: bytes | None) -> None:
    shutil.copytree(BUNDLED / "text", tmp_path / "text")
    (tmp_path / "text" / "alphabet.txt").unlink()
    if alphabet is not None:
        (tmp_path / "text" / "alphabet.txt").write_bytes(alphabet)
    with pytest.raises(BadModel, match=r"alphabet\.txt"):
        TextEngine(tmp_path / "text").line(strip())


@given(st.lists(st.tuples(st.sampled_from(LETTERS), st.integers(1, 3), st.integers(0, 2)), min_size=1, max_size=8))
def test_collapse_undoes_repetition(written: list[tuple[str, int, int]]) -> None:
    """A letter stands for itself however many steps it takes; the same letter twice has a blank between."""
    steps: list[int] = []
    for (letter, times, blanks), (following, _, _) in pairwise([*written, ("", 0, 0)]):
        steps += [LETTERS.index(letter) + 1] * times + [0] * max(blanks, letter == following)
    probabilities = np.full((len(steps), len(LETTERS) + 1), 0.05, np.float32)
    probabilities[np.arange(len(steps)), steps] = 0.8
    text, score = collapse(probabilities, LETTERS)
    assert text == "".join(letter for letter, _, _ in written).strip()
    assert score == pytest.approx(0.8 if text else 0.0)
