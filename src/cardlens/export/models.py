"""From a training run to the files that inference opens: `<name>.onnx` (INT8), its spec, and the fp32 twin."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from torch import nn

from cardlens.errors import CardlensError
from cardlens.export.int8 import quantise
from cardlens.export.onnx import export_aligner, export_detector, export_embedder
from cardlens.export.publication import move, save_spec
from cardlens.recognition.aligner import CROP_HEIGHT, CROP_WIDTH
from cardlens.runtimes.base import Bytes, Floats, ModelSpec, Task, prepare
from cardlens.training.aligner_training import samples
from cardlens.training.checkpoint import load_checkpoint
from cardlens.training.networks import MEAN, STD, AlignerNetwork, DetectorNetwork, EmbedderNetwork
from cardlens.training.simulator.crops import photo_crop
from cardlens.training.simulator.scans import Scans
from cardlens.training.simulator.scenes import draw_scene

_STRIDE, _SEED = 32, 99
# Parts that stay fp32. Stem and first stage: some of their channels are hundreds of times larger than others (cosine to
# fp32 0.948 with them, 0.997 without). Last layers whose outputs are in pixels, and
# descriptors that the database packs into four bits.
_STEM = ("conv_stem", "blocks.0.0/")

# a picture as the network sees them at work, drawn anew at each call: clean scans would give ranges that photos leave
Draw = Callable[[np.random.Generator, Scans, Sequence[Bytes], ModelSpec], Bytes]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model is exported.

    Attributes:
        size: of the input, (height, width).
        draw: renders a picture to calibrate with; `batches` of `at_once` of them are.
        keep: parts of names of nodes that stay fp32.
    """

    task: Task
    size: tuple[int, int]
    network: Callable[[], nn.Module]
    export: Callable[[nn.Module, Path, tuple[int, int]], None]
    draw: Draw
    batches: int
    at_once: int
    keep: tuple[str, ...]


def _crop(rng: np.random.Generator, scans: Scans, grounds: Sequence[Bytes], spec: ModelSpec) -> Bytes:
    return photo_crop(scans.pixels[int(rng.integers(0, len(scans)))], rng, spec.width, scans.pixels, grounds)


def _scene(rng: np.random.Generator, scans: Scans, grounds: Sequence[Bytes], spec: ModelSpec) -> Bytes:
    return draw_scene(rng, spec.width, scans.pixels, grounds).pixels


def _around(rng: np.random.Generator, scans: Scans, grounds: Sequence[Bytes], _: ModelSpec) -> Bytes:
    while True:
        for sample in samples(draw_scene(rng, 512, scans.pixels, grounds), rng):
            return sample.pixels


RECIPES = {
    "embedder": Recipe(
        "embed",
        (224, 224),
        lambda: EmbedderNetwork(pretrained=False),
        export_embedder,
        _crop,
        32,
        8,
        (*_STEM, "/local/"),
    ),
    "detector": Recipe(
        "detect",
        (512, 512),
        lambda: DetectorNetwork(pretrained=False),
        export_detector,
        _scene,
        48,
        1,
        (*_STEM, "/heat/", "/reach/"),
    ),
    "aligner": Recipe(
        "align",
        (CROP_HEIGHT, CROP_WIDTH),
        lambda: AlignerNetwork(pretrained=False),
        export_aligner,
        _around,
        32,
        8,
        (*_STEM, "/corners/", "/flipped/", "/card/"),
    ),
}


def export_run(run: Path, name: str, scans: Scans, grounds: list[Bytes], out: Path) -> ModelSpec:
    """Export `<run>/<name>.pt`, of one of `RECIPES`, into `out`; returns the spec written there."""
    recipe = RECIPES[name]
    state = load_checkpoint(run / f"{name}.pt")
    if state is None:
        raise CardlensError(f"{run}: no {name}.pt here; run `cardlens train {name} --out {run}` to its end first")
    network = recipe.network()
    network.load_state_dict(state["network"])
    out.mkdir(parents=True, exist_ok=True)
    spec = ModelSpec(name, recipe.task, *recipe.size, MEAN, STD, _STRIDE, "")
    with tempfile.TemporaryDirectory(dir=out) as folder:
        whole, small = Path(folder) / f"{name}-fp32.onnx", Path(folder) / f"{name}.onnx"
        recipe.export(network, whole, recipe.size)
        quantise(whole, small, _batches(recipe, scans, grounds, spec), keep=recipe.keep)
        for file in (whole, small):
            save_spec(file, spec)
        move(whole, out)
        return ModelSpec.load(move(small, out).with_suffix(".json"))


def _batches(recipe: Recipe, scans: Scans, grounds: list[Bytes], spec: ModelSpec) -> Iterator[Floats]:
    rng = np.random.default_rng(_SEED)
    cv2.setNumThreads(1)
    for _ in range(recipe.batches):
        yield prepare([recipe.draw(rng, scans, grounds, spec) for _ in range(recipe.at_once)], spec)
