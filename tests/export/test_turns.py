from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest

from cardlens.export.turns import take_turns
from cardlens.recognition.embedder import Description
from cardlens.runtimes.base import Bytes

CROPS = [np.zeros((64, 64, 3), np.uint8)] * 2


class Form:
    """Notes when it was asked; `seconds` long it does nothing."""

    def __init__(self, name: str, asked: list[str], seconds: float = 0) -> None:
        self.name, self.asked, self.seconds = name, asked, seconds

    def describe(self, crops: Sequence[Bytes]) -> Description:
        self.asked.append(self.name)
        time.sleep(self.seconds)
        return Description(np.zeros((len(crops), 3), np.float32))


def test_forms_take_turns_after_one_run_that_warms_caches(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    clock = iter(np.cumsum([0, 0.004, 1, 0.002, 1, 0.006, 1, 0.002]).tolist())
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))
    spent = take_turns({"a": Form("a", asked), "b": Form("b", asked)}, CROPS, 2)
    assert spent == {"a": pytest.approx((4, 6)), "b": pytest.approx((2, 2))}
    assert asked == ["a", "b", "a", "b", "a", "b"]


def test_no_turn_begins_after_the_time_is_over() -> None:
    slow = Form("slow", [], seconds=0.002)
    assert len(take_turns({"slow": slow}, CROPS, 1000, seconds=0.02)["slow"]) <= 10
    assert len(take_turns({"slow": slow}, CROPS, 1000, seconds=0)["slow"]) == 1
