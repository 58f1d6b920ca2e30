from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from cardlens.errors import BadModel, CardlensError
from cardlens.training import run as run_module
from cardlens.training.checkpoint import load_checkpoint, save_checkpoint
from cardlens.training.embedder_training import EmbedderRun, EmbedderSettings, normalise, start_from
from cardlens.training.networks import EmbedderNetwork
from cardlens.training.run import Batch
from tests.training.drawn_data import drawn_data
from tests.training.drawn_scans import drawn_scan

SETTINGS = EmbedderSettings(steps=2, small=64, size=64, cards=4, accumulate=2, device="cpu")


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    data, cache, _ = drawn_data(tmp_path_factory.mktemp("cards"))
    return data, cache


@pytest.fixture(scope="module")
def run(cards: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> EmbedderRun:
    run = EmbedderRun(*cards, tmp_path_factory.mktemp("out"), SETTINGS)
    run.before_stretch()
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


class NotedRun(EmbedderRun):
    """Notes the cards of each batch; its process is killed in step `dies_at`."""

    stretch = 3

    def __init__(self, cards: tuple[Path, Path], out: Path, dies_at: int = 99) -> None:
        super().__init__(*cards, out, LONGER)
        self.dies_at, self.learnt = dies_at, list[list[int]]()

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        if self.step == self.dies_at:
            raise KeyboardInterrupt
        self.learnt.append(batch[1].tolist())
        return super().loss(batch)


LONGER = EmbedderSettings(steps=5, small=64, size=64, cards=8, device="cpu")


@pytest.fixture
def killed(cards: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NotedRun:
    """Give a run that was killed in its third step, the second checkpointed."""
    monkeypatch.setattr(run_module, "_SAVE_SECONDS", -1.0)
    run = NotedRun(cards, tmp_path / "killed", dies_at=2)
    with pytest.raises(KeyboardInterrupt):
        run.train()
    return run


def test_the_first_batches_are_drawn_from_neighbours_that_were_looked_for(killed: NotedRun) -> None:
    batches = killed.batches()
    assert killed.learnt == [batches[number][1].tolist() for number in range(2)]
    assert all(len(set(row)) == len(row) for row in killed.near.tolist())


def test_a_run_killed_in_a_stretch_and_resumed_learns_the_same_batches_and_ends_with_the_same_weights(
    cards: tuple[Path, Path], killed: NotedRun, tmp_path: Path
) -> None:
    straight, resumed = NotedRun(cards, tmp_path / "straight"), NotedRun(cards, killed.out)
    straight.train()
    resumed.resume()
    assert resumed.step == 2
    resumed.train()
    assert [*killed.learnt, *resumed.learnt] == straight.learnt
    for one, other in zip(resumed.average.state_dict().values(), straight.average.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(resumed.bank, straight.bank)


@pytest.mark.parametrize("rows", [None, 2])
def test_a_checkpoint_without_a_bank_or_of_other_cards_is_gone_on_from_with_a_fresh_one(
    cards: tuple[Path, Path], killed: NotedRun, rows: int | None
) -> None:
    state = load_checkpoint(killed.out / "checkpoint.pt")
    assert state is not None
    del state["kept"]
    if rows:
        state["kept"] = {"bank": torch.zeros(rows, 768), "near": torch.zeros(rows, 12, dtype=torch.int64)}
    save_checkpoint(killed.out / "checkpoint.pt", state)
    resumed = NotedRun(cards, killed.out)
    resumed.resume()
    resumed.before_stretch()
    torch.testing.assert_close(resumed.bank.norm(dim=1), torch.ones(len(resumed.names)), rtol=0, atol=1e-3)


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


def few(folder: Path, card_ids: tuple[str, ...]) -> tuple[Path, Path]:
    """Card data with these cards, and a folder for what is decoded."""
    for name in ("scans", "backgrounds"):
        (folder / "data" / name).mkdir(parents=True)
    for seed, card_id in enumerate(card_ids):
        Image.fromarray(drawn_scan(seed)).save(folder / "data" / "scans" / f"{card_id}.png")
    return folder / "data", folder / "cache"


def test_a_few_cards_are_fewer_to_draw_from_and_have_fewer_neighbours(tmp_path: Path) -> None:
    run = EmbedderRun(*few(tmp_path, ("A1-1", "A1-2", "A1-3", "A3b-1")), tmp_path / "out", SETTINGS)
    run.train()
    assert run.step == SETTINGS.steps
    assert run.near.shape == (3, 2)


@pytest.mark.parametrize(
    ("card_ids", "said"),
    [(("A1-1", "A1-2"), "none is left to measure with"), (("A1-1", "A3b-1"), "1 cards to learn from, at least 2")],
)
def test_too_few_cards_are_said_before_the_first_step(tmp_path: Path, card_ids: tuple[str, ...], said: str) -> None:
    with pytest.raises(CardlensError, match=said):
        EmbedderRun(*few(tmp_path, card_ids), tmp_path / "out", SETTINGS)


def test_what_a_run_starts_from_is_what_it_goes_on_from(cards: tuple[Path, Path], tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "weights.pt", {"network": EmbedderNetwork(pretrained=False).state_dict()})
    EmbedderRun(*cards, tmp_path / "out", SETTINGS, tmp_path / "weights.pt").train()
    with pytest.raises(CardlensError, match=r"of another run: start \{.*weights\.pt.*\}, not None"):
        EmbedderRun(*cards, tmp_path / "out", SETTINGS).resume()


@pytest.mark.parametrize("state", [{"conv": torch.zeros(2)}, {"network": {"conv": torch.zeros(2)}}, [1]])
def test_weights_of_something_else_are_one_line(tmp_path: Path, state: Any) -> None:
    save_checkpoint(tmp_path / "tiny.pth", state)
    with pytest.raises(BadModel, match=r"tiny\.pth: not what `cardlens train embedder`"):
        start_from(EmbedderNetwork(pretrained=False), tmp_path / "tiny.pth")
