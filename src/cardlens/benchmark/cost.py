"""What an answer costs: milliseconds and memory by stage, bytes of the models and of the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from cardlens.benchmark.contender import Contender
from cardlens.benchmark.memory import peaks
from cardlens.recognition.recognizer import Recognizer
from cardlens.reference.database import ReferenceDatabase
from cardlens.runtimes.base import Bytes
from cardlens.settings import Settings
from cardlens.training.speed import median_milliseconds

_MEGA = 1e6


def stage_milliseconds(recognizer: Recognizer, photo: Path, repeats: int) -> dict[str, dict[str, float]]:
    """Median and 90th percentile of each stage over `repeats` runs on one photo, after one that warms caches."""
    recognizer.name_cards(photo)
    spent = [asdict(recognizer.name_cards(photo).milliseconds) for _ in range(repeats)]
    return {
        stage: {
            "median": round(float(np.median([run[stage] for run in spent])), 1),
            "p90": round(float(np.percentile([run[stage] for run in spent], 90)), 1),
        }
        for stage in spent[0]
    }


def contender_milliseconds(contenders: Sequence[Contender], photo: Bytes, repeats: int) -> dict[str, float]:
    """Median of naming one decoded photo, by contender."""

    def naming(contender: Contender) -> Callable[[], object]:
        return lambda: contender.name_cards(photo)

    return {one.name: round(median_milliseconds(naming(one), repeats), 1) for one in contenders}


def memory_megabytes(photo: Path) -> dict[str, float]:
    """Peak resident memory after each stage."""
    return peaks(photo)


def database_size(database: ReferenceDatabase) -> dict[str, Any]:
    """Bytes of each file, in all, and a row."""
    files = {file.name: file.stat().st_size for file in sorted(database.folder.iterdir()) if file.is_file()}
    total = sum(files.values())
    return {
        "rows": len(database),
        "cards": len(set(database.card_ids)),
        "megabytes": round(total / _MEGA, 2),
        "bytes_a_row": round(total / max(len(database), 1)),
        "files": files,
    }


def model_size(settings: Settings) -> dict[str, float]:
    """Megabytes of each model file."""
    return {file.name: round(file.stat().st_size / _MEGA, 3) for file in sorted(settings.models.glob("*.onnx"))}
