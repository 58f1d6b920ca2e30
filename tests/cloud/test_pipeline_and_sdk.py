"""Our definition beside the one that the old SageMaker SDK builds of the same steps: `sdk_definition.py` made it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cardlens.cloud.pipeline import define
from cardlens.cloud.pipeline_schema import all_steps, references
from cardlens.cloud.pipeline_steps import Recipe
from cardlens.cloud.place import Place
from tests.moto_server import ACCOUNT

Document = dict[str, Any]
STEPS = ["Prepare", "Teacher", "Stage1", "Stage2", "Export", "Evaluate", "Gates", "Register", "NotGoodEnough"]


@pytest.fixture(scope="module")
def ours() -> Document:
    return define(Place(), ACCOUNT, Recipe("experiments/code/abc.tar.gz", "experiments/data/def.manifest")).document


@pytest.fixture(scope="module")
def theirs() -> Document:
    document: Document = json.loads(Path(__file__).with_name("sdk_definition.json").read_text(encoding="utf-8"))
    return document


def steps_of(document: Document) -> dict[str, Document]:
    """The SDK adds its own ending to the name of a registration."""
    return {step["Name"].removesuffix("-RegisterModel"): step for step in all_steps(document["Steps"])}


def shape(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Where which kind of value stands; a function counts as the text or number that it will give."""
    if isinstance(node, dict) and not set(node) & {"Get", "Std:Join", "Std:JsonGet"}:
        for name, value in node.items():
            yield from shape(value, f"{path}.{name}")
    elif isinstance(node, list):
        for value in node:
            yield from shape(value, f"{path}[]")
    else:
        yield path, "number" if isinstance(node, int | float) and not isinstance(node, bool) else type(node).__name__


def without_functions(found: Iterator[tuple[str, str]]) -> set[tuple[str, str]]:
    """Take a function for a text: whether it is one is compared by what it refers to."""
    return {(path, "str" if kind == "dict" else kind) for path, kind in found}


def test_both_have_the_same_parts(ours: Document, theirs: Document) -> None:
    assert ours["Version"] == theirs["Version"]
    assert set(ours) == set(theirs) - {"PipelineExperimentConfig"}  # what SageMaker takes where nothing is said
    assert set(ours["Metadata"]) == {"made-by"}


def test_both_have_the_same_parameters(ours: Document, theirs: Document) -> None:
    assert [(one["Name"], one["Type"]) for one in ours["Parameters"]] == [
        (one["Name"], one["Type"]) for one in theirs["Parameters"]
    ]
    assert {frozenset(one) for one in ours["Parameters"]} == {frozenset(one) for one in theirs["Parameters"]}


def test_both_have_the_same_steps_in_the_same_order(ours: Document, theirs: Document) -> None:
    def kinds(document: Document) -> list[tuple[str, str]]:
        return [(name, step["Type"]) for name, step in steps_of(document).items()]

    assert [name for name, _ in kinds(ours)] == STEPS
    assert sorted(kinds(ours)) == sorted(kinds(theirs))
    assert [name for name, _ in kinds(ours)[:7]] == [name for name, _ in kinds(theirs)[:7]]


@pytest.mark.parametrize("name", STEPS)
def test_what_we_say_of_a_step_the_sdk_says_in_the_same_place(ours: Document, theirs: Document, name: str) -> None:
    free = (".Arguments.HyperParameters.", ".Arguments.Environment.")  # names of our own choice
    said = {found for found in without_functions(shape(steps_of(ours)[name])) if not found[0].startswith(free)}
    assert said <= without_functions(shape(steps_of(theirs)[name]))


@pytest.mark.parametrize("name", STEPS)
def test_a_step_refers_to_others_in_the_sdks_words(ours: Document, theirs: Document, name: str) -> None:
    own = {"Parameters.Code", "Parameters.CardData"}  # which step is given code and scans is not the SDK's to say
    assert set(references(steps_of(ours)[name])) - own == set(references(steps_of(theirs)[name])) - own


def test_the_conditions_are_the_sdks_to_the_letter(ours: Document, theirs: Document) -> None:
    assert steps_of(ours)["Gates"]["Arguments"]["Conditions"] == steps_of(theirs)["Gates"]["Arguments"]["Conditions"]


def test_the_figures_are_kept_as_the_sdk_keeps_them(ours: Document, theirs: Document) -> None:
    assert steps_of(ours)["Evaluate"]["PropertyFiles"] == steps_of(theirs)["Evaluate"]["PropertyFiles"]
