"""How fast and how large: medians in process, and a cold start of the command line. Machines are noisy."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.straighten import straighten
from cardlens.reference.nearest import build_index, search_index
from cardlens.runtimes.base import Bytes

_GALLERY = 17_592
_SEED, _REPEATS = 5, 15


@dataclass(frozen=True, slots=True)
class Speed:
    """One thing timed, and the most that it may take; milliseconds unless `unit` says else."""

    what: str
    value: float
    limit: float
    unit: str = "ms"


def median_milliseconds(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    """Median time of `work`, after one run that warms caches."""
    work()
    spent = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        spent.append((time.perf_counter() - started) * 1000)
    return float(np.median(spent))


def stages(recognizer: Recognizer, few: Bytes, dense: Bytes) -> Iterator[Speed]:
    """Time the parts: `few` is a photo of up to nine cards, `dense` one of some dozens."""
    found = recognizer.detector.find(dense)
    spec = recognizer.embedder.spec
    crops = [straighten(dense, card.quad, spec.width, spec.height) for card in found]
    yield Speed("straighten a card", median_milliseconds(lambda: straighten(dense, found[0].quad, 224, 224)), 4)
    yield Speed("embed a card", median_milliseconds(lambda: recognizer.embedder.embed(crops)) / len(crops), 4)
    yield Speed(f"match a card among {_GALLERY:,}", _match_milliseconds(), 1)
    yield Speed("find, up to nine cards", median_milliseconds(lambda: recognizer.detector.find(few)), 60)
    yield Speed(f"find, {len(found)} cards", median_milliseconds(lambda: recognizer.detector.find(dense)), 250)


def photos(recognizer: Recognizer, one: Bytes, page: Path, folder: Path) -> Iterator[Speed]:
    """Time whole photos: one card on 12 megapixels, and a page of 36."""
    large = folder / "twelve-megapixels.jpg"
    Image.fromarray(one).resize((4032, 3024), Image.Resampling.BICUBIC).save(large, quality=92)
    yield Speed("12-megapixel photo of one card", median_milliseconds(lambda: recognizer.name_cards(large), 7), 200)
    yield Speed("photo of 36 cards", median_milliseconds(lambda: recognizer.name_cards(page), 7), 500)


def cold_start(photo: Path) -> Iterator[Speed]:
    """Time the command line from nothing, and its largest memory."""
    program = [sys.executable, "-m", "cardlens"]
    yield Speed("cardlens --help", _run_seconds([*program, "--help"]), 0.5, "s")
    yield Speed("cardlens identify, one photo", _run_seconds([*program, "identify", str(photo), "--json"]), 2, "s")
    peak = _child_peak_megabytes([*program, "identify", str(photo), "--json"])
    yield Speed("peak memory of identify", peak, 450, "MB")


def _match_milliseconds() -> float:
    rng = np.random.default_rng(_SEED)
    rows = rng.normal(size=(_GALLERY, 768)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    index = build_index(rows)
    queries = rows[:64]
    return median_milliseconds(lambda: search_index(index, rows, queries, 24, 0)) / len(queries)


def _run_seconds(command: list[str]) -> float:
    def once() -> None:
        subprocess.run(  # noqa: S603 - our own command line
            command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    return median_milliseconds(once, 5) / 1000


def _child_peak_megabytes(command: list[str]) -> float:
    """Peak resident memory of a command, asked of a small process that has had no other child."""
    asked = f"import resource, subprocess; subprocess.run({command!r}, stdout=subprocess.DEVNULL); "
    asked += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    said = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)  # noqa: S603
    return int(said.stdout) / (1000 if sys.platform != "darwin" else 1_000_000)
