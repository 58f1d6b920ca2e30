"""The words of the API, for its OpenAPI: what goes in and what comes out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(ge=0, le=1)]
_PIKACHU = {"card_id": "sv3pt5-25", "name": "Pikachu", "set_name": "151", "number": "25"}
CARD: dict[str, Any] = {
    **_PIKACHU, "set_id": "sv3pt5", "printed_total": 165, "set_code": "MEW", "printed_code": "MEW", "hp": "60",
    "supertype": "Pokémon", "subtypes": ["Basic"], "rarity": "Common", "release_date": "2023-09-22",
    "series": "Scarlet & Violet", "game": "physical", "can_be_seen": True,
}  # fmt: skip
_EVIDENCE = {
    "source": "seen", "similarity": 0.83, "runner_up": 0.41, "number_read": "025/165", "set_code_read": "MEW",
    "name_read": "Pikachu", "width": 798.3,
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "quad": [[412.0, 388.5], [1210.3, 391.0], [1206.8, 1502.2], [409.1, 1499.7]],
    "decision": "printing", "card_id": "sv3pt5-25", "name": "Pikachu", "set": {"id": "sv3pt5", "name": "151"},
    "number": "25", "confidence": 0.991, "artwork_confidence": 0.998, "language": None,
    "printings": [{**_PIKACHU, "probability": 0.991}], "evidence": _EVIDENCE,
    "nearest": [{"similarity": 0.83, "language": "en", "cards": [_PIKACHU]}],
}  # fmt: skip
_MILLISECONDS = {"decode": 31.0, "find": 88.2, "embed": 12.1, "match": 2.0, "read": 70.5, "total": 203.8}
PHOTO: dict[str, Any] = {"photo": "page.jpg", "size": [3024, 4032], "cards": [ANSWER], "milliseconds": _MILLISECONDS}
REFERENCE: dict[str, Any] = {
    "generation": 1, "version": "3f6c0c1d2e4b", "opened": "2026-11-23T09:00:00+00:00",
    "created": "2026-11-20T18:04:11+00:00", "made_by": "cardlens 0.1.0",
    "model": {"name": "embedder", "digest": "026448725590bf60"}, "rows": 4120, "cards": 3489, "artwork_groups": 410,
}  # fmt: skip


class Said(BaseModel):
    """Base: nothing beyond what is written here is sent."""

    model_config = ConfigDict(extra="forbid")


class FailedPhoto(Said):
    """A photo that could not be read, and why."""

    photo: str
    error: str


class Problem(Said):
    """Why a request was refused (RFC 9457); `photos` where none of several could be read."""

    title: str
    status: int
    detail: str
    photos: list[FailedPhoto] | None = None


class Card(Said):
    """One printing, from the card facts."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": CARD})

    card_id: str
    name: str
    set_id: str
    set_name: str
    number: str
    printed_total: int | None
    set_code: str | None
    printed_code: str | None
    hp: str | None
    supertype: str
    subtypes: list[str]
    rarity: str | None
    release_date: str | None
    series: str
    game: str
    can_be_seen: Annotated[
        bool, Field(description="The database has a scan of it: it is named by sight, not by print alone.")
    ]


class Cards(Said):
    """Cards that a search found, best first."""

    cards: list[Card]


class NamedCard(Said):
    """A card in a few words."""

    card_id: str
    name: str
    set_name: str
    number: str


class CardIndex(Said):
    """Every card in rows, for a search in the page itself."""

    columns: list[str]
    sets: list[list[str | None]]
    rows: list[list[str | int | None]]


class SimilarCard(NamedCard):
    """A card that looks like another. `tied`: so much that the picture cannot tell them apart."""

    similarity: float
    tied: bool


class SimilarCards(Said):
    """Cards that look like one, most alike first."""

    card_id: str
    similar: list[SimilarCard]


class CardSet(Said):
    """A set."""

    id: str
    name: str


class Printing(NamedCard):
    """A card that a quad may show."""

    probability: Probability


class Evidence(Said):
    """Why an answer is what it is; see docs/reference/answer-format.md."""

    source: Literal["seen", "read"] | None
    similarity: float | None
    runner_up: float | None
    number_read: str | None
    set_code_read: str | None
    name_read: str | None
    width: float | None


class Nearest(Said):
    """An artwork that the crop is near to, and the printings that share it."""

    similarity: float
    language: str
    cards: list[NamedCard]


class Answer(Said):
    """What is said of one card in a photo."""

    quad: Annotated[
        list[list[float]], Field(description="Corners in pixels of the photo, the card's own top left first.")
    ]
    decision: Literal["printing", "artwork", "unknown"]
    card_id: str | None
    name: str | None
    set: CardSet | None
    number: str | None
    confidence: Probability
    artwork_confidence: Probability
    language: str | None
    printings: list[Printing]
    evidence: Evidence
    crop: Annotated[str | None, Field(description="The card upright, a JPEG as data URI; with include=crops.")] = None
    nearest: Annotated[list[Nearest] | None, Field(description="With include=nearest.")] = None


class Milliseconds(Said):
    """Where the time went."""

    decode: float
    find: float
    embed: float
    match: float
    read: float
    total: float


class NamedPhoto(Said):
    """Every card of one photo, or of one page of a PDF."""

    photo: str
    size: list[int]
    cards: list[Answer]
    milliseconds: Milliseconds
    preview: Annotated[
        str | None, Field(description="The photo, smaller, a JPEG as data URI; with include=preview.")
    ] = None


class Identified(Said):
    """One entry a photo, in the order they were sent."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"version": "3f6c0c1d2e4b", "photos": [PHOTO]}}
    )

    version: Annotated[str, Field(description="Which reference database answered.")]
    photos: list[NamedPhoto | FailedPhoto]


class Model(Said):
    """The embedder."""

    name: str
    digest: str


class Reference(Said):
    """The models and database that answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": REFERENCE})

    generation: Annotated[int, Field(description="One more at every reload.")]
    version: str
    opened: str
    created: str
    made_by: str
    model: Model
    rows: int
    cards: int
    artwork_groups: int


class Token(Said):
    """What a browser sends once, to be let in from then on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"token": "four words nobody guesses"}})

    token: Annotated[str, Field(max_length=500)]


class Health(Said):
    """How the service does."""

    status: str
