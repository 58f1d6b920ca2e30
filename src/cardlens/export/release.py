"""Model files that are written only if they are as good as what they were made from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from cardlens.errors import CardlensError
from cardlens.export.hailo_script import read_pictures
from cardlens.export.int8 import quantise
from cardlens.export.models import RECIPES, Recipe, export_run
from cardlens.export.parity import Parity, Trials, check_gate, compare, load_weights, open_onnx
from cardlens.export.publication import move, save_spec
from cardlens.export.simplify import simplify
from cardlens.export.source import open_spec
from cardlens.export.unrounded import check_whole, unround
from cardlens.runtimes.base import Bytes, Floats, ModelSpec, prepare
from cardlens.training.networks import MEAN, STD
from cardlens.training.simulator.scans import Scans

_STRIDE, _LEAST_PICTURES, _BATCH = 32, 64, 8


def export_whole(run: Path, name: str, out: Path) -> Path:
    """Write `<run>/<name>.pt` as `<out>/<name>-fp32.onnx`, simplified, with its spec; returns the file."""
    recipe = _recipe(name)
    network = recipe.network()
    load_weights(network, run / f"{name}.pt")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        traced, plain = Path(folder) / "traced.onnx", Path(folder) / f"{name}-fp32.onnx"
        recipe.export(network, traced, recipe.size)
        simplify(traced, plain)
        spec = ModelSpec(plain.stem, recipe.task, *recipe.size, MEAN, STD, _STRIDE, "")
        return _publish(plain, spec, out)


def export_unrounded(model: Path, name: str, out: Path) -> Path:
    """Write the INT8 file `model` as `<out>/<name>-fp32.onnx`, its weights as they are rounded, with its spec."""
    spec = open_spec(model, _recipe(name).task)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        plain = Path(folder) / f"{name}-fp32.onnx"
        unround(model, plain)
        return _publish(plain, spec, out)


def release_int8(model: Path, calibration: Path, trials: Callable[[], Trials], out: Path) -> tuple[Path, Parity]:
    """Write `<out>/embedder.onnx`: `model` in INT8, calibrated on pictures that `cardlens dataset calibration` wrote.

    Raises `CardlensError`, and writes nothing, where it loses more than `parity.GATE` of R@1 on `trials`, which are
    rendered once all else is known to be fit.
    """
    spec = open_spec(model, "embed")
    check_whole(model)
    pictures = read_pictures(calibration, spec, least=_LEAST_PICTURES)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        small = Path(folder) / "embedder.onnx"
        quantise(model, small, _batches(pictures, spec), keep=RECIPES["embedder"].keep)
        save_spec(small, spec)
        parity = _gated(model, small, trials())
        return _publish(small, spec, out), parity


def release_run(run: Path, scans: Scans, grounds: list[Bytes], trials: Callable[[], Trials]) -> tuple[Path, Parity]:
    """Export `<run>/embedder.pt` beside it: fp32, and in INT8, calibrated on photos of `scans`.

    Raises `CardlensError` where INT8 loses more than `parity.GATE` of R@1 on `trials`, or where there are none to
    compare it on; then there is no `embedder.onnx`, of no earlier weights either.
    """
    with tempfile.TemporaryDirectory(dir=run) as folder:
        export_run(run, "embedder", scans, grounds, Path(folder))
        (run / "embedder.onnx").unlink(missing_ok=True)
        whole = move(Path(folder) / "embedder-fp32.onnx", run)
        small = Path(folder) / "embedder.onnx"
        parity = _gated(whole, small, trials())
        return move(small, run), parity


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise CardlensError(f"{name}: no model of cardlens; give one of {', '.join(RECIPES)}")
    return RECIPES[name]


def _gated(whole: Path, small: Path, trials: Trials) -> Parity:
    """Compare the two; raises `CardlensError` where INT8 may not be released."""
    parity = compare({"fp32 ONNX": open_onnx(whole), "INT8": open_onnx(small)}, trials)
    check_gate(parity, "fp32 ONNX", "INT8")
    return parity


def _batches(pictures: Bytes, spec: ModelSpec) -> Iterator[Floats]:
    for at in range(0, len(pictures), _BATCH):
        yield prepare(list(np.asarray(pictures[at : at + _BATCH])), spec)


def _publish(file: Path, spec: ModelSpec, out: Path) -> Path:
    """Give a finished file its spec, and move both into `out`."""
    save_spec(file, spec)
    return move(file, out)
