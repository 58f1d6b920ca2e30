"""The words of the API about a collection."""

from __future__ import annotations

import base64
import binascii
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, field_validator

from cardlens.collection.condition import CONDITIONS
from cardlens.collection.finish import FINISHES
from cardlens.service.schemas import Said

MOST_QUANTITY = 1_000_000
COPY: dict[str, Any] = {
    "id": 7, "card_id": "sv3pt5-25", "name": "Pikachu", "set_id": "sv3pt5", "set_name": "151", "number": "25",
    "quantity": 1, "finish": "normal", "language": "en", "condition": "near-mint", "grade": None, "price_paid": "2.50",
    "currency": "EUR", "place": "red binder", "note": None, "tags": ["swap"], "acquired_on": "2026-11-20",
    "scanned_at": "2026-11-23T09:00:00+00:00", "scanned_from": "page.jpg", "confidence": 0.991, "proof": None,
    "added_at": "2026-11-23T09:00:01+00:00",
}  # fmt: skip
Finish = Literal[FINISHES]  # type: ignore[valid-type]  # one list of them, in the collection
Condition = Literal[CONDITIONS]  # type: ignore[valid-type]
Language = Annotated[str, Field(pattern="^[a-z]{2}(-[a-z]{2,4})?$")]
Text = Annotated[str, Field(max_length=200)]
Quantity = Annotated[int, Field(ge=1, le=MOST_QUANTITY, strict=True)]
Money = Annotated[Decimal, Field(ge=0, le=1_000_000_000, max_digits=14, decimal_places=4)]
Tags = Annotated[list[Annotated[str, Field(min_length=1, max_length=50)]], Field(max_length=50)]


def _text(value: object) -> object:
    """Only text is a date: pydantic would take a number for seconds."""
    if value is not None and not isinstance(value, str):
        raise ValueError("a date is text, such as 2026-11-23")
    return value


Day = Annotated[date, BeforeValidator(_text)]


class About(Said):
    """What can be said of a copy beyond its card; what is left out keeps its usual value."""

    quantity: Quantity = 1
    finish: Finish | None = None
    language: Language = "en"
    condition: Condition = "near-mint"
    grade: Text | None = None
    price_paid: Money | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    place: Text | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None
    tags: Tags = Field(default_factory=list)
    acquired_on: Day | None = None
    scanned_at: Annotated[datetime, BeforeValidator(_text)] | None = None
    scanned_from: Text | None = None


class Adding(About):
    """A copy to add: from an answer, or by itself."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"card_id": "sv3pt5-25", "quantity": 1, "condition": "near-mint", "tags": ["swap"]}
        },
    )

    card_id: Annotated[str, Field(min_length=1, max_length=80, description="Which card it is.")]
    answered: Annotated[str | None, Field(max_length=80, description="Which card cardlens had named.")] = None
    corrected: Annotated[StrictBool, Field(description="A person says so: kept, with the crop, to learn from.")] = False
    confidence: Annotated[float, Field(ge=0, le=1, strict=True)] | None = None
    crop: Annotated[bytes | None, Field(description="The card's picture, as identify gave it: a data URI.")] = None
    merge: Annotated[StrictBool, Field(description="Raise the quantity of an entry that is alike.")] = False
    request: Annotated[
        str | None, Field(max_length=100, description="A name for this request: sent again, nothing is added twice.")
    ] = None

    @field_validator("crop", mode="before")
    @classmethod
    def _decode(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return base64.b64decode(value.partition("base64,")[2], validate=True) or None
        except (binascii.Error, ValueError):
            raise ValueError("not a data URI such as data:image/jpeg;base64,…") from None


class Changing(Said):
    """What is to change; what is left out stays. `card_id` puts a wrong card right."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"quantity": 2, "finish": "reverse-holo"}})

    card_id: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    quantity: Quantity | None = None
    finish: Finish | None = None
    language: Language | None = None
    condition: Condition | None = None
    grade: Text | None = None
    price_paid: Money | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    place: Text | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None
    tags: Tags | None = None
    acquired_on: Day | None = None


class Copy(Said):
    """An entry: so many copies of a printing, alike in finish, language and condition."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": COPY})

    id: int
    card_id: str
    name: str
    set_id: str
    set_name: str
    number: str
    quantity: int
    finish: str
    language: str
    condition: str
    grade: str | None
    price_paid: str | None
    currency: str | None
    place: str | None
    note: str | None
    tags: list[str]
    acquired_on: str | None
    scanned_at: str | None
    scanned_from: str | None
    confidence: float | None
    proof: Annotated[str | None, Field(description="Digest of the picture at /v1/collection/{id}/proof.")]
    added_at: str


class Copies(Said):
    """Entries that a search found."""

    copies: list[Copy]
    entries: Annotated[int, Field(description="How many entries there are in all.")]
    cards: Annotated[int, Field(description="How many cards that is, quantities added up, in the whole collection.")]


class Event(Said):
    """Something that was done."""

    id: int
    at: str
    kind: str
    summary: str
    copies: int
    undone: bool


class Undone(Event):
    """What was taken back."""

    gone: Annotated[list[int], Field(description="Entries that went with it.")]


class Events(Said):
    """What was done, newest first."""

    events: list[Event]


class SetProgress(Said):
    """How much of one set is there."""

    set_id: str
    name: str
    series: str
    release_date: str | None
    printed_total: int | None
    total: int
    owned: int
    copies: int
    missing: list[str]


class Completion(Said):
    """Sets that are begun, oldest first."""

    sets: list[SetProgress]


class Imported(Said):
    """What became of an import."""

    summary: str
    format: str
    entries: int
    cards: int
    left_out: int
    problems: list[str]


class Merged(Said):
    """How many entries became part of another."""

    merged: int


class NamedLanguage(Said):
    """A language."""

    code: str
    name: str


class Format(Said):
    """A format of export and import."""

    format: str
    name: str


class Choices(Said):
    """The words that a copy may have."""

    finishes: list[str]
    conditions: list[str]
    languages: list[NamedLanguage]
    sorts: list[str]
    exports: list[Format]


class Names(Said):
    """Collections of the database."""

    collections: list[str]


class NewName(Said):
    """A collection to make."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"name": "doubles"}})

    name: Annotated[str, Field(min_length=1, max_length=100)]


Sort = Literal["newest", "oldest", "name", "set", "price"]
