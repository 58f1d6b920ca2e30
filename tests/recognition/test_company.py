from __future__ import annotations

from cardlens.recognition.company import in_company
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import Sighting


def seen(*candidates: tuple[str, float]) -> Sighting:
    return Sighting([Artwork((card_id,), near, "en") for card_id, near in candidates], 100.0, 10.0, 0.9)


def page(*card_ids: str) -> list[Sighting]:
    return [seen((card_id, 0.8)) for card_id in card_ids]


def test_a_run_of_numbers_vouches_for_each_of_its_cards() -> None:
    told = in_company(page("sv3pt5-1", "sv3pt5-2", "sv3pt5-3", "sv3pt5-4", "A1-77"))
    assert [round(one.sequence, 2) for one in told] == [0.67, 1.0, 1.0, 0.67, 0.0]
    assert [one.company for one in told] == [0.75, 0.75, 0.75, 0.75, 0.0]


def test_the_candidate_between_its_neighbours_is_preferred_where_it_is_close() -> None:
    told = in_company([*page("base1-1", "base1-2", "base1-4", "base1-5"), seen(("A1-9", 0.70), ("base1-3", 0.66))])
    assert [artwork.printings[0] for artwork in told[-1].artworks] == ["base1-3", "A1-9"]


def test_a_candidate_far_less_alike_is_not_preferred() -> None:
    told = in_company([*page("base1-1", "base1-2", "base1-4", "base1-5"), seen(("A1-9", 0.90), ("base1-3", 0.60))])
    assert told[-1].artworks[0].printings == ("A1-9",)


def test_a_few_cards_are_no_company() -> None:
    told = in_company(page("base1-1", "base1-2", "base1-3"))
    assert [(one.company, one.sequence) for one in told] == [(0.0, 0.0)] * 3


def test_copies_of_one_card_are_no_sequence() -> None:
    assert all(one.sequence == 0 for one in in_company(page(*["base1-4"] * 5)))


def test_what_was_matched_to_nothing_stays_as_it_is() -> None:
    nothing = Sighting([], 100.0, 10.0, 0.9)
    assert in_company([nothing, *page("base1-1", "base1-2", "base1-3", "base1-4")])[0] is nothing


def test_numbers_that_are_no_numbers_have_no_neighbours() -> None:
    assert all(
        one.sequence == 0 for one in in_company(page("swsh9tg-TG1", "swsh9tg-TG2", "swsh9tg-TG3", "swsh9tg-TG4"))
    )
