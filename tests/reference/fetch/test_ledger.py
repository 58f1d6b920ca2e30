from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardlens.errors import CardlensError
from cardlens.reference.fetch.ledger import Entry, Ledger


def entry(place: str, etag: str | None = None) -> Entry:
    return Entry(place, place, "en", "fetched", f"https://i/{place}", "tst", "2026-10-05T07:00:00Z", etag=etag)


def test_the_last_entry_counts(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "sources.jsonl"
    ledger = Ledger(file)
    for etag in ("1", "2"):
        ledger.add(entry("a", etag))
    ledger.add(entry("b"))
    assert {one.place: one.etag for one in Ledger(file)} == {"a": "2", "b": None}
    assert ledger.get("c") is None


@given(cut=st.integers(0, 600), more=st.binary(max_size=30))
def test_a_line_that_was_cut_off_costs_only_itself(
    tmp_path_factory: pytest.TempPathFactory, cut: int, more: bytes
) -> None:
    file = tmp_path_factory.mktemp("ledger") / "sources.jsonl"
    ledger = Ledger(file)
    for place in ("a", "b", "c"):
        ledger.add(entry(place))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - cut] + more.replace(b"\n", b" "))
    again = Ledger(file)
    kept = whole[: max(0, len(whole) - cut)].count(b"\n")
    assert len({one.place for one in again}) >= kept - 1
    again.add(entry("d"))
    assert "d" in {one.place for one in Ledger(file)}


@pytest.mark.parametrize(
    ("place", "file"),
    [
        ("../a", ""),
        ("a", "../../etc/passwd"),
        ("a", "/etc/passwd"),
        ("a", "b.png"),
        ("a", "a.sh"),
        ("xx/a", "xx/a.png"),
        ("de/../a", "de/../a.png"),
        (".a", ".a.png"),
    ],
)
def test_paths_that_lead_elsewhere_are_not_believed(tmp_path: Path, place: str, file: str) -> None:
    ledger = Ledger(tmp_path / "sources.jsonl")
    ledger.add(replace(entry(place), file=file))
    ledger.add(replace(entry("de/sv3pt5-25"), file="de/sv3pt5-25.webp"))
    assert [one.place for one in Ledger(tmp_path / "sources.jsonl")] == ["de/sv3pt5-25"]


def test_old_lines_go_when_there_are_many(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "sources.jsonl")
    for number in range(5):
        ledger.add(entry("a", str(number)))
    ledger.tidy()
    assert (tmp_path / "sources.jsonl").read_bytes().count(b"\n") == 1
    assert Ledger(tmp_path / "sources.jsonl").get("a") == entry("a", "4")


def test_what_cannot_be_written_or_read_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CardlensError, match="cannot be read"):
        Ledger(tmp_path / "folder")
    (tmp_path / "file").write_text("")
    with pytest.raises(CardlensError, match="sources"):
        Ledger(tmp_path / "file" / "sources.jsonl").add(entry("a"))
