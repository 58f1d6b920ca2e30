from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cardlens.benchmark.contender import Candidate, Named
from cardlens.benchmark.photos import Asked, Said, Shown, ask_all, judge, render_photos, verdicts
from cardlens.recognition.quad import Points
from cardlens.training.simulator.conditions import Conditions
from cardlens.training.simulator.layouts import card_at
from cardlens.training.simulator.scenes import Scene, SeenCard
from tests.benchmark.drawn_material import Silent, Thumbnail, drawn_material

HERE, THERE = card_at(60, 80, 80, 0.0), card_at(180, 80, 80, 0.0)
MATERIAL = drawn_material()


def shown(*ids: str, fold: int = 0, visible: float = 1.0) -> Shown:
    cards = tuple(
        SeenCard(quad, MATERIAL.held_out.rows[card_id][0], visible, Conditions(width=80, visible=visible))
        for quad, card_id in zip((HERE, THERE), ids, strict=False)
    )
    return Shown(Scene(np.zeros((240, 240, 3), np.uint8), cards), ids, fold)


def said(card_id: str, quad: Points = HERE, **changes: object) -> Named:
    plain = Named(quad, (Candidate(card_id, 0.9), Candidate("A1-1", 0.1)), 0.9, 0.95)
    return replace(plain, **changes)  # type: ignore[arg-type]


def ask(photo: Shown, *answers: Named, locates: bool = True) -> list[Asked]:
    return list(judge(MATERIAL, photo, answers, locates=locates))


def test_a_card_named_where_it_lies_is_right() -> None:
    [one] = ask(shown("B2b-1"), said("B2b-1"))
    assert (one.found, one.named, one.likeliest, one.right, one.printing_right) == (True,) * 5
    assert (one.stranger, one.confidence, one.artwork_confidence) == (False, 0.9, 0.95)
    assert one.overlap == pytest.approx(1.0)


def test_a_card_that_no_answer_points_at_is_not_found() -> None:
    first, second = ask(shown("B2b-1", "base2-1"), said("B2b-1"))
    assert first.found
    assert not second.found
    assert (second.named, second.right, second.confidence) == (False, False, 0.0)


def test_a_tied_printing_is_the_right_artwork_but_the_wrong_printing() -> None:
    [one] = ask(shown("A3b-1", fold=1), said("A3b-2"))
    assert (one.right, one.printing_right) == (True, False)
    [tie] = ask(shown("A3b-1", fold=1), said("A3b-2", decision="artwork"))
    assert (tie.right, tie.printing_right) == (True, True)


def test_unknown_names_nothing_but_its_likeliest_card_is_still_looked_at() -> None:
    [one] = ask(shown("B2b-1"), said("B2b-1", decision="unknown", confidence=0.3))
    assert (one.named, one.right, one.printing_right, one.likeliest) == (False, False, False, True)


def test_strangers_are_the_cards_of_the_photo_s_fold() -> None:
    assert [one.stranger for one in ask(shown("A3b-1", "B2b-1", fold=0), said("A1-1"))] == [True, False]
    assert [one.stranger for one in ask(shown("A3b-1", "B2b-1", fold=1), said("A1-1"))] == [False, True]


def test_a_card_of_which_too_little_is_in_sight_is_not_asked_for() -> None:
    assert ask(shown("B2b-1", visible=0.5), said("B2b-1")) == []


def test_where_a_contender_says_no_place_any_answer_counts() -> None:
    [one] = ask(shown("B2b-1"), said("B2b-1", quad=card_at(120, 120, 170, 0.0)), locates=False)
    assert one.right


def judged(photo: Shown, *answers: Named) -> list[Said]:
    return list(verdicts(MATERIAL, photo, answers, 3, True))


def test_each_answer_is_held_against_the_card_it_points_at() -> None:
    nowhere = card_at(120, 200, 20, 0.0)
    right, wrong, ghost = judged(
        shown("A3b-1", "B2b-1"), said("A3b-2", decision="artwork"), said("A1-2", THERE), said("B2b-1", nowhere)
    )
    assert (right.right, right.artwork_right, right.card_id) == (False, True, "A3b-1")
    assert (wrong.right, wrong.artwork_right, wrong.card_id) == (False, False, "B2b-1")
    assert (ghost.right, ghost.artwork_right, ghost.card_id) == (False, False, None)


def test_photos_are_the_same_for_every_contender_and_every_run() -> None:
    one, other = (list(render_photos(MATERIAL, 5, 3)) for _ in range(2))
    assert all(np.array_equal(a.scene.pixels, b.scene.pixels) for a, b in zip(one, other, strict=True))
    assert [photo.fold for photo in one] == [0, 1, 0, 1, 1]
    assert all(set(photo.card_ids) <= set(MATERIAL.held_out.rows) for photo in one)


def test_every_contender_is_asked_for_every_card() -> None:
    contender, silent = Thumbnail([HERE]), Silent()
    for each in (contender, silent):
        each.enrol(MATERIAL.flat.pictures, MATERIAL.flat.card_ids)
    figures = ask_all([contender, silent], MATERIAL, 2, 5)
    assert len(figures["thumbnail"].asked) == len(figures["silent"].asked) > 0
    assert len(figures["thumbnail"].said) == 2
    assert figures["silent"].said == []
    assert not any(one.named for one in figures["silent"].asked)
