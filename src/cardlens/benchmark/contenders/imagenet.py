"""Baseline: EfficientNet-Lite0 as ImageNet left it, in place of an embedder trained on cards."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import onnxruntime
import timm
from torch import Tensor, nn
from torch.nn import functional

from cardlens.benchmark.contender import CROP, VectorContender
from cardlens.benchmark.contenders.contours import card_outlines
from cardlens.export.onnx import export_embedder
from cardlens.recognition.embedder import Embedder
from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes, Floats, ModelSpec
from cardlens.training.networks import BACKBONE, MEAN, STD, imagenet_weights


class _Backbone(nn.Module):
    """(n, 3, 224, 224) -> (n, 1280), L2-normalised."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = timm.create_model(BACKBONE, num_classes=0)
        weights = imagenet_weights().items()
        self.backbone.load_state_dict({name: value for name, value in weights if not name.startswith("classifier")})

    def forward(self, batch: Tensor) -> Tensor:
        return functional.normalize(self.backbone(batch), dim=1)


class _Session:
    """An fp32 ONNX file."""

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(file.read_bytes(), options, providers=["CPUExecutionProvider"])

    def run(self, batch: Floats) -> list[Floats]:
        outputs: list[Floats] = self._session.run(None, {"batch": batch})
        return outputs


class ImageNet(VectorContender):
    """1,280 pooled features, cosine."""

    name = "contour + ImageNet Lite0"
    about = "outlines by OpenCV, pooled features of an EfficientNet-Lite0 that has seen no card, cosine"

    def __init__(self) -> None:
        """Export the network into a temporary file and load it."""
        spec = ModelSpec("imagenet-lite0", "embed", CROP, CROP, MEAN, STD, 32, "")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "lite0.onnx"
            export_embedder(_Backbone(), file, (CROP, CROP))
            self._embedder = Embedder(_Session(file), spec)

    def find(self, photo: Bytes) -> list[Points]:
        """Outlines of a card's proportions."""
        return card_outlines(photo)

    def vectors(self, crops: Sequence[Bytes]) -> Floats:
        """(n, 1280) float32."""
        return self._embedder.embed(crops)
