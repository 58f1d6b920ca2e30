from __future__ import annotations

import io
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cardlens.cli import extras
from cardlens.collection import open_collection, price_sources
from cardlens.recognition.picture import Picture
from cardlens.settings import BUNDLED
from tests.cli.doubles import PIKACHU, UNKNOWN, Ended, Run, answer_with
from tests.collection.test_prices import FakeSource

Here = Callable[..., Ended]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "cards.db"
    open_collection(file).close()
    return file


@pytest.fixture
def here(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_database: Path) -> Here:
    """Give a function that runs `cardlens collection` on a collection of its own."""
    shutil.copy(empty_database, tmp_path / "cards.db")
    monkeypatch.setenv("CARDLENS_COLLECTION", str(tmp_path / "cards.db"))
    return lambda *arguments: run("collection", *arguments)


def lines(ended: Ended) -> list[dict[str, Any]]:
    assert (ended.code, ended.err) == (0, "")
    return [json.loads(line) for line in ended.out.splitlines()]


def test_adds_and_lists(here: Here) -> None:
    ended = here("add", "sv3pt5-25", "--paid", "€2,50", "--tag", "swap", "--tag", "best of", "--acquired", "2026-01-31")
    assert (ended.code, ended.out) == (0, "added 1: 1 × Pikachu (sv3pt5-25), normal, en, near-mint\n")
    (copy,) = lines(here("list", "--json"))
    assert (copy["price_paid"], copy["currency"], copy["tags"]) == ("2.50", "EUR", ["best of", "swap"])
    assert copy["acquired_on"] == "2026-01-31"
    table = here("list").out
    assert "Pikachu" in table
    assert "2.50 EUR" in table
    assert table.endswith("1 cards in 1 entries\n")


def test_names_are_never_markup(here: Here) -> None:
    here("add", "own-1", "--name", "[red]Mine[/red]")
    assert "[red]Mine[/red]" in here("list").out


