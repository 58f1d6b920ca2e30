from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from cardlens.recognition.text_slants import SlantedLine, main_slant, slanted_lines
from cardlens.runtimes.base import Floats


def bar(degrees: float, length: int = 120, thickness: int = 12) -> Floats:
    """A map with one line of text, turned clockwise."""
    mask = Image.new("L", (200, 200))
    mask.paste(255, (100 - length // 2, 100 - thickness // 2, 100 + length // 2, 100 + thickness // 2))
    return np.asarray(mask.rotate(-degrees), np.float32) / np.float32(255)


def line(slant: float, length: float = 100.0) -> SlantedLine:
    return SlantedLine(0.0, 0.0, length, 10.0, slant, telling=True)


@pytest.mark.parametrize("degrees", [0, 7, -20, 45, -80])
def test_a_line_is_found_as_it_runs(degrees: float) -> None:
    (found,) = slanted_lines(bar(degrees), 400, 400)
    assert np.degrees(found.slant) == pytest.approx(degrees, abs=1.5)
    assert [found.x, found.y] == pytest.approx([199, 199], abs=3)
    # in pixels of the picture, and grown beyond the core that the model marks
    assert found.length == pytest.approx(240 + 35, abs=12)
    assert found.thickness == pytest.approx(24 + 35, abs=12)
    assert found.telling


def test_a_map_without_text_has_no_lines() -> None:
    assert slanted_lines(np.zeros((64, 64), np.float32), 64, 64) == []


def test_weak_marks_are_no_lines() -> None:
    assert slanted_lines(bar(0) * 0.4, 200, 200) == []


def test_lines_come_from_the_top() -> None:
    page = np.zeros((200, 200), np.float32)
    page[150:160, 20:100] = page[20:30, 80:180] = page[80:90, 10:60] = 1
    found = slanted_lines(page, 200, 200)
    assert [round(one.y) for one in found] == sorted(round(one.y) for one in found)
    assert len(found) == 3


def test_the_quad_of_a_line_starts_at_its_top_left_and_follows_its_slant() -> None:
    quad = SlantedLine(50.0, 50.0, 40.0, 10.0, 0.0, telling=True).quad()
    assert quad.tolist() == [[30, 45], [70, 45], [70, 55], [30, 55]]
    turned = SlantedLine(50.0, 50.0, 40.0, 10.0, np.pi, telling=True).quad()
    assert np.allclose(turned, [[70, 55], [30, 55], [30, 45], [70, 45]])


def test_a_quad_is_widened_in_thicknesses() -> None:
    quad = SlantedLine(50.0, 50.0, 40.0, 10.0, 0.0, telling=True).quad(before=1, behind=0.5, above=0.1)
    assert np.allclose(quad, [[20, 44], [75, 44], [75, 56], [20, 56]])


def test_the_main_slant_is_that_of_most_text() -> None:
    lines = [line(0.1), line(0.12), line(0.11), line(1.2, length=60.0)]
    assert main_slant(lines) == pytest.approx(0.11, abs=0.011)


def test_nearly_upright_text_that_leans_both_ways_is_one_direction() -> None:
    lines = [line(np.pi / 2 - 0.02), line(-np.pi / 2 + 0.02), line(np.pi / 2 - 0.03), line(0.0, length=30.0)]
    assert abs(main_slant(lines)) == pytest.approx(np.pi / 2, abs=0.05)


def test_short_lines_tell_no_direction() -> None:
    assert main_slant([]) == 0.0
    assert main_slant([SlantedLine(0.0, 0.0, 10.0, 9.0, 1.0, telling=False)]) == 0.0
