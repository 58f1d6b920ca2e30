from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cardlens.training.split import HELD_OUT_SETS, artwork_groups, set_of, split_cards
from tests.training.drawn_scans import drawn_scan

SETS = ("A1", "base1", "sv3pt5", *HELD_OUT_SETS)
card_ids = st.builds("{}-{}".format, st.sampled_from(SETS), st.integers(1, 99))
id_lists = st.lists(card_ids, min_size=1, max_size=60, unique=True)


@st.composite
def cards_and_groups(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    """Cards, some of which are tied in twos and threes."""
    ids = draw(id_lists)
    sizes = draw(st.lists(st.integers(2, 3), max_size=8))
    groups, rest = [], list(ids)
    for size in sizes:
        group, rest = rest[:size], rest[size:]
        if len(group) > 1:
            groups.append(sorted(group))
    return ids, groups


@given(cards_and_groups())
def test_every_card_has_one_use(drawn: tuple[list[str], list[list[str]]]) -> None:
    ids, groups = drawn
    split = split_cards(ids, groups)
    assert sorted([*split.train, *split.validation, *split.held_out]) == sorted(ids)


@given(cards_and_groups())
def test_no_picture_of_a_held_out_set_is_trained_on_not_even_under_another_id(
    drawn: tuple[list[str], list[list[str]]],
) -> None:
    ids, groups = drawn
    split = split_cards(ids, groups)
    kept_away = {card_id for card_id in ids if set_of(card_id) in HELD_OUT_SETS}
    kept_away |= {card_id for group in groups if kept_away & set(group) for card_id in group}
    assert set(split.held_out) == kept_away


@given(cards_and_groups())
def test_tied_printings_stay_together_under_one_label(drawn: tuple[list[str], list[list[str]]]) -> None:
    ids, groups = drawn
    split = split_cards(ids, groups)
    for group in groups:
        assert any(set(group) <= set(side) for side in (split.train, split.validation, split.held_out))
        assert len({split.labels[card_id] for card_id in group}) == 1
    alone = set(ids) - {card_id for group in groups for card_id in group}
    assert len(set(split.labels.values())) == len(groups) + len(alone)


@given(id_lists)
def test_the_order_of_the_cards_does_not_matter(ids: list[str]) -> None:
    assert split_cards(ids, []) == split_cards(sorted(ids, reverse=True), [])


def test_about_one_card_in_twenty_five_validates() -> None:
    split = split_cards([f"A1-{number}" for number in range(5000)], [])
    assert 150 < len(split.validation) < 250


def test_a_set_may_have_a_dash_in_its_name() -> None:
    assert set_of("PROMO-B-12") == "PROMO-B"


def test_the_same_picture_under_two_ids_is_one_artwork() -> None:
    scans = [drawn_scan(0), drawn_scan(1), drawn_scan(2), np.ascontiguousarray(drawn_scan(0))]
    assert artwork_groups(scans, ["a-1", "a-2", "a-3", "b-9"]) == [["a-1", "b-9"]]
