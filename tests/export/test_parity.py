from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cardlens.errors import CardlensError
from cardlens.export.parity import Agreement, Parity, Trials, check_gate, compare, open_onnx, open_torch
from cardlens.recognition.embedder import Description
from cardlens.recognition.local import CELLS, DEPTH
from cardlens.runtimes.base import Bytes, Floats
from tests.training.drawn_scans import drawn_scan


class Brightness:
    """Embeds by mean colour, turned by `angle` in red and green; with `parts`, these tell cards by the same colours."""

    def __init__(self, angle: float = 0.0, blind: bool = False, parts: bool = False) -> None:
        self.parts = parts
        self.turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        self.blind = blind

    def describe(self, crops: Sequence[Bytes]) -> Description:
        colours = np.stack([crop.reshape(-1, 3).mean(axis=0) for crop in crops])
        means = np.ones_like(colours) if self.blind else colours @ self.turn.T
        return Description(unit(means), self._parts(unit(colours)) if self.parts else None)

    def _parts(self, colours: Floats) -> Floats:
        parts = np.zeros((len(colours), CELLS, CELLS, DEPTH), np.float32)
        parts[..., :3] = colours[:, None, None]
        return parts


def unit(vectors: Any) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def flat(red: int, green: int, blue: int) -> Bytes:
    return np.full((4, 4, 3), (red, green, blue), np.uint8)


CARDS = [flat(200, 10, 10), flat(10, 200, 10), flat(10, 10, 200)]
TRIALS = Trials(
    CARDS, [0, 1, 2], [flat(180, 20, 10), flat(20, 150, 30), flat(30, 20, 99), flat(99, 98, 0)], [0, 1, 2, 1]
)


def test_recall_is_the_share_of_photos_whose_nearest_card_is_right() -> None:
    parity = compare({"a": Brightness()}, TRIALS)
    assert parity.recall == {"a": 0.75}
    assert (parity.photos, parity.cards, parity.agreements) == (4, 3, ())


def test_every_pair_of_forms_is_compared_by_cosine() -> None:
    parity = compare({"a": Brightness(), "b": Brightness(0.1), "c": Brightness(blind=True)}, TRIALS)
    assert [(one.one, one.other) for one in parity.agreements] == [("a", "b"), ("a", "c"), ("b", "c")]
    close, far, _ = parity.agreements
    assert np.cos(0.1) - 1e-6 <= close.least <= close.percentile_1 <= close.median <= 1
    assert far.least < close.least


def test_a_form_that_turns_everything_alike_names_as_well_however_far_its_vectors_are() -> None:
    parity = compare({"a": Brightness(), "b": Brightness(1.5)}, TRIALS)
    assert parity.recall["a"] == parity.recall["b"]
    assert parity.agreements[0].median < 0.5


def test_parts_are_compared_where_a_form_gives_them() -> None:
    parity = compare({"a": Brightness(), "b": Brightness(blind=True, parts=True)}, TRIALS)
    assert parity.recall["b"] < 0.5  # all vectors are alike
    assert parity.with_parts == {"b": 0.75}
    assert parity.as_json()["r1_with_parts"] == {"b": 0.75}


def test_what_is_lost_is_lost_by_either_way_of_looking_up() -> None:
    by_parts = {"fp32": 0.995, "INT8": 0.99}
    parity = Parity({"fp32": 0.99, "INT8": 0.99}, (), 1000, 100, by_parts)
    assert parity.lost("fp32", "INT8") == pytest.approx(0.005)
    with pytest.raises(CardlensError, match=r"loses 0\.50 points"):
        check_gate(parity, "fp32", "INT8")
    assert Parity({"fp32": 0.99, "INT8": 0.98}, (), 1, 1, {"fp32": 1.0}).lost("fp32", "INT8") == pytest.approx(0.01)


def gate(whole: float, small: float) -> Parity:
    return Parity({"fp32": whole, "INT8": small}, (Agreement("fp32", "INT8", 0.9, 0.99, 0.999),), 1000, 100)


@pytest.mark.parametrize(("whole", "small"), [(0.99, 0.988), (0.99, 0.99), (0.98, 0.99)])
def test_a_loss_of_two_tenths_of_a_point_passes(whole: float, small: float) -> None:
    check_gate(gate(whole, small), "fp32", "INT8")
    assert gate(whole, small).lost("fp32", "INT8") == pytest.approx(whole - small)


def test_more_than_that_fails_and_says_how_much() -> None:
    with pytest.raises(CardlensError, match=r"INT8: loses 0\.30 points of R@1 against fp32 on 1,000 photos"):
        check_gate(gate(0.99, 0.987), "fp32", "INT8")


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_gate_opens_for_exactly_those_that_lose_little(whole: float, small: float) -> None:
    lost = whole - small
    if abs(lost - 0.002) < 1e-8:
        return
    try:
        check_gate(gate(whole, small), "fp32", "INT8")
        assert lost < 0.002
    except CardlensError:
        assert lost > 0.002


def test_trained_weights_and_their_onnx_file_say_the_same(trained: Path, whole: Path) -> None:
    crops = [drawn_scan(seed)[:64, :64] for seed in range(3)]
    one, other = open_torch(trained / "embedder.pt", 64), open_onnx(whole)
    np.testing.assert_allclose(one.embed(crops), other.embed(crops), atol=1e-4)


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match=r"embedder\.pt: no weights here"):
        open_torch(tmp_path / "embedder.pt", 64)


def test_weights_of_another_network_are_refused_in_one_line(trained: Path, tmp_path: Path) -> None:
    state = torch.load(trained / "embedder.pt", weights_only=True)
    state["network"].pop("local.weight")
    torch.save(state, tmp_path / "embedder.pt")
    with pytest.raises(CardlensError, match=r"embedder\.pt: not weights of this version of cardlens .*local\.weight"):
        open_torch(tmp_path / "embedder.pt", 64)


def test_figures_are_rounded_for_printing() -> None:
    printed = compare({"a": Brightness(), "b": Brightness(0.1)}, TRIALS).as_json()
    assert printed["r1"] == {"a": 0.75, "b": 0.75}
    assert printed["cosine"][0]["between"] == ["a", "b"]
    assert (printed["photos"], printed["cards"]) == (4, 3)
