from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as some

from cardlens.recognition.matcher import Artwork
from cardlens.recognition.sight import Sighting
from cardlens.recognition.tracker_evidence import Evidence, Look

_VECTORS = np.eye(768, dtype=np.float32)


def look(card: str, chance: float, seconds: float = 0.0, kind: int = 0) -> Look:
    """A look that is sure of `card` by `chance`; `kind`: which of some orthogonal vectors it has."""
    artworks = [Artwork((card,), 0.8, "en"), Artwork(("other-1",), 0.5, "en")]
    return Look(seconds, Sighting(artworks, 200.0, 10.0, 0.9), chance, _VECTORS[kind])


def evidence(*looks: Look) -> Evidence:
    joined = Evidence()
    for one in looks:
        joined.add(one)
    return joined


@given(some.floats(0.01, 0.99))
def test_one_look_is_worth_exactly_what_it_says(chance: float) -> None:
    assert abs(evidence(look("a-1", chance)).probability(("a-1",)) - chance) < 1e-6


def test_looks_that_agree_make_it_surer_and_surer() -> None:
    chances = [evidence(*[look("a-1", 0.8)] * count).probability(("a-1",)) for count in range(1, 8)]
    assert chances == sorted(chances)
    assert chances[-1] > 0.9


@given(some.integers(12, 400), some.floats(0.05, 0.95))
def test_alike_frames_never_count_as_more_than_a_few(count: int, chance: float) -> None:
    many, few = (evidence(*[look("a-1", chance)] * number) for number in (count, 12))
    assert abs(many.probability(("a-1",)) - few.probability(("a-1",))) < 1e-6


@given(some.integers(2, 40), some.floats(0.1, 0.9))
def test_a_name_that_only_some_frames_give_is_less_sure_than_one_that_all_give(count: int, chance: float) -> None:
    agreed = evidence(*[look("a-1", chance)] * 2 * count)
    divided = evidence(*[look("a-1", chance), look("b-1", chance)] * count)
    assert divided.probability(("a-1",)) < agreed.probability(("a-1",))


@given(some.floats(0.001, 0.2))
def test_what_is_nearest_is_likeliest_however_unlikely_it_is(chance: float) -> None:
    assert evidence(look("a-1", chance)).best == ("a-1",)


def test_looks_that_see_nothing_of_a_card_in_it_name_nothing() -> None:
    assert evidence(*[look("a-1", 0.02)] * 40).probability(("a-1",)) < 0.02
    assert evidence(*[look("a-1", 0.02)] * 40).settled is None


def test_a_blurred_frame_counts_less_than_a_sharp_one() -> None:
    sharp = evidence(look("a-1", 0.95), look("a-1", 0.95))
    blurred = evidence(look("a-1", 0.95), look("a-1", 0.95), look("b-1", 0.08))
    assert blurred.best == ("a-1",)
    assert blurred.probability(("a-1",)) > 0.9
    assert blurred.probability(("a-1",)) < sharp.probability(("a-1",))


def test_nothing_is_settled_by_a_single_frame() -> None:
    assert evidence(look("a-1", 0.999)).settled is None


def test_two_sure_looks_settle_it() -> None:
    assert evidence(look("a-1", 0.98), look("a-1", 0.98)).settled == ("a-1",)


def test_looks_at_a_card_that_ends_at_the_frames_edge_count_for_a_quarter() -> None:
    coming_in = [replace(look("A", 0.97, 0.05 * at), whole=False) for at in range(8)]
    assert evidence(*coming_in[:7]).settled is None
    assert evidence(*coming_in).settled == ("A",)


def test_what_was_guessed_of_a_card_coming_in_gives_way_to_the_first_looks_at_the_whole() -> None:
    joined = evidence(*(replace(look("A", 0.84), whole=False) for _ in range(3)))
    assert joined.counted < 1
    for at in range(4):
        joined.add(look("B", 0.99, 1.0 + at))
    assert joined.settled == ("B",)


def test_looks_that_do_not_agree_settle_nothing() -> None:
    assert evidence(*[look("a-1", 0.5), look("b-1", 0.5)] * 20).settled is None


def test_what_is_settled_does_not_flicker() -> None:
    joined = evidence(*[look("a-1", 0.9)] * 4)
    for turn in range(12):
        joined.add(look("b-1" if turn % 2 else "a-1", 0.8))
        assert joined.answer == ("a-1",)


def test_what_was_settled_wrongly_is_set_right_in_the_end() -> None:
    joined = evidence(*[look("a-1", 0.9)] * 3)
    for _ in range(40):
        joined.add(look("b-1", 0.97))
    assert joined.answer == ("b-1",)


def test_another_card_in_its_place_is_told_at_the_second_look() -> None:
    joined = evidence(*[look("a-1", 0.97)] * 3)
    assert joined.is_alien(look("b-1", 0.9, kind=1))
    assert joined.doubted
    assert not joined.replaced
    assert joined.is_alien(look("b-1", 0.9, kind=1))
    assert joined.replaced


def test_a_single_odd_frame_is_no_other_card() -> None:
    joined = evidence(*[look("a-1", 0.97)] * 3)
    assert joined.is_alien(look("b-1", 0.9, kind=1))
    assert not joined.is_alien(look("a-1", 0.9))
    assert not joined.doubted


def test_the_same_picture_named_otherwise_is_no_other_card() -> None:
    assert not evidence(*[look("a-1", 0.6)] * 3).is_alien(look("b-1", 0.9))


def test_candidates_do_not_pile_up_over_hours() -> None:
    joined = evidence(*[look(f"a-{number}", 0.2) for number in range(300)], *[look("b-1", 0.9)] * 30)
    sighting = joined.sighting()
    assert sighting is not None
    assert len(sighting.artworks) <= 48
    assert joined.best == ("b-1",)


def test_the_best_look_and_the_likeliest_artwork_stand_first_in_what_is_decided_on() -> None:
    joined = evidence(look("a-1", 0.4), look("b-1", 0.9), look("b-1", 0.7))
    sighting = joined.sighting()
    assert sighting is not None
    assert sighting.artworks[0].printings == ("b-1",)
    assert Evidence().sighting() is None
    assert Evidence().probability(("a-1",)) == 0


def test_a_card_of_which_nothing_familiar_is_seen_is_another_in_the_end() -> None:
    joined = evidence(*[look("a-1", 0.97)] * 3)
    for _ in range(9):
        assert not joined.is_familiar(look("b-1", 0.1, kind=1))
    assert not joined.estranged
    assert joined.is_familiar(look("a-1", 0.1, kind=1))
    for _ in range(10):
        joined.is_familiar(look("b-1", 0.1, kind=1))
    assert joined.estranged


def test_a_card_that_was_never_recognised_is_familiar_whatever_it_looks_like() -> None:
    assert evidence(look("a-1", 0.1)).is_familiar(look("b-1", 0.9, kind=1))
