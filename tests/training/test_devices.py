from __future__ import annotations

import pytest
import torch

from cardlens.errors import CardlensError
from cardlens.training.devices import choose_device, half_precision


def gpus(monkeypatch: pytest.MonkeyPatch, count: int, *, bfloat16: bool = True) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: bfloat16)


@pytest.mark.parametrize(
    ("name", "count", "rank", "expected"),
    [("auto", 0, 0, "cpu"), ("auto", 2, 1, "cuda:1"), ("cuda", 1, 0, "cuda:0"), ("cpu", 1, 0, "cpu")],
)
def test_a_gpu_is_taken_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, name: str, count: int, rank: int, expected: str
) -> None:
    gpus(monkeypatch, count)
    assert choose_device(name, rank) == torch.device(expected)


@pytest.mark.parametrize(("count", "rank"), [(0, 0), (1, 1)])
def test_a_gpu_that_is_not_there_is_not_replaced(monkeypatch: pytest.MonkeyPatch, count: int, rank: int) -> None:
    gpus(monkeypatch, count)
    with pytest.raises(CardlensError, match=f"process {rank} finds {count} GPUs here"):
        choose_device("cuda", rank)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(CardlensError, match="give auto, cpu or cuda"):
        choose_device("tpu")


@pytest.mark.parametrize(("bfloat16", "expected"), [(True, torch.bfloat16), (False, torch.float16)])
def test_older_gpus_get_float16(monkeypatch: pytest.MonkeyPatch, bfloat16: bool, expected: torch.dtype) -> None:
    gpus(monkeypatch, 1, bfloat16=bfloat16)
    assert half_precision(torch.device("cuda")) == expected


def test_cpus_get_bfloat16() -> None:
    assert half_precision(torch.device("cpu")) == torch.bfloat16
