from __future__ import annotations

from dataclasses import replace

import pytest

from cardlens.benchmark.photo_figures import photo_figures, photo_reliability, photo_strangers, photo_trials
from cardlens.benchmark.photos import Asked, PhotoFigures, Said
from cardlens.benchmark.subject import Subject
from cardlens.training.sight_calibration import FITTED_SETS
from cardlens.training.simulator.conditions import Conditions
from tests.benchmark.drawn_material import Thumbnail

UNFITTED = "B2b"


def asked(number: int, width: float = 120.0, **changes: bool | float) -> Asked:
    """A known card, found and named right."""
    subject = Subject(f"{UNFITTED}-{number}", Conditions(width=width), "scans", held_out=True, seen=False, tied=False)
    right = Asked(subject, False, 0.9, *(True,) * 7, confidence=0.9, artwork_confidence=0.9)
    return replace(right, **changes)  # type: ignore[arg-type]


def stranger(number: int, confidence: float, **changes: bool | float) -> Asked:
    wrong = {"likeliest": False, "listed": False, "right": False, "printing_right": False}
    return asked(number, stranger=True, artwork_confidence=confidence, **{**wrong, **changes})


def unseen(number: int) -> Asked:
    """A known card that was not found."""
    return Asked(asked(number).subject, stranger=False)


def test_a_card_that_is_not_found_is_not_named_and_counts_against_the_recall() -> None:
    said = [*(asked(number) for number in range(9)), unseen(9)]
    assert len(photo_trials(said).known) == 10
    assert len(photo_trials(said, of="found").known) == 9
    found = photo_strangers([*said, stranger(20, 0.95), stranger(21, 0.1)])
    assert found["named_at_95"] is None  # nine of ten are ever named
    assert found["named_at_95_of_those_found"] == 0.5
    assert found["line_at_95"] is None


def test_narrow_cards_are_not_asked_to_be_told_from_strangers() -> None:
    assert len(photo_trials([asked(1), asked(2, width=89.9)]).known) == 1


def test_a_stranger_that_its_text_names_rightly_is_no_offence() -> None:
    named_by_text = stranger(20, 0.99, likeliest=True, right=True)
    found = photo_strangers([asked(1), named_by_text, stranger(21, 0.2)])
    assert found["strangers"] == 1
    assert found["decided"]["strangers_named"] == 0.5  # the other one was named, and is none of ours


def test_the_intervals_are_drawn_over_cards() -> None:
    trials = photo_trials([asked(1), asked(1), stranger(2, 0.1)])
    assert trials.cards == ["B2b-1", "B2b-1", "B2b-2"]


def test_printings_are_counted_of_the_cards_found_and_of_those_named() -> None:
    unsure = asked(3, named=False, right=False, printing_right=False)
    figures = photo_figures(
        PhotoFigures([asked(1), asked(2, printing_right=False), unsure, unseen(4)], []), Thumbnail()
    )
    found, named = figures["printing"]["found"]["right"], figures["printing"]["named"]["right"]
    assert (found["value"], found["count"]) == (pytest.approx(1 / 3, abs=1e-4), 3)
    assert (named["value"], named["count"]) == (0.5, 2)
    assert figures["names"]["all"]["printing_r1"]["value"] == 0.75
    assert figures["reliability"] == {}  # its scores are no probabilities


def said(card_id: str | None, right: bool, photo: int = 0, tied: tuple[str, ...] = ()) -> Said:
    return Said(0.8, right, 0.8, right, card_id, photo, tied or ((card_id,) if card_id else ()))


def test_confidence_is_judged_on_sets_that_did_not_fit_it_and_on_what_is_no_card() -> None:
    fitted = f"{FITTED_SETS[0]}-1"
    reprint = said("A4b-1", True, tied=("A4b-1", fitted))
    figures = PhotoFigures([], [said("B2b-1", True), said(None, False, 3), said(fitted, True), reprint])
    judged = photo_reliability(figures)["printing"]
    assert (judged["answers"], judged["ece"]) == (2, pytest.approx(0.3))
    assert photo_reliability(figures, unfitted=False)["printing"]["answers"] == 4
