"""What cardlens says of a photo: the values behind the JSON that `cardlens identify` prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Decision = Literal["printing", "artwork", "unknown"]
Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Printing:
    """One card that a quad may show, and the probability that it does, 0..1."""

    card_id: str
    probability: float


@dataclass(frozen=True, slots=True)
class CardSet:
    """The set that a card was printed in."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an answer is what it is.

    Attributes:
        source: `seen` (matched to a scan), `read` (named from its printed text) or None (neither).
        similarity: cosine to the best artwork, -1..1; None where the database is empty.
        runner_up: cosine to the best other artwork.
        number_read: collector number as read, such as "025/165"; None where it was not read.
        set_code_read: set code as read, such as "MEW".
        name_read: card name as read.
        width: the card's width in the photo, in pixels.
    """

    source: Literal["seen", "read"] | None = None
    similarity: float | None = None
    runner_up: float | None = None
    number_read: str | None = None
    set_code_read: str | None = None
    name_read: str | None = None
    width: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one quad. `quad` is in pixels of the photo as shown (EXIF orientation applied)."""

    quad: Corners
    decision: Decision
    card_id: str | None = None
    name: str | None = None
    set: CardSet | None = None
    number: str | None = None
    confidence: float = 0.0
    artwork_confidence: float = 0.0
    language: str | None = None
    printings: tuple[Printing, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """Where the time went."""

    decode: float = 0.0
    find: float = 0.0
    embed: float = 0.0
    match: float = 0.0
    read: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class PhotoAnswer:
    """Every card of one photo. `size` is (width, height) in pixels, as shown."""

    photo: str
    size: tuple[int, int]
    cards: tuple[Answer, ...]
    milliseconds: Milliseconds

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints, keys as the documented format has them."""
        return asdict(self)
