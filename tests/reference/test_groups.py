from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.picture import decode
from cardlens.reference.groups import SIGNATURE_BYTES, merge, signature, tied
from tests.reference.doubles import drawn_scan, with_sheen


def groups_of(**scans: np.ndarray) -> list[list[str]]:
    return tied(np.stack([signature(pixels) for pixels in scans.values()]), list(scans))


def test_a_signature_is_small_and_the_same_for_every_size() -> None:
    scan = drawn_scan(1)
    small = scan[::2, ::2].copy()
    assert signature(scan).shape == (SIGNATURE_BYTES,)
    assert groups_of(large=scan, small=small) == [["large", "small"]]


def test_a_foil_sheen_does_not_part_tied_printings() -> None:
    scan = drawn_scan(1)
    assert groups_of(plain=scan, foil=with_sheen(scan), other=drawn_scan(2)) == [["foil", "plain"]]


def test_the_same_drawing_with_another_text_is_another_card() -> None:
    assert groups_of(one=drawn_scan(1), other=drawn_scan(1, text=5)) == []


def test_the_same_drawing_in_another_colour_is_another_card() -> None:
    scan = drawn_scan(1)
    red = np.clip(scan + np.array([60, 0, -60]), 0, 255).astype(np.uint8)
    assert groups_of(one=scan, other=red) == []


def test_views_of_one_card_are_no_group() -> None:
    scan = signature(drawn_scan(1))
    assert tied(np.stack([scan, scan]), ["tst-1", "tst-1"]) == []


def test_blank_pictures_are_alike_and_not_an_error() -> None:
    blank = np.full((100, 70, 3), 200, np.uint8)
    assert groups_of(one=blank, other=blank) == [["one", "other"]]


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=8))
def test_merged_groups_are_the_connected_parts(links: list[list[str]]) -> None:
    groups = merge(links)
    members = [card_id for group in groups for card_id in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 for group in groups)
    place = {card_id: at for at, group in enumerate(groups) for card_id in group}
    assert all(len({place.get(card_id, card_id) for card_id in link}) == 1 for link in links)


@pytest.mark.cards
def test_the_scans_fall_into_the_groups_seen_by_eye(cards_folder: Path) -> None:
    ids = [
        "A1-1",
        "A4b-1",
        "A4b-2",
        "A1-2",
        "A2a-69",
        "A4b-298",
        "base1-58",
        "xy12-35",
        "base1-101",
        "xy12-95",
        "B2b-85",
        "B2b-86",
    ]
    pictures = [decode(cards_folder / "scans" / f"{card_id}.webp").pixels for card_id in ids]
    groups = tied(np.stack([signature(pixels) for pixels in pictures]), ids)
    assert groups == [["A1-1", "A4b-1", "A4b-2"], ["A2a-69", "A4b-298"]]
