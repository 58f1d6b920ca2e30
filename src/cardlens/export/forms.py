"""The forms of one embedder that can be compared, and what they are compared on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from cardlens.errors import CardlensError
from cardlens.export.hailo import Emulation, load_compiler
from cardlens.export.parity import Embeds, Trials, open_onnx, open_torch
from cardlens.recognition.embedder import Embedder
from cardlens.recognition.raster import resize
from cardlens.runtimes.base import ModelSpec
from cardlens.runtimes.hailo import HailoRuntime, check_raw
from cardlens.training.embedder_training import split_scans
from cardlens.training.simulator.crops import photo_crop
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import open_scans
from cardlens.training.split import check_measurable

_SIZE = 224


def open_forms(files: Mapping[str, Path | None]) -> dict[str, Embeds]:
    """Open each file by its suffix: `.pt`, `.onnx`, `.har`, `.hef`; what is None is left out."""
    return {name: _open(file) for name, file in files.items() if file is not None}


def _open(file: Path) -> Embedder:
    if file.suffix == ".pt":
        return open_torch(file, _SIZE)
    if file.suffix == ".onnx":
        return open_onnx(file)
    if file.suffix not in {".har", ".hef"}:
        raise CardlensError(f"{file}: no form of an embedder; give .pt, .onnx, .har or .hef")
    spec = ModelSpec.load(file.with_suffix(".json"))
    check_raw(file, spec)
    if file.suffix == ".har":
        return Embedder(Emulation(file, load_compiler()), spec)
    return Embedder(HailoRuntime(file, spec), spec)


def render_trials(data: Path, cache: Path, photos: int = 1000, seed: int = 31) -> Trials:
    """All scans of `data` as flat cards, and `photos` rendered crops of those that nothing learns from."""
    cv2.setNumThreads(1)
    scans, grounds = open_scans(data, cache), open_grounds(data / "backgrounds")
    split = split_scans(scans)
    flat = [row for row, record in enumerate(scans.records) if record.source == "scans"]
    check_measurable(split, data)
    unseen = [row for card_id in split.measuring for row in scans.rows[card_id]]
    cards = [resize(scans.pixels[row], _SIZE, _SIZE) for row in flat]
    crops, truths = [], []
    for number in track(range(photos), "rendering photos", transient=True):
        rng = np.random.default_rng([seed, number])
        row = unseen[int(rng.integers(len(unseen)))]
        crops.append(photo_crop(scans.pixels[row], rng, _SIZE, scans.pixels, grounds))
        truths.append(split.labels[scans.records[row].card_id])
    return Trials(cards, [split.labels[scans.records[row].card_id] for row in flat], crops, truths)
