"""What live recognition says: the cards in view, and the rows of the list that grows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cardlens.recognition.answer import Answer


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """One card in view.

    Attributes:
        track: number of the card in this session; the same as long as it is followed.
        answer: what is said of it; `quad` in pixels of the frame. Its confidence joins all frames so far.
        stable: whether the answer has settled; it hardly ever changes from then on.
        looks: how many frames it was looked at in.
        row: number of its row in the list; None as long as it was not counted.
    """

    track: int
    answer: Answer
    stable: bool
    looks: int
    row: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The object that goes over the wire."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One card of the list.

    Attributes:
        number: counts from 1, in the order in which the cards were named.
        seconds: when it was named, on the camera's clock.
        copy: 1 for the first card with this id in the session, 2 for the second ...
        changed: whether it replaces the row of this number that was given before.
    """

    number: int
    seconds: float
    track: int
    copy: int
    answer: Answer
    changed: bool = False

    def as_json(self) -> dict[str, Any]:
        """The object that `cardlens watch --json` prints: the row's own keys, then those of the answer."""
        own = {"row": self.number, "seconds": round(self.seconds, 2), "copy": self.copy, "changed": self.changed}
        return {**own, **asdict(self.answer)}


@dataclass(frozen=True, slots=True)
class LiveView:
    """What one frame led to: `cards` in view now, and the `rows` that were given or changed with it."""

    seconds: float
    cards: tuple[LiveAnswer, ...]
    rows: tuple[Row, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that goes over the wire."""
        return {
            "seconds": round(self.seconds, 3),
            "cards": [card.as_json() for card in self.cards],
            "rows": [row.as_json() for row in self.rows],
        }
