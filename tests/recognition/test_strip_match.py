from __future__ import annotations

import numpy as np
import pytest

from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.number import NumberText
from cardlens.recognition.strip_catalogue import StripCatalogue
from cardlens.recognition.strip_match import StripCandidate, match_strips
from cardlens.recognition.strips import Strip

CATALOGUE = StripCatalogue(bundled_facts())


def strip(*numbers: str, codes: tuple[str, ...] = (), score: float = 0.99) -> Strip:
    read = []
    for text in numbers:
        number, _, total = text.partition("/")
        read.append(NumberText(number, int(total) if total else None, bool(total), score))
    return Strip(np.zeros((4, 2), np.float32), tuple(read), codes, len(numbers))


def best(*strips: Strip) -> list[StripCandidate]:
    return [candidates[0] for candidates in match_strips(strips, CATALOGUE)]


def test_code_number_and_total_name_a_card_surely() -> None:
    (found,) = best(strip("108/159", "108/159", "108/159", codes=("JTGEN", "JTG EN")))
    assert found.card.card_id == "sv9-108"
    assert found.probability > 0.95


def test_a_misread_code_is_made_up_for_by_the_total() -> None:
    (found,) = best(strip("108/159", "108/159", codes=("STGEN", "OUTGN")))
    assert found.card.card_id == "sv9-108"


def test_without_a_code_all_sets_with_the_total_are_possible() -> None:
    (candidates,) = match_strips([strip("4/102", "4/102")], CATALOGUE)
    ids = {candidate.card.card_id for candidate in candidates}
    assert "base1-4" in ids
    assert len(ids) > 1
    assert candidates[0].probability < 0.7


def test_a_code_that_is_not_known_names_nothing_surely() -> None:
    (candidates,) = match_strips([strip("030/086", "030/086", codes=("QXWEN", "QXWEN"))], CATALOGUE)
    assert all(candidate.probability < 0.4 for candidate in candidates)


def test_readings_that_disagree_share_the_probability() -> None:
    agreeing, divided = (
        strip("096/167", *others, "096/167", codes=("TWMEN", "TWMEN")) for others in (["096/167"], ["196/167"])
    )
    (sure,), (doubtful,) = best(agreeing), best(divided)
    assert sure.card.card_id == doubtful.card.card_id == "sv6-96"
    assert sure.probability > doubtful.probability


def test_one_misread_total_does_not_change_the_card() -> None:
    (found,) = best(strip("101/157", "101/167", "101/167", codes=("TWMEN", "HTWMN")))
    assert found.card.card_id == "sv6-101"


def test_energies_have_no_total() -> None:
    (found,) = best(strip("007", "007", "007", codes=("SVEEN", "SVEN")))
    assert found.card.card_id == "sve-7"


def test_probabilities_leave_room_for_cards_that_are_not_known() -> None:
    (candidates,) = match_strips([strip("58/102")], CATALOGUE)
    chances = [candidate.probability for candidate in candidates]
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) < 1


def test_a_number_that_no_card_has_names_nothing() -> None:
    assert match_strips([strip("999/159", codes=("JTGEN",))], CATALOGUE) == [[]]


def test_no_strips_no_candidates() -> None:
    assert match_strips([], CATALOGUE) == []


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_strip_has_its_own_candidates(count: int) -> None:
    found = best(*[strip(f"{at + 1}/159", codes=("JTGEN", "JTGEN")) for at in range(count)])
    assert [one.card.card_id for one in found] == [f"sv9-{at + 1}" for at in range(count)]
