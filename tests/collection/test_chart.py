from __future__ import annotations

import io
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from PIL import Image

from cardlens.collection import Collection, NewCopy
from cardlens.collection.chart import COLOURS, GAP_CARD, MOST_SETS, WIDTH, Box, Chart, Words, lay_out, rarity_group
from cardlens.collection.chart_png import as_png
from cardlens.collection.chart_svg import as_svg
from cardlens.collection.completion import SetCompletion, Slot


@pytest.fixture
def chart(collection: Collection) -> Chart:
    collection.add(NewCopy("base1-4", quantity=2))
    collection.add(NewCopy("base1-58"))
    collection.add(NewCopy("sv3pt5-25"))
    return lay_out(collection.completion(), "Anna & Ben's <cards>")


def boxes(chart: Chart) -> list[Box]:
    return [shape for shape in chart.shapes if isinstance(shape, Box)]


def words(chart: Chart) -> list[str]:
    return [shape.text for shape in chart.shapes if isinstance(shape, Words)]


def test_every_card_of_a_begun_set_is_drawn_once(chart: Chart) -> None:
    cards = [box.title for box in boxes(chart) if box.title]
    assert len(cards) == 102 + 207
    assert "4 Charizard, 2 copies" in cards
    assert "58 Pikachu" in cards
    assert sum(title.endswith(", missing") for title in cards) == 102 + 207 - 3


def test_only_what_is_there_has_a_colour(chart: Chart) -> None:
    for box in boxes(chart):
        if box.title:
            assert (box.fill == GAP_CARD) == box.title.endswith(", missing")
    charizard = next(box for box in boxes(chart) if box.title.startswith("4 Charizard"))
    assert charizard.fill == COLOURS["holo"]


def test_says_how_far_each_set_is(chart: Chart) -> None:
    assert "2 of 102 · 1 %" in words(chart)
    assert "1 of 207 · 0 %" in words(chart)
    assert chart.title == "Anna & Ben's <cards>: 3 different cards of 309 · 4 copies · 2 sets begun"


def test_nothing_is_drawn_outside_or_over_another_card(chart: Chart) -> None:
    cards = [box for box in boxes(chart) if box.title]
    for box in boxes(chart):
        assert box.left >= 0
        assert box.left + box.width <= WIDTH
        assert box.top + box.height <= chart.height
    for one, other in pairwise(cards):
        assert one.left + one.width <= other.left or one.top + one.height <= other.top or other.top < one.top


def test_svg_is_well_formed_whatever_the_names(chart: Chart) -> None:
    root = ElementTree.fromstring(as_svg(chart))  # noqa: S314 - made here
    assert root.attrib["viewBox"] == f"0 0 {WIDTH} {chart.height}"
    assert root.attrib["aria-label"].startswith("Anna & Ben's <cards>")
    assert len(list(root)) == len(chart.shapes)


def test_png_shows_the_colours_where_they_belong(chart: Chart) -> None:
    with Image.open(io.BytesIO(as_png(chart))) as picture:
        assert picture.size == (2 * WIDTH, 2 * chart.height)
        charizard = next(box for box in boxes(chart) if box.title.startswith("4 Charizard"))
        middle = (int(2 * charizard.left + charizard.width), int(2 * charizard.top + charizard.height / 2))
        assert picture.convert("RGB").getpixel(middle) == (0xE0, 0xA5, 0x26)


def test_an_empty_collection_has_a_chart_too() -> None:
    chart = lay_out([], "main")
    assert "no card of a known set yet" in words(chart)
    assert as_png(chart).startswith(b"\x89PNG")


def test_of_many_sets_the_furthest_are_shown() -> None:
    def begun(place: int) -> SetCompletion:
        slots = tuple(Slot(f"s{place}-{n}", f"Card {n}", str(n), None, int(n <= place)) for n in range(1, 101))
        return SetCompletion(f"s{place}", f"Set {place}", "", "2026-01-01", 100, slots)

    chart = lay_out([begun(place) for place in range(1, 81)], "all")
    assert "Set 80" in words(chart)
    assert "Set 20" not in words(chart)
    assert f"and {80 - MOST_SETS} more sets" in words(chart)


@pytest.mark.parametrize(
    ("rarity", "group"),
    [("Common", "common"), (None, "rare"), ("Rare Holo EX", "holo"), ("Double Rare", "holo"), ("Hyper Rare", "secret")],
)
def test_rarities_have_groups(rarity: str | None, group: str) -> None:
    assert rarity_group(rarity) == group
