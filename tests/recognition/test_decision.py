from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardlens.recognition.decision import NAMED, READABLE, SURE, Decider, Seen
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.matcher import Artwork
from cardlens.recognition.number import NumberText, SetCodeText
from cardlens.recognition.reading import NameText, Reading
from cardlens.recognition.sight import Sighting
from tests.recognition.doubles import SmallGallery
from tests.recognition.drawn_quads import rectangle

POCKET_TIE = ("A1-1", "A4b-1")
# the same Mewtwo, "10/102" and "10/130"
BASE, BASE_2 = "base1-10", "base4-10"
DECIDER = Decider(SmallGallery((*POCKET_TIE, BASE, BASE_2, "own-7")), bundled_facts())
TIES: tuple[tuple[str, ...], ...] = (POCKET_TIE, (BASE, BASE_2), ("A1-1", "A4b-1", "own-7"), ("own-7", "own-8"))


def seen(
    printings: Sequence[str] = (),
    probability: float = 0.95,
    reading: Reading | None = None,
    others: Sequence[str] = (),
    language: str = "en",
) -> Seen:
    artworks = [Artwork(tuple(printings), 0.8, language)] if printings else []
    artworks += [Artwork((card_id,), 0.5 - 0.1 * place, "en") for place, card_id in enumerate(others)]
    return Seen(rectangle(10, 20, 300, 420), Sighting(artworks, 300, 12, 0.9), probability, reading)


def number(text: str, total: int | None) -> Reading:
    return Reading(numbers=(NumberText(text, total, certain=True, confidence=0.98),), height=700)


MEWTWO_READ = replace(number("10", 102), names=(NameText("Mewtwo", 0.99),), hp="60", hp_word="HP")


def test_a_card_alone_with_its_artwork_is_a_printing() -> None:
    answer = DECIDER.decide(seen([BASE]), top=5)
    assert (answer.decision, answer.card_id, answer.name, answer.number) == ("printing", BASE, "Mewtwo", "10")
    assert answer.set is not None
    assert answer.set.id == "base1"
    assert answer.confidence == answer.artwork_confidence == 0.95
    assert answer.evidence.source == "seen"


@settings(max_examples=60)
@given(
    tie=st.sampled_from(TIES),
    probability=st.floats(0, 1),
    name=st.sampled_from([None, "Mewtwo", "Bulbasaur", "Card"]),
    hp=st.sampled_from([None, "60", "70"]),
)
def test_a_tie_is_never_settled_without_a_number_read(
    tie: tuple[str, ...], probability: float, name: str | None, hp: str | None
) -> None:
    reading = Reading(names=(NameText(name, 0.99),) if name else (), hp=hp, hp_word="HP" if hp else None, height=700)
    for read in (None, reading):
        answer = DECIDER.decide(seen(tie, probability, read), top=5)
        assert answer.decision != "printing" or answer.card_id not in tie or answer.confidence <= 0.6


@pytest.mark.parametrize("tie", TIES)
def test_a_tie_lists_all_its_printings_alike(tie: tuple[str, ...]) -> None:
    answer = DECIDER.decide(seen(tie), top=1)
    assert answer.decision == "artwork"
    assert {printing.card_id for printing in answer.printings} == set(tie)
    for printing in answer.printings:
        assert printing.probability == pytest.approx(0.95 / len(tie), abs=1e-4)
    assert answer.artwork_confidence == 0.95


@pytest.mark.parametrize(("total", "card_id"), [(102, BASE), (130, BASE_2)])
def test_the_number_read_settles_a_tie(total: int, card_id: str) -> None:
    answer = DECIDER.decide(seen((BASE, BASE_2), reading=number("10", total)), top=5)
    assert (answer.decision, answer.card_id) == ("printing", card_id)
    assert answer.confidence > 0.9
    assert answer.evidence.number_read == f"10/{total}"


def test_a_reading_that_agrees_makes_surer() -> None:
    doubtful = DECIDER.decide(seen([BASE], 0.7), top=5)
    agreed = DECIDER.decide(seen([BASE], 0.7, MEWTWO_READ), top=5)
    assert agreed.card_id == doubtful.card_id == BASE
    assert agreed.confidence > doubtful.confidence
    assert agreed.evidence.source == "seen"


