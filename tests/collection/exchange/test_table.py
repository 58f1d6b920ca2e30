from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.collection import BadExchange
from cardlens.collection.exchange import table as table_module
from cardlens.collection.exchange.report import MOST_PROBLEMS, ImportReport
from cardlens.collection.exchange.table import BadCell, Row, Table


def read(content: bytes | str) -> tuple[Table, list[Row], ImportReport]:
    report = ImportReport("")
    table = Table(content.encode() if isinstance(content, str) else content, "cards.csv")
    return table, list(table.rows(report)), report


TEXT = "Name,Set Code\r\nPokémon,BS\r\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("cp1252"), "cp1252"),
    ],
)
def test_reads_every_usual_encoding(content: bytes, encoding: str) -> None:
    table, (row,), _ = read(content)
    assert table.encoding == encoding
    assert row.text("Name") == "Pokémon"


def test_an_encoding_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(BadExchange, match=r"cards.csv: in no encoding that is known here; save it as UTF-8"):
        read(b"Name\n\x81\x8d\x8f")


@pytest.mark.parametrize(
    "content",
    [
        "Name;Set Code\nPikachu;BS\n",
        "Name\tSet Code\nPikachu\tBS\n",
        "Name|Set Code\nPikachu|BS",
        "sep=;\nName;Set Code\nPikachu;BS\n",
        '"sep=,"\r\nName,Set Code\r\nPikachu,BS\r\n',
        "SEP=,\r\n\r\nName,Set Code\r\nPikachu,BS\r\n",
        "Name,Set Code\rPikachu,BS\r",
        '\n\n name ,SET  CODE\n\n"Pikachu",BS\n,\n',
    ],
)
def test_reads_every_usual_delimiter_and_line_end(content: str) -> None:
    _, rows, report = read(content)
    assert [(row.text("Name"), row.text("set code")) for row in rows] == [("Pikachu", "BS")]
    assert report.left_out == 0


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    _, rows, report = read('sep=,\nName,Note\nA,"two\nlines"\n\nB,x,too many\nC,\n')
    assert [(row.line, row.text("Name")) for row in rows] == [(3, "A"), (7, "C")]
    assert [str(problem) for problem in report.problems] == ["line 6: 3 cells, but the header has 2"]


def test_a_row_that_is_quoted_wrongly_is_left_out_and_the_rest_goes_on() -> None:
    _, rows, report = read('Name,Note\n"A"x,1\nB,2\n')
    assert [row.text("Name") for row in rows] == ["B"]
    assert report.problems[0].line == 2
    assert "mind the quotation marks" in report.problems[0].message


def test_a_quotation_mark_that_is_never_closed_is_told() -> None:
    _, rows, report = read('Name,Note\nA,1\n"B,2\nC,3\n')
    assert [row.text("Name") for row in rows] == ["A"]
    assert str(report.problems[0]) == (
        "line 3: a quotation mark is opened here and never closed; everything after it is lost"
    )


def test_a_cell_without_end_is_left_out_and_the_rest_goes_on() -> None:
    _, rows, report = read(f"Name,Note\nA,{'x' * 140_000}\nB,2\n")
    assert [row.text("Name") for row in rows] == ["B"]
    assert "131,072" in report.problems[0].message


def test_missing_columns_are_named_with_what_is_there() -> None:
    table, _, _ = read("Name,Count\n")
    with pytest.raises(
        BadExchange, match=r"line 1: as TCGplayer it needs the columns Quantity, Set; it has Name, Count"
    ):
        table.require(("Quantity", ("Name", "Simple Name"), ("Set", "Set Code")), "TCGplayer")
    table.require(("Name", ("Quantity", "Count")), "x")


def test_a_column_that_is_there_twice_is_an_error() -> None:
    table, _, _ = read("Name,Count, name\n")
    with pytest.raises(BadExchange, match=r"the column (Name|name) is there twice"):
        table.require(("Name",), "x")


@pytest.mark.parametrize("content", [b"", b"\n\n", b" , ,\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_an_error(content: bytes) -> None:
    with pytest.raises(BadExchange, match="empty; there is no line with the names of the columns"):
        read(content)


def test_huge_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "MOST_ROWS", 10)
    with pytest.raises(BadExchange, match="line 12: more than 10 rows; split it"):
        read("Name\n" + "A\n" * 11)
    monkeypatch.setattr(table_module, "MOST_BYTES", 10)
    with pytest.raises(BadExchange, match="12 bytes; at most 10"):
        read("Name\nABCDEFG")


def test_of_many_problems_the_first_are_told_and_all_are_counted() -> None:
    _, _, report = read("Name\n" + "A,B\n" * (MOST_PROBLEMS + 5))
    assert (len(report.problems), report.left_out) == (MOST_PROBLEMS, MOST_PROBLEMS + 5)


def test_a_cell_that_cannot_be_used_names_the_column_as_the_file_has_it() -> None:
    _, (row,), _ = read("QTY,Price\nx,abc\n")
    for call, column in ((row.quantity, "Qty"), (row.amount, "price"), (row.date, "PRICE")):
        with pytest.raises(BadCell) as bad:
            call(column)
        assert bad.value.column in ("QTY", "Price")
    with pytest.raises(BadCell, match="empty; it is needed"):
        row.needed("Name")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        table, rows, report = read(content)
    except BadExchange as error:
        assert "cards.csv" in str(error)  # noqa: PT017 - either is right
    else:
        assert all(row.line > table.header_line for row in rows)
        assert report.left_out >= len(report.problems) - 1
