"""The plots of the report, as SVG text that goes into the page."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Report = dict[str, Any]

_SIZE = (6.4, 4.0)
_WIDTHS = "width: "
# where the curve of strangers begins; the least area of a dot, which grows by one an answer
_LEAST_RECALL, _DOT = 0.5, 12


def draw_all(report: Report, ours: str) -> dict[str, str]:
    """Title -> SVG of every plot."""
    plots: dict[str, Callable[[Axes], None]] = {
        "Artwork R@1 by width of the card, crops": lambda axes: _widths(axes, report["crops"], "slices"),
        "Artwork R@1 by width of the card, photos": lambda axes: _widths(axes, report["photos"], "names"),
        "Strangers named, by recall of known cards (photos)": lambda axes: _strangers(axes, report["photos"]),
        "Reliability of the confidence (photos, unseen cards)": lambda axes: _reliability(axes, report["photos"]),
        "Risk by coverage (photos)": lambda axes: _risk(axes, report["photos"]),
        "Strangers named at 95 % recall, without each ingredient": lambda axes: _ablation(axes, report["ablation"]),
        "R@1 as the gallery grows": lambda axes: _growth(axes, report["growth"]),
        "Milliseconds a stage": lambda axes: _stages(axes, report["cost"]["milliseconds"], ours),
    }
    return {title: _svg(draw) for title, draw in plots.items()}


def _svg(draw: Callable[[Axes], None]) -> str:
    # a fixed salt and no date: the same figures give the same bytes; no fonts embedded: the reader's are used
    with mpl.rc_context({"svg.hashsalt": "cardlens", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        handles, _ = axes.get_legend_handles_labels()
        if handles:
            axes.legend(fontsize=8)
        axes.grid(alpha=0.3)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def _widths(axes: Axes, tables: Mapping[str, Report], key: str) -> None:
    for name, figures in tables.items():
        points = {
            label.removeprefix(_WIDTHS): figure["r1"]
            for label, figure in figures[key].items()
            if label.startswith(_WIDTHS) and "r1" in figure
        }
        values = [point["value"] for point in points.values()]
        below = [point["value"] - point["low"] for point in points.values()]
        above = [point["high"] - point["value"] for point in points.values()]
        axes.errorbar(list(points), values, yerr=[below, above], marker="o", capsize=3, label=name)
    axes.set(xlabel="width of the card, pixels", ylabel="R@1", ylim=(0, 1.02))


def _strangers(axes: Axes, tables: Mapping[str, Report]) -> None:
    for name, figures in tables.items():
        points = [point for point in figures["strangers"]["curve"] if point["strangers_named"] is not None]
        label = name if any(point["recall"] >= _LEAST_RECALL for point in points) else f"{name}: never as many known"
        axes.plot(
            [one["recall"] for one in points], [one["strangers_named"] for one in points], marker=".", label=label
        )
    axes.set(xlabel="known cards named right", ylabel="strangers named", xlim=(_LEAST_RECALL, 1.0), ylim=(-0.02, 1.02))


def _reliability(axes: Axes, tables: Mapping[str, Report]) -> None:
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="a probability")
    for name, figures in tables.items():
        bins: Sequence[Sequence[float]] = figures["reliability"].get("printing", {}).get("bins", [])
        if bins:
            error = figures["reliability"]["printing"]["ece"]
            sure, right = [one[0] for one in bins], [one[1] for one in bins]
            [line] = axes.plot(sure, right, linewidth=0.8, label=f"{name}, ECE {error:.3f}")
            axes.scatter(sure, right, [_DOT + one[2] for one in bins], color=line.get_color(), alpha=0.6)
            for confidence, share, count in bins:
                axes.annotate(f"{count:,.0f}", (confidence, share), (4, -10), textcoords="offset points", fontsize=7)
    axes.set(xlabel="confidence", ylabel="share right", xlim=(0, 1), ylim=(0, 1.02))


def _risk(axes: Axes, tables: Mapping[str, Report]) -> None:
    for name, figures in tables.items():
        points = figures["reliability"].get("artwork", {}).get("risk_coverage", [])
        if points:
            axes.plot([one[0] for one in points], [one[1] for one in points], label=name)
    axes.set(xlabel="share of answers kept, surest first", ylabel="share of these that is wrong", xlim=(0, 1))


def _ablation(axes: Axes, found: Report) -> None:
    rows = {name: one for name, one in found["variants"].items() if one.get("named_at_95") is not None}
    shares = [one["named_at_95"] for one in rows.values()]
    between = [one["named_at_95_interval"] for one in rows.values()]
    below = [max(share - low, 0.0) for share, (low, _) in zip(shares, between, strict=True)]
    above = [max(high - share, 0.0) for share, (_, high) in zip(shares, between, strict=True)]
    axes.barh(list(rows), shares, xerr=[below, above], capsize=3)
    axes.invert_yaxis()
    most = max((high for _, high in between), default=1.0)
    axes.set(xlabel="strangers named, 95 % interval", xlim=(0, most * 1.05 or 1.0))


def _growth(axes: Axes, tables: Mapping[str, Report]) -> None:
    for name, figures in tables.items():
        sizes = figures["sizes"]
        axes.plot([one["rows"] for one in sizes], [one["r1"] for one in sizes], marker="o", label=name)
    axes.set(xlabel="rows", ylabel="R@1, held-out cards", xscale="log", ylim=(0, 1.02))


def _stages(axes: Axes, stages: Mapping[str, Mapping[str, float]], ours: str) -> None:
    medians = [one["median"] for one in stages.values()]
    over = [one["p90"] - one["median"] for one in stages.values()]
    axes.bar(list(stages), medians, yerr=[[0.0] * len(over), over], capsize=3)
    axes.set(ylabel=f"ms, {ours}")
