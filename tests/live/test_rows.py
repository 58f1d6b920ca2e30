from __future__ import annotations

from cardlens.live.rows import Rows
from tests.live.tracks import answer, track


def test_a_card_is_counted_once_however_often_it_is_seen() -> None:
    rows, card = Rows(1.0), track(1)
    assert rows.settle(card, answer("demo-1"), 0.5) is not None
    assert rows.settle(card, answer("demo-1", 0.99), 0.6) is None
    assert rows.row_of(card) == 1


def test_two_in_one_frame_are_two_copies() -> None:
    rows = Rows(1.0)
    one, other = track(1, seen=5.0), track(2, born=1.0, seen=5.0)
    first, second = (rows.settle(card, answer("demo-1"), 5.0) for card in (one, other))
    assert first is not None
    assert second is not None
    assert (first.number, first.copy, second.number, second.copy) == (1, 1, 2, 2)


def test_one_lost_and_found_again_elsewhere_is_the_same() -> None:
    rows = Rows(1.0)
    rows.settle(track(1, seen=2.0), answer("demo-1"), 0.5)
    back = track(2, born=2.7)
    assert rows.settle(back, answer("demo-1"), 3.0) is None
    assert rows.row_of(back) == 1


def test_one_counted_where_it_lies_is_not_counted_for_its_way_there() -> None:
    rows, coming, lying = Rows(1.0), track(1, seen=0.2), track(2, born=0.3, seen=0.6)
    assert rows.settle(lying, answer("demo-1"), 0.6) is not None
    assert rows.settle(coming, answer("demo-1", 0.9), 1.3) is None
    lying.seen = 9.0
    rows.forget(9.0)
    assert rows.row_of(lying) == 1


def test_one_that_left_over_the_edge_and_one_that_comes_then_are_two() -> None:
    rows, gone = Rows(1.0), track(1, seen=2.0)
    rows.settle(gone, answer("demo-1"), 0.5)
    gone.left = True
    row = rows.settle(track(2, born=2.7), answer("demo-1"), 3.0)
    assert row is not None
    assert row.copy == 2


def test_one_that_comes_long_after_is_another() -> None:
    rows = Rows(1.0)
    rows.settle(track(1, seen=2.0), answer("demo-1"), 0.5)
    row = rows.settle(track(2, born=3.5), answer("demo-1"), 4.0)
    assert row is not None
    assert (row.number, row.copy) == (2, 2)


def test_another_card_in_its_place_is_another_row() -> None:
    rows = Rows(1.0)
    rows.settle(track(1, seen=2.0), answer("demo-1"), 0.5)
    row = rows.settle(track(2, born=2.3, cards=("demo-2",)), answer("demo-2"), 3.0)
    assert row is not None
    assert (row.number, row.copy) == (2, 1)


def test_a_row_is_changed_where_print_tells_the_printing() -> None:
    rows, card = Rows(1.0), track(1, cards=("demo-1", "demo-2"))
    rows.settle(card, answer("demo-1", 0.6, "artwork", "demo-1", "demo-2"), 0.5)
    changed = rows.settle(card, answer("demo-2", 0.9), 0.9)
    assert changed is not None
    assert (changed.number, changed.changed, changed.answer.card_id, changed.copy) == (1, True, "demo-2", 1)
    row = rows.settle(track(2, born=9.0), answer("demo-1"), 9.5)
    assert row is not None
    assert row.copy == 1


def test_what_is_long_gone_is_not_remembered() -> None:
    rows, card = Rows(1.0), track(1)
    rows.settle(card, answer("demo-1"), 0.0)
    rows.forget(60.0)
    assert rows.row_of(card) is None


def test_a_row_is_one_flat_object() -> None:
    row = Rows(1.0).settle(track(1), answer("demo-1"), 0.512)
    assert row is not None
    record = row.as_json()
    assert {key: record[key] for key in ("row", "seconds", "copy", "changed", "card_id", "number")} == {
        "row": 1,
        "seconds": 0.51,
        "copy": 1,
        "changed": False,
        "card_id": "demo-1",
        "number": "1",
    }
