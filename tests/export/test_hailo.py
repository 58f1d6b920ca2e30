from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from cardlens.errors import CardlensError, MissingExtra
from cardlens.export import hailo
from cardlens.export.forms import open_forms
from cardlens.export.hailo import Emulation, Source, adopt_hef, compile_hef, load_compiler
from cardlens.export.hailo_operators import HAILO_OPERATORS
from cardlens.export.hailo_script import LEAST_PICTURES, model_script, read_pictures
from cardlens.recognition.embedder import Embedder
from cardlens.runtimes.base import ModelSpec
from tests.export.fake_hailo_sdk import ClientRunner, fake_sdk


@pytest.fixture
def source(whole: Path, calibration: Path) -> Source:
    return Source.open(whole, calibration)


def test_compiles_through_parse_script_optimise_and_compile(source: Source, tmp_path: Path) -> None:
    file = compile_hef(source, "hailo8l", tmp_path / "out", fake_sdk())
    [runner] = ClientRunner.made
    assert (runner.arch, runner.state) == ("hailo8l", "compiled")
    assert runner.calls["operators"] <= HAILO_OPERATORS
    assert runner.calls["shape"] == [1, 3, 64, 64]
    assert runner.calls["pictures"] == ((1024, 64, 64, 3), np.dtype(np.uint8), 255)
    assert file.read_bytes() == b"\x01HEF for hailo8l"
    assert file.with_suffix(".har").exists()


def test_the_network_normalises_once(source: Source) -> None:
    script = model_script(source.spec, 1024)
    assert script.count("normalization(") == 1
    assert "normalization([127.5, 127.5, 127.5], [127.5, 127.5, 127.5])" in script
    assert "calibset_size=1024" in script


def test_the_spec_beside_it_feeds_raw_pixels_and_names_the_architecture(source: Source, tmp_path: Path) -> None:
    file = compile_hef(source, "hailo8", tmp_path, fake_sdk())
    spec = ModelSpec.load(file.with_suffix(".json"))
    assert (spec.mean, spec.std, spec.runtime) == ((0.0,) * 3, (1.0,) * 3, "hailo8")
    assert spec.digest == hashlib.sha256(file.read_bytes()).hexdigest()


def test_its_birth_certificate_names_what_it_was_made_from(source: Source, tmp_path: Path) -> None:
    file = compile_hef(source, "hailo8", tmp_path, fake_sdk())
    made = json.loads(file.with_suffix(".made.json").read_text(encoding="utf-8"))
    assert made["model"]["sha256"] == source.spec.digest
    assert made["calibration"]["sha256"] == hashlib.sha256(source.pictures_file.read_bytes()).hexdigest()
    assert made["arch"] == "hailo8"


def test_what_the_compiler_says_is_one_line_and_nothing_is_written(source: Source, tmp_path: Path) -> None:
    sdk = fake_sdk()
    ClientRunner.refuse = "UnsupportedGatherLayerError"
    with pytest.raises(CardlensError, match=r"refused it \(RuntimeError: UnsupportedGatherLayerError"):
        compile_hef(source, "hailo8", tmp_path / "out", sdk)
    assert not (tmp_path / "out").exists()


def test_an_unknown_architecture_is_refused_before_anything_is_done(source: Source, tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match="give hailo8 or hailo8l"):
        compile_hef(source, "hailo15h", tmp_path, fake_sdk())
    assert ClientRunner.made == []


def test_without_the_compiler_it_is_told_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hailo_sdk_client", None)
    with pytest.raises(MissingExtra, match=r"https://hailo\.ai/developer-zone/.*--package"):
        load_compiler()


def test_a_hef_that_was_compiled_elsewhere_is_taken_in(source: Source, tmp_path: Path) -> None:
    (tmp_path / "theirs.hef").write_bytes(b"\x01HEF")
    file = adopt_hef(source, "hailo8l", tmp_path / "theirs.hef", tmp_path / "models")
    assert file.read_bytes() == b"\x01HEF"
    assert ModelSpec.load(file.with_suffix(".json")).runtime == "hailo8l"
    with pytest.raises(CardlensError, match=r"none\.hef: cannot be read"):
        adopt_hef(source, "hailo8l", tmp_path / "none.hef", tmp_path / "models")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"\x01HE"])
def test_what_is_no_hef_takes_the_place_of_none(source: Source, tmp_path: Path, content: bytes) -> None:
    file = compile_hef(source, "hailo8", tmp_path / "models", fake_sdk())
    before = {each.name: each.read_bytes() for each in file.parent.iterdir()}
    (tmp_path / "theirs.hef").write_bytes(content)
    with pytest.raises(CardlensError, match="no HEF, or damaged"):
        adopt_hef(source, "hailo8", tmp_path / "theirs.hef", tmp_path / "models")
    assert {each.name: each.read_bytes() for each in file.parent.iterdir()} == before


