"""Writes what was measured: `bench.json` for programs, `bench.md` to paste, `bench.html` to look at, plots and all."""

from __future__ import annotations

import json
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from cardlens.benchmark.plots import draw_all
from cardlens.benchmark.table import Table, as_markdown
from cardlens.benchmark.tables import all_tables

Report = dict[str, Any]


def write_report(report: Report, out: Path, ours: str) -> list[Path]:
    """Write the three files into `out`, each aside and then renamed; returns them."""
    out.mkdir(parents=True, exist_ok=True)
    tables = list(all_tables(report))
    texts = {
        "bench.json": json.dumps(report, indent=1, ensure_ascii=False) + "\n",
        "bench.md": f"# Benchmark\n\n{headline(report)}\n\n{as_markdown(tables)}\n",
        "bench.html": _page(report, tables, ours),
    }
    return [_write(out / name, text) for name, text in texts.items()]


def headline(report: Report) -> str:
    """What was measured, in one paragraph."""
    about = report["about"]
    plan, database = about["plan"], about["database"]
    return (
        f"cardlens {about['version']}, embedder {about['embedder'][:12]}, {database['rows']:,} rows; seed "
        f"{about['seed']}: {plan['crops']:,} + {plan['hard']:,} crops, {plan['photos']:,} photos of "
        f"{about['held_out_cards']:,} held-out cards. Figures {about['figures_digest'][:16]}: a run with the same "
        "seed, models and cards gives the same ones, times and memory apart."
    )


def _page(report: Report, tables: list[Table], ours: str) -> str:
    style = (resources.files("cardlens.benchmark") / "report.css").read_text(encoding="utf-8")
    plots = "".join(
        f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>"
        for title, svg in draw_all(report, ours).items()
    )
    about = "".join(
        f"<li><b>{escape(name)}</b>: {escape(text)}</li>" for name, text in report["about"]["contenders"].items()
    )
    first, *rest = map(_table, tables)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>cardlens benchmark</title>'
        f"<style>{style}</style></head><body><h1>Benchmark</h1><p>{escape(headline(report))}</p><ul>{about}</ul>"
        f"{first}<div class=plots>{plots}</div>{''.join(rest)}</body></html>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.head)
    rows = "".join(f"<tr>{''.join(_cell(cell) for cell in row)}</tr>" for row in table.rows)
    return f"<h2>{escape(table.title)}</h2><p>{escape(table.note)}</p>{_wide(head, rows)}"


def _wide(head: str, rows: str) -> str:
    """A table that is moved by itself where the screen is narrower."""
    return f"<div class=table><table><tr>{head}</tr>{rows}</table></div>"


def _cell(cell: str) -> str:
    kind = f" class={cell}" if cell in ("met", "missed") else ""
    return f"<td{kind}>{escape(cell)}</td>"


def _write(file: Path, text: str) -> Path:
    aside = file.with_name(f".{file.name}.partial")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)
    return file
