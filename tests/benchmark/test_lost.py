from __future__ import annotations

from copy import deepcopy
from typing import Any

from cardlens.benchmark.lost import lost_slices
from cardlens.benchmark.targets import HARD, LARGE


def mean(value: float, count: int = 100) -> dict[str, float]:
    return {"value": value, "low": value, "high": value, "count": count}


def crops(right: float) -> dict[str, Any]:
    return {LARGE: {"r1": mean(right)}, HARD: {"r1": mean(right)}, "slices": {"all": {"r1": mean(right)}}}


def photos(right: float) -> dict[str, Any]:
    names = {one: {"r1": mean(right), "printing_right": mean(right)} for one in ("all", "foil: yes")}
    return {"names": names, "detection": {"all": {"found_0.8": mean(right)}}}


REPORT: dict[str, Any] = {
    "crops": {"ours": crops(0.99), "hash": crops(0.9)},
    "photos": {"ours": photos(0.99), "hash": photos(0.5), "frame": {**photos(0.4), "detection": {}}},
}


def test_where_every_baseline_is_worse_nothing_is_lost() -> None:
    assert lost_slices(REPORT, "ours") == {"compared": 3 + 4 + 4 + 1, "slices": []}


def test_a_slice_in_which_a_baseline_is_as_good_is_named_with_both_shares() -> None:
    report = deepcopy(REPORT)
    report["photos"]["hash"]["names"]["foil: yes"]["r1"] = mean(0.99, 33)
    row = {"where": "photos, artwork, foil: yes", "baseline": "hash", "theirs": 0.99, "ours": 0.99, "count": 33}
    assert lost_slices(report, "ours")["slices"] == [row]


def test_large_and_hard_crops_are_slices_too() -> None:
    report = deepcopy(REPORT)
    report["crops"]["hash"][HARD]["r1"] = mean(1.0)
    assert [one["where"] for one in lost_slices(report, "ours")["slices"]] == [f"crops, {HARD}"]


def test_few_answers_say_nothing_and_nothing_right_beats_nobody() -> None:
    report = deepcopy(REPORT)
    report["crops"]["hash"][LARGE]["r1"] = mean(1.0, 19)
    report["crops"]["ours"][HARD]["r1"] = report["crops"]["hash"][HARD]["r1"] = mean(0.0)
    assert lost_slices(report, "ours") == {"compared": 11, "slices": []}
