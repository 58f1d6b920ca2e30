"""More agreement never makes a card less likely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardlens.errors import BadModel
from cardlens.recognition.reading_evidence import ReadEvidence
from cardlens.recognition.reading_probability import features, probability, reading_probability

NOTHING = ReadEvidence(
    name=None,
    number=0,
    total=0,
    set_code=0,
    hp=0,
    banner=0,
    certain=False,
    name_confidence=0,
    number_confidence=0,
    height=800,
)
NAMED = replace(NOTHING, name=1.0, name_confidence=0.99, number=1, total=1, certain=True, number_confidence=0.9)


def test_one_field_is_worth_little_and_all_are_near_certain() -> None:
    assert reading_probability(NOTHING, 1) < 0.01
    assert reading_probability(replace(NAMED, hp=1), 1) > 0.95


@pytest.mark.parametrize("field", ["hp", "set_code", "banner"])
def test_agreement_raises_and_contradiction_lowers(field: str) -> None:
    without = reading_probability(NAMED, 1)
    assert reading_probability(replace(NAMED, **{field: 1}), 1) >= without  # type: ignore[arg-type]
    assert reading_probability(replace(NAMED, **{field: -1}), 1) < without  # type: ignore[arg-type]


def test_rivals_share_it() -> None:
    assert reading_probability(NAMED, 4) == pytest.approx(reading_probability(NAMED, 1) / 4)


def test_coefficients_of_another_version_are_refused() -> None:
    with pytest.raises(BadModel, match="another version"):
        probability(NAMED, 1, {"bias": 1.0})


def test_every_feature_is_a_number() -> None:
    assert all(isinstance(value, float) for value in features(NAMED).values())
