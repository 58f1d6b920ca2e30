from __future__ import annotations

import json
from pathlib import Path

import pytest

from cardlens.errors import CardlensError
from cardlens.store.registry_figures import BadFigures, read_figures
from cardlens.store.registry_gates import Gates
from tests.store.registered import EMBEDDER, GOOD


def failing(**figures: object) -> list[str]:
    return [result.name for result in Gates().results({**GOOD, **figures}, EMBEDDER) if not result.holds]


def test_good_figures_pass_every_gate() -> None:
    assert failing() == []


def test_int8_may_lose_two_tenths_of_a_point_and_no_more() -> None:
    assert failing(r_at_1_fp32=0.995, r_at_1_int8=0.993) == []
    assert failing(r_at_1_fp32=0.995, r_at_1_int8=0.9929) == ["parity"]
    assert failing(r_at_1_fp32=0.99, r_at_1_int8=0.995) == []


def test_accuracy_samples_and_the_measured_model_are_gates_too() -> None:
    assert failing(artwork_r_at_1=0.89) == ["accuracy"]
    assert failing(samples=20) == ["samples"]
    assert failing(embedder="f" * 64) == ["figures"]


def test_gates_are_settings() -> None:
    gates = Gates.from_environment({"CARDLENS_GATE_ARTWORK_R1": "0.98", "CARDLENS_GATE_INT8_LOSS": "0"})
    assert (gates.artwork_r_at_1, gates.int8_loss, gates.samples) == (0.98, 0.0, Gates().samples)
    assert {result.name for result in gates.results(GOOD, EMBEDDER) if not result.holds} == {"parity", "accuracy"}


@pytest.mark.parametrize("text", ["98", "-1", "nan", "inf", "much"])
def test_a_setting_that_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(CardlensError, match="CARDLENS_GATE_ARTWORK_R1"):
        Gates.from_environment({"CARDLENS_GATE_ARTWORK_R1": text})


@pytest.mark.parametrize(
    "change",
    [{"r_at_1_int8": 1.2}, {"r_at_1_fp32": "0.9"}, {"artwork_r_at_1": True}, {"embedder": "x"}, {"samples": None}],
)
def test_figures_out_of_their_range_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(BadFigures):
        Gates().results({**GOOD, **change}, EMBEDDER)


def test_a_figures_file_is_read_or_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    file.write_text(json.dumps({**GOOD, "photos": 72}))
    assert read_figures(file)["photos"] == 72
    file.write_text(json.dumps({name: value for name, value in GOOD.items() if name != "samples"}))
    with pytest.raises(BadFigures, match="samples"):
        read_figures(file)
    file.write_text("[1]")
    with pytest.raises(BadFigures, match="no figures"):
        read_figures(file)
    with pytest.raises(BadFigures, match="no figures"):
        read_figures(tmp_path / "none.json")
