"""A table of the report and what its cells look like, the same for Markdown and HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table of text; `note` says what it shows."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def mean(figure: Mapping[str, Any] | None) -> str:
    """A mean with its interval and count."""
    if not figure:
        return "-"
    return f"{figure['value']:.1%} ({figure['low']:.1%}-{figure['high']:.1%}), {figure['count']:,}"


def within(figures: Mapping[str, Any], name: str) -> str:
    """A figure with its interval, as far as they are there."""
    value, interval = figures.get(name), figures.get(f"{name}_interval")
    if value is None:
        return "-"
    digits = 1 if name.startswith("named_at") else 3
    shown = [f"{each:.{digits}%}" if digits == 1 else f"{each:.{digits}f}" for each in (value, *(interval or ()))]
    return f"{shown[0]} ({shown[1]}-{shown[2]})" if interval else shown[0]


def share(value: float | None) -> str:
    """A share in per cent."""
    return "-" if value is None else f"{value:.1%}"


def number(value: float | None, digits: int) -> str:
    """A number with so many digits."""
    return "-" if value is None else f"{value:.{digits}f}"


def as_markdown(tables: Sequence[Table]) -> str:
    """Tables as GitHub's Markdown."""
    parts = []
    for table in tables:
        lines = [_line(table.head), _line(["---"] * len(table.head)), *map(_line, table.rows)]
        parts.append(f"## {table.title}\n\n{table.note}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
