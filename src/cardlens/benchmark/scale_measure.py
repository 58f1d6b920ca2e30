"""One way to search, measured in a process of its own, so that memory is its own: `python -m` this module."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cardlens.benchmark.scale_indexes import WAYS, Search
from cardlens.benchmark.scale_rows import Truth
from cardlens.errors import CardlensError
from cardlens.reference.files import Vectors
from cardlens.runtimes.base import Floats

_WARM = 50


def measure_apart(way: str, rows: Path, count: int, truth: Path, folder: Path, threads: int) -> dict[str, Any]:
    """Build and search in a fresh process.

    Args:
        way: one of `WAYS`.
        rows: .npy file, whose first `count` rows are used.
        count: of rows.
        truth: .npz file of a `Truth`.
        folder: for the files that are built; made if need be.
        threads: for building, 0 = all cores.

    Returns:
        `build_seconds`, `file_bytes`, `open_seconds`, `p50_ms`, `p99_ms`, `recall_at_5`, `recall_at_1`,
        `resident_bytes` after searching.
    """
    figures: dict[str, Any] = {}
    for step in ("build", "search"):
        command = [sys.executable, "-m", "cardlens.benchmark.scale_measure", step, way, str(rows), str(count)]
        ended = subprocess.run(  # noqa: S603 - our own module
            [*command, str(truth), str(folder), str(threads)], check=False, capture_output=True, text=True
        )
        if ended.returncode:
            reason = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
            raise CardlensError(f"{way}, {count:,} rows: could not be measured: {reason}; is there enough memory?")
        figures |= json.loads(ended.stdout)
    return figures


@dataclass(frozen=True, slots=True)
class Asked:
    """What a way to search found, and how long each search took in ms."""

    found: npt.NDArray[np.intp]
    spent: list[float]

    @classmethod
    def of(cls, search: Search, vectors: Floats) -> Asked:
        """Ask vector after vector, as cards come; the first few only warm up."""
        for vector in vectors[:_WARM]:
            search(vector)
        spent, found = [], []
        for vector in vectors:
            started = time.perf_counter()
            found.append(search(vector))
            spent.append((time.perf_counter() - started) * 1000)
        return cls(np.stack(found), spent)

    def figures(self, truth: Truth, rows: Vectors) -> dict[str, float]:
        """`p50_ms`, `p99_ms`, `recall_at_5`, `recall_at_1`."""
        at_5, at_1 = truth.recall(rows, self.found)
        return {
            "p50_ms": round(float(np.percentile(self.spent, 50)), 3),
            "p99_ms": round(float(np.percentile(self.spent, 99)), 3),
            "recall_at_5": round(at_5, 5),
            "recall_at_1": round(at_1, 5),
        }


def _build(way: str, rows: Any, folder: Path, threads: int) -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    WAYS[way].build(rows, folder, threads)
    seconds = time.perf_counter() - started
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return {"build_seconds": round(seconds, 1), "file_bytes": size}


def _search(way: str, rows: Any, folder: Path, truth: Path) -> dict[str, float]:
    with np.load(truth, allow_pickle=False) as asked:
        wanted = Truth(asked["vectors"], asked["rows"])
    started = time.perf_counter()
    search = WAYS[way].open(rows, folder)
    opened = time.perf_counter() - started
    asked = Asked.of(search, wanted.vectors)
    resident = _status()["VmRSS"]  # before the rows themselves are mapped, to judge what was found
    return {"open_seconds": round(opened, 3), **asked.figures(wanted, rows), "resident_bytes": resident}


def _status() -> Mapping[str, int]:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    sizes = (line.split() for line in lines if line.startswith("Vm"))
    return {name.rstrip(":"): int(size) * 1024 for name, size, *_ in sizes}


if __name__ == "__main__":
    _step, _way, _rows, _count, _truth, _folder, _threads = sys.argv[1:]
    _mapped = np.load(_rows, mmap_mode="r", allow_pickle=False)[: int(_count)]
    if _step == "build":
        sys.stdout.write(json.dumps(_build(_way, _mapped, Path(_folder), int(_threads))))
    else:
        sys.stdout.write(json.dumps(_search(_way, _mapped, Path(_folder), Path(_truth))))