def test_an_unknown_card_is_one_line(here: Here) -> None:
    ended = here("add", "nope-1")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "card nope-1: not in the card facts; look it up with `cardlens cards`, or give its name too\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "base1-4", "--paid", "abc"), "'abc' is no amount; write it as 2.50"),
        (("add", "base1-4", "--acquired", "noon"), "'noon' is no date"),
        (("add", "base1-4", "--condition", "good"), "condition 'good': not one of mint"),
        (("add", "base1-4", "--crop", "gone.jpg"), "gone.jpg"),
        (("remove", "7"), "copy 7: none such in this collection"),
        (("undo",), "nothing to undo"),
        (("list", "-c", "nope"), "no collection nope; make it with"),
        (("import", "gone.csv"), "gone.csv: cannot be read"),
        (("export", "-", "--format", "xlsx"), "xlsx: no such format"),
        (("completion", "nope"), "nope: no such set"),
        (("completion", "--chart", "sets.gif"), "sets.gif: a chart is a .png or a .svg"),
        (("price", "--fetch", "ebay"), "ebay: no such price source"),
        (("corrections", "--export", "out"), "no correction has a crop"),
        (("correct", "1", "base1-4"), "copy 1: none such"),
        (("proof", "1", "x.jpg"), "copy 1: none such"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = here(*arguments)
    assert ended.code == 1
    assert said in ended.err
    assert ended.err.count("\n") == 1
    assert [file.name for file in tmp_path.iterdir() if not file.name.startswith("cards.db")] == []


def test_changes_tags_merges_corrects_removes_and_goes_back(here: Here) -> None:
    for _ in range(2):
        here("add", "base1-4")
    assert lines(here("merge", "--json")) == [{"merged": 1}]
    (copy,) = lines(here("update", "1", "--quantity", "5", "--note", "mine", "--paid", "3", "--json"))
    assert (copy["quantity"], copy["note"], copy["price_paid"]) == (5, "mine", "3.00")
    (copy,) = lines(here("tag", "1", "--add", "swap", "--json"))
    assert copy["tags"] == ["swap"]
    (copy,) = lines(here("correct", "1", "base1-58", "--json"))
    assert copy["name"] == "Pikachu"
    (correction,) = lines(here("corrections", "--json"))
    assert (correction["answered"], correction["card_id"]) == ("base1-4", "base1-58")
    assert "base1-58" in here("corrections").out
    assert here("remove", "1").out == "removed 1: 5 × Pikachu (base1-58), normal, en, near-mint\n"
    kinds = [event["kind"] for event in lines(here("history", "--json"))]
    assert kinds == ["remove", "correct", "tag", "update", "merge", "add", "add"]
    assert "corrected base1-4 to Pikachu" in here("history").out
    for _ in kinds:
        assert here("undo").out.startswith("undid ")
    assert lines(here("list", "--json")) == []


def test_search_ends_with_1_where_there_is_nothing(here: Here) -> None:
    here("add", "sv3pt5-25")
    assert [copy["id"] for copy in lines(here("search", "pikachu 025", "--json"))] == [1]
    ended = here("search", "mewtwo")
    assert (ended.code, ended.out) == (1, "")
    assert "nothing like it" in ended.err


def test_exports_and_imports_again(here: Here, tmp_path: Path) -> None:
    here("add", "sv3pt5-25", "--tag", "swap")
    here("add", "base1-4", "--quantity", "2")
    csv_file, json_file = tmp_path / "out.csv", tmp_path / "out.json"
    assert here("export", csv_file).out == f"{csv_file} (csv): 2 entries\n"
    assert here("export", json_file, "--tag", "swap").out == f"{json_file} (json): 1 entries\n"
    before = lines(here("list", "--json"))
    ended = here("import", csv_file, "--replace")
    assert ended.out == (
        f"{csv_file} (csv): 3 cards in 2 entries added, 0 left out; take back with: cardlens collection undo 3\n"
    )
    after = lines(here("list", "--json"))
    assert [copy | {"id": 0} for copy in after] == [copy | {"id": 0} for copy in before]
    assert here("export", "-").out == csv_file.read_bytes().decode()
    assert "is there already; give another name, or --force" in here("export", csv_file).err
    assert here("export", csv_file, "--force", "--format", "tcgplayer").code == 0
    assert csv_file.read_text().startswith("Quantity,Name,Simple Name")
    assert not list(tmp_path.glob(".*.part"))


def test_rows_that_are_left_out_are_told_and_end_with_1(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text("card_id,quantity\nbase1-4,1\nbase1-5,x\n")
    ended = here("import", file)
    assert ended.code == 1
    assert ended.err == f"{file}, line 3, column quantity: 'x' is no whole number\n"
    assert "1 cards in 1 entries added, 1 left out" in ended.out
    ended = here("import", file, "--dry-run", "--json")
    report = json.loads(ended.out)
    assert (ended.code, report["entries"], report["left_out"], report["event"]) == (1, 1, 1, None)
    assert report["problems"] == [{"line": 3, "column": "quantity", "message": "'x' is no whole number"}]
    assert len(lines(here("list", "--json"))) == 1


def test_completion_and_its_chart(here: Here, tmp_path: Path) -> None:
    here("add", "base1-4")
    assert re.search(r"base1 .*Base .*1 of 102", here("completion").out)
    (base,) = lines(here("completion", "base1", "--json"))
    assert (base["owned"], base["total"], len(base["missing"])) == (1, 102, 101)
    assert "missing 1 Alakazam" in here("completion", "base1").out
    for name in ("sets.png", "sets.svg"):
        assert here("completion", "--chart", tmp_path / name, "--title", "Mine").code == 0
    with Image.open(tmp_path / "sets.png") as picture:
        assert picture.width == 2400
    assert "Mine: 1 card of 102" in (tmp_path / "sets.svg").read_text()
    assert "is there already" in here("completion", "--chart", tmp_path / "sets.png").err


def test_further_collections(here: Here) -> None:
    assert here("create", "swaps").code == 0
    here("add", "base1-4", "-c", "swaps")
    assert lines(here("list", "--json")) == []
    assert len(lines(here("list", "--json", "--collection", "swaps"))) == 1
    assert lines(here("names", "--json")) == [{"name": "main"}, {"name": "swaps"}]


def test_a_crop_is_kept_and_given_back(here: Here, tmp_path: Path) -> None:
    crop = tmp_path / "crop.png"
    Image.new("RGB", (63, 88), "red").save(crop)
    here("add", "base1-4", "--crop", crop)
    assert here("proof", "1", tmp_path / "again.png").code == 0
    assert (tmp_path / "again.png").read_bytes() == crop.read_bytes()
    here("correct", "1", "base1-58")
    ended = here("corrections", "--export", tmp_path / "material")
    assert "1 crops; use them: cardlens reference add" in ended.out
    assert (tmp_path / "material/views/en/base1-58.webp").exists()


def test_prices_are_shown_and_nobody_is_asked(here: Here) -> None:
    here("add", "base1-4")
    assert lines(here("price", "--json")) == []
    assert "worth, as far as prices are known: nothing known" in here("price").out


def test_prices_that_were_asked_for_are_shown_with_their_dates(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(price_sources.SOURCES, "fake", FakeSource)
    here("add", "base1-4", "--quantity", "2")
    ended = here("price", "--fetch", "fake")
    assert ended.code == 0
    assert "asked for 1 cards: 1 with a price, 0 without" in ended.err
    assert "2026-11-01" in ended.out
    assert "worth, as far as prices are known: 600.00 USD" in ended.out


class FakeRecognizer:
    """Says of every picture that it shows a Pikachu and something unknown."""

    def recognize(self, picture: Picture) -> Any:
        assert picture.scale == 1
        return answer_with(PIKACHU, UNKNOWN)


def test_a_photo_becomes_entries_with_crops(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardlens.assembly.open_recognizer", lambda _settings: FakeRecognizer())
    photo = tmp_path / "page.png"
    Image.new("RGB", (80, 100), "blue").save(photo)
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    ended = here("scan", photo, tmp_path / "broken.jpg", "--tag", "today", "--json")
    assert ended.code == 1
    assert "broken.jpg" in ended.err
    assert "1 not added, as no card was named" in ended.err
    copy = json.loads(ended.out)
    assert (copy["card_id"], copy["scanned_from"], copy["tags"], copy["confidence"]) == (
        "sv3pt5-25",
        "page.png",
        ["today"],
        0.991,
    )
    with open_collection(tmp_path / "cards.db") as collection:
        crop = collection.proof(copy["id"])
    with Image.open(io.BytesIO(crop.content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (480, 670))


def test_the_demo_photo_goes_into_a_collection(here: Here) -> None:
    ended = here("scan", BUNDLED / "demo" / "demo.jpg", "--json")
    copies = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 0
    assert len(copies) >= 9
    assert all(copy["card_id"].startswith("demo-") and copy["proof"] for copy in copies)


def test_says_which_extra_is_missing(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(extras.EXTRAS, "serve", ("sqlalchemy_that_is_not_there",))
    ended = here("list")
    assert ended.code == 1
    assert "pip install 'cardlens[serve]'" in ended.err


def test_help_needs_nothing_of_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    ended = run("collection", "--help")
    assert ended.code == 0
    assert all(name in ended.out for name in ("scan", "import", "export", "undo", "completion", "corrections"))
