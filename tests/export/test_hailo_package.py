from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from cardlens.errors import CardlensError
from cardlens.export import hailo_package
from cardlens.export.hailo import Source, adopt_hef
from cardlens.export.hailo_package import write_package


def test_holds_everything_that_the_compiler_needs(whole: Path, calibration: Path, tmp_path: Path) -> None:
    folder = write_package(Source.open(whole, calibration), "hailo8l", tmp_path)
    assert sorted(file.name for file in folder.iterdir()) == [
        "README.md",
        "calibration.npy",
        "embedder.alls",
        "embedder.onnx",
        "made.json",
    ]
    assert np.array_equal(np.load(folder / "calibration.npy"), np.load(calibration))
    assert "normalization(" in (folder / "embedder.alls").read_text(encoding="utf-8")
    nodes = onnx.load(folder / "embedder.onnx").graph.node
    ends = [node.name for node in nodes if node.op_type == "Gemm"] + ["/local/Conv"]
    assert "/local/Conv" in [node.name for node in nodes]
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert f"--end-node-names {' '.join(ends)}" in readme
    assert readme.count("--hw-arch hailo8l") == 3
    assert json.loads((folder / "made.json").read_text(encoding="utf-8"))["arch"] == "hailo8l"


def test_a_hef_out_of_the_package_of_something_else_is_refused(whole: Path, calibration: Path, tmp_path: Path) -> None:
    source = Source.open(whole, calibration)
    hef = write_package(source, "hailo8l", tmp_path) / "embedder.hef"
    hef.write_bytes(b"\x01HEF")
    assert adopt_hef(source, "hailo8l", hef, tmp_path / "models").read_bytes() == b"\x01HEF"
    with pytest.raises(CardlensError, match=r"made\.json: this package was made of another arch"):
        adopt_hef(source, "hailo8", hef, tmp_path / "models")
    other = json.loads(hef.with_name("made.json").read_text(encoding="utf-8"))
    other["calibration"]["sha256"] = "0" * 64
    hef.with_name("made.json").write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(CardlensError, match="another calibration"):
        adopt_hef(source, "hailo8l", hef, tmp_path / "models")
    hef.with_name("made.json").write_text("{", encoding="utf-8")
    with pytest.raises(CardlensError, match="does not say what this package was made of"):
        adopt_hef(source, "hailo8l", hef, tmp_path / "models")


def test_an_older_package_is_not_overwritten(whole: Path, calibration: Path, tmp_path: Path) -> None:
    source = Source.open(whole, calibration)
    write_package(source, "hailo8", tmp_path)
    with pytest.raises(CardlensError, match="there already"):
        write_package(source, "hailo8", tmp_path)


def test_nothing_is_left_of_a_package_that_failed(
    whole: Path, calibration: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> list[str]:
        raise CardlensError("a Hailo-8 does not take Gather")

    source = Source.open(whole, calibration)
    monkeypatch.setattr(hailo_package, "write_body", refuse)
    with pytest.raises(CardlensError, match="Gather"):
        write_package(source, "hailo8", tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CardlensError, match="not an architecture"):
        write_package(source, "hailo9", tmp_path)
    assert list(tmp_path.iterdir()) == []