def test_what_emulates_another_hef_goes_with_it(source: Source, tmp_path: Path) -> None:
    file = compile_hef(source, "hailo8", tmp_path / "models", fake_sdk())
    (tmp_path / "theirs.hef").write_bytes(b"\x01HEF of another day")
    assert adopt_hef(source, "hailo8", tmp_path / "theirs.hef", tmp_path / "models") == file
    assert not file.with_suffix(".har").exists()


def test_where_the_compiler_cannot_save_nothing_is_written(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no .har today")

    monkeypatch.setattr(ClientRunner, "save_har", refuse)
    with pytest.raises(CardlensError, match=r"RuntimeError: no \.har today"):
        compile_hef(source, "hailo8", tmp_path / "models", fake_sdk())
    assert not (tmp_path / "models").exists()


def test_a_damaged_emulation_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("HAR file is corrupted")

    (tmp_path / "embedder.har").write_bytes(b"half")
    monkeypatch.setattr(ClientRunner, "__init__", refuse)
    with pytest.raises(CardlensError, match="HAR file is corrupted"):
        Emulation(tmp_path / "embedder.har", fake_sdk())


def test_an_emulation_is_not_normalised_twice(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "embedder.har").write_bytes(b"har")
    (tmp_path / "embedder.json").write_bytes(whole.with_suffix(".json").read_bytes())
    with pytest.raises(CardlensError, match="twice is wrong"):
        open_forms({"HEF emulated": tmp_path / "embedder.har"})


def test_an_emulation_is_fed_raw_pixels_in_the_device_s_layout(source: Source, tmp_path: Path) -> None:
    sdk = fake_sdk()
    file = compile_hef(source, "hailo8", tmp_path, sdk)
    spec = ModelSpec.load(file.with_suffix(".json"))
    crop = np.random.default_rng(2).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    form = Embedder(Emulation(file.with_suffix(".har"), sdk), spec)
    wanted = np.rint(crop.astype(np.float32).mean(axis=(0, 1)))
    np.testing.assert_allclose(form.embed([crop])[0], wanted / np.linalg.norm(wanted), rtol=1e-5)


def test_there_is_nothing_to_emulate_before_compiling(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match=r"embedder\.har: missing"):
        Emulation(tmp_path / "embedder.har", fake_sdk())


def test_only_fp32_embedders_are_compiled(whole: Path, calibration: Path, tmp_path: Path) -> None:
    spec = json.loads(whole.with_suffix(".json").read_text(encoding="utf-8"))
    (tmp_path / "detector.json").write_text(json.dumps(spec | {"task": "detect"}), encoding="utf-8")
    (tmp_path / "detector.onnx").write_bytes(whole.read_bytes())
    with pytest.raises(CardlensError, match="a model to detect; give one to embed"):
        Source.open(tmp_path / "detector.onnx", calibration)


def test_a_model_of_another_spec_is_not_compiled(whole: Path, calibration: Path, tmp_path: Path) -> None:
    """Else its birth certificate would name a file that it was not made from."""
    (tmp_path / "other.json").write_bytes(whole.with_suffix(".json").read_bytes())
    (tmp_path / "other.onnx").write_bytes(whole.read_bytes()[:-9])
    with pytest.raises(CardlensError, match=r"damaged, or not the file that other\.json is the spec of"):
        Source.open(tmp_path / "other.onnx", calibration)


def test_an_int8_file_is_not_compiled_but_the_next_step_is_told(
    whole: Path, calibration: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hailo, "is_quantised", lambda _: True)
    with pytest.raises(CardlensError, match="cardlens export onnx embedder --int8"):
        Source.open(whole, calibration)


def pictures(count: int = LEAST_PICTURES, *, size: int = 64, distinct: bool = True, kind: str = "uint8") -> object:
    random = np.random.default_rng(0)
    made = random.integers(0, 256, (count if distinct else 1, size, size, 3)).astype(kind)
    return made if distinct else np.repeat(made, count, axis=0)


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (pictures(kind="float32"), "not raw uint8 pixels"),
        (pictures(size=32), r"not \(n, 64, 64, 3\)"),
        (pictures(count=LEAST_PICTURES - 1), "1,023 pictures, at least 1,024"),
        (pictures(distinct=False), "1 different pictures among 1,024"),
    ],
)
def test_the_usual_faults_of_calibration_are_refused(whole: Path, tmp_path: Path, made: object, reason: str) -> None:
    np.save(tmp_path / "pictures.npy", np.asarray(made))
    with pytest.raises(CardlensError, match=reason):
        read_pictures(tmp_path / "pictures.npy", ModelSpec.load(whole.with_suffix(".json")))


def test_what_is_no_array_is_refused(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "pictures.npy").write_bytes(b"no array")
    with pytest.raises(CardlensError, match="no calibration pictures"):
        read_pictures(tmp_path / "pictures.npy", ModelSpec.load(whole.with_suffix(".json")))
