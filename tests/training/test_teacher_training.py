from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from torch import Tensor, nn

from cardlens.errors import CardlensError
from cardlens.training import run as run_module
from cardlens.training.checkpoint import load_checkpoint
from cardlens.training.run import Batch
from cardlens.training.split import set_of
from cardlens.training.teacher import open_teacher
from cardlens.training.teacher_backbone import open_backbone
from cardlens.training.teacher_training import TeacherCards, TeacherRun, TeacherSettings
from tests.training.drawn_scans import drawn_scan
from tests.training.drawn_teacher_data import BACKBONE, SETTINGS, write_backbone, write_cards


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> TeacherCards:
    folder = tmp_path_factory.mktemp("teacher")
    return TeacherCards(write_cards(folder / "cards"), folder / "cache")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_backbone(tmp_path_factory.mktemp("backbone") / "backbone.safetensors")


class DyingRun(TeacherRun):
    """Its process is killed in step `dies_at`."""

    dies_at = 99

    def loss(self, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        if self.step == self.dies_at:
            raise KeyboardInterrupt
        return super().loss(batch)


def opened(cards: TeacherCards, weights: Path, out: Path, settings: TeacherSettings = SETTINGS) -> DyingRun:
    return DyingRun(cards, open_backbone(BACKBONE, weights, settings.image_size), out, settings)


def assert_same(one: nn.Module, other: nn.Module) -> None:
    for (name, left), right in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(left, right), name


def test_nothing_is_learnt_from_held_out_cards(cards: TeacherCards, weights: Path, tmp_path: Path) -> None:
    assert {set_of(record.card_id) for record in cards.learnt.records} == {"xy1", "unnamed"}
    assert "base2-1" in cards.scans.rows
    held_out = cards.scans.rows["base2-1"] + cards.scans.rows["base2-2"]
    assert set(cards.rows_to_learn()).isdisjoint(held_out)
    batches = opened(cards, weights, tmp_path).batches()
    learnt = set(range(cards.count))
    assert all(set(batches[number][1].tolist()) <= learnt for number in range(4))


def test_every_artwork_is_a_class_and_unnamed_faces_are_too(cards: TeacherCards) -> None:
    assert sorted(set(cards.classes.tolist())) == list(range(cards.count))
    assert cards.count == len({cards.split.labels.get(name, name) for name in cards.names})
    for number, row in enumerate(cards.first_of_each_class()):
        assert cards.classes[cards.names.index(cards.scans.records[row].card_id)] == number


def test_a_batch_depends_on_seed_and_number_alone(cards: TeacherCards, weights: Path, tmp_path: Path) -> None:
    one, other = (opened(cards, weights, tmp_path).batches() for _ in range(2))
    other[0]
    assert all(torch.equal(left, right) for left, right in zip(one[2], other[2], strict=True))
    assert not torch.equal(one[2][0], one[3][0])


@pytest.mark.parametrize("rank", [0, 2])
def test_a_killed_run_goes_on_as_if_it_never_was(
    cards: TeacherCards, weights: Path, tmp_path: Path, rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_module, "_SAVE_SECONDS", -1.0)
    settings = replace(SETTINGS, rank=rank, blocks=0 if rank else 1)
    straight = opened(cards, weights, tmp_path / "straight", settings)
    straight.begin()
    straight.train()
    killed = opened(cards, weights, tmp_path / "killed", settings)
    killed.dies_at = 2
    killed.begin()
    with pytest.raises(KeyboardInterrupt):
        killed.train()
    resumed = opened(cards, weights, tmp_path / "killed", settings)
    resumed.resume()
    assert resumed.step == 2
    resumed.train()
    assert_same(resumed.average, straight.average)


def test_a_checkpoint_of_other_settings_is_refused(cards: TeacherCards, weights: Path, tmp_path: Path) -> None:
    opened(cards, weights, tmp_path, replace(SETTINGS, steps=1)).train()
    for other, said in (
        (replace(SETTINGS, steps=1, image_size=48), "image_size 32, not 48"),
        (replace(SETTINGS, steps=1, rank=2), "rank 0, not 2"),
        (SETTINGS, f"steps 1, not {SETTINGS.steps}"),
    ):
        with pytest.raises(CardlensError, match=f"of another run: {said}; give the same data and options"):
            opened(cards, weights, tmp_path, other).resume()


def test_lower_blocks_stay_and_upper_ones_learn(cards: TeacherCards, weights: Path, tmp_path: Path) -> None:
    run = opened(cards, weights, tmp_path)
    run.begin()
    before = {name: value.clone() for name, value in run.network.state_dict().items()}
    run.train()
    changed = {name for name, value in run.network.state_dict().items() if not torch.equal(value, before[name])}
    last = len(run.backbone.blocks) - 1  # type: ignore[arg-type]
    assert {name.split(".")[3] for name in changed if ".blocks." in name} == {str(last)}
    assert {"teacher.head.weight", "centres.centres"} <= changed
    assert not any("pos_embed" in name or "patch_embed" in name for name in changed)


def test_it_starts_whitened_with_each_artworks_centres_at_its_scan(
    cards: TeacherCards, weights: Path, tmp_path: Path
) -> None:
    run = opened(cards, weights, tmp_path)
    seen = run.begin()
    assert seen.shape == (len(cards.scans), 128)
    vectors = run.look_at_scans(run.teacher)
    nearest = run.centres.cosines(torch.from_numpy(vectors[cards.first_of_each_class()])).argmax(dim=1)
    assert nearest.tolist() == list(range(cards.count))
    assert_same(run.average, run.network)


def test_it_learns_what_it_is_shown(cards: TeacherCards, weights: Path, tmp_path: Path) -> None:
    run = opened(cards, weights, tmp_path, replace(SETTINGS, steps=30, pictures=16))
    run.begin()
    pictures, classes = run.batches()[5]
    with torch.no_grad():
        before = run.loss((pictures, classes))[1]["loss"]
    run.train()
    with torch.no_grad():
        assert run.loss((pictures, classes))[1]["loss"] < before * 0.95


@pytest.mark.parametrize("rank", [0, 2])
def test_the_kept_teacher_is_the_averaged_one_without_centres_and_adapters(
    cards: TeacherCards, weights: Path, tmp_path: Path, rank: int
) -> None:
    run = opened(cards, weights, tmp_path, replace(SETTINGS, rank=rank, blocks=0 if rank else 1))
    file = run.train()
    state = load_checkpoint(file)
    assert state is not None
    plain = timm.create_model(BACKBONE, num_classes=0, img_size=32).state_dict()
    assert set(state["network"]) == {*(f"backbone.{name}" for name in plain), "head.weight", "head.bias"}
    pictures = torch.from_numpy(np.stack([drawn_scan(seed)[:32, :32] for seed in range(3)]))
    with torch.no_grad():
        said = open_teacher(file)(pictures)
        torch.testing.assert_close(said, run.teacher(pictures))
    torch.testing.assert_close(said.norm(dim=1), torch.ones(3))
