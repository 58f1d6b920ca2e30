from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from cardlens.training.student_recall import RecallTrial
from tests.training.drawn_data import CARDS, drawn_data

CPU = torch.device("cpu")


class Thumbnail(nn.Module):
    """A card seen from afar: 8 x 8 pixels, their mean taken off."""

    def forward(self, batch: Tensor) -> Tensor:
        small = nn.functional.adaptive_avg_pool2d(batch.float(), 8).flatten(1)
        return nn.functional.normalize(small - small.mean(dim=1, keepdim=True), dim=1)


class Blind(nn.Module):
    def forward(self, batch: Tensor) -> Tensor:
        return nn.functional.normalize(torch.ones(len(batch), 4), dim=1)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> RecallTrial:
    data, cache, _ = drawn_data(tmp_path_factory.mktemp("cards"))
    return RecallTrial.render(data, cache, 64, 2)


def test_only_cards_that_nothing_learns_from_are_asked_for(trial: RecallTrial) -> None:
    assert len(trial.shown) == len(CARDS)
    places = [int((trial.shown == label).nonzero()[0]) for label in trial.wanted]
    asked = {trial.scans.records[trial.rows[place]].card_id for place in places}
    assert {"base2-1", "base2-2", "base2-3"} <= asked
    assert len(trial.photos) == 2 * len(asked)


def test_who_sees_the_card_finds_it_more_often_than_who_does_not(trial: RecallTrial) -> None:
    seeing, blind = trial.recall(Thumbnail(), CPU), trial.recall(Blind(), CPU)
    assert seeing["recall@5"] >= seeing["recall@1"] > blind["recall@1"]


def test_everybody_is_asked_the_same(trial: RecallTrial, tmp_path: Path) -> None:
    data, cache, _ = drawn_data(tmp_path)
    again = RecallTrial.render(data, cache, 64, 2)
    assert again.recall(Thumbnail(), CPU) == trial.recall(Thumbnail(), CPU)
    assert (again.photos == trial.photos).all()
