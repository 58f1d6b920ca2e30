"""From the benchmark's report to the figures that the registry's gates look at: `figures.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cardlens.errors import CardlensError

FILE = "figures.json"
_OURS = "cardlens"
_UNSEEN = "learnt from: no"
_LARGEST = 50_000_000  # bytes; a full report has a few MB


def write_figures(report: dict[str, Any], out: Path) -> Path:
    """Write `figures.json` into `out`, aside and then renamed; raises `CardlensError` where one was not measured."""
    file = out / FILE
    aside = file.with_name(f".{file.name}.partial")
    aside.write_text(json.dumps(picked(report, out), indent=1) + "\n", encoding="utf-8")
    aside.replace(file)
    return file


def figures_of(file: Path) -> dict[str, Any]:
    """Pick the registry's figures out of `bench.json`; raises `CardlensError` where one was not measured."""
    return picked(_read(file), file)


def picked(report: dict[str, Any], of: Path) -> dict[str, Any]:
    """Pick them out of a report; `of` names it in an error."""
    try:
        parity = report["int8"]["r1"]
        unseen = report["photos"][_OURS]["names"][_UNSEEN]["r1"]
        return {
            "embedder": report["about"]["embedder"],
            "r_at_1_fp32": parity["fp32"],
            "r_at_1_int8": parity["int8"],
            "artwork_r_at_1": unseen["value"],
            "int8_loss": round(max(0.0, parity["fp32"] - parity["int8"]), 6),
            "samples": int(min(report["int8"]["photos"], unseen["count"])),
            "measured_by": f"cardlens bench, seed {report['about']['seed']}",
            "figures_digest": report["about"]["figures_digest"],
        }
    except (KeyError, TypeError) as error:
        raise CardlensError(f"{of}: {error} was not measured; run `cardlens bench --fp32 FILE` again") from error


def _read(file: Path) -> dict[str, Any]:
    try:
        size = file.stat().st_size
        report: dict[str, Any] = json.loads(file.read_bytes()) if size <= _LARGEST else {}
    except (OSError, ValueError) as error:
        raise CardlensError(f"{file}: not a report of `cardlens bench` ({error}); run it again") from error
    return report
