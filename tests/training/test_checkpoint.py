from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from cardlens.errors import BadModel
from cardlens.training.checkpoint import load_checkpoint, save_checkpoint

STATE = {"network": {"weight": torch.arange(6.0).reshape(2, 3)}, "step": 17, "settings": {"rate": 0.1}}


def assert_same(state: dict[str, Any] | None) -> None:
    assert state is not None
    assert torch.equal(state["network"]["weight"], STATE["network"]["weight"])  # type: ignore[index]
    assert (state["step"], state["settings"]) == (17, {"rate": 0.1})


def test_a_checkpoint_is_given_back(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "checkpoint.pt", STATE)
    assert_same(load_checkpoint(tmp_path / "checkpoint.pt"))
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_there_may_be_none_yet(tmp_path: Path) -> None:
    assert load_checkpoint(tmp_path / "checkpoint.pt") is None


def test_a_save_that_is_killed_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path / "checkpoint.pt", STATE)

    def killed(_state: dict[str, Any], file: Path) -> None:
        file.write_bytes(b"half a check")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(tmp_path / "checkpoint.pt", {"step": 18})
    assert_same(load_checkpoint(tmp_path / "checkpoint.pt"))


def test_the_next_save_does_not_stumble_over_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.partial").write_bytes(b"half a check")
    save_checkpoint(tmp_path / "checkpoint.pt", STATE)
    assert_same(load_checkpoint(tmp_path / "checkpoint.pt"))


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 no archive"])
def test_what_is_no_checkpoint_is_refused_with_its_place(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(content)
    with pytest.raises(BadModel, match=r"checkpoint\.pt: not a checkpoint.*delete it to start anew") as refused:
        load_checkpoint(tmp_path / "checkpoint.pt")
    assert "\n" not in str(refused.value)


class Trap:
    """Something that a pickle would run when it is opened."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return eval, ("1 + 1",)


def test_no_code_is_run_from_a_checkpoint(tmp_path: Path) -> None:
    torch.save({"step": Trap()}, tmp_path / "checkpoint.pt")
    with pytest.raises(BadModel, match="not a checkpoint"):
        load_checkpoint(tmp_path / "checkpoint.pt")
