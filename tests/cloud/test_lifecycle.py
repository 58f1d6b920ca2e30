from __future__ import annotations

import copy
from typing import Any

import pytest

from cardlens.cloud import template
from cardlens.cloud.lifecycle import differences, rules_of_template
from cardlens.cloud.place import Place
from tests.moto_server import ACCOUNT


@pytest.fixture
def rules() -> list[dict[str, Any]]:
    return rules_of_template(template.bucket(Place(), ACCOUNT))


def test_what_was_made_is_as_it_should_be(rules: list[dict[str, Any]]) -> None:
    assert len(rules) == 7
    assert differences(copy.deepcopy(rules), rules) == []


def test_filters_may_be_written_in_other_ways(rules: list[dict[str, Any]]) -> None:
    found = [{**rule, "Prefix": rule["Filter"]["Prefix"], "Filter": {}} for rule in rules]
    assert differences(found, rules) == []


def test_how_long_experiments_stay_is_the_owners_choice(rules: list[dict[str, Any]]) -> None:
    found = copy.deepcopy(rules)
    found[0]["Expiration"] = {"Days": 60}
    assert differences(found, rules) == []


def test_what_was_changed_is_named(rules: list[dict[str, Any]]) -> None:
    found = copy.deepcopy(rules)
    found[0]["Filter"] = {"Prefix": ""}  # everything would expire
    found[1]["Status"] = "Disabled"
    del found[4]
    assert differences(found, rules) == [
        "jobs-expire is not as it was made",
        "pipeline-runs-expire is missing",
        "old-data-gets-cheaper is missing",
    ]


def test_a_rule_that_deletes_what_should_stay_is_named(rules: list[dict[str, Any]]) -> None:
    """The stack once let all of experiments/ expire, its records too."""
    everything = {
        "ID": "experiments-expire",
        "Status": "Enabled",
        "Filter": {"Prefix": "cards/experiments/"},
        "Expiration": {"Days": 180},
    }
    cheaper = {"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 9}]}
    assert differences([*rules, everything, cheaper], rules) == ["experiments-expire deletes objects"]
