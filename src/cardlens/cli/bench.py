"""`cardlens bench`: measure everything in one go, and the baselines beside it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardlens.cli import console, extras
from cardlens.cli.scale_options import (
    Address,
    Engine,
    EngineOption,
    Parts,
    Workers,
    open_cluster,
    progress,
    refuse_without_ray,
)
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.benchmark.run import Plan
    from cardlens.scale.engine import Cluster

EXAMPLES = """\
Examples:

  cardlens bench --data cards/ --out bench/

  cardlens bench --data cards/ --out bench/ --quick

  cardlens bench --data cards/ --out bench/ --fp32 runs/embedder/embedder-fp32.onnx --against last/bench.json

  cardlens bench --data cards/ --out bench/ --engine ray --address auto --parts /shared/parts

  cardlens bench --scale --rows 1000000 --out scale/

  cardlens bench --scale --rows 1000000 --way reference --out scale/
"""


def bench(  # noqa: PLR0913, PLR0917 (options, each with a name)
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for bench.json, .md, .html and figures.json.")],
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for decoded scans; default: ./runs/cache.")
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="1/30 of the crops, 1/50 of the photos: intervals 5-7 times as wide."),
    ] = False,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Seed of everything that is rendered.")] = 2026,
    fp32: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The embedder before quantisation, its spec beside it; gives figures.json."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An earlier bench.json whose figures must come out again.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 where a target is missed.")] = False,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder with scans/, views/, photos/, backgrounds/.")
    ] = None,
    engine: EngineOption = Engine.LOCAL,
    address: Address = None,
    workers: Workers = None,
    parts: Parts = None,
    scale: Annotated[
        bool, typer.Option("--scale", help="Measure instead how searching grows with the rows; needs no card data.")
    ] = False,
    rows: Annotated[int, typer.Option(metavar="N", min=0, help="With --scale: rows of the largest size.")] = 0,
    postgres: Annotated[
        str | None, typer.Option(metavar="URL", help="With --scale: a server for pgvector; default: one of its own.")
    ] = None,
    way: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="With --scale: only this way to search, such as reference; may be repeated."),
    ] = None,
) -> None:
    """Measure the models and database that are set, on cards of held-out sets and on real photos.

    Side by side: outlines with a perceptual hash, with ORB, with plain ImageNet features, and the whole frame.
    Needs the extra train and the card data; 30 minutes at most on two cores, 3 with --quick.
    """
    if scale:
        if engine is Engine.RAY:
            raise typer.BadParameter("--scale measures this machine alone: leave --engine ray out")
        refuse_without_ray(address=address, workers=workers, parts=parts)
        from cardlens.cli.bench_scale import FULL_ROWS, QUICK_ROWS, bench_scale

        most = rows or (QUICK_ROWS if quick else FULL_ROWS)
        raise typer.Exit(bench_scale(out, most, postgres, tuple(way or ()), strict=strict))
    if rows or way or postgres:
        raise typer.BadParameter("--rows, --way and --postgres are for --scale")
    if data is None:
        raise typer.BadParameter("give the folder of the card data with --data, or --scale")
    if against and against.resolve() == (out / "bench.json").resolve():
        raise typer.BadParameter(f"{against}: would be written over by what is compared with it; give another --out")
    extras.require("train", "cardlens bench")
    from cardlens.benchmark.registry_figures import write_figures
    from cardlens.benchmark.report import write_report
    from cardlens.benchmark.run import FULL, QUICK

    absent = [name for name in ("scans", "backgrounds") if not (data / name).is_dir()]
    if absent:
        raise CardlensError(f"{data}: has no folder {' or '.join(absent)}; give the card data with --data")
    before = _figures_digest(against) if against else None
    _check_writable(out)
    cluster = open_cluster(address, workers, "cardlens bench --engine ray") if engine is Engine.RAY else None
    if cluster is None:
        refuse_without_ray(address=address, workers=workers, parts=parts)
    where = (cluster, parts or str(out / "parts")) if cluster else None
    report = _measure(data, cache or Path("runs/cache"), QUICK if quick else FULL, seed, fp32, where)
    files = write_report(report, out, "cardlens")
    if cluster and parts is None:  # a further run measures anew
        shutil.rmtree(out / "parts", ignore_errors=True)
    files += [write_figures(report, out)] if fp32 else []
    _show(report, files)
    console.stdout().print(f"figures {report['about']['figures_digest']}", highlight=False, soft_wrap=True)
    _compare(against, before, report["about"]["figures_digest"])
    missed = any(target["verdict"] == "missed" for target in report["targets"])
    raise typer.Exit(1 if strict and missed else 0)


def _check_writable(out: Path) -> None:
    """Raise `OSError` before minutes are spent on what could not be written."""
    out.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=out).close()


def _measure(
    data: Path, cache: Path, plan: Plan, seed: int, fp32: Path | None, where: tuple[Cluster, str] | None
) -> dict[str, Any]:
    """Measure here, or by a cluster whose machines put their parts where `where` says."""
    from cardlens.benchmark.run import Benchmark
    from cardlens.settings import Settings

    settings = Settings.from_environment()
    benchmark = Benchmark(data, cache, settings, plan, seed)
    if where is None:
        return benchmark.run(fp32)
    from cardlens.scale.bench import RayBench

    cluster, place = where
    with progress("Measuring parts") as tell:
        folders = data.absolute(), cache.absolute()
        return benchmark.run(fp32, RayBench(*folders, settings, plan, seed, place, cluster, tell))


def _compare(file: Path | None, before: str | None, now: str) -> None:
    if before is not None and before != now:
        raise CardlensError(
            f"{file}: its figures ({before[:16]}) did not come out again ({now[:16]}); "
            "seed, models, database or cards differ, or something is drawn from elsewhere"
        )


def _figures_digest(file: Path) -> str:
    import json

    try:
        return str(json.loads(file.read_text(encoding="utf-8"))["about"]["figures_digest"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CardlensError(f"{file}: not a report of cardlens bench ({error}); give a bench.json") from error


def _show(report: dict[str, Any], files: list[Path]) -> None:
    from rich.table import Table

    table = Table("what", "must reach", "measured", "")
    for target in report["targets"]:
        verdict = "" if target["verdict"] == "met" else target["verdict"]
        table.add_row(target["what"], target["wanted"], target["measured"], verdict)
    console.stdout().print(table)
    for file in files:
        console.stdout().print(str(file), highlight=False, markup=False, soft_wrap=True)
