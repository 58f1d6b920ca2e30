"""The costs as a picture: growth, and what archives cost over time. Needs matplotlib, from the extra train."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cardlens.cloud.cost_archive import ArchiveCase
from cardlens.cloud.cost_growth import Projection
from cardlens.errors import CardlensError

FORMATS = (".png", ".svg", ".pdf")
_MONTHS = 25


def plot(projections: Sequence[Projection], cases: Sequence[ArchiveCase], file: Path) -> None:
    """Write the picture, aside and then renamed; raises `CardlensError` where it cannot be written."""
    if file.suffix.lower() not in FORMATS:
        raise CardlensError(f"{file}: a plot is written as {', '.join(FORMATS)}; give such a name")
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  an extra, and slow to load
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    growth, archives = figure.subplots(1, 2)
    _draw_growth(growth, projections)
    _draw_archives(archives, cases)
    aside = file.with_name(f".{file.name}.writing")
    try:
        figure.savefig(aside, format=file.suffix[1:].lower(), dpi=150, metadata={"Date": None} if _is_svg(file) else {})
        aside.replace(file)
    except OSError as error:
        raise CardlensError(f"{file}: cannot be written ({error.strerror}); give another place") from error


def _is_svg(file: Path) -> bool:
    return file.suffix.lower() == ".svg"


def _draw_growth(axes: Any, projections: Sequence[Projection]) -> None:
    for devices in sorted({one.devices for one in projections}):
        line = [one for one in projections if one.devices == devices]
        label = f"{devices:,} device{'s' if devices > 1 else ''}"
        axes.loglog([one.cards for one in line], [float(one.total.usd) for one in line], marker="o", label=label)
    axes.set(xlabel="cards", ylabel="dollars a month", title="Storage, requests and transfer out")
    axes.grid(visible=True, which="both", alpha=0.3)
    if projections:
        axes.legend()


def _draw_archives(axes: Any, cases: Sequence[ArchiveCase]) -> None:
    months = range(_MONTHS)
    if cases:
        standard = cases[0].before.usd
        axes.plot(months, [float(standard * month) for month in months], "k--", label="S3 Standard")
    for case in cases:
        (line,) = axes.plot(months, [float(case.spent(month)) for month in months], label=case.storage_class.name)
        month = case.break_even()
        if month is not None and month < _MONTHS:
            axes.plot(month, float(case.spent(month)), "o", color=line.get_color())
    axes.set(xlabel="months kept", ylabel="dollars spent", title="Archive: dots where it has paid for itself")
    axes.grid(visible=True, alpha=0.3)
    if cases:
        axes.legend()
