from __future__ import annotations

from copy import deepcopy
from typing import Any

from cardlens.benchmark.figures import HARD, LARGE
from cardlens.benchmark.lost import compared, lost, lost_rows, lost_slices, lost_to_strangers


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


def unknown(*shares: float | None, strangers: int = 100) -> dict[str, Any]:
    curve = [
        {"recall": recall, "strangers_named": share} for recall, share in zip((0.9, 0.95, 0.98), shares, strict=True)
    ]
    return {"strangers": strangers, "curve": curve}


def strangers(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """A report in which crops are compared so, and photos are all won."""
    photos = {"ours": {"strangers": unknown(0.0, 0.01, 0.02)}, "hash": {"strangers": unknown(0.1, 0.2, None)}}
    return {**REPORT, "photos": photos, "crop_strangers": {"ours": {"score": ours}, "hash": {"score": theirs}}}


def test_a_baseline_that_names_as_few_strangers_is_named_recall_by_recall() -> None:
    found = lost_to_strangers(strangers(unknown(0.005, 0.01, 0.03), unknown(0.002, 0.02, 0.03)), "ours")
    assert found["compared"] == 6
    where = "strangers named at {} recall, crops, score"
    assert found["slices"] == [
        {"where": where.format("90%"), "baseline": "hash", "theirs": 0.002, "ours": 0.005, "count": 100},
        {"where": where.format("98%"), "baseline": "hash", "theirs": 0.03, "ours": 0.03, "count": 100},
    ]


def test_a_recall_that_a_baseline_does_not_reach_is_won_and_one_that_only_it_reaches_is_lost() -> None:
    found = lost_to_strangers(strangers(unknown(0.1, 0.2, None), unknown(None, 0.9, 0.9)), "ours")
    assert [(row["theirs"], row["ours"]) for row in found["slices"]] == [(0.9, None)]


def test_few_strangers_say_nothing() -> None:
    few = unknown(0.0, 0.0, 0.0, strangers=19)
    assert lost_to_strangers(strangers(unknown(0.1, 0.1, 0.1), few), "ours") == {"compared": 3, "slices": []}


def test_a_report_counts_and_names_both_kinds_together() -> None:
    report = deepcopy(REPORT)
    report["crops"]["hash"][HARD]["r1"] = mean(1.0)
    for name, shares in (("ours", (0.1, 0.1, 0.1)), ("hash", (0.0, 0.2, 0.2)), ("frame", (None, None, None))):
        report["photos"][name]["strangers"] = unknown(*shares)
    report["crop_strangers"] = {}
    report["lost"] = lost(report, "ours")
    assert [row["where"] for row in lost_rows(report)] == [
        f"crops, {HARD}",
        "strangers named at 90% recall, photos",
    ]
    assert compared(report) == report["lost"]["compared"] + 6
