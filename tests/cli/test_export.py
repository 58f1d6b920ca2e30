from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardlens.cli import extras
from cardlens.errors import CardlensError
from cardlens.export import forms, hailo, hailo_package, parity, release, speedup, unrounded, weight
from cardlens.export.parity import Agreement, Parity, Trials
from cardlens.export.speedup import Speedup, Speedups
from cardlens.export.weight import Weight, Weights
from tests.cli.doubles import Run

FINE = Parity({"fp32 ONNX": 0.99, "INT8": 0.989}, (Agreement("fp32 ONNX", "INT8", 0.97, 0.99, 0.999),), 500, 3489)
TRIALS = Trials([], [], [np.zeros((4, 4, 3), np.uint8)], [0])
SMALL = Weight(4.8, 4_400_000, 4.0)
WEIGHTS = Weights(
    {
        "fp32 torch": Weight(17.7, None, 20.0),
        "fp32 ONNX": Weight(17.4, 4_354_000, 5.0),
        "INT8": SMALL,
    }
)
SPEEDUPS = Speedups((Speedup(1, 1, 5.0, 4.0, 1.25), Speedup(0, 8, 3.0, 1.5, 2.0)))
WORSE = Parity({"fp32 ONNX": 0.99, "INT8": 0.98}, (), 500, 3489)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in ("scans", "backgrounds"):
        (tmp_path / "data" / name).mkdir(parents=True)
    return tmp_path / "data"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was asked of the work behind, which does nothing."""
    calls: list[Any] = []

    def note(name: str, answer: Any) -> Any:
        def call(*given: Any) -> Any:
            calls.append((name, *given))
            return answer

        return call

    monkeypatch.setattr(release, "export_whole", note("whole", Path("out/embedder-fp32.onnx")))
    monkeypatch.setattr(unrounded, "is_unrounded", lambda _: True)
    monkeypatch.setattr(unrounded, "is_quantised", lambda file: file.name == "s.onnx")
    monkeypatch.setattr(release, "release_int8", note("int8", (Path("out/embedder.onnx"), FINE)))
    monkeypatch.setattr(forms, "render_trials", note("trials", TRIALS))
    monkeypatch.setattr(forms, "open_forms", lambda files: {name: file for name, file in files.items() if file})
    monkeypatch.setattr(parity, "compare", note("compare", FINE))
    monkeypatch.setattr(weight.Weights, "of", lambda *_: WEIGHTS)
    monkeypatch.setattr(speedup.Speedups, "of", lambda *_: SPEEDUPS)
    monkeypatch.setattr(hailo.Source, "open", note("open", "source"))
    monkeypatch.setattr(hailo, "load_compiler", lambda: "compiler")
    monkeypatch.setattr(hailo, "compile_hef", note("compile", Path("out/embedder-hailo8.hef")))
    monkeypatch.setattr(hailo, "adopt_hef", note("adopt", Path("out/embedder-hailo8.hef")))
    monkeypatch.setattr(hailo_package, "write_package", note("package", Path("out/embedder-hailo8-package")))
    return calls


def test_onnx_writes_the_weights_of_a_run(run: Run, asked: list[Any]) -> None:
    ended = run("export", "onnx", "embedder", "--run", "runs/e", "--out", "out")
    assert ended.code == 0
    assert asked == [("whole", Path("runs/e"), "embedder", Path("out"))]
    assert "embedder-fp32.onnx: fp32" in ended.out


def test_int8_tells_what_it_lost(run: Run, asked: list[Any], data: Path) -> None:
    ended = run(
        "export", "int8", "whole.onnx", "--calibration", "c.npy", "--data", data, "--out", "out", "--photos", "600"
    )
    assert ended.code == 0
    [(name, model, calibration, trials, out)] = asked
    assert (name, model, calibration, out) == ("int8", Path("whole.onnx"), Path("c.npy"), Path("out"))
    assert trials() is TRIALS
    assert asked[1:] == [("trials", data, Path("runs/cache"), 600, 31)]
    assert "were rounded before" in ended.out
    assert "99.00%" in ended.out
    assert "98.90%" in ended.out
    assert "embedder.onnx: INT8, released" in ended.out


def test_too_few_photos_release_nothing(run: Run, asked: list[Any], data: Path) -> None:
    ended = run("export", "int8", "w.onnx", "--calibration", "c.npy", "--data", data, "--out", "out", "--photos", "499")
    assert (ended.code, asked) == (2, [])
    assert "x>=500" in ended.err


HAILO = ("export", "hailo", "whole.onnx", "--arch", "hailo8", "--calibration", "c.npy", "--out", "out")


@pytest.mark.parametrize(
    ("words", "call", "told"),
    [
        ((), ("compile", "source", "hailo8", Path("out"), "compiler"), "compiled"),
        (("--package",), ("package", "source", "hailo8", Path("out")), "its README says how"),
        (("--hef", "their.hef"), ("adopt", "source", "hailo8", Path("their.hef"), Path("out")), "taken in"),
    ],
)
def test_hailo_compiles_packs_or_takes_in(
    run: Run, asked: list[Any], words: tuple[str, ...], call: tuple[Any, ...], told: str
) -> None:
    ended = run(*HAILO, *words)
    assert ended.code == 0
    assert asked == [("open", Path("whole.onnx"), Path("c.npy")), call]
    assert told in ended.out


def test_without_the_compiler_one_line_says_where_it_comes_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weight.Weights, "of", lambda *_: WEIGHTS)
    monkeypatch.setattr(hailo.Source, "open", lambda *_: "source")
    monkeypatch.setitem(sys.modules, "hailo_sdk_client", None)
    ended = run(*HAILO)
    assert ended.code == 1
    assert "https://hailo.ai/developer-zone/" in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_parity_compares_the_forms_that_are_given(run: Run, asked: list[Any], data: Path) -> None:
    ended = run("parity", "--data", data, "--onnx", "w.onnx", "--int8", "s.onnx", "--weights", "e.pt", "--json")
    assert ended.code == 0
    assert json.loads(ended.out) == FINE.as_json() | WEIGHTS.as_json() | {"timing": SPEEDUPS.as_json()}
    [(_, *drawn), (_, given, trials)] = asked
    assert drawn == [data, Path("runs/cache"), 1000, 31]
    assert list(given) == ["fp32 torch", "fp32 ONNX", "INT8"]
    assert trials is TRIALS


def test_parity_says_what_is_too_slow_without_failing(run: Run, asked: list[Any], data: Path, tmp_path: Path) -> None:
    ended = run("parity", "--data", data, "--onnx", "w.onnx", "--int8", "s.onnx", "--cache", tmp_path, "--seed", "4")
    assert ended.code == 0
    assert "4,354,000" in ended.out
    assert "INT8: 1.25 times as fast as fp32 on one thread, less than 1.6" in ended.out
    assert "one thread, one crop: 5.00 ms a crop in fp32, 4.00 in INT8, 1.25 times as fast" in ended.out
    assert asked[0][2:] == (tmp_path, 1000, 4)
    assert "cannot tell" not in ended.out


def test_parity_is_against_fp32(run: Run, asked: list[Any], data: Path) -> None:
    ended = run("parity", "--data", data, "--onnx", "s.onnx", "--int8", "s.onnx")
    assert (ended.code, asked) == (1, [])
    assert ended.err.strip() == "s.onnx: INT8 already; give the fp32 file"


def test_parity_on_few_photos_says_that_they_are_few(run: Run, asked: list[Any], data: Path) -> None:
    ended = run("parity", "--data", data, "--onnx", "w.onnx", "--photos", "100")
    assert "100 photos cannot tell a loss of 0.2 points; for that give --photos 500 or more" in ended.out


def test_a_package_is_not_taken_in_while_it_is_written(run: Run, asked: list[Any]) -> None:
    ended = run(*HAILO, "--package", "--hef", "their.hef")
    assert (ended.code, asked) == (2, [])
    assert "give --package, or --hef" in ended.err


def test_parity_fails_where_int8_loses_too_much(
    run: Run, asked: list[Any], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parity, "compare", lambda *_: WORSE)
    ended = run("parity", "--data", data, "--onnx", "w.onnx", "--int8", "s.onnx")
    assert ended.code == 1
    assert "99.00%" in ended.out
    assert "INT8: loses 1.00 points" in ended.err


@pytest.mark.parametrize(("option", "file", "form"), [("--har", "e.har", "HEF emulated"), ("--hef", "e.hef", "HEF")])
def test_parity_fails_where_what_a_device_computes_loses_too_much(
    run: Run, asked: list[Any], data: Path, monkeypatch: pytest.MonkeyPatch, option: str, file: str, form: str
) -> None:
    monkeypatch.setattr(parity, "compare", lambda *_: Parity({"fp32 ONNX": 0.99, form: 0.98}, (), 500, 3489))
    monkeypatch.setattr(weight.Weights, "of", lambda *_: Weights(dict.fromkeys(("fp32 ONNX", form), SMALL)))
    ended = run("parity", "--data", data, "--onnx", "w.onnx", option, file)
    assert ended.code == 1
    assert f"{form}: loses 1.00 points" in ended.err


def test_an_int8_model_that_is_refused_is_one_line_and_exit_code_1(
    run: Run, asked: list[Any], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise CardlensError("INT8: loses 1.00 points")

    monkeypatch.setattr(release, "release_int8", refuse)
    ended = run("export", "int8", "w.onnx", "--calibration", "c.npy", "--data", data, "--out", "out")
    assert ended.code == 1
    assert ended.err.strip() == "INT8: loses 1.00 points"


@pytest.mark.parametrize("words", [("export", "onnx", "embedder", "--run", "r", "--out", "o"), HAILO])
def test_says_how_to_install_what_it_needs(run: Run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "train", ("no_such_module",))
    ended = run(*words)
    assert ended.code == 1
    assert "pip install 'cardlens[train]'" in ended.err


def test_card_data_is_needed(run: Run, asked: list[Any], tmp_path: Path) -> None:
    ended = run("parity", "--data", tmp_path, "--onnx", "w.onnx")
    assert (ended.code, asked) == (1, [])
    assert "no folder scans" in ended.err
