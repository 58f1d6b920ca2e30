"""How searching grows with the rows: every way to search, at every size, and the exponents of what it costs."""

from __future__ import annotations

import json
import math
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import cardlens
from cardlens.benchmark.scale_curves import draw
from cardlens.benchmark.scale_indexes import WAYS
from cardlens.benchmark.scale_measure import measure_apart
from cardlens.benchmark.scale_rows import ask, make_rows
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.files import Vectors

SIZES = (17_592, 100_000, 1_000_000, 10_000_000)
POSTGRES = "pgvector"
# figure: what it is called, and the unit of a point
GROWS = {
    "build_seconds": "build, s",
    "file_bytes": "files, bytes",
    "p50_ms": "p50, ms",
    "resident_bytes": "resident, bytes",
}
_ASKED, _SEED = 400, 2026
# a line through sizes that are nearer to each other says nothing
_SPREAD = 3

Tell = Callable[[str], None]
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ScalePlan:
    """What is measured.

    Attributes:
        most: rows of the largest size.
        ways: names of ways to search, of `WAYS`, and `pgvector`.
        slow_most: rows up to which the ways that are not meant for more are measured.
        threads: for building, 0 = all cores.
        address: of a server for pgvector; None starts one.
    """

    most: int = 1_000_000
    ways: tuple[str, ...] = (*WAYS, POSTGRES)
    slow_most: int = 100_000
    threads: int = 0
    address: str | None = None

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes up to `most`, which is one of them."""
        return (*(size for size in SIZES if size < self.most), self.most)

    def is_measured(self, way: str, rows: int) -> bool:
        """Compact indexes, databases and every row at all sizes; whole-embedding graphs and pgvector up to a limit."""
        return way in {"exact", "compact", "sharded", "reference"} or rows <= self.slow_most


def run(database: ReferenceDatabase, folder: Path, plan: ScalePlan, tell: Tell) -> Report:
    """Measure everything that `plan` names; rows and indexes lie in `folder`, the indexes only while they are measured.

    Returns:
        `about`, `sizes` (a list of {"rows": …, way: figures}), `exponents` (way -> figure -> exponent), `targets`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"rows-{plan.most}.npy"
    tell(f"making {plan.most:,} rows")
    rows = make_rows(database, plan.most, file, _SEED, lambda done, total: tell(f"made {done:,} of {total:,} rows"))
    sizes = [_measure_size(rows, count, folder, plan, tell) for count in plan.sizes]
    report: Report = {
        "about": {
            "version": cardlens.__version__,
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "model": database.manifest.model.digest,
            "asked": _ASKED,
            "seed": _SEED,
        },
        "sizes": sizes,
        "exponents": exponents(sizes),
    }
    report["targets"] = targets(sizes)
    return report


def _measure_size(rows: Vectors, count: int, folder: Path, plan: ScalePlan, tell: Tell) -> Report:
    truth = folder / f"truth-{count}.npz"
    asked = ask(rows[:count], min(_ASKED, count), _SEED)
    np.savez(truth, vectors=asked.vectors, rows=asked.rows)
    figures: Report = {"rows": count}
    for way in plan.ways:
        if not plan.is_measured(way, count):
            continue
        tell(f"{way}, {count:,} rows")
        built = folder / f"{way.replace(' ', '-')}-{count}"
        if way == POSTGRES:
            from cardlens.benchmark.scale_pgvector import measure_pgvector  # noqa: PLC0415 - needs the extra postgres

            figures[way] = measure_pgvector(rows[:count], asked, plan.address)
        else:
            file = folder / f"rows-{plan.most}.npy"
            figures[way] = measure_apart(way, file, count, truth, built, plan.threads)
            shutil.rmtree(built)
    truth.unlink()
    return figures


def exponents(sizes: Sequence[Report]) -> dict[str, dict[str, float]]:
    """Fit `figure = factor · rows ** exponent` by least squares on logarithms, where sizes are far enough apart."""
    ways = {way for size in sizes for way in size if way != "rows"}
    return {way: _exponents_of(way, sizes) for way in sorted(ways)}


def _exponents_of(way: str, sizes: Sequence[Report]) -> dict[str, float]:
    fitted = {}
    for name in GROWS:
        points = [(size["rows"], size[way][name]) for size in sizes if way in size and size[way].get(name)]
        if points and max(points)[0] >= _SPREAD * min(points)[0]:
            logs = np.log(np.array(points, float))
            fitted[name] = round(float(np.polyfit(logs[:, 0], logs[:, 1], 1)[0]), 3)
    return fitted


def targets(sizes: Sequence[Report]) -> list[dict[str, Any]]:
    """Judge the reference database of a million rows; what was not measured is said to be missing."""
    found_at = (size["reference"] for size in sizes if size["rows"] == 1_000_000 and "reference" in size)
    measured: Mapping[str, float] = next(found_at, {})
    wanted = {
        "build_seconds": ("built in at most 900 s", 900.0),
        "open_seconds": ("opens in at most 1 s", 1.0),
        "p50_ms": ("p50 at most 2 ms", 2.0),
        "resident_bytes": ("resident at most 2.5 GB", 2.5e9),
    }
    judged = [_judged(text, measured.get(name), most) for name, (text, most) in wanted.items()]
    found = measured.get("recall_at_5")
    # what is missed, as all else is at most so much
    lost = _judged("recall@5 at least 0.98", None if found is None else 1 - found, 0.02)
    return [*judged, lost | {"measured": found}]


def _judged(text: str, value: float | None, most: float) -> dict[str, Any]:
    verdict = "missing" if value is None else "met" if value <= most else "missed"
    return {"what": f"1,000,000 rows: {text}", "measured": value, "verdict": verdict}


def write(report: Report, folder: Path) -> list[Path]:
    """Write scale.json, scale.md and scale.svg; give their names."""
    files = [folder / f"scale.{suffix}" for suffix in ("json", "md", "svg")]
    texts = (json.dumps(report, indent=1) + "\n", table(report), draw(report["sizes"]))
    for file, text in zip(files, texts, strict=True):
        aside = file.with_suffix(".writing")
        aside.write_text(text, encoding="utf-8")
        aside.rename(file)
    return files


def table(report: Report) -> str:
    """The figures as a Markdown table, and the exponents."""
    lines = [
        "| rows | way | build, s | files, MB | open, s | resident, MB | p50, ms | p99, ms | recall@5 | recall@1 |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for size in report["sizes"]:
        lines += [_line(size["rows"], way, size[way]) for way in size if way != "rows"]
    lines += ["", "| way | " + " | ".join(GROWS.values()) + " |", "| --- |" + " ---: |" * len(GROWS)]
    for way, fitted in report["exponents"].items():
        lines.append(f"| {way} | " + " | ".join(_cell(fitted.get(name)) for name in GROWS) + " |")
    return "\n".join(lines) + "\n"


def _line(rows: int, way: str, figures: Mapping[str, float]) -> str:
    megabytes = {name: figures.get(name, math.nan) / 1e6 for name in ("file_bytes", "resident_bytes")}
    cells = (
        figures.get("build_seconds"),
        megabytes["file_bytes"],
        figures.get("open_seconds"),
        megabytes["resident_bytes"],
        *(figures.get(name) for name in ("p50_ms", "p99_ms", "recall_at_5", "recall_at_1")),
    )
    return f"| {rows:,} | {way} | " + " | ".join(map(_cell, cells)) + " |"


def _cell(value: float | None) -> str:
    if value is None or math.isnan(value):
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"
