"""`cardlens bench --scale`: how searching grows with the rows."""

from __future__ import annotations

from pathlib import Path

from cardlens.cli import console, extras

QUICK_ROWS, FULL_ROWS = 20_000, 1_000_000


def bench_scale(out: Path, rows: int, address: str | None, *, strict: bool) -> int:
    """Measure, write the report into `out`, and show it; returns 1 where a target is missed and that is asked for."""
    extras.require("train", "cardlens bench --scale")  # matplotlib
    extras.require("postgres", "cardlens bench --scale")
    from cardlens.benchmark.scale import ScalePlan, run, write
    from cardlens.reference.database import ReferenceDatabase
    from cardlens.settings import Settings

    settings = Settings.from_environment()
    database = ReferenceDatabase.open(settings.reference, None, settings.threads)
    plan = ScalePlan(most=rows, threads=settings.threads, address=address or settings.shared)
    with console.stderr().status("starting") as status:
        report = run(database, out, plan, status.update)
    files = write(report, out)
    _show(report)
    for file in files:
        console.stdout().print(str(file), highlight=False, markup=False, soft_wrap=True)
    return int(strict and any(target["verdict"] != "met" for target in report["targets"]))


def _show(report: dict[str, object]) -> None:
    from rich.markdown import Markdown

    from cardlens.benchmark.scale import table

    console.stdout().print(Markdown(table(report)))
