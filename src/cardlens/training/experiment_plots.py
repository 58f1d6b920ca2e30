"""The curves of a run as one picture."""

from __future__ import annotations

import json
import math
from pathlib import Path

from matplotlib.figure import Figure

_COLUMNS, _WIDE, _HIGH = 2, 5.0, 2.6


def read_curves(log: Path) -> dict[str, list[tuple[int, float]]]:
    """Each figure's (step, value) in a run's `log.jsonl`; of a step that was done twice, the later one."""
    curves: dict[str, dict[int, float]] = {}
    if log.exists():
        for line in log.read_text(encoding="utf-8").splitlines():
            figures = json.loads(line)
            step = int(figures.pop("step"))
            for name, value in figures.items():
                curves.setdefault(name, {})[step] = float(value)
    return {name: sorted(points.items()) for name, points in curves.items()}


def plot_curves(log: Path, picture: Path, title: str) -> None:
    """Plot every figure of a log over its steps into one PNG; a log without a line gives an empty picture."""
    curves = read_curves(log)
    rows = max(math.ceil(len(curves) / _COLUMNS), 1)
    figure = Figure(figsize=(_WIDE * _COLUMNS, _HIGH * rows), layout="constrained")
    for place, (name, points) in enumerate(curves.items()):
        axes = figure.add_subplot(rows, _COLUMNS, place + 1)
        axes.plot(*zip(*points, strict=True), linewidth=1.2, marker=".", markersize=3)
        axes.set_title(name, fontsize=9)
        axes.set_xlabel("step", fontsize=8)
        axes.grid(alpha=0.3)
    figure.suptitle(title)
    figure.savefig(picture, dpi=110)
