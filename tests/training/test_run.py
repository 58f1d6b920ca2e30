from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset

from cardlens.errors import CardlensError
from cardlens.training import run as run_module
from cardlens.training.checkpoint import load_checkpoint, save_checkpoint
from cardlens.training.run import Batch, RunSettings
from tests.training.tiny_run import Drawn, TinyRun

SETTINGS = RunSettings(seed=3, steps=6, rate=0.05, average=0.9, clip=1.0, weight_decay=0.01, threads=1, minutes=60)


def assert_same_weights(one: nn.Module, other: nn.Module) -> None:
    for (name, left), right in zip(one.state_dict().items(), other.state_dict().values(), strict=True):
        assert torch.equal(left, right), name


class Listed(Dataset[Batch]):
    """A few batches, over and over."""

    def __init__(self, given: list[Batch]) -> None:
        self.given = given

    def __getitem__(self, number: int) -> Batch:
        return self.given[number % len(self.given)]


@pytest.fixture
def save_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "_SAVE_SECONDS", -1.0)


@pytest.mark.usefixtures("save_always")
def test_a_run_killed_after_three_steps_and_resumed_ends_as_if_it_never_was(tmp_path: Path) -> None:
    straight = TinyRun(tmp_path / "straight", SETTINGS)
    straight.train()
    with pytest.raises(KeyboardInterrupt):
        TinyRun(tmp_path / "killed", SETTINGS, dies_at=3).train()
    resumed = TinyRun(tmp_path / "killed", SETTINGS)
    resumed.resume()
    assert resumed.step == 3
    resumed.train()
    assert resumed.step == straight.step == 6
    assert_same_weights(resumed.network, straight.network)
    assert_same_weights(resumed.average, straight.average)


def test_the_same_seed_trains_the_same_weights_and_another_seed_others(tmp_path: Path) -> None:
    runs = [TinyRun(tmp_path / str(at), replace(SETTINGS, seed=seed)) for at, seed in enumerate((3, 3, 4))]
    for run in runs:
        run.train()
    assert_same_weights(runs[0].average, runs[1].average)
    assert not torch.equal(runs[0].average.state_dict()["head.weight"], runs[2].average.state_dict()["head.weight"])


def test_without_a_checkpoint_a_run_starts_at_its_first_step(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, SETTINGS)
    run.resume()
    assert run.step == 0


def test_the_averaged_weights_are_kept_with_the_settings(tmp_path: Path) -> None:
    run = TinyRun(tmp_path / "out", SETTINGS)
    file = run.train()
    state = load_checkpoint(file)
    assert state is not None
    assert file.name == "tiny.pt"
    assert (state["step"], state["settings"]["seed"]) == (6, 3)
    assert torch.equal(state["network"]["head.weight"], run.average.state_dict()["head.weight"])


def test_the_average_follows_quickly_at_first(tmp_path: Path) -> None:
    run = TinyRun(tmp_path, replace(SETTINGS, steps=1))
    before = run.network.state_dict()["head.weight"].clone()
    run.train()
    after = run.network.state_dict()["head.weight"]
    assert not torch.equal(before, after)
    torch.testing.assert_close(run.average.state_dict()["head.weight"], 0.1 * before + 0.9 * after)


def test_the_early_stages_stay_as_they_were(tmp_path: Path) -> None:
    run, fresh = TinyRun(tmp_path, SETTINGS), TinyRun(tmp_path, SETTINGS)
    run.train()
    kept, learnt = run.network.state_dict(), fresh.network.state_dict()
    for name, value in kept.items():
        early = name.startswith(("backbone.conv_stem", "backbone.bn1", "backbone.blocks.0", "backbone.blocks.1"))
        held = name.startswith("backbone") and "running" in name
        if early or held:
            assert torch.equal(value, learnt[name]), name
    assert not torch.equal(kept["backbone.blocks.2.0.weight"], learnt["backbone.blocks.2.0.weight"])


def test_a_run_stops_when_its_time_is_over_and_can_go_on(tmp_path: Path) -> None:
    TinyRun(tmp_path, replace(SETTINGS, minutes=0)).train()
    later = TinyRun(tmp_path, SETTINGS)
    later.resume()
    assert later.step == 1


def test_a_run_is_gone_on_with_as_it_was_begun(tmp_path: Path) -> None:
    TinyRun(tmp_path, replace(SETTINGS, minutes=0)).train()
    with pytest.raises(CardlensError, match=r"of another run: seed 3, not 4; steps 6, not 9; give the same data"):
        TinyRun(tmp_path, replace(SETTINGS, seed=4, steps=9)).resume()
    free = TinyRun(tmp_path, replace(SETTINGS, minutes=5, threads=2, dollars=1.0, dollars_an_hour=2.0))
    free.resume()
    assert free.step == 1


@pytest.mark.parametrize("state", [[1, 2], {"step": 3}, {"network": {}, "average": {}, "optimiser": {}, "step": 1}])
def test_a_checkpoint_of_something_else_is_one_line(tmp_path: Path, state: Any) -> None:
    save_checkpoint(tmp_path / "checkpoint.pt", state)
    with pytest.raises(CardlensError, match=r"checkpoint\.pt: of another run \(.*give the same data"):
        TinyRun(tmp_path, SETTINGS).resume()


