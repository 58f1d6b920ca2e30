"""What INT8 costs and gives, against the same weights in fp32."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cardlens.errors import CardlensError
from cardlens.export.parity import Trials, compare, open_onnx
from cardlens.export.weight import Weights
from cardlens.recognition.embedder import Embedder

# two forms of one model are nearer than this; of two models, hardly anything is
_TWINS = 0.8


def open_twin(file: Path) -> Embedder:
    """Open the fp32 file, before anything is measured; raises `CardlensError` where it is none."""
    if not file.is_file():
        raise CardlensError(f"{file}: no such file; give the fp32 .onnx that the INT8 embedder was made from")
    return open_onnx(file)


def against_fp32(files: tuple[Path, Path], whole: Embedder, small: Embedder, trials: Trials) -> dict[str, Any]:
    """R@1 of both on the same photos, each with the database it embeds itself; speed, size and parameters.

    `files`: those of `whole` and `small`.
    """
    forms = {"fp32": whole, "int8": small}
    parity = compare(forms, trials)
    [agreement] = parity.agreements
    if agreement.median < _TWINS:
        raise CardlensError(
            f"{files[0]}: another model than the INT8 embedder (median cosine {agreement.median:.2f}); "
            "give the file that it was made from"
        )
    weights = Weights.of(dict(zip(forms, files, strict=True)), forms, trials.photos[0])
    one, other = weights.forms.values()
    return {
        **parity.as_json(),
        "lost": round(parity.lost("fp32", "int8"), 5),
        "parameters": one.parameters,
        "megabytes": one.megabytes,
        "timing": {
            "fp32_milliseconds": one.milliseconds,
            "int8_milliseconds": other.milliseconds,
            "faster": weights.faster("fp32", "int8"),
        },
    }
