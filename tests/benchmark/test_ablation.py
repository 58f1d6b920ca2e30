from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cardlens.benchmark.ablation import ALL, ALONE, SHIPPED, Looked, ablation
from cardlens.benchmark.ingredients import INGREDIENTS, Ingredient
from cardlens.recognition.answer import Milliseconds
from tests.benchmark.drawn_looks import decide, drawn_looks
from tests.benchmark.drawn_material import drawn_material

MATERIAL = drawn_material()


@pytest.fixture(scope="module")
def looks() -> tuple[list[Looked], list[Milliseconds]]:
    return drawn_looks(MATERIAL)


@pytest.fixture(scope="module")
def found(looks: tuple[list[Looked], list[Milliseconds]]) -> dict[str, Any]:
    return ablation(*looks, MATERIAL, decide)


def test_every_ingredient_is_left_out_once_and_all_of_them_together(found: dict[str, Any]) -> None:
    without = [f"without {one.name}" for one in INGREDIENTS]
    assert list(found["variants"]) == [SHIPPED, ALL, *without, ALONE]
    assert found["photos"] == 80


def test_the_ingredient_that_tells_strangers_is_missed_and_others_are_not(found: dict[str, Any]) -> None:
    variants = found["variants"]
    assert variants[ALL]["named_at_95"] == 0.0
    assert variants["without size"]["named_at_95"] == 0.0
    assert variants["without company"]["named_at_95"] > 0.3
    assert variants["without company"]["ece"] >= variants[ALL]["ece"]
    assert variants["without company"]["micro_ap"] < variants[ALL]["micro_ap"] == 1.0


def test_the_shipped_decision_is_judged_as_it_was_made(found: dict[str, Any]) -> None:
    shipped = found["variants"][SHIPPED]
    assert shipped["decided"]["strangers_named"] == 1.0  # all are said at 0.5
    assert shipped["named_at_95"] == 1.0
    assert shipped["r1"] == 1.0


def test_a_stage_of_the_clock_costs_what_it_says_and_work_is_timed(found: dict[str, Any]) -> None:
    assert found["timing"]["reading"] == 4.0
    assert found["timing"]["size"] == 0.0
    assert found["timing"]["company"] > 0


def test_the_same_photos_give_the_same_figures(
    looks: tuple[list[Looked], list[Milliseconds]], found: dict[str, Any]
) -> None:
    assert ablation(*looks, MATERIAL, decide)["variants"] == found["variants"]


def test_a_further_ingredient_is_one_line(looks: tuple[list[Looked], list[Milliseconds]]) -> None:
    added = Ingredient("luck", "nothing", lambda seen: replace(seen, score=0.0))
    found = ablation(*looks, MATERIAL, decide, [added])
    assert list(found["variants"]) == [SHIPPED, ALL, "without luck", ALONE]
    assert found["about"] == {"luck": "nothing"}


def test_where_nothing_was_seen_nothing_is_made_up() -> None:
    found = ablation([], [], MATERIAL, decide)
    assert found["variants"][ALL]["named_at_95"] is None
    assert found["variants"][ALL]["r1"] is None


@pytest.mark.parametrize("ingredient", [one for one in INGREDIENTS if not one.unread], ids=lambda one: one.name)
def test_without_an_ingredient_all_cards_look_alike_to_it(
    ingredient: Ingredient, looks: tuple[list[Looked], list[Milliseconds]]
) -> None:
    sighting = looks[0][0].seen[0].sighting
    changed = replace(sighting, width=60.0, sharpness=2.0, score=0.2, company=1.0, sequence=1.0, inside=0.8)
    one, other = ingredient.without(sighting), ingredient.without(changed)
    silenced = {name for name in ("width", "sharpness", "score", "company", "inside") if _same(one, other, name)}
    expected = {"size": {"width"}, "detector": {"score"}, "cut off": {"inside"}, "margin": set()}
    assert silenced == expected.get(ingredient.name, {ingredient.name})


def _same(one: object, other: object, name: str) -> bool:
    return bool(getattr(one, name) == getattr(other, name))


def test_without_company_the_nearest_artwork_is_first_again(
    looks: tuple[list[Looked], list[Milliseconds]],
) -> None:
    sighting = looks[0][0].seen[0].sighting
    swapped = replace(sighting, artworks=sighting.artworks[::-1])
    [company] = [one for one in INGREDIENTS if one.name == "company"]
    assert company.without(swapped).artworks == list(sighting.artworks)
