"""ONNX -> HEF with the Hailo Dataflow Compiler, through its `ClientRunner`.

The compiler (3.x for Hailo-8 and 8L, x86-64 Linux) comes from Hailo's developer zone with a free account; no package
registry has it. Without it, `hailo_package` writes everything that it needs elsewhere.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

import cardlens
from cardlens.errors import CardlensError, MissingExtra
from cardlens.export.hailo_operators import write_body
from cardlens.export.hailo_script import check_architecture, compiled_spec, model_script, read_pictures
from cardlens.export.source import open_spec
from cardlens.export.unrounded import is_quantised
from cardlens.runtimes.base import Bytes, Floats, ModelSpec
from cardlens.runtimes.hailo import Architecture, in_our_order

_INPUT = "batch"
# how every HEF begins
_MAGIC = b"\x01HEF"
WHERE_FROM = (
    "install the Hailo Dataflow Compiler 3.x from https://hailo.ai/developer-zone/ (x86-64 Linux, a free account), "
    "or write what it needs and compile elsewhere: cardlens export hailo ... --package"
)


@dataclass(frozen=True, slots=True)
class Source:
    """What is compiled: an fp32 embedder, its spec, and pictures to calibrate with."""

    model: Path
    spec: ModelSpec
    pictures: Bytes
    pictures_file: Path

    @classmethod
    def open(cls, model: Path, pictures: Path) -> Source:
        """Read spec and pictures; raises `BadModel` or `CardlensError` where one cannot be used."""
        spec = open_spec(model, "embed")
        if is_quantised(model):
            raise CardlensError(
                f"{model}: INT8; give the fp32 file, or make one of it: cardlens export onnx embedder --int8 {model}"
            )
        return cls(model, spec, read_pictures(pictures, spec), pictures)


def load_compiler() -> Any:
    """Import `hailo_sdk_client`; raises `MissingExtra` that says where it comes from."""
    try:
        return importlib.import_module("hailo_sdk_client")
    except ImportError as error:
        raise MissingExtra(f"cardlens export hailo: needs hailo_sdk_client ({error}); {WHERE_FROM}") from error


def compile_hef(source: Source, arch: str, out: Path, compiler: Any) -> Path:
    """Parse, normalise in the network, optimise on the pictures, compile; returns the `.hef`.

    Beside it: its spec, `<name>.har` to emulate it with, and `<name>.made.json`, which says what it was made from.
    `compiler` is the module `hailo_sdk_client`.
    """
    check_architecture(arch)
    script = model_script(source.spec, len(source.pictures))
    runner = compiler.ClientRunner(hw_arch=arch)
    with tempfile.TemporaryDirectory() as folder, _said_by_the_compiler(source.model):
        body = Path(folder) / "embedder.onnx"
        ends = write_body(source.model, body)
        shape = [1, 3, source.spec.height, source.spec.width]
        runner.translate_onnx_model(
            str(body),
            "embedder",
            start_node_names=[_INPUT],
            end_node_names=ends,
            net_input_shapes={_INPUT: shape},
        )
        runner.load_model_script(script)
        runner.optimize(np.asarray(source.pictures))
        compiled, har = bytes(runner.compile()), Path(folder) / "embedder.har"
        runner.save_har(str(har))
        return _publish(source, cast(Architecture, arch), out, compiled, har)


def adopt_hef(source: Source, arch: str, hef: Path, out: Path) -> Path:
    """Take in a `.hef` that was compiled elsewhere from a package of `source`: write it with its spec into `out`.

    That it is for `arch` is taken on trust: HailoRT refuses it on another device. Raises `CardlensError` where it
    cannot be read, is no HEF, or lies in a package that was made of something else.
    """
    check_architecture(arch)
    _check_package(hef.with_name("made.json"), certificate(source, arch))
    try:
        compiled = hef.read_bytes()
    except OSError as error:
        raise CardlensError(f"{hef}: cannot be read ({error.strerror}); give the compiled .hef") from error
    if not compiled.startswith(_MAGIC):
        raise CardlensError(f"{hef}: no HEF, or damaged; give the file that `hailo compiler` wrote")
    return _publish(source, cast(Architecture, arch), out, compiled, None)


def _check_package(made: Path, wanted: Mapping[str, Any]) -> None:
    """Compare what a package says it was made of, where a HEF still lies in one, with what is said of the HEF."""
    if not made.is_file():
        return
    try:
        found = _identity(json.loads(made.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as error:
        raise CardlensError(f"{made}: does not say what this package was made of; write the package anew") from error
    for what, digest in _identity(wanted).items():
        if found[what] != digest:
            raise CardlensError(f"{made}: this package was made of another {what}; give what it was made of")


def _identity(made: Mapping[str, Any]) -> dict[str, str]:
    """What counts of a certificate: files may have other names by now."""
    return {"arch": made["arch"], "model": made["model"]["sha256"], "calibration": made["calibration"]["sha256"]}


def _publish(source: Source, arch: Architecture, out: Path, compiled: bytes, har: Path | None) -> Path:
    """Write everything aside, and move it into `out`: the HEF, what emulates it, its spec and certificate."""
    name = f"embedder-{arch}"
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as folder:
        hef = Path(folder) / f"{name}.hef"
        hef.write_bytes(compiled)
        compiled_spec(source.spec, arch, hashlib.sha256(compiled).hexdigest()).save(hef.with_suffix(".json"))
        made = json.dumps(certificate(source, arch), indent=1) + "\n"
        hef.with_suffix(".made.json").write_text(made, encoding="utf-8")
        if har is not None:
            shutil.copyfile(har, hef.with_suffix(".har"))
        (out / f"{name}.har").unlink(missing_ok=True)  # that of an earlier HEF would emulate another one
        for file in sorted(Path(folder).iterdir()):
            file.replace(out / file.name)
    return out / f"{name}.hef"


def certificate(source: Source, arch: str) -> dict[str, Any]:
    """What a compiled model is made from: digests of the inputs, and the script."""
    return {
        "made_by": f"cardlens {cardlens.__version__}",
        "arch": arch,
        "model": {"file": source.model.name, "sha256": source.spec.digest},
        "calibration": {
            "file": source.pictures_file.name,
            "pictures": len(source.pictures),
            "sha256": _sha256(source.pictures_file),
        },
        "script": model_script(source.spec, len(source.pictures)),
    }


class Emulation:
    """A compiled model emulated by the compiler with all that the device rounds, as a runtime."""

    def __init__(self, har: Path, compiler: Any) -> None:
        """Open a `.har` that `compile_hef` saved."""
        if not har.is_file():
            raise CardlensError(f"{har}: missing; compile the model with `cardlens export hailo`")
        self._har = har
        with _said_by_the_compiler(har):
            self._runner = compiler.ClientRunner(har=str(har))
        self._context = compiler.InferenceContext.SDK_QUANTIZED

    def run(self, batch: Floats) -> list[Floats]:
        """(n, 3, h, w) float32, raw pixels -> (n, 768), and local maps (n, 16, 14, 14) where the file has them."""
        frames = np.ascontiguousarray(batch.transpose(0, 2, 3, 1))
        with _said_by_the_compiler(self._har), self._runner.infer_context(self._context) as context:
            said = self._runner.infer(context, frames)
        outputs = said if isinstance(said, list) else [said]
        by_frame = [np.stack([in_our_order(one) for one in output]) for output in outputs]
        return sorted(by_frame, key=lambda output: output.ndim)


@contextmanager
def _said_by_the_compiler(model: Path) -> Iterator[None]:
    """Turn whatever the compiler raises into one line."""
    try:
        yield
    except (CardlensError, OSError):
        raise
    except Exception as error:  # its exceptions share no public base class
        raise CardlensError(
            f"{model}: the Dataflow Compiler refused it ({type(error).__name__}: {error}); "
            "see its log, hailo_sdk.client.log, in this folder"
        ) from error


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
