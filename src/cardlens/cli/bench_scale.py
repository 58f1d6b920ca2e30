"""`cardlens bench --scale`: how searching grows with the rows."""

from __future__ import annotations

from pathlib import Path

from cardlens.cli import console, extras
from cardlens.errors import CardlensError

QUICK_ROWS, FULL_ROWS = 20_000, 1_000_000


def bench_scale(out: Path, rows: int, address: str | None, ways: tuple[str, ...], *, strict: bool) -> int:
    """Measure `ways` to search (none: all), write the report into `out`, and show it.

    Returns 1 where a target is missed and that is asked for; raises `CardlensError` for a way that there is not.
    """
    extras.require("train", "cardlens bench --scale")  # matplotlib
    from cardlens.benchmark.scale import POSTGRES, ScalePlan, run, write
    from cardlens.reference.database import ReferenceDatabase
    from cardlens.settings import Settings

    known = ScalePlan().ways
    if unknown := [name for name in ways if name not in known]:
        raise CardlensError(f"--way {unknown[0]}: there is no such way to search; there are {', '.join(known)}")
    if POSTGRES in (ways or known):
        extras.require("postgres", "cardlens bench --scale")
    settings = Settings.from_environment()
    database = ReferenceDatabase.open(settings.reference, None, settings.threads)
    plan = ScalePlan(most=rows, ways=ways or known, threads=settings.threads, address=address or settings.shared)
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
