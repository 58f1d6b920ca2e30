"""Every format by the same rules, and each by a sample of what its app writes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cardlens.collection import (
    FORMATS,
    BadExchange,
    CardLabel,
    Collection,
    ImportReport,
    NewCopy,
    Query,
    open_collection,
)
from cardlens.collection.condition import CONDITIONS
from cardlens.collection.exchange.formats import TABLES
from cardlens.collection.finish import FINISHES
from cardlens.collection.language import LANGUAGES

# What each format cannot say, and so cannot bring back.
NOT_KEPT: dict[str, set[str]] = {
    "csv": {"id"},
    "json": {"id"},
    "tcgplayer": {"grade", "price_paid", "currency", "place", "note", "tags", "acquired_on"},
    "collectr": {"language", "currency", "tags"},
    "deckbox": {"grade", "price_paid", "currency", "place", "note", "acquired_on"},
    "manabox": {"grade", "note", "tags", "acquired_on"},
    "dragon-shield": {"grade", "currency", "note", "tags"},
}
_OF_THE_SCAN = {"id", "scanned_at", "scanned_from", "confidence", "proof", "added_at"}
COPIES = (
    NewCopy("base1-4", price_paid=Decimal("280.00"), currency="USD", condition="lightly-played", place="red, binder"),
    NewCopy("sv3pt5-25", quantity=12, finish="reverse-holo", language="ja", tags=("best of", "swap")),
    NewCopy("sv3pt5-151", grade="PSA 10", note='a "quoted", one', acquired_on=date(2026, 1, 31)),
    NewCopy("swsh7-215", condition="mint", language="zh-hant", price_paid=Decimal("0.0125"), currency="EUR"),
    NewCopy("ecard2-2", condition="damaged", language="de"),
    NewCopy("swsh12pt5gg-GG05", condition="heavily-played", language="fr", place="box"),
    NewCopy("svp-85", condition="moderately-played", language="es"),
)


def state(collection: Collection, but: set[str] = frozenset({"id"})) -> list[dict[str, Any]]:  # type: ignore[assignment]
    copies = collection.copies(Query(sort="oldest"))
    return [{name: value for name, value in copy.as_json().items() if name not in but} for copy in copies]


def exported(collection: Collection, form: str, **options: Any) -> str:
    out = io.StringIO(newline="")
    collection.export(form, out, **options)
    return out.getvalue()


def take_in(collection: Collection, text: str | bytes, form: str | None = None, **options: Any) -> ImportReport:
    content = text.encode() if isinstance(text, str) else text
    return collection.import_file(io.BytesIO(content), form, name="file", **options)


@pytest.fixture
def other(empty_database: Path, tmp_path: Path) -> Iterator[Collection]:
    file = tmp_path / "other.db"
    file.write_bytes(empty_database.read_bytes())
    with open_collection(file) as opened:
        yield opened


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_format_can_say_comes_back(collection: Collection, other: Collection, form: str) -> None:
    for new in COPIES:
        collection.add(new)
    text = exported(collection, form)
    report = take_in(other, text)
    assert (report.format, report.left_out, report.problems) == (form, 0, [])
    assert (report.entries, report.cards) == (len(COPIES), 18)
    but = NOT_KEPT[form] | (set() if form in ("csv", "json") else _OF_THE_SCAN)
    assert state(other, but) == state(collection, but)
    assert exported(other, form) == text or form == "json"  # json tells ids, which are new


@pytest.mark.parametrize("form", TABLES)
def test_no_cell_of_an_export_is_run_by_a_spreadsheet(collection: Collection, other: Collection, form: str) -> None:
    nasty = '=HYPERLINK("http://x","y")'
    label = CardLabel(nasty, "@set", "+set", "-1")
    collection.add(NewCopy("own-1", label=label, place="=1+1", note="@SUM(A1)", tags=("-tag",), grade="+1"))
    rows = list(csv.reader(io.StringIO(exported(collection, form), newline="")))
    assert all(cell[:1] not in "=+-@\t\r" or cell == "" for row in rows for cell in row)
    assert any(cell == f"'{nasty}" for row in rows for cell in row)
    if form == "csv":
        take_in(other, exported(collection, form))
        assert state(other) == state(collection)


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_collection_can_be_exported_and_imported(collection: Collection, other: Collection, form: str) -> None:
    report = take_in(other, exported(collection, form))
    assert (report.format, report.entries, report.left_out, report.event) == (form, 0, 0, None)
    assert other.history() == []


def words(longest: int) -> st.SearchStrategy[str]:
    return st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=longest).map(str.strip)


ANY_COPY = st.builds(
    NewCopy,
    card_id=st.sampled_from(["base1-4", "sv3pt5-25", "ex10-?", "own-1"]),
    quantity=st.integers(1, 1_000_000),
    finish=st.sampled_from(FINISHES),
    language=st.sampled_from(sorted(LANGUAGES)),
    condition=st.sampled_from(CONDITIONS),
    grade=st.none() | words(20),
    price_paid=st.none() | st.decimals(0, 10**9, places=4),
    currency=st.none() | st.sampled_from(["EUR", "USD", "JPY"]),
    place=st.none() | words(40),
    note=st.none()
    | st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t"), max_size=60).map(str.strip),
    tags=st.lists(words(10).filter(lambda tag: tag and "," not in tag and tag.isprintable()), max_size=3).map(tuple),
    acquired_on=st.none() | st.dates(date(1999, 1, 9)),
    scanned_at=st.none()
    | st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),
    scanned_from=st.none() | words(30),
    confidence=st.none() | st.floats(0, 1),
    label=st.builds(CardLabel, words(20).filter(bool), words(5), words(20), words(5)),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(copies=st.lists(ANY_COPY, min_size=1, max_size=4), form=st.sampled_from(["csv", "json"]))
def test_our_own_formats_lose_nothing(
    collection: Collection, other: Collection, copies: list[NewCopy], form: str
) -> None:
    for each in (collection, other):
        each.remove(*(copy.id for copy in each.copies()))
    for new in copies:
        collection.add(new)
    report = take_in(other, exported(collection, form))
    assert report.problems == []
    assert state(other) == state(collection)


def test_json_carries_the_crops(collection: Collection, other: Collection, draw_crop: Callable[..., bytes]) -> None:
    for number in (1, 1, 2):
        collection.add(NewCopy("base1-4"), draw_crop(number))
    text = exported(collection, "json")
    assert text.count('{"crop":') == 2
    take_in(other, text)
    assert state(other) == state(collection)
    assert [other.proof(copy.id) for copy in other.copies()] == [
        collection.proof(copy.id) for copy in collection.copies()
    ]
    assert '{"crop":' not in exported(collection, "json", crops=False)


def test_an_import_is_one_event_that_undo_takes_back(collection: Collection) -> None:
    kept = collection.add(NewCopy("base1-58"))
    report = take_in(collection, "card_id,quantity\nbase1-4,2\nbase1-5,1\n")
    assert (report.entries, report.cards) == (2, 3)
    assert collection.history()[0].id == report.event
    assert collection.history()[0].summary == "imported 3 cards from file (csv)"
    collection.undo(report.event)
    assert collection.copies() == [kept]


def test_an_import_may_merge_replace_or_only_be_tried(collection: Collection) -> None:
    text = "card_id,quantity\nbase1-4,2\nbase1-4,3\n"
    assert take_in(collection, text, dry_run=True).cards == 5
    assert (collection.count(), collection.history()) == (0, [])
    take_in(collection, text, merge=True)
    assert [copy.quantity for copy in collection.copies()] == [5]
    take_in(collection, text, merge=True)
    assert [copy.quantity for copy in collection.copies()] == [10]
    take_in(collection, text, replace=True)
    assert [copy.quantity for copy in collection.copies()] == [3, 2]
    for _ in range(3):
        collection.undo()
    assert collection.count() == 0


def test_problems_name_line_and_column_and_the_rest_goes_on(collection: Collection) -> None:
    report = take_in(
        collection,
        "card_id,quantity,condition,price_paid,acquired_on,confidence,scanned_at,language\n"
        "base1-1,1,near-mint,2.50,2026-01-31,0.5,2026-01-31T18:30:00+00:00,en\n"
        "base1-2,x,,,,,,\n"
        "base1-3,1,good,,,,,\n"
        "base1-4,1,,abc,,,,\n"
        "base1-5,1,,,31/31/2026,,,\n"
        "nope-1,1,,,,,,\n"
        ",1,,,,,,\n"
        "base1-6,1,,,,2,,\n"
        "base1-7,1,,,,,noon,\n"
        "base1-8,1,,,,,,English\n"
        "base1-9,1,,,,,,\n"
        "base1-10,1,,,,,0001-01-01T00:00:00+14:00,\n",
    )
    assert [(problem.line, problem.column) for problem in report.problems] == [
        (3, "quantity"),
        (4, "condition"),
        (5, "price_paid"),
        (6, "acquired_on"),
        (7, "card_id"),
        (8, "card_id"),
        (9, "confidence"),
        (10, "scanned_at"),
        (11, "language"),
        (13, "scanned_at"),
    ]
    assert [copy.card_id for copy in collection.copies(Query(sort="oldest"))] == ["base1-1", "base1-9"]
    assert (report.entries, report.left_out) == (2, 10)


@pytest.mark.parametrize(
    ("text", "form", "said"),
    [
        ("Name,Power\nx,1\n", None, "line 1: the columns Name, Power are those of no format known here"),
        ("card_id\nbase1-4\n", "csv", "line 1: as cardlens CSV it needs the column quantity; it has card_id"),
        ("card_id,quantity\n", "xlsx", "xlsx: no such format; there are csv, tcgplayer"),
        ("", None, "empty"),
        ('{"format": "something"}\n', None, "line 1: not a collection of cardlens"),
        ('{"format": "cardlens collection", "version": 9}\n', None, "version 9, known 1; upgrade cardlens"),
        ("[1, 2]", "json", "line 1: not a collection of cardlens"),
    ],
)
def test_a_file_of_no_format_is_one_clear_error(collection: Collection, text: str, form: str | None, said: str) -> None:
    with pytest.raises(BadExchange) as refused:
        take_in(collection, text, form)
    assert said in str(refused.value)
    assert collection.history() == []


def test_a_missing_file_is_one_clear_error(collection: Collection, tmp_path: Path) -> None:
    for file in (tmp_path / "gone.csv", tmp_path):
        with pytest.raises(BadExchange, match="cannot be read"):
            collection.import_file(file)


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("not json", None, "no JSON object"),
        ("[1]", None, "no JSON object"),
        ("[" * 100_000, None, "no JSON object"),
        ('{"other": 1}', None, "neither a copy nor a crop"),
        ('{"copy": 1}', "copy", "no object"),
        ('{"copy": {}}', "card_id", "missing"),
        ('{"copy": {"card_id": "base1-4", "colour": 1}}', "colour", "no such field"),
        ('{"copy": {"card_id": "base1-4", "quantity": "2"}}', "quantity", "of the wrong kind"),
        ('{"copy": {"card_id": "base1-4", "tags": 5}}', "tags", "cannot be read"),
        ('{"copy": {"card_id": "base1-4", "added_at": 5}}', "added_at", "cannot be read"),
        ('{"copy": {"card_id": "base1-4", "added_at": "0001-01-01T00:00:00+14:00"}}', "added_at", "before the year 1"),
        ('{"copy": {"card_id": "base1-4", "scanned_at": "9999-12-31T23:59:59-14:00"}}', "scanned_at", "after 9999"),
        ('{"copy": {"card_id": "base1-4", "price_paid": "x"}}', "price_paid", "cannot be read"),
        ('{"copy": {"card_id": "base1-4", "note": "\\ud83d"}}', "note", "half a character"),
        ('{"copy": {"card_id": "base1-4", "proof": "\\ud800"}}', "proof", "is no SHA-256"),
        ('{"copy": {"card_id": "nope-1"}}', "card_id", "not in the card facts"),
        ('{"copy": {"card_id": "nope-1", "name": 5}}', "name", "is no text"),
        ('{"crop": {"digest": "0", "content": "AAAA"}}', "digest", "damaged"),
        ('{"crop": {"content": 5}}', "content", "no crop in Base64"),
    ],
)
def test_a_line_of_json_that_cannot_be_used_is_told(
    collection: Collection, line: str, column: str | None, said: str
) -> None:
    head = '{"format": "cardlens collection", "version": 1}\n'
    report = take_in(collection, head + line + '\n{"copy": {"card_id": "base1-4"}}\n')
    (problem,) = report.problems
    assert (problem.line, problem.column) == (2, column)
    assert said in problem.message
    assert [copy.card_id for copy in collection.copies()] == ["base1-4"]


def test_a_file_with_many_rows_is_taken_in_at_once(collection: Collection) -> None:
    rows = "".join(f"base1-{number % 102 + 1},1,{number}\n" for number in range(3000))
    report = take_in(collection, "card_id,quantity,note\n" + rows)
    assert (report.entries, collection.count()) == (3000, 3000)
    collection.undo()
    assert collection.count() == 0
