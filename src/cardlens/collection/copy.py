"""One entry of a collection: so many copies of a printing, alike in finish, language and condition."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from cardlens.collection.condition import CONDITIONS
from cardlens.collection.faults import BadCopy
from cardlens.collection.finish import FINISHES
from cardlens.collection.language import is_language_code

MOST_COPIES = 1_000_000
MOST_PAID = Decimal(1_000_000_000)
# Characters, by field; a note may be longer than a name.
LONGEST = {"note": 2_000, "request": 100}
LONGEST_ELSE = 200
MOST_TAGS = 50


@dataclass(frozen=True, slots=True)
class CardLabel:
    """What a card is called: needed only for cards that the bundled facts do not have."""

    name: str
    set_id: str = ""
    set_name: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class NewCopy:
    """What is to be added. Raises `BadCopy` where a value is none that a copy can have.

    Attributes:
        card_id: the printing, such as `sv3pt5-25`.
        quantity: 1 to 1,000,000.
        finish: one of `FINISHES`; None: the usual one of a card of that rarity.
        language: ISO 639-1 code, with a script where it matters: "ja", "zh-hant".
        condition: one of `CONDITIONS`.
        grade: a grading company's verdict as it is written: "PSA 10".
        price_paid: for one copy; at most four decimal places.
        currency: ISO 4217 code; None where it is not known.
        place: where it is kept: a binder, a box.
        note: anything.
        tags: words to find it by.
        acquired_on: when it was bought.
        scanned_at: when it was scanned; a time without a zone is UTC.
        scanned_from: where it was scanned: the photo's name, the camera.
        confidence: probability of the answer that it was added from, 0..1.
        label: what it is called; only looked at for cards outside the bundled facts.
    """

    card_id: str
    quantity: int = 1
    finish: str | None = None
    language: str = "en"
    condition: str = "near-mint"
    grade: str | None = None
    price_paid: Decimal | None = None
    currency: str | None = None
    place: str | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    acquired_on: date | None = None
    scanned_at: datetime | None = None
    scanned_from: str | None = None
    confidence: float | None = None
    label: CardLabel | None = None

    def __post_init__(self) -> None:
        """Check every value."""
        check_values({each.name: getattr(self, each.name) for each in fields(self)})


@dataclass(frozen=True, slots=True)
class Copy:
    """An entry of a collection as it is stored; fields as in `NewCopy`.

    Attributes:
        id: number of the entry, unique in the database; kept when an undo brings it back.
        proof: SHA-256 of the crop that proves it, hex; `Collection.proof` gives the picture. None: no crop.
        added_at: when it came into the collection, UTC.
    """

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
    price_paid: Decimal | None
    currency: str | None
    place: str | None
    note: str | None
    tags: tuple[str, ...]
    acquired_on: date | None
    scanned_at: datetime | None
    scanned_from: str | None
    confidence: float | None
    proof: str | None
    added_at: datetime

    def as_json(self) -> dict[str, Any]:
        """The entry with dates as ISO text and the price as text, such as "2.50"."""
        return {name: json_value(value) for name, value in asdict(self).items()}


# Fields that `Collection.update` may change.
CHANGEABLE = (
    "quantity",
    "finish",
    "language",
    "condition",
    "grade",
    "price_paid",
    "currency",
    "place",
    "note",
    "tags",
    "acquired_on",
    "scanned_at",
    "scanned_from",
)


def json_value(value: Any) -> Any:
    """Give a field's value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return list(value) if isinstance(value, tuple) else value


def check_values(values: dict[str, Any]) -> None:
    """Raise `BadCopy` for the first value that a copy cannot have."""
    for name, value in values.items():
        if value is None:
            continue
        if (kinds := _KINDS.get(name, str)) is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            raise BadCopy(f"{name} {value!r}: of the wrong kind ({type(value).__name__})", name)
        _check_text(name, value)
        check = _CHECKS.get(name)
        if check is not None and (fault := check(value)):
            shown = value.isoformat() if isinstance(value, datetime) else repr(value)
            raise BadCopy(f"{name} {shown}: {fault}", name)


def canonical_price(amount: Decimal) -> Decimal:
    """The same amount with cents, and no more zeros than that: as the database gives it back."""
    return amount.quantize(Decimal("0.01")) if amount * 100 % 1 == 0 else amount.normalize()


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone is taken to be UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def tidy_tags(tags: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Tags without outer blanks, each once, in alphabetical order."""
    return tuple(sorted({" ".join(tag.split()) for tag in tags} - {""}, key=lambda tag: (tag.lower(), tag)))


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        return
    longest = LONGEST.get(name, LONGEST_ELSE)
    if len(value) > longest:
        raise BadCopy(f"{name}: {len(value)} characters long; at most {longest}", name)
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadCopy(f"{name} {value!r}: half a character; leave it out", name)
    allowed = "\n\t" if name == "note" else ""
    if any(ord(letter) < 32 and letter not in allowed for letter in value):
        raise BadCopy(f"{name} {value!r}: has control characters; leave them out", name)


def _card_id(value: str) -> str | None:
    fits = value and not value.startswith(".") and not any(letter.isspace() or letter in "/\\" for letter in value)
    return None if fits else "no card id; give one such as base1-4"


def _quantity(value: int) -> str | None:
    return None if 1 <= value <= MOST_COPIES else f"give 1 to {MOST_COPIES}"


def _finish(value: str) -> str | None:
    return None if value in FINISHES else f"not one of {', '.join(FINISHES)}"


def _condition(value: str) -> str | None:
    return None if value in CONDITIONS else f"not one of {', '.join(CONDITIONS)}"


def _language(value: str) -> str | None:
    return None if is_language_code(value) else "not a language code; give one such as en, ja or zh-hant"


def _price_paid(value: Decimal) -> str | None:
    if not value.is_finite() or not 0 <= value <= MOST_PAID:
        return "not an amount; give one such as 2.50"
    return None if value == value.quantize(Decimal("0.0001")) else "more than four decimal places"


def _currency(value: str) -> str | None:
    fits = len(value) == 3 and value.isascii() and value.isalpha() and value.isupper()
    return None if fits else "not a currency code; give one such as EUR"


def _confidence(value: float) -> str | None:
    return None if 0 <= value <= 1 else "not a probability from 0 to 1"


def _moment(value: datetime) -> str | None:
    try:
        in_utc(value)
    except OverflowError:
        return "before the year 1 or after 9999 in UTC; give another time"
    return None


def _tags(value: tuple[str, ...]) -> str | None:
    if len(value) > MOST_TAGS:
        return f"at most {MOST_TAGS} tags"
    unfit = next(
        (tag for tag in value if not tag.strip() or len(tag) > 50 or "," in tag or not tag.isprintable()), None
    )
    return None if unfit is None else f"the tag {unfit!r} is empty, longer than 50 characters, or has a comma"


_KINDS: dict[str, Any] = {
    "quantity": int,
    "price_paid": Decimal,
    "tags": tuple,
    "acquired_on": date,
    "scanned_at": datetime,
    "added_at": datetime,
    "confidence": (int, float),
    "label": CardLabel,
}
_CHECKS: dict[str, Any] = {
    "card_id": _card_id,
    "quantity": _quantity,
    "finish": _finish,
    "condition": _condition,
    "language": _language,
    "price_paid": _price_paid,
    "currency": _currency,
    "scanned_at": _moment,
    "added_at": _moment,
    "confidence": _confidence,
    "tags": _tags,
}
