"""Everything that the Hailo compiler needs, in a folder, for a machine that has it."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from cardlens.errors import CardlensError
from cardlens.export.hailo import Source, certificate
from cardlens.export.hailo_operators import write_body
from cardlens.export.hailo_script import check_architecture, model_script

_README = """\
# Compile the card embedder for {arch}

Needs the Hailo Dataflow Compiler 3.x (https://hailo.ai/developer-zone/, x86-64 Linux, free account); nothing else.

```bash
hailo parser onnx embedder.onnx --hw-arch {arch} --net-name embedder --start-node-names batch \\
  --end-node-names {ends} --tensor-shapes batch=[1,3,{height},{width}] -y
hailo optimize embedder.har --hw-arch {arch} --calib-set-path calibration.npy --model-script embedder.alls
hailo compiler embedder_optimized.har --hw-arch {arch}
```

Then, where cardlens is:

```bash
cardlens export hailo {model} --arch {arch} --calibration CALIBRATION.npy --hef embedder.hef --out models/
```

- `embedder.onnx`: from the input to the heads (embedding, local descriptors); the last step, to unit length, is done
  by cardlens on the CPU.
- `embedder.alls`: normalisation in the network. Feed it raw pixels; what is normalised already would be so twice.
- `calibration.npy`: {pictures} crops as the camera gives them, (n, {height}, {width}, 3) uint8, RGB.
- `made.json`: the digests of what all this was made from.

A HEF for one architecture does not run on another: Hailo-8 is `hailo8`, Hailo-8L (the AI Kit's) `hailo8l`.
"""


def write_package(source: Source, arch: str, out: Path) -> Path:
    """Write `embedder.onnx`, `embedder.alls`, `calibration.npy`, `made.json` and `README.md`; returns their folder.

    Raises `CardlensError` where the folder is there already.
    """
    check_architecture(arch)
    folder = out / f"embedder-{arch}-package"
    if folder.exists():
        raise CardlensError(f"{folder}: there already; remove it or give another folder with --out")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as aside:
        whole = Path(aside) / folder.name
        whole.mkdir()
        _fill(whole, source, arch)
        whole.rename(folder)
    return folder


def _fill(folder: Path, source: Source, arch: str) -> None:
    ends = write_body(source.model, folder / "embedder.onnx")
    (folder / "embedder.alls").write_text(model_script(source.spec, len(source.pictures)), encoding="utf-8")
    shutil.copyfile(source.pictures_file, folder / "calibration.npy")
    (folder / "made.json").write_text(json.dumps(certificate(source, arch), indent=1) + "\n", encoding="utf-8")
    text = _README.format(
        arch=arch,
        ends=" ".join(ends),
        model=source.model.name,
        pictures=f"{len(source.pictures):,}",
        height=source.spec.height,
        width=source.spec.width,
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
