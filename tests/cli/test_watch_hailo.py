"""`cardlens watch --runtime hailo` from the compiled file to the row, on a Hailo that calls the bundled embedder."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from cardlens.runtimes.base import ModelSpec, prepare
from cardlens.runtimes.onnx import OnnxRuntime
from cardlens.settings import BUNDLED
from tests.cli.doubles import Run
from tests.live.demo_films import demo_film
from tests.runtimes.fake_hailo import FakeHailo, World, write_hef


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Give a Hailo-8L whose network says what the bundled embedder says."""
    spec = ModelSpec.load(BUNDLED / "embedder.json")
    embedder = OnnxRuntime(BUNDLED / "embedder.onnx", spec, threads=1)

    def embed(frame: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], ...]:
        vectors, maps = embedder.run(prepare([frame], spec))
        return maps.transpose(0, 2, 3, 1), vectors

    frame = (spec.height, spec.width, 3)
    world = World("HAILO8L", frame=frame, output=(1, 1, 768), local=(14, 14, 16), network=embed)
    monkeypatch.setitem(sys.modules, "hailo_platform", FakeHailo(world))
    return world


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of models as docs/how-to/compile-for-hailo.md has it: the compiled embedder beside the others."""
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("detector", "aligner"):
        for suffix in ("onnx", "json"):
            shutil.copy(BUNDLED / f"{name}.{suffix}", folder)
    file, spec = write_hef(folder, height=224, width=224, runtime="hailo8l")
    file.replace(folder / "embedder.hef")
    spec.save(folder / "embedder.json")
    calibration = json.loads((BUNDLED / "calibration.json").read_text(encoding="utf-8"))
    calibration["model_digest"] = hashlib.sha256((folder / "embedder.hef").read_bytes()).hexdigest()
    (folder / "calibration.json").write_text(json.dumps(calibration), encoding="utf-8")
    monkeypatch.setenv("CARDLENS_MODELS", str(folder))
    monkeypatch.setenv("CARDLENS_THREADS", "1")
    return folder


def write_film(file: Path) -> None:
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 10, (1280, 720))
    for pixels, _ in demo_film("cuts", [1, 4], every=3):
        writer.write(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    writer.release()


@pytest.mark.usefixtures("models")
def test_cards_are_named_by_the_hailo(run: Run, world: World, tmp_path: Path) -> None:
    metadata = BUNDLED / "demo" / "demo-metadata.json"
    built = run("reference", "build", BUNDLED / "demo" / "cards", "--metadata", metadata, "--out", tmp_path / "mine")
    assert built.code == 0, built.err
    embedded, film = world.runs, tmp_path / "film.mp4"
    assert embedded >= 12
    write_film(film)
    ended = run("watch", "--camera", film, "--runtime", "hailo", "--reference", tmp_path / "mine", "--json")
    assert ended.code == 0, ended.err
    assert [json.loads(line)["card_id"] for line in ended.out.splitlines()] == ["demo-1", "demo-4"]
    assert world.runs > embedded
    assert world.most_in_flight >= 1


@pytest.mark.usefixtures("models")
def test_a_device_that_does_not_answer_is_one_line(run: Run, world: World, tmp_path: Path) -> None:
    world.missing = True
    ended = run("watch", "--camera", tmp_path, "--runtime", "hailo")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "is it there?" in ended.err
