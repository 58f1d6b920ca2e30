from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cardlens.assembly import open_detector, open_embedder, open_recognizer
from cardlens.errors import BadModel, BadReference, StaleReference
from cardlens.settings import Settings
from cardlens.training.left_out import LeftOut
from tests.assembled import save_calibration, save_models, save_reference
from tests.runtimes.fake_hailo import FRAME, FakeHailo, World, write_hef

Opener = Callable[[Settings], object]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Models that do nothing, a database of theirs and a calibration for them."""
    found = Settings(reference=tmp_path / "reference", models=tmp_path / "models", threads=1)
    digest = save_models(found.models)
    save_calibration(found.models, digest)
    save_reference(found.reference, digest)
    return found


def test_parts_that_fit_together_make_a_recognizer(settings: Settings) -> None:
    recognizer = open_recognizer(settings)
    assert recognizer.embedder.digest == open_embedder(settings).digest
    assert list(recognizer.matcher.gallery.card_ids) == ["tst-1", "tst-2"]


def test_the_database_may_be_looked_at_through_something(settings: Settings) -> None:
    recognizer = open_recognizer(settings, lambda whole: LeftOut(whole, ["tst-1"]))
    hits = recognizer.matcher.gallery.search(np.ones((1, 768), np.float32), 9)
    assert hits.rows.tolist() == [[1]]


@pytest.mark.parametrize(("open_one", "name"), [(open_embedder, "embedder"), (open_detector, "detector")])
@pytest.mark.parametrize("suffix", ["json", "onnx"])
def test_a_missing_model_is_said_by_name(settings: Settings, open_one: Opener, name: str, suffix: str) -> None:
    (settings.models / f"{name}.{suffix}").unlink()
    with pytest.raises(BadModel, match=rf"{name}\.{suffix}.*CARDLENS_MODELS") as refused:
        open_one(settings)
    assert "\n" not in str(refused.value)
    with pytest.raises(BadModel, match=name):
        open_recognizer(settings)


@pytest.mark.parametrize(("open_one", "name"), [(open_embedder, "embedder"), (open_detector, "detector")])
def test_a_model_under_another_spec_is_refused(settings: Settings, open_one: Opener, name: str) -> None:
    with (settings.models / f"{name}.onnx").open("ab") as weights:
        weights.write(b"more")
    with pytest.raises(BadModel, match=rf"{name}\.onnx.*not the file its spec describes"):
        open_one(settings)


def test_a_database_of_another_embedder_is_refused_with_the_command_that_rebuilds_it(settings: Settings) -> None:
    save_reference(settings.reference, "b" * 64)
    with pytest.raises(StaleReference, match="cardlens reference build"):
        open_recognizer(settings)


def test_a_missing_database_is_said_with_its_place(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadReference, match="nowhere"):
        open_recognizer(replace(settings, reference=tmp_path / "nowhere"))


def test_a_calibration_of_another_embedder_is_refused(settings: Settings) -> None:
    save_calibration(settings.models, "b" * 64)
    with pytest.raises(BadModel, match=r"calibration\.json: made for embedder bbbbbbbbbbbb"):
        open_recognizer(settings)


def test_without_a_calibration_nothing_is_opened_but_to_fit_one(settings: Settings) -> None:
    (settings.models / "calibration.json").unlink()
    with pytest.raises(BadModel, match=r"calibration\.json: no calibration"):
        open_recognizer(settings)
    assert open_recognizer(settings, calibrated=False).embedder.digest


def test_a_spec_that_names_a_hailo_is_run_by_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    file, spec = write_hef(settings.models)
    file.replace(settings.models / "embedder.hef")
    spec.save(settings.models / "embedder.json")
    monkeypatch.setitem(sys.modules, "hailo_platform", FakeHailo(World()))
    [vector] = open_embedder(settings).embed([np.full(FRAME, 255, np.uint8)])
    np.testing.assert_allclose(vector, np.full(3, 3**-0.5), rtol=1e-5)
    with pytest.raises(StaleReference):  # it was embedded by the model before
        open_recognizer(settings)
