"""Files that fit together as the bundled ones do, around models that say nothing of use."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
from onnx import NodeProto, TensorProto, helper

from cardlens.recognition.sight import Sighting, features
from cardlens.reference.contents import Contents, Row
from cardlens.reference.groups import SIGNATURE_BYTES
from cardlens.reference.publish import Destination, publish
from cardlens.runtimes.base import ModelSpec, Task

_SIZE = 16  # 3 x 16 x 16 numbers are the 768 of an embedding


def save_models(folder: Path) -> str:
    """Write an embedder that flattens its input and a detector; returns the embedder's digest."""
    folder.mkdir(parents=True, exist_ok=True)
    _save(folder, "detector", "detect", helper.make_node("Identity", ["batch"], ["said"]))
    _save(folder, "aligner", "align", helper.make_node("Identity", ["batch"], ["said"]))
    return _save(folder, "embedder", "embed", helper.make_node("Flatten", ["batch"], ["said"]))


def save_calibration(folder: Path, digest: str) -> None:
    """Write a calibration for the embedder `digest` by which all is as likely as not."""
    record = {"model_digest": digest, "coefficients": dict.fromkeys(features(Sighting((), 0, 0, 0)), 0.0)}
    (folder / "calibration.json").write_text(json.dumps(record), encoding="utf-8")


def save_reference(folder: Path, digest: str) -> None:
    """Write a database of two cards, as if the embedder `digest` had made it."""
    random = np.random.default_rng(0)
    ids = ["tst-1", "tst-2"]
    vectors = random.normal(size=(2, 768))
    contents = Contents(
        rows=[Row(card_id, f"{card_id}.webp", "en", f"{at:064x}") for at, card_id in enumerate(ids)],
        embeddings=(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16),
        signatures=random.integers(-127, 128, (2, SIGNATURE_BYTES)).astype(np.int8),
        metadata={card_id: {"name": card_id, "set_id": "tst", "number": card_id[4:]} for card_id in ids},
    )
    publish(contents, _spec("embedder", "embed", digest), Destination(folder))


def _save(folder: Path, name: str, task: Task, node: NodeProto) -> str:
    said = helper.make_tensor_value_info("said", TensorProto.FLOAT, None)
    batch = helper.make_tensor_value_info("batch", TensorProto.FLOAT, ["n", 3, "h", "w"])
    graph = helper.make_graph([node], name, [batch], [said])
    content: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    ).SerializeToString()
    digest = hashlib.sha256(content).hexdigest()
    (folder / f"{name}.onnx").write_bytes(content)
    _spec(name, task, digest).save(folder / f"{name}.json")
    return digest


def _spec(name: str, task: Task, digest: str) -> ModelSpec:
    return ModelSpec(name, task, _SIZE, _SIZE, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), 1, digest)