def test_a_finished_run_that_is_resumed_has_nothing_to_do(tmp_path: Path) -> None:
    first = TinyRun(tmp_path, SETTINGS)
    first.train()
    again = TinyRun(tmp_path, SETTINGS)
    again.resume()
    again.train()
    assert again.step == 6
    assert_same_weights(again.average, first.average)


def test_the_log_says_step_rate_and_figures(tmp_path: Path) -> None:
    settings = replace(SETTINGS, steps=40)
    TinyRun(tmp_path, settings).train()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["step"] for line in lines] == [20, 40]
    expected = settings.rate * 21 / 50 * (0.5 + 0.5 * math.cos(math.pi * 20 / 40))
    assert lines[0]["rate"] == pytest.approx(expected, abs=1e-6)
    assert set(lines[0]) == {"step", "rate", "minutes", "loss"}


def test_a_run_is_prepared_once_or_before_each_stretch_of_its_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = TinyRun(tmp_path / "whole", SETTINGS)
    whole.train()
    assert whole.prepared == [0]
    monkeypatch.setattr(TinyRun, "stretch", 4)
    parts = TinyRun(tmp_path / "parts", SETTINGS)
    parts.train()
    assert parts.prepared == [0, 4]
    assert_same_weights(parts.network, whole.network)


def test_two_batches_a_step_are_one_of_twice_the_size(tmp_path: Path) -> None:
    """Without layers that look at the batch as a whole, the mean of two gradients is that of both together."""
    runs = [TinyRun(tmp_path / str(parts), replace(SETTINGS, accumulate=parts, clip=1e9)) for parts in (1, 2)]
    batches = [Drawn()[number] for number in (0, 1)]
    both = tuple(torch.cat(part) for part in zip(*batches, strict=True))
    for run, given in zip(runs, ([both], batches), strict=True):
        run.network.norm, run.average.norm = nn.Identity(), nn.Identity()
        run.batches = lambda given=given: Listed(given)  # type: ignore[method-assign,misc]
        run.train()
    for one, other in zip(runs[0].network.parameters(), runs[1].network.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_a_run_stops_when_its_money_is_spent_whatever_earlier_starts_cost(tmp_path: Path) -> None:
    cheap = replace(SETTINGS, dollars=1.0, dollars_an_hour=0.001)
    first = TinyRun(tmp_path, replace(cheap, minutes=0))
    first.train()
    assert (first.step, first.ended) == (1, "0 minutes are over")
    state = load_checkpoint(tmp_path / "checkpoint.pt")
    assert state is not None
    save_checkpoint(tmp_path / "checkpoint.pt", {**state, "seconds": 3600 * 1000.0})
    second = TinyRun(tmp_path, cheap)
    second.resume()
    second.train()
    assert (second.step, second.ended) == (2, "$1 are spent")


def test_checkpoints_of_earlier_versions_are_read(tmp_path: Path) -> None:
    TinyRun(tmp_path, replace(SETTINGS, minutes=0)).train()
    state = load_checkpoint(tmp_path / "checkpoint.pt")
    assert state is not None
    save_checkpoint(
        tmp_path / "checkpoint.pt", {name: state[name] for name in ("network", "average", "optimiser", "step")}
    )
    later = TinyRun(tmp_path, SETTINGS)
    later.resume()
    assert (later.step, later.budget.before) == (1, 0.0)
    later.train()
    assert later.step == 6


def test_watchers_are_told_what_is_logged(tmp_path: Path) -> None:
    run, told = TinyRun(tmp_path, replace(SETTINGS, steps=40, dollars_an_hour=2.0)), []
    run.watch(lambda step, figures: told.append({"step": step, **figures}))
    run.train()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert told == lines
    assert set(lines[0]) == {"step", "rate", "minutes", "dollars", "loss"}


def test_losses_too_small_for_float16_are_scaled(tmp_path: Path) -> None:
    """As on a T4, here on a CPU: the scale is undone before the step, and kept in the checkpoint."""
    scaled, plain = TinyRun(tmp_path / "scaled", SETTINGS), TinyRun(tmp_path / "plain", SETTINGS)
    scaled.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10)
    for run in (scaled, plain):
        run.train()
    for one, other in zip(scaled.network.parameters(), plain.network.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
    state = load_checkpoint(tmp_path / "scaled" / "checkpoint.pt")
    assert state is not None
    assert state["scaler"]["scale"] == 2.0**10


def test_a_run_may_prepare_its_network_in_its_own_way(tmp_path: Path) -> None:
    class Whole(TinyRun):
        def prepare_network(self) -> None:
            """Freezes nothing."""

    assert all(parameter.requires_grad for parameter in Whole(tmp_path, SETTINGS).network.parameters())
    assert not all(parameter.requires_grad for parameter in TinyRun(tmp_path, SETTINGS).network.parameters())
