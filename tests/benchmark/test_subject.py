from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.benchmark.subject import Subject, slices
from cardlens.training.simulator.conditions import Conditions

PLAIN = Subject("base1-4", Conditions(width=100, blur=0.5, glare=0.6), "scans", held_out=False, seen=True, tied=False)


def names(subject: Subject) -> set[str]:
    return {one.name for one in slices([subject])}


def test_a_subject_is_in_the_slices_that_describe_it() -> None:
    assert names(PLAIN) == {
        "all",
        "width: 90-120",
        "glare: some",
        "glare: strong",
        "blur: 0.01-0.7",
        "sleeve: no",
        "foil: no",
        "finger: no",
        "other text: no",
        "rotation: upright",
        "cut off: no",
        "language: en",
        "era: Base",
        "reprint: no",
        "set: seen",
        "learnt from: yes",
        "picture: the database's",
        "cards in the photo: one",
    }


@pytest.mark.parametrize(
    ("turned", "slice_"),
    [(0, "upright"), (19, "upright"), (45, "askew"), (90, "sideways"), (110, "sideways"), (175, "upside down")],
)
def test_rotations_are_told_apart(turned: float, slice_: str) -> None:
    said = names(replace(PLAIN, conditions=replace(PLAIN.conditions, turned=turned)))
    assert {name for name in said if name.startswith("rotation")} == {f"rotation: {slice_}"}


@given(
    st.floats(0, 500),
    st.floats(0, 3),
    st.floats(0, 180),
    st.floats(0, 1),
    st.booleans(),
    st.sampled_from(("de", "en2")),
)
def test_every_subject_is_once_in_each_dimension_but_glare(
    width: float, blur: float, turned: float, visible: float, flag: bool, source: str
) -> None:
    conditions = Conditions(width, turned, visible, flag, flag, 0.0, blur, flag, flag)
    subject = Subject("A1-1", conditions, source, held_out=flag, seen=flag, tied=flag, company=2 if flag else 1)
    dimensions = [one.dimension for one in slices([subject])]
    assert len(dimensions) == len(set(dimensions)) == 17


def test_languages_and_series_are_those_there_are() -> None:
    both = [PLAIN, replace(PLAIN, card_id="A1-1", source="fr")]
    said = [one.name for one in slices(both)]
    assert {"language: en", "language: fr", "era: Base", "era: TCG Pocket"} <= set(said)
    assert [sum(one.holds(subject) for subject in both) for one in slices(both) if one.dimension == "language"] == [
        1,
        1,
    ]
