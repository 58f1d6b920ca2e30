from __future__ import annotations

import numpy as np
import pytest

from cardlens.reference.doubles import placeholders, repeated_rows
from tests.reference.test_nearest import unit_vectors


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ("Pikachu", "Mew", [["a-1", "a-2"]]),
        ("Farfetch’d", "Farfetch'd", []),
        ("Fire Energy", "Basic Fire Energy", []),
        ("Boss's Orders (Giovanni)", "Boss’s Orders", []),
    ],
)
def test_only_names_of_different_cards_make_a_placeholder(one: str, other: str, found: list[list[str]]) -> None:
    vector = unit_vectors(1)
    rows = np.vstack([vector, unit_vectors(1, seed=4), vector])
    assert placeholders(rows, ["a-1", "a-3", "a-2"], {"a-1": one, "a-2": other, "a-3": "Eevee"}) == found


def test_one_picture_under_many_ids_is_one_finding() -> None:
    rows = np.repeat(unit_vectors(1), 1500, axis=0)
    ids = [f"a-{row}" for row in range(1500)]
    (group,) = placeholders(rows, ids, {card_id: f"Card {row % 7}" for row, card_id in enumerate(ids)})
    assert len(group) == 1500


def test_rows_repeat_only_within_a_card() -> None:
    rows = np.repeat(unit_vectors(1), 3, axis=0)
    assert repeated_rows(rows, ["a-1", "a-2", "a-1"]) == [2]
