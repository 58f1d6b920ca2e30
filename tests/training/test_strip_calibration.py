from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.number import NumberText
from cardlens.recognition.strip_catalogue import StripCard, StripCatalogue
from cardlens.recognition.strip_match import WEIGHTS, shared
from cardlens.recognition.strips import Strip
from cardlens.training.strip_calibration import ReadFan, calibrate, figures, fit, outcomes, without_its_set

CATALOGUE = StripCatalogue(bundled_facts())


def card(card_id: str) -> StripCard:
    number = card_id.rpartition("-")[2]
    return next(card for card in CATALOGUE.numbered(number) if card.card_id == card_id)


def strip(text: str, *codes: str) -> Strip:
    number, _, total = text.partition("/")
    read = NumberText(number, int(total), True, 0.99)
    return Strip(np.zeros((4, 2), np.float32), (read, read), codes, 2)


FAN = ReadFan(
    (card("sv9-108"), card("sv9-41"), card("sv9-7")),
    12.0,
    (strip("108/159", "JTGEN", "JTGEN"), strip("041/159", "UTGEN", "STGEN"), strip("9/159", "JTGEN")),
)


def test_each_strip_is_held_against_the_card_that_lies_there() -> None:
    found = outcomes([FAN], CATALOGUE)
    cards = [one.weighed.cards[one.truth].card_id for one in found[:2]]
    assert cards == ["sv9-108", "sv9-41"]
    # a number that no card of the fan has is of none of them
    assert found[2].truth == len(found[2].weighed.cards)


def test_strips_of_cards_that_show_a_set_code_are_told_apart() -> None:
    old = ReadFan((card("base1-4"),), 12.0, (strip("4/102"),))
    assert [one.coded for one in outcomes([FAN, old], CATALOGUE)] == [True, True, False, False]


def test_where_a_set_is_not_known_none_is_right() -> None:
    found = without_its_set([FAN], weight=0.25)
    assert all(one.truth == len(one.weighed.cards) for one in found)
    assert {one.weight for one in found} == {0.25}


def test_fitting_makes_what_was_seen_likelier_and_keeps_signs() -> None:
    found = outcomes([FAN], CATALOGUE)
    start = {name: np.sign(value) * 0.1 for name, value in WEIGHTS.items()}
    fitted = fit(found, start)
    assert fitted.keys() == start.keys()
    assert all(value * start[name] >= 0 for name, value in fitted.items())
    before, after = (
        sum(np.log(shared(one.weighed, weights)[one.truth]) for one in found) for weights in (start, fitted)
    )
    assert after > before + 1


def test_figures_are_shares_of_the_strips() -> None:
    found = outcomes([FAN], CATALOGUE)
    said = figures(found, WEIGHTS)
    assert said["strips"] == 3
    assert said["right"] == pytest.approx(2 / 3, abs=1e-3)
    assert 0 <= said["sure_and_wrong"] <= said["sure"] <= 1
    assert 0 <= said["ece"] <= 1


def test_what_ships_is_measured_beside_the_new_fit() -> None:
    small = replace(FAN, digits=8.0)
    told = calibrate([FAN], [FAN, small])
    shipped = told["as shipped"]
    assert isinstance(shipped, dict)
    assert shipped["all"] == figures(outcomes([FAN, small], CATALOGUE), WEIGHTS)
    assert shipped["the fan's set not known"] == figures(without_its_set([FAN, small]), WEIGHTS)
    assert told["weights"] != WEIGHTS
