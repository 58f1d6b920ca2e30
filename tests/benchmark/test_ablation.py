from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cardlens.benchmark.ablation import ALL, ALONE, SHIPPED, Looked, ablation
from cardlens.benchmark.ingredients import INGREDIENTS, Ingredient
from cardlens.recognition.answer import Milliseconds
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import Sighting, features
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


def artwork(card_id: str, similarity: float, agreement: float) -> Artwork:
    return Artwork((card_id,), similarity, "en", agreement, likeness=agreement + 0.2)


ANY = Sighting([artwork("a-1", 0.8, 0.5), artwork("a-2", 0.7, 0.3), artwork("a-3", 0.4, 0.1)], 100.0, 8.0, 0.9)
OTHER = Sighting(
    [artwork("a-1", 0.8, 0.6), artwork("a-2", 0.6, 0.2), artwork("a-3", 0.3, 0.1)],
    *(60.0, 2.0, 0.2),
    company=1.0,
    sequence=1.0,
    inside=0.8,
)
# features that an ingredient alone fills in; margins are left where only their other half is known
SILENT = {
    "parts": {"agreement", "likeness", "agreement_margin", "agreement_cut"},
    "size": {"size", "similarity_size", "margin_size"},
    "sharpness": {"crisp", "similarity_crisp"},
    "detector": {"score"},
    "cut off": {"cut", "agreement_cut"},
    "company": {"company", "sequence", "sequence_similarity"},
}


@pytest.mark.parametrize("name", SILENT)
def test_without_an_ingredient_all_cards_look_alike_to_it(name: str) -> None:
    [without] = [one.without for one in INGREDIENTS if one.name == name]
    told, silenced = ({**features(without(seen))} for seen in (ANY, OTHER))
    alike = {feature for feature, value in told.items() if value == silenced[feature]} - {"bias", "similarity"}
    assert alike == SILENT[name]


def test_without_margin_or_normalisation_one_is_the_other() -> None:
    margin, crowd = (one.without for one in INGREDIENTS if one.name in ("margin", "normalisation"))
    assert features(margin(ANY))["margin"] == features(ANY)["above_crowd"] == pytest.approx(0.4)
    assert features(crowd(ANY))["above_crowd"] == features(ANY)["margin"] == pytest.approx(0.1)
    assert features(crowd(ANY))["agreement_margin"] == features(ANY)["agreement_margin"]


def test_without_company_or_parts_the_nearest_artwork_is_first_again() -> None:
    company, parts = (next(one.without for one in INGREDIENTS if one.name == name) for name in ("company", "parts"))
    swapped = replace(ANY, artworks=ANY.artworks[::-1])
    assert company(swapped).artworks == ANY.artworks
    likelier = replace(ANY, artworks=[replace(ANY.artworks[1], agreement=0.9), ANY.artworks[0]])
    assert [one.printings for one in parts(likelier).artworks] == [("a-1",), ("a-2",)]


def test_what_was_never_compared_by_parts_stays_so() -> None:
    plain = replace(ANY, artworks=[replace(one, agreement=None, likeness=None) for one in ANY.artworks])
    assert not any(one.without(plain).checked for one in INGREDIENTS)
    margins = [features(one.without(plain))["margin"] for one in INGREDIENTS if one.name == "margin"]
    assert margins == [0.6]  # none is known: as large as any
