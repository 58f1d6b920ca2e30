"""Makes `bundled/text` out of the PP-OCR models in the rapidocr wheel: smaller, quicker, the same answers.

    python -c "from cardlens.training.text_models import convert; convert()"

What is changed (measured in docs/decisions/0005-text-reading.md):
- weights are stored as float16 and widened again when they are loaded, so arithmetic stays float32. Weights below 6e-8
  become 0, which also rids the finder of denormal numbers: it runs three times as fast;
- the first convolution takes RGB, as all our models do, instead of BGR;
- letters that no card in our facts can show (15,908 Chinese characters, emoji) leave the reader's last layer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from cardlens.errors import BadModel, MissingExtra
from cardlens.runtimes.base import ModelSpec
from cardlens.settings import BUNDLED

Tensor = npt.NDArray[np.float32]

# The digests that rapidocr 3.9 and 3.10 name in MODEL_LICENSES.md.
SOURCES = {
    "finder": ("PP-OCRv6_det_small.onnx", "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"),
    "reader": ("PP-OCRv6_rec_small.onnx", "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"),
}
# Latin, Greek (δ species), punctuation, geometric shapes, symbols (♂ ♀ ★), Japanese punctuation and kana.
_ALPHABET = ((0, 0x17F), (0x370, 0x3CF), (0x2000, 0x206F), (0x25A0, 0x26FF), (0x3000, 0x30FF))
_WORTH_HALVING = 1024


def convert(folder: Path | None = None, out: Path = BUNDLED / "text") -> None:
    """Convert both models of `folder` (default: of the installed rapidocr) into `out`.

    Raises `MissingExtra` without rapidocr, `BadModel` where a model is not the one this was written for.
    """
    folder = folder or _wheel_folder()
    finder, reader = (_load(folder / file, digest) for file, digest in SOURCES.values())
    alphabet = _shorten_alphabet(reader)
    out.mkdir(parents=True, exist_ok=True)
    # Sides: the longest strip of the finder, the height of a line of the reader (its width is free).
    _save(finder, out, ModelSpec("finder", "find_text", 640, 640, *_NORMALISATION, stride=32, digest=""))
    _save(reader, out, ModelSpec("reader", "read_text", 48, 320, *_NORMALISATION, stride=8, digest=""))
    (out / "alphabet.txt").write_text("".join(letter + "\n" for letter in alphabet), encoding="utf-8")


_NORMALISATION = ((127.5, 127.5, 127.5), (127.5, 127.5, 127.5))


def _wheel_folder() -> Path:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise MissingExtra("rapidocr is not installed, and its wheel holds the models; pip install 'rapidocr==3.10.0'")
    return Path(spec.origin).parent / "models"


def _load(file: Path, digest: str) -> onnx.ModelProto:
    if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
        raise BadModel(f"{file}: missing, or not the PP-OCRv6 model of rapidocr 3.10; pip install 'rapidocr==3.10.0'")
    return onnx.load(str(file))


def _save(model: onnx.ModelProto, out: Path, spec: ModelSpec) -> None:
    _take_rgb(model)
    _halve(model)
    onnx.checker.check_model(model, full_check=True)
    weights = model.SerializeToString()
    (out / f"{spec.name}.onnx").write_bytes(weights)
    ModelSpec(
        spec.name,
        spec.task,
        spec.height,
        spec.width,
        spec.mean,
        spec.std,
        spec.stride,
        hashlib.sha256(weights).hexdigest(),
    ).save(out / f"{spec.name}.json")


def _shorten_alphabet(reader: onnx.ModelProto) -> list[str]:
    """Drop classes from the last layer; returns what the classes that stay mean, the blank left out."""
    metadata = {entry.key: entry.value for entry in reader.metadata_props}
    classes = ["", *metadata["character"].splitlines(), " "]
    kept = [at for at, letter in enumerate(classes) if not letter or _may_be_printed(letter)]
    for name in ("linear_8.w_0", "linear_8.b_0"):
        _replace(reader, name, lambda values: values[..., kept])
    for shape in reader.graph.output[0].type.tensor_type.shape.dim[2:]:
        shape.dim_value = len(kept)
    del reader.graph.value_info[:], reader.metadata_props[:]
    return [classes[at] for at in kept[1:]]


def _may_be_printed(letter: str) -> bool:
    return any(first <= ord(letter) <= last for first, last in _ALPHABET)


def _take_rgb(model: onnx.ModelProto) -> None:
    first = next(node for node in model.graph.node if node.op_type == "Conv")
    _replace(model, first.input[1], lambda values: values[:, ::-1])


def _replace(model: onnx.ModelProto, name: str, change: Callable[[Tensor], Tensor]) -> None:
    tensor = next(tensor for tensor in model.graph.initializer if tensor.name == name)
    changed = np.ascontiguousarray(change(numpy_helper.to_array(tensor)))
    tensor.CopyFrom(numpy_helper.from_array(changed, name))


def _halve(model: onnx.ModelProto) -> None:
    """Store large float32 weights as float16, each with a Cast before its use: folded when the model is loaded."""
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _WORTH_HALVING:
            continue
        values, name = numpy_helper.to_array(tensor), tensor.name
        if np.abs(values).max() > np.finfo(np.float16).max:
            raise BadModel(f"weights {name} do not fit into float16; leave them in float32")
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        model.graph.node.insert(0, helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
