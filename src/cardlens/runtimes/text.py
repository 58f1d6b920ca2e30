"""The two text models that come inside the rapidocr wheel (PP-OCR, Apache-2.0), run by onnxruntime.

rapidocr itself is never imported: that takes half a second, its pre- and post-processing are made for whole pages, and
it fetches models that it misses. Here a missing model is an error and nothing is ever downloaded.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from cardlens.errors import BadModel
from cardlens.runtimes.base import Floats


class TextModels:
    """Finds text in pictures and recognises single lines of it.

    Attributes:
        alphabet: what each class of `recognise` stands for; class 0 is the blank of CTC.
    """

    def __init__(self, folder: Path | None = None, threads: int = 1) -> None:
        """Load both models from `folder`, by default the installed wheel; raises `BadModel` where they are missing."""
        folder = folder or _wheel_folder()
        self._detector = _session(folder, "*_det_*.onnx", threads)
        self._recogniser = _session(folder, "*_rec_*.onnx", threads)
        characters = self._recogniser.get_modelmeta().custom_metadata_map.get("character")
        if not characters:
            raise BadModel(f"{folder}: its recognition model names no alphabet; install rapidocr>=3.9,<4 again")
        self.alphabet = ("", *characters.splitlines(), " ")

    def detect(self, batch: Floats) -> Floats:
        """(n, 3, h, w) BGR in -1..1, sides multiples of 32 -> (n, h, w) probability of text, 0..1."""
        return np.asarray(_run(self._detector, batch)[:, 0], np.float32)

    def recognise(self, batch: Floats) -> Floats:
        """(n, 3, 48, w) BGR in -1..1, each one line of text -> (n, steps, classes) probabilities, 0..1."""
        return _run(self._recogniser, batch)


def _wheel_folder() -> Path:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise BadModel("rapidocr is not installed, so printed text cannot be read; pip install 'rapidocr>=3.9,<4'")
    return Path(spec.origin).parent / "models"


def _session(folder: Path, pattern: str, threads: int) -> onnxruntime.InferenceSession:
    file = next(iter(sorted(folder.glob(pattern))), None)
    if file is None:
        raise BadModel(f"{folder}: no text model {pattern} in it; pip install 'rapidocr>=3.9,<4' again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Every strip has another size: an arena would keep the largest of each step for good.
    options.enable_cpu_mem_arena = False
    try:
        return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own exceptions share no public base class
        raise BadModel(f"{file}: onnxruntime cannot load it ({error}); pip install 'rapidocr>=3.9,<4' again") from error


def _run(session: Any, batch: Floats) -> Floats:
    return np.asarray(session.run(None, {session.get_inputs()[0].name: batch})[0], np.float32)
