from __future__ import annotations

import copy
from copy import deepcopy
from typing import Any

import pytest

from cardlens.benchmark.figures import HARD, LARGE
from cardlens.benchmark.lost import lost
from cardlens.benchmark.targets import Target, judge


def mean(value: float, count: int = 100) -> dict[str, float]:
    return {"value": value, "low": value, "high": value, "count": count}


def contender(right: float) -> dict[str, Any]:
    return {LARGE: {"r1": mean(right)}, HARD: {"r1": mean(right)}, "slices": {"all": {"r1": mean(right)}}}


def photos(right: float) -> dict[str, Any]:
    return {
        "printing": {"found": {"right": mean(right)}, "named": {"right": mean(right)}},
        "names": {},
        "detection": {},
        "strangers": {"named_at_95": 0.01, "named_at_95_interval": [0.002, 0.03], "strangers": 400, "curve": []},
        "reliability": {"printing": {"ece": 0.015, "ece_interval": None, "answers": 500}},
    }


GOOD: dict[str, Any] = {
    "crops": {"ours": contender(0.998), "hash": contender(0.9)},
    "crop_strangers": {},
    "photos": {"ours": photos(0.995), "hash": photos(0.5)},
    "real": {
        "ours": {
            "binder_cards": 72,
            "binder_right": 71,
            "binder_wrong_above_0.9": 0,
            "others_named_at_95": 0.0,
            "others": {"not-pokemon": {"photos": 45, "answers": 50}},
        }
    },
    "about": {"plan": {"minutes": 30}},
    "cost": {"models": {"embedder.onnx": 4.8}, "minutes": 29.9},
    "fans": {"strips": 37, "right": 33, "wrong_and_sure": 0},
    "lost": {"compared": 6, "slices": [], "unknown_cards": {"compared": 3, "slices": []}},
    "int8": {
        "weights": "as trained",
        "lost": 0.001,
        "parameters": 4_354_000,
        "megabytes": 17.4,
        "timing": {"faster": 1.8},
    },
}


def verdicts(report: dict[str, Any]) -> dict[str, Target]:
    return {target.what: target for target in judge(report, "ours")}


def test_what_is_reached_is_met() -> None:
    assert {target.verdict for target in verdicts(GOOD).values()} == {"met"}
    assert len(verdicts(GOOD)) == 18


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("crops", "ours", LARGE, "r1", "value"), 0.9969, "artwork R@1, crops of held-out sets, 120 px and wider"),
        (("crops", "ours", HARD, "r1", "value"), 0.969, "artwork R@1, 60-90 px with glare, foil and sleeve"),
        (("photos", "ours", "printing", "found", "right", "value"), 0.989, "printing right or rightly tied, of cards"),
        (("photos", "ours", "printing", "named", "right", "value"), 0.989, "the same, of those of them that are named"),
        (("photos", "ours", "strangers", "named_at_95"), 0.021, "strangers of the same game named at 95 %"),
        (("photos", "ours", "reliability", "printing", "ece"), 0.021, "ECE of the confidence"),
        (("real", "ours", "others_named_at_95"), 0.006, "other games' cards named"),
        (("real", "ours", "binder_right"), 69, "binder photos, right of 72"),
        (("real", "ours", "binder_wrong_above_0.9"), 1, "binder photos, wrong above 0.9"),
        (("fans", "right"), 29, "strips of fanned cards"),
        (("fans", "wrong_and_sure"), 1, "fanned cards, wrong at 0.5"),
        (("int8", "lost"), 0.0021, "INT8 against fp32, weights as trained, R@1 lost"),
        (("int8", "timing", "faster"), 1.5, "INT8 against fp32, weights as trained, times faster on one thread"),
        (("int8", "parameters"), 6_200_000, "student, parameters"),
        (("cost", "models", "embedder.onnx"), 7.1, "INT8 embedder, MB"),
        (("cost", "minutes"), 30.1, "this run, minutes"),
    ],
)
def test_what_is_not_reached_is_missed(path: tuple[str, ...], value: float, what: str) -> None:
    report = deepcopy(GOOD)
    place = report
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    missed = [target.what for target in judge(report, "ours") if target.verdict == "missed"]
    assert len(missed) == 1
    assert missed[0].startswith(what)


def test_what_was_not_measured_is_said_so() -> None:
    report = deepcopy(GOOD)
    report["int8"] = None
    report["real"]["ours"]["binder_cards"] = report["fans"]["strips"] = 0
    unmeasured = [target.what for target in judge(report, "ours") if target.verdict == "not measured"]
    assert unmeasured == [
        "binder photos",
        "strips of fanned cards resolved to the right card",
        "fanned cards, wrong at 0.5 or more",
        "INT8 against fp32",
    ]


def test_a_recall_that_is_never_reached_is_a_target_missed() -> None:
    report = deepcopy(GOOD)
    report["photos"]["ours"]["strangers"]["named_at_95"] = report["real"]["ours"]["others_named_at_95"] = None
    missed = [target for target in judge(report, "ours") if target.verdict == "missed"]
    assert [target.measured for target in missed] == ["95 % recall is out of reach"] * 2


WON = "every baseline beaten in every slice, or the slice named"


def test_slices_that_are_not_won_are_counted_here_and_named_in_a_table_of_their_own() -> None:
    report = deepcopy(GOOD)
    report["crops"]["hash"][HARD]["r1"] = mean(0.999)
    report["lost"] = lost(report, "ours")
    said = verdicts(report)[WON]
    assert (said.measured, said.verdict) == ("beaten in 5 of 6; the others are under Slices not won", "met")
    assert verdicts(GOOD)[WON].measured == "beaten in 6 of 6"


def test_a_slice_that_is_not_won_and_not_named_is_a_target_missed() -> None:
    report = deepcopy(GOOD)
    report["crops"]["hash"][HARD]["r1"] = mean(0.999)
    said = verdicts(report)[WON]
    assert (said.measured, said.verdict) == ("beaten in 5 of 6; 1 of the others are not named", "missed")


def test_shares_say_how_far_they_may_be_off_and_of_how_many() -> None:
    found = verdicts(GOOD)
    said = [found[what].measured for what in found if what.startswith(("strangers", "other games", "ECE"))]
    assert said == ["1.00% (0.20%-3.00%), n 400", "0.00%, n 50", "1.50%, n 500"]


def test_without_a_photo_of_another_game_that_target_is_not_measured() -> None:
    report = copy.deepcopy(GOOD)
    report["real"]["ours"] |= {"others": {"not-pokemon": {"photos": 0, "answers": 0}}, "others_named_at_95": None}
    [found] = [target for what, target in verdicts(report).items() if what.startswith("other games")]
    assert (found.measured, found.verdict) == ("-", "not measured")
