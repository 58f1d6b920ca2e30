"""Slices in which a baseline is as good as cardlens: they are named, not hidden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cardlens.benchmark.targets import HARD, LARGE

# answers, below which a slice says nothing
_FEW = 20

Report = dict[str, Any]


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
