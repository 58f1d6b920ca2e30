from __future__ import annotations

from cardlens.training.simulator.conditions import Conditions
from tests.benchmark.drawn_material import HELD_OUT, STRANGERS_FIRST, STRANGERS_SECOND, TRAIN, drawn_material


def test_each_held_out_card_is_a_stranger_in_one_fold_and_known_in_the_other() -> None:
    material = drawn_material()
    first, second = material.folds
    assert first.card_ids == set(STRANGERS_FIRST)
    assert second.card_ids == set(STRANGERS_SECOND)
    assert [material.fold_of(card_id) for card_id in HELD_OUT] == [0, 0, 0, 1, 1, 1]
    assert [material.fold_of(card_id) for card_id in TRAIN] == [None] * 3


def test_only_cards_of_the_database_are_asked_for() -> None:
    material = drawn_material()
    assert "A9-9" not in {material.scans.records[row].card_id for row in material.rows}
    assert material.flat.card_ids == [*TRAIN, *HELD_OUT]
    assert set(material.held_out.rows) == set(HELD_OUT)


def test_a_card_says_what_it_is_sliced_by() -> None:
    material = drawn_material()
    tied, learnt = (material.subject(card_id, "de", Conditions(width=80)) for card_id in ("A3b-1", "A1-1"))
    assert (tied.held_out, tied.seen, tied.tied, tied.language) == (True, False, True, "de")
    assert (learnt.held_out, learnt.seen, learnt.tied) == (False, True, False)
    assert tied.series == "TCG Pocket"


def test_tied_printings_are_the_same_artwork() -> None:
    material = drawn_material()
    assert material.same("A3b-1", "A3b-2")
    assert material.same("A1-1", "A1-1")
    assert not material.same("A1-1", "A1-2")
