"""The curves of growth, as SVG text."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_CURVES = {
    "build_seconds": "build, s",
    "file_bytes": "files, bytes",
    "resident_bytes": "resident, bytes",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "recall_at_5": "recall@5",
}


def draw(sizes: Sequence[dict[str, Any]]) -> str:
    """Every figure by rows, a curve a way."""
    # a fixed salt and no date: the same figures give the same bytes
    with mpl.rc_context({"svg.hashsalt": "cardlens", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(9.6, 6.0), layout="constrained")
        for axes, (name, label) in zip(figure.subplots(2, 3).flat, _CURVES.items(), strict=True):
            _curves(axes, sizes, name, label)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :] + "\n"


def _curves(axes: Axes, sizes: Sequence[dict[str, Any]], name: str, label: str) -> None:
    ways = dict.fromkeys(way for size in sizes for way in size if way != "rows")
    for way in ways:
        points = [(size["rows"], size[way][name]) for size in sizes if way in size and size[way].get(name)]
        if points:
            axes.plot(*zip(*points, strict=True), marker="o", label=way)
    axes.set(xlabel="rows", ylabel=label, xscale="log", yscale="linear" if name.startswith("recall") else "log")
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7)
