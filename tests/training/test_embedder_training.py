from __future__ import annotations

from pathlib import Path

import pytest
import torch

from cardlens.errors import BadModel
from cardlens.training.checkpoint import save_checkpoint
from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings, normalise, start_from
from cardlens.training.networks import EmbedderNetwork
from tests.training.drawn_data import drawn_data

SETTINGS = EmbedderSettings(steps=2, small=64, size=64, cards=4, accumulate=2, device="cpu")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> EmbedderRun:
    data, cache, _ = drawn_data(tmp_path_factory.mktemp("cards"))
    run = EmbedderRun(data, cache, data.parent / "out", SETTINGS)
    run.before_step()
    return run


def test_the_bank_learns_the_scans_of_all_batches_of_a_step_when_it_is_over(run: EmbedderRun) -> None:
    before = run.bank.clone()
    batches = [run.batches()[number] for number in (0, 1)]
    for batch in batches:
        run.loss(batch)
    assert torch.equal(run.bank, before)
    run.after_step()
    changed = {int(row) for row in (run.bank != before).any(dim=1).nonzero()}
    assert changed <= {int(number) for _, numbers, clean in batches for number in numbers[clean]}
    pictures, numbers, clean = batches[1]
    with torch.no_grad(), run.autocast():
        vectors = run.network(normalise(pictures))[clean]
    torch.testing.assert_close(run.bank[numbers[clean]], vectors, rtol=0, atol=0.02)


def test_all_batches_of_a_step_have_its_size(run: EmbedderRun) -> None:
    run.settings = EmbedderSettings(steps=4, small=64, size=96, small_share=0.5, cards=4, accumulate=2, device="cpu")
    sizes = [run.batches()[number][0].shape[1] for number in range(8)]
    assert sizes == [64, 64, 64, 64, 96, 96, 96, 96]


def test_pictures_are_normalised_as_the_weights_want_it() -> None:
    pictures = torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 1, 2, 1).expand(1, 1, 2, 3)
    batch = normalise(pictures)
    assert batch.shape == (1, 3, 1, 2)
    assert batch[0, 0, 0].tolist() == [-1.0, 1.0]


def test_start_weights_are_taken_and_missing_ones_are_named(run: EmbedderRun, tmp_path: Path) -> None:
    state = {name: value + 1 if name == "head.bias" else value for name, value in run.network.state_dict().items()}
    save_checkpoint(tmp_path / "student.pt", {"network": state})
    network = EmbedderNetwork(pretrained=False)
    start_from(network, tmp_path / "student.pt")
    assert torch.equal(network.state_dict()["head.bias"], state["head.bias"])
    with pytest.raises(BadModel, match=r"none\.pt"):
        start_from(network, tmp_path / "none.pt")
