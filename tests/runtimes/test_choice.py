from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cardlens.errors import BadModel
from cardlens.runtimes.choice import check_runtime
from tests.runtimes.fake_hailo import write_hef


@pytest.fixture(params=["hailo8", "hailo8l", "onnx"])
def models(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    _, spec = write_hef(tmp_path)
    replace(spec, runtime=request.param).save(tmp_path / "embedder.json")
    return tmp_path


@pytest.mark.parametrize("models", ["hailo8", "hailo8l"], indirect=True)
def test_a_hailo_is_one_whichever_it_is(models: Path) -> None:
    check_runtime(models, "hailo")
    with pytest.raises(BadModel, match="not onnx; leave CARDLENS_MODELS out"):
        check_runtime(models, "onnx")


@pytest.mark.parametrize("models", ["onnx"], indirect=True)
def test_a_model_for_the_processor_is_not_run_in_place_of_a_hailo(models: Path) -> None:
    check_runtime(models, "onnx")
    with pytest.raises(BadModel, match=r"not hailo; compile it .* CARDLENS_MODELS") as refused:
        check_runtime(models, "hailo")
    assert "\n" not in str(refused.value)
