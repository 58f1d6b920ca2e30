"""Many clients at once. In full: CARDLENS_LOAD_SECONDS=60 CARDLENS_LOAD_CLIENTS=50."""

from __future__ import annotations

import asyncio
import os
import threading

import pytest

from cardlens.errors import CardlensError
from cardlens.service.load import Met, post_photos
from tests.service.conftest import Running

SECONDS = float(os.environ.get("CARDLENS_LOAD_SECONDS", "4"))
CLIENTS = int(os.environ.get("CARDLENS_LOAD_CLIENTS", "12"))


def test_no_error_but_429_and_no_long_tail_even_while_the_models_are_opened_again(
    running: Running, demo: bytes
) -> None:
    reloads: list[int] = []

    def reload() -> None:
        reloads.append(running.http.post("/v1/reference/reload").status_code)

    timer = threading.Timer(1.0, reload)
    timer.start()
    met = asyncio.run(post_photos(running.url, demo, CLIENTS, SECONDS))
    timer.join()
    figures = met.figures()
    assert reloads == [200]
    assert set(figures["statuses"]) <= {"200", "429"}
    assert figures["accepted"] > 0
    assert figures["p99_by_p50"] <= 10


def test_figures_are_those_of_what_was_met() -> None:
    met = Met(seconds=[1.0] * 98 + [3.0] * 2, memory=[10**6] * 10)
    met.statuses.update(["200"] * 100 + ["429"])
    figures = met.figures()
    assert (figures["p50_seconds"], figures["p99_seconds"], figures["p99_by_p50"]) == (1.0, 3.0, 3.0)
    assert figures["memory_megabytes"] == {"first_half": 1.0, "second_half": 1.0, "most": 1.0}


def test_it_is_for_this_computer_only() -> None:
    with pytest.raises(CardlensError, match="not on this computer"):
        asyncio.run(post_photos("http://192.0.2.1:8151", b"", 1, 1))
