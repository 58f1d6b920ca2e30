"""Slices in which a baseline is as good as cardlens: they are named, not hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cardlens.benchmark.figures import HARD, LARGE

# answers, below which a slice says nothing
_FEW = 20
# recall of known cards at which strangers are compared: those that the report shows
_RECALLS = (0.9, 0.95, 0.98)

Report = dict[str, Any]


def lost(report: Report, ours: str) -> Report:
    """What the report says of slices that are not won: shares of right answers, and of strangers named."""
    return lost_slices(report, ours) | {"unknown_cards": lost_to_strangers(report, ours)}


def lost_rows(report: Report) -> list[Report]:
    """Every slice that a report names as not won."""
    return [*report["lost"]["slices"], *report["lost"]["unknown_cards"]["slices"]]


def compared(report: Report) -> int:
    """How many comparisons a report made."""
    return int(report["lost"]["compared"] + report["lost"]["unknown_cards"]["compared"])


def lost_slices(report: Report, ours: str) -> Report:
    """Every comparison of a slice with each baseline: how many there are, and where the baseline is no worse.

    A baseline that gets nothing right beats nobody, whatever cardlens gets.
    """
    lost, compared = [], 0
    for where, figures in _comparisons(report):
        for baseline, theirs in figures.items():
            if baseline == ours or ours not in figures or theirs["count"] < _FEW:
                continue
            compared += 1
            mine = figures[ours]["value"]
            if theirs["value"] >= mine and theirs["value"] > 0:
                row = {"where": where, "baseline": baseline, "theirs": theirs["value"], "ours": mine}
                lost.append(row | {"count": theirs["count"]})
    return {"compared": compared, "slices": lost}


def lost_to_strangers(report: Report, ours: str) -> Report:
    """The same of the share of strangers that are named at a recall of known cards: the fewer the better.

    A baseline that never reaches the recall beats nobody; where cardlens alone does not, it is beaten.
    """
    rows, count = [], 0
    for where, figures in _unknown_cards(report):
        for baseline, theirs in figures.items():
            if baseline == ours or ours not in figures or theirs["strangers"] < _FEW:
                continue
            for recall in _RECALLS:
                their_share, our_share = _named_at(theirs, recall), _named_at(figures[ours], recall)
                count += 1
                if their_share is not None and (our_share is None or their_share <= our_share):
                    row = {"where": f"strangers named at {recall:.0%} recall, {where}", "baseline": baseline}
                    rows.append(row | {"theirs": their_share, "ours": our_share, "count": theirs["strangers"]})
    return {"compared": count, "slices": rows}


def _unknown_cards(report: Report) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By what strangers are told from known cards, and each contender's figures."""
    yield "photos", {name: figures["strangers"] for name, figures in report["photos"].items()}
    crops = report["crop_strangers"]
    for kind in dict.fromkeys(kind for figures in crops.values() for kind in figures):
        yield f"crops, {kind}", {name: figures[kind] for name, figures in crops.items() if kind in figures}


def _named_at(figures: Report, recall: float) -> float | None:
    return next((one["strangers_named"] for one in figures["curve"] if one["recall"] == recall), None)


def _comparisons(report: Report) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What is compared, and the figure of each contender: value and count."""
    for kind in (LARGE, HARD):
        yield f"crops, {kind}", _each(report["crops"], kind, "r1")
    tables = (
        ("crops", report["crops"], "slices", "r1"),
        ("photos, artwork", report["photos"], "names", "r1"),
        ("photos, named right", report["photos"], "names", "printing_right"),
        ("photos, found", report["photos"], "detection", "found_0.8"),
    )
    for title, contenders, key, figure in tables:
        sliced = {name: figures[key] for name, figures in contenders.items()}
        for one in dict.fromkeys(each for figures in sliced.values() for each in figures):
            yield f"{title}, {one}", _each(sliced, one, figure)


def _each(tables: Mapping[str, Report], key: str, figure: str) -> dict[str, Any]:
    return {name: table[key][figure] for name, table in tables.items() if figure in table.get(key, {})}
