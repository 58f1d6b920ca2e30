"""Model files that something is made of: whole, and what the spec beside them says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import onnx

from cardlens.errors import BadModel
from cardlens.runtimes.base import ModelSpec, Task


def open_spec(model: Path, task: Task) -> ModelSpec:
    """Spec of an `.onnx` file, read from the `.json` beside it.

    Raises `BadModel` where one of the two is missing or damaged, where they are not of each other, or of another task.
    """
    said = model.with_suffix(".json") if model.name else model
    if model.suffix != ".onnx" or not model.is_file():
        raise BadModel(f"{model}: no .onnx file here; give one that `cardlens export onnx` wrote")
    if not said.is_file():
        raise BadModel(f"{said}: missing, it is the spec of {model.name}; copy it there, or export the model again")
    spec = ModelSpec.load(said)
    if spec.task != task:
        raise BadModel(f"{model}: a model to {spec.task}; give one to {task}")
    with model.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != spec.digest:
        raise BadModel(f"{model}: damaged, or not the file that {said.name} is the spec of; export the model again")
    read_graph(model)
    return spec


def read_graph(model: Path) -> onnx.ModelProto:
    """Read an `.onnx` file; raises `BadModel` where it is none."""
    try:
        graph = onnx.load(model)
        onnx.checker.check_model(graph)
    except OSError:
        raise
    except Exception as error:  # protobuf's and onnx' exceptions share no public base class
        said = " ".join(str(error).split())[:160]
        raise BadModel(f"{model}: no whole ONNX model ({said}); export it again") from error
    return graph