def test_a_clear_reading_overrides_a_vague_sight() -> None:
    answer = DECIDER.decide(seen(POCKET_TIE, 0.2, MEWTWO_READ), top=5)
    assert (answer.decision, answer.card_id) == ("printing", BASE)
    assert answer.evidence.source == "read"
    assert answer.evidence.name_read == "Mewtwo"


def test_a_card_without_any_match_is_named_by_its_text() -> None:
    answer = DECIDER.decide(seen(reading=MEWTWO_READ, probability=0.0), top=5)
    assert (answer.card_id, answer.evidence.source) == (BASE, "read")
    assert answer.evidence.similarity is None


def test_a_reading_that_contradicts_a_sure_sight_makes_less_sure() -> None:
    answer = DECIDER.decide(seen(["A1-1"], 0.9999, MEWTWO_READ), top=5)
    assert answer.confidence < 0.9999


def test_what_is_unknown_keeps_its_evidence_but_has_no_id() -> None:
    answer = DECIDER.decide(seen([BASE], 0.3, number("77", 90), others=["A1-1"]), top=5)
    assert answer.decision == "unknown"
    assert (answer.card_id, answer.name, answer.set, answer.number) == (None, None, None, None)
    assert answer.printings[0].card_id == BASE
    assert (answer.evidence.similarity, answer.evidence.runner_up) == (0.8, 0.5)
    assert answer.evidence.number_read == "77/90"


def test_nothing_matched_and_nothing_read_is_unknown() -> None:
    for reading in (None, Reading()):
        answer = DECIDER.decide(seen(probability=0.0, reading=reading), top=5)
        assert (answer.decision, answer.printings, answer.confidence) == ("unknown", (), 0)
        assert answer.evidence.similarity is None


@settings(max_examples=60)
@given(
    printings=st.sampled_from([(), (BASE,), *TIES]),
    probability=st.floats(0, 1),
    reading=st.sampled_from([None, Reading(), MEWTWO_READ, number("10", 130), number("77", 90)]),
    others=st.lists(st.sampled_from(["own-1", "own-2", "A1-5"]), max_size=3, unique=True),
    top=st.integers(1, 6),
)
def test_every_answer_holds_together(
    printings: tuple[str, ...], probability: float, reading: Reading | None, others: list[str], top: int
) -> None:
    its_probability, its_others = (probability, others) if printings else (0.0, [])
    answer = DECIDER.decide(seen(printings, its_probability, reading, its_others), top)
    chances = [printing.probability for printing in answer.printings]
    assert sum(chances) <= 1.001
    assert all(0 <= chance <= 1 for chance in chances)
    assert (answer.card_id is None) == (answer.decision == "unknown")
    assert answer.decision == "unknown" or answer.artwork_confidence >= NAMED - 1e-4
    assert answer.confidence <= answer.artwork_confidence + 1e-3
    if answer.card_id is not None:
        assert answer.printings[0].card_id == answer.card_id
        assert answer.confidence == max(chances)


def test_at_most_so_many_printings_are_listed() -> None:
    others = ["own-1", "own-2", "own-3"]
    assert [len(DECIDER.decide(seen([BASE], others=others), top).printings) for top in (1, 3, 9)] == [1, 3, 4]


def test_a_card_that_the_facts_do_not_know_is_described_by_the_database() -> None:
    answer = DECIDER.decide(seen(["own-7"]), top=5)
    assert (answer.card_id, answer.name, answer.number) == ("own-7", "Card 7", "7")


def test_the_language_read_comes_before_that_of_the_nearest_scan() -> None:
    german = Reading(set_code=SetCodeText("MEW", "de", known=True, confidence=0.9), height=700)
    assert DECIDER.decide(seen([BASE], reading=german, language="ja"), top=5).language == "de"


@pytest.mark.parametrize(("scan", "language"), [("ja", "ja"), ("de", "de"), ("en", None)])
def test_a_foreign_scan_says_the_language_where_nothing_was_read(scan: str, language: str | None) -> None:
    assert DECIDER.decide(seen([BASE], language=scan), top=5).language == language


def test_corners_are_kept_in_their_order() -> None:
    corners = DECIDER.decide(seen([BASE]), top=5).quad
    np.testing.assert_array_equal(corners, rectangle(10, 20, 300, 420))


