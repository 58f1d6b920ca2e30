"""From a training run to the files that inference opens: `<name>.onnx` (INT8), its spec, and the fp32 twin."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from cardlens.errors import CardlensError
from cardlens.export.int8 import quantise
from cardlens.export.onnx import export_detector, export_embedder
from cardlens.runtimes.base import Bytes, Floats, ModelSpec, prepare
from cardlens.training.checkpoint import load_checkpoint
from cardlens.training.networks import MEAN, STD, DetectorNetwork, EmbedderNetwork
from cardlens.training.simulator.crops import photo_crop
from cardlens.training.simulator.scans import Scans
from cardlens.training.simulator.scenes import draw_scene

EMBEDDER_SIZE, DETECTOR_SIZE, STRIDE = 224, 512, 32
_CROPS, _SCENES, _SEED = 256, 48, 99
# Parts that stay fp32. Stem and first stage: some of their channels are hundreds of times larger than others (cosine to
# fp32 0.948 with them, 0.997 without). The detector's last layers: their outputs are in pixels.
_STEM = ("conv_stem", "blocks.0.0/")
_IN_PIXELS = ("/heat/", "/reach/", "/near/")


def export_run(run: Path, task: Literal["embed", "detect"], scans: Scans, grounds: list[Bytes], out: Path) -> ModelSpec:
    """Export `<run>/embedder.pt` or `<run>/detector.pt` into `out`; returns the spec written there."""
    name = "embedder" if task == "embed" else "detector"
    state = load_checkpoint(run / f"{name}.pt")
    if state is None:
        raise CardlensError(f"{run}: no {name}.pt here; run `cardlens train {name} --out {run}` to its end first")
    network = EmbedderNetwork(pretrained=False) if task == "embed" else DetectorNetwork(pretrained=False)
    network.load_state_dict(state["network"])
    out.mkdir(parents=True, exist_ok=True)
    whole, small = out / f"{name}-fp32.onnx", out / f"{name}.onnx"
    size = EMBEDDER_SIZE if task == "embed" else DETECTOR_SIZE
    spec = ModelSpec(f"cardlens-{name}", task, size, size, MEAN, STD, STRIDE, "")
    if task == "embed":
        export_embedder(network, whole, size)
        quantise(whole, small, _crop_batches(scans, grounds, spec), keep=_STEM)
    else:
        export_detector(network, whole, size)
        quantise(whole, small, _scene_batches(scans, grounds, spec), keep=(*_STEM, *_IN_PIXELS))
    for file in (whole, small):
        _write_spec(file, spec)
    return ModelSpec.load(small.with_suffix(".json"))


def _write_spec(file: Path, spec: ModelSpec) -> None:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    ModelSpec(file.stem, spec.task, spec.height, spec.width, spec.mean, spec.std, spec.stride, digest).save(
        file.with_suffix(".json")
    )


def _crop_batches(scans: Scans, grounds: list[Bytes], spec: ModelSpec) -> Iterator[Floats]:
    """Simulated photos, as the embedder sees them at work; clean scans would give ranges that photos leave."""
    rng = np.random.default_rng(_SEED)
    cv2.setNumThreads(1)
    for _ in range(_CROPS // 8):
        rows = rng.integers(0, len(scans), 8)
        yield prepare([photo_crop(scans.pixels[row], rng, spec.width, scans.pixels, grounds) for row in rows], spec)


def _scene_batches(scans: Scans, grounds: list[Bytes], spec: ModelSpec) -> Iterable[Floats]:
    rng = np.random.default_rng(_SEED)
    for _ in range(_SCENES):
        yield prepare([draw_scene(rng, spec.width, scans.pixels, grounds).pixels], spec)
