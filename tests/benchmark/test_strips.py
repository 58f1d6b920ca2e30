from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.benchmark.strips import by_card_height, by_digit_height
from cardlens.errors import CardlensError


def test_large_digits_of_drawn_strips_are_read() -> None:
    figures = by_digit_height((18,), fans=1, seed=5)
    assert figures[18]["strips"] == 6
    assert figures[18]["found"] >= 0.8
    assert figures[18]["right"] >= 0.6
    assert figures[18]["wrong_and_sure"] == 0.0


@pytest.mark.cards
def test_numbers_of_large_scans_are_read(cards_folder: Path) -> None:
    figures = by_card_height(cards_folder, (1000,), cards=4, seed=5)
    assert figures[1000]["cards"] == 4
    assert figures[1000]["number"] >= figures[1000]["number_and_total"] >= 0.5


def test_a_folder_without_scans_is_named(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="no scans of xy12"):
        by_card_height(tmp_path, (600,), 1, 1)
