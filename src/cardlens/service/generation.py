"""Models and database as they were opened together; a reload opens the next generation beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from cardlens.assembly import open_recognizer
from cardlens.live import Live
from cardlens.recognition.facts import bundled_facts
from cardlens.recognition.matcher import Gallery
from cardlens.recognition.picture import Picture
from cardlens.recognition.reader import Reader
from cardlens.recognition.recognizer import Recognizer
from cardlens.service.gathering import GatheringEmbedder
from cardlens.service.known import KnownCards, known_cards
from cardlens.service.options import ServiceOptions


@dataclass(frozen=True, slots=True)
class Generation:
    """What requests are answered with. A request keeps the one it began with to its end.

    Attributes:
        number: 1 for the first, one more at every reload.
        known: what is known of cards.
        opened: when, ISO 8601.
        live: the same models for cameras.
    """

    number: int
    recognizer: Recognizer
    known: KnownCards
    opened: str
    live: Live

    @property
    def version(self) -> str:
        """Names the embeddings: another database, another version."""
        return self.known.version

    def describe(self) -> dict[str, Any]:
        """What `GET /v1/reference` says; no path of this computer is in it."""
        return {
            "generation": self.number,
            "version": self.version,
            "opened": self.opened,
            **self.known.describe(),
        }


def open_generation(options: ServiceOptions, number: int, observe: Callable[[int], None]) -> Generation:
    """Open models and database and use them once, so that no request meets a cold one; raises `CardlensError`."""
    # photos are named side by side: more threads for one of them would only get in each other's way
    settings = replace(options.settings, threads=options.settings.threads or 1)
    opened: list[KnownCards] = []

    def keep(gallery: Gallery) -> Gallery:
        opened.append(known_cards(gallery))
        return gallery

    recognizer = open_recognizer(settings, keep)
    recognizer.embedder = GatheringEmbedder(recognizer.embedder, observe)
    live = Live(recognizer, Reader(bundled_facts(), settings.threads))
    generation = Generation(number, recognizer, opened[0], datetime.now(UTC).isoformat(timespec="seconds"), live)
    _warm_up(generation)
    return generation


def _warm_up(generation: Generation) -> None:
    grey = np.full((640, 480, 3), 127, np.uint8)
    generation.recognizer.recognize(Picture(grey, "warm-up", (480, 640)))
    description = generation.recognizer.embedder.describe(
        [grey[: generation.recognizer.embedder.spec.height, : generation.recognizer.embedder.spec.width]]
    )
    generation.recognizer.matcher.match(description)