@pytest.mark.parametrize(
    ("printings", "probability", "height", "worth"),
    [
        ([BASE], 0.7, READABLE, "all"),
        ([BASE], 0.7, READABLE - 1, None),
        ([BASE], SURE, 900, "number"),
        ([BASE, BASE_2], 1.0, 900, "all"),
        ([BASE, BASE_2], 1.0, READABLE - 1, None),
        (POCKET_TIE, 1.0, 900, None),
        (POCKET_TIE, 0.7, 900, "all"),
        ([], 0.0, 900, "all"),
    ],
)
def test_print_is_read_where_it_is_large_enough_and_could_change_the_answer(
    printings: Sequence[str], probability: float, height: float, worth: str | None
) -> None:
    assert DECIDER.worth_reading(seen(printings, probability), height) == worth


SCANNED_SINCE = Decider(
    SmallGallery((*(card.card_id for card in bundled_facts().named("mewtwo")), BASE)), bundled_facts()
)


def test_where_every_card_of_the_name_has_a_scan_a_sure_sight_is_not_read() -> None:
    assert SCANNED_SINCE.worth_reading(seen([BASE], 0.99), 900) is None


# Devolution Spray of Base Set and of Evolutions: one drawing
SPRAY, SPRAY_AGAIN = "base1-72", "xy12-76"


def test_the_number_of_a_reprint_without_a_scan_beats_a_sure_sight() -> None:
    answer = DECIDER.decide(seen([SPRAY], 0.98, number("76", 108)), top=5)
    assert (answer.decision, answer.card_id, answer.evidence.source) == ("printing", SPRAY_AGAIN, "read")
    assert answer.evidence.name_read is None
    assert answer.confidence > NAMED


@pytest.mark.parametrize("reading", [number("764", 108), number("76", None), number("10", 102), Reading(height=700)])
def test_a_number_of_no_card_of_that_name_does_not(reading: Reading) -> None:
    answer = DECIDER.decide(seen([SPRAY], 0.98, reading), top=5)
    assert (answer.card_id, answer.evidence.source) == (SPRAY, "seen")


def test_the_number_that_agrees_makes_surer() -> None:
    assert DECIDER.decide(seen([SPRAY], 0.95, number("72", 102)), top=5).confidence > 0.98


def test_a_whole_number_that_the_card_seen_does_not_bear_is_a_doubt() -> None:
    sure = DECIDER.decide(seen([BASE], 0.95), top=5)
    doubted = DECIDER.decide(seen([BASE], 0.95, number("77", 999)), top=5)
    assert doubted.card_id == BASE
    assert 0.5 < doubted.confidence < 0.7 < sure.confidence
    japanese = DECIDER.decide(
        seen([BASE], 0.95, replace(number("77", 999), set_code=SetCodeText("SV2a", "ja", True, 0.9))), top=5
    )
    assert japanese.confidence == sure.confidence


def test_a_number_without_its_total_is_none() -> None:
    assert DECIDER.decide(seen([BASE], 0.95, number("77", None)), top=5).confidence == 0.95


# a TCG Pocket face shows no number
TORKOAL = "A3b-10"


def named(name: str, hp: str | None = None) -> Reading:
    return Reading(names=(NameText(name, 0.99),), hp=hp, hp_word="HP" if hp else None, height=500)


@pytest.mark.parametrize("hp", [None, "100"])
def test_its_own_name_alone_makes_a_doubtful_sight_surer(hp: str | None) -> None:
    answer = DECIDER.decide(seen([TORKOAL], 0.3, named("Torkoal", hp)), top=5)
    assert (answer.decision, answer.card_id, answer.evidence.source) == ("printing", TORKOAL, "seen")
    assert 0.5 < answer.confidence < 0.7


def test_another_cards_name_makes_it_less_sure() -> None:
    assert DECIDER.decide(seen([TORKOAL], 0.5, named("Absol")), top=5).decision == "unknown"
    misread = DECIDER.decide(seen([TORKOAL], 0.5, named("Xbsnl")), top=5)
    assert (misread.card_id, misread.confidence) == (TORKOAL, 0.5)


def test_a_printed_card_is_not_named_by_a_name_and_hit_points_that_a_pocket_card_may_have() -> None:
    answer = DECIDER.decide(seen(["A3a-36"], 0.01, named("Torkoal", "100")), top=5)
    assert answer.decision == "unknown"
