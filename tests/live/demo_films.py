"""Films of the demo cards, and the cards of a film as a session names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cardlens.live.film import RATE, Kind, frames, plan
from cardlens.runtimes.base import Bytes
from tests.recognition.moving_card import demo_card


def demo_film(kind: Kind, numbers: Sequence[int], every: int = 1, until: float = 60.0) -> Iterator[tuple[Bytes, float]]:
    """Every `every`th frame (720, 1280, 3) of a film of demo cards, with its time in seconds, up to `until`."""
    pictures = [demo_card(number) for number in range(1, 13)]
    film = plan(kind, [number - 1 for number in numbers], seed=1)
    for number, pixels in enumerate(frames(film, pictures, [], every)):
        if number * every / RATE > until:
            return
        yield np.ascontiguousarray(pixels), number * every / RATE
