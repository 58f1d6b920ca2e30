from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cardlens.reference.fetch.ledger import Ledger
from cardlens.settings import Settings
from tests.cli.doubles import Ended, Run
from tests.reference.doubles import ColourEmbedder, drawn_scan, metadata_of, save_scan, spec
from tests.reference.fetch import loopback as lo
from tests.reference.fetch.conftest import scan_bytes
from tests.reference.fetch.loopback import Loopback, serving

SELECT = "id%2Cname%2Csupertype%2Csubtypes%2Clevel%2Chp%2Ctypes%2Cnumber%2Cartist%2Crarity%2Cset%2Cimages"
SETS = "/sets?orderBy=releaseDate&page=1&pageSize=250"
CARDS = f"/cards?q=set.id%3Atst&orderBy=number&select={SELECT}&page=1&pageSize=250"
# Rounds of the killing test; the full count is for a bench
KILLS = int(os.environ.get("CARDLENS_TEST_KILLS", "2"))

Catalogue = Callable[..., Ended]


@pytest.fixture
def service() -> Iterator[Loopback]:
    with serving() as loopback:
        yield loopback


def publish(service: Loopback, count: int, updated: str = "monday") -> None:
    """Let the service have a set of so many cards."""
    its_set = {"id": "tst", "name": "Test", "series": "Trial", "printedTotal": count, "total": count}
    service.on(SETS, lo.give_json({"data": [{**its_set, "updatedAt": updated}], "totalCount": 1}))
    records = []
    for record in metadata_of([f"tst-{number}" for number in range(1, count + 1)]):
        path = f"/{record['id']}.png"
        records.append({**record, "images": {"large": service.url + path}})
        if path not in service.acts:
            service.on(path, lo.give(scan_bytes(int(record["number"])), ETag=f'"{path}"'))
    service.on(CARDS, lo.give_json({"data": records, "totalCount": count}))


@pytest.fixture
def catalogue(run: Run, service: Loopback, tmp_path: Path) -> Catalogue:
    """Run `cardlens catalogue` against the service on this computer."""

    def call(command: str, *options: str | Path) -> Ended:
        where = ("--data", tmp_path / "raw", "--service", service.url, "--rate", "1000")
        return run("catalogue", command, *where, *options)

    publish(service, 3)
    return call


def test_fetch_says_what_it_brought_in(catalogue: Catalogue, tmp_path: Path) -> None:
    ended = catalogue("fetch")
    assert ended.code == 0, ended.err
    assert "3 cards of 1 sets" in ended.out
    assert "3 brought in" in ended.out
    assert sorted(file.name for file in (tmp_path / "raw" / "card_images").iterdir()) == [
        "tst-1.png",
        "tst-2.png",
        "tst-3.png",
    ]
    assert "3 were here already" in catalogue("fetch").out


def test_a_plan_brings_no_scan(catalogue: Catalogue, service: Loopback, tmp_path: Path) -> None:
    ended = catalogue("fetch", "--plan")
    assert ended.code == 0
    assert "3 scans to bring in" in ended.out
    assert not (tmp_path / "raw" / "card_images").exists()
    assert json.loads(catalogue("fetch", "--plan", "--json").out)["wanted"] == ["tst-1", "tst-2", "tst-3"]
    assert all("png" not in path for path in service.paths())


def test_fetch_reports_what_it_could_not_have_and_ends_with_1(catalogue: Catalogue, service: Loopback) -> None:
    service.on("/tst-1.png", lo.status(403))
    service.on("/tst-2.png", lo.give(b"<html>"))
    service.on("/tst-3.png", lo.status(404))
    ended = catalogue("fetch", "--json")
    report = json.loads(ended.out)
    assert (ended.code, report["complete"]) == (1, False)
    assert [report[what][0]["place"] for what in ("failed", "rejected", "missing")] == ["tst-1", "tst-2", "tst-3"]
    assert "failed: tst-1" in catalogue("fetch").err


def test_missing_lists_cards_without_a_scan(run: Run, catalogue: Catalogue, service: Loopback, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    assert "catalogue fetch" in run("catalogue", "missing", "--data", raw).err
    service.on("/tst-3.png", lo.status(404))
    catalogue("fetch")
    listed = run("catalogue", "missing", "--data", raw)
    assert "tst-3" in listed.out
    assert "1 of 3 cards have no scan" in listed.out
    assert json.loads(run("catalogue", "missing", "--data", raw, "--json").out)[0]["missing"] == ["tst-3"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--source", "ebay"), "pokemontcg"),
        (("--language", "de"), "--source tcgdex"),
        (("--language", "xx"), "not a language"),
        (("--set", "nope*"), "has no set nope*"),
    ],
)
def test_what_makes_no_sense_is_one_line(catalogue: Catalogue, options: tuple[str, ...], says: str) -> None:
    ended = catalogue("fetch", *options)
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert says in ended.err


def test_nobody_answers(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardlens.reference.fetch.pace.Patience.__init__.__defaults__", (1, 0.0, 1.0, 1.0, 1.0))
    ended = run("catalogue", "fetch", "--data", tmp_path / "raw", "--service", "http://127.0.0.1:9")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert "try again later" in ended.err


def test_the_key_is_sent_and_shown_nowhere(
    catalogue: Catalogue, service: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POKEMONTCG_API_KEY", "hidden-key")
    ended = catalogue("fetch")
    asked = dict(service.asked)
    assert asked[SETS]["x-api-key"] == "hidden-key"
    assert "x-api-key" not in asked["/tst-1.png"]
    assert "hidden-key" not in ended.out + ended.err + catalogue("fetch", "--help").out
    written = [file.read_bytes() for file in (tmp_path / "raw").rglob("*") if file.is_file()]
    assert all(b"hidden-key" not in content for content in written)


@pytest.fixture
def reference(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of the first two cards, and a test double in the place of the embedder."""
    assembly = ModuleType("cardlens.assembly")

    def open_embedder(settings: Settings) -> ColourEmbedder:
        return ColourEmbedder()

    vars(assembly)["open_embedder"] = open_embedder
    monkeypatch.setitem(sys.modules, "cardlens.assembly", assembly)
    (tmp_path / "models").mkdir()
    spec().save(tmp_path / "models" / "embedder.json")
    monkeypatch.setenv("CARDLENS_MODELS", str(tmp_path / "models"))
    for number in (1, 2):
        save_scan(tmp_path / "old" / f"tst-{number}.png", drawn_scan(number))
    (tmp_path / "old.json").write_text(json.dumps(metadata_of(["tst-1", "tst-2"])))
    ended = run("reference", "build", tmp_path / "old", "--metadata", tmp_path / "old.json", "--out", tmp_path / "my")
    assert ended.code == 0, ended.err
    return tmp_path / "my"


def cards_in(run: Run, folder: Path) -> Any:
    return json.loads(run("reference", "info", "--reference", folder, "--json").out)["cards"]


def test_update_adds_what_is_new(catalogue: Catalogue, run: Run, service: Loopback, reference: Path) -> None:
    ended = catalogue("update", "--reference", reference)
    assert ended.code == 0, ended.err
    assert "3 cards, 1 scans added" in ended.out
    assert [path for path in service.paths() if "png" in path] == ["/tst-3.png"]
    assert cards_in(run, reference) == 3
    again = catalogue("update", "--reference", reference)
    assert (again.code, "nothing new" in again.out) == (0, True)


def test_update_on_release_day_and_into_a_copy(
    catalogue: Catalogue, run: Run, service: Loopback, reference: Path, tmp_path: Path
) -> None:
    catalogue("update", "--reference", reference)
    publish(service, 5, "tuesday")
    ended = catalogue("update", "--reference", reference, "--out", tmp_path / "copy", "--json")
    assert json.loads(ended.out)["added"] == 2
    assert (cards_in(run, reference), cards_in(run, tmp_path / "copy")) == (3, 5)


def test_update_never_changes_the_bundled_database(catalogue: Catalogue, service: Loopback) -> None:
    ended = catalogue("update")
    assert ended.code == 1
    assert "--out" in ended.err
    assert service.asked == []


@pytest.mark.parametrize("command", ["fetch", "update", "missing"])
def test_help_shows_examples(run: Run, command: str) -> None:
    ended = run("catalogue", command, "--help")
    assert ended.code == 0
    assert f"cardlens catalogue {command}" in ended.out


def test_killed_at_any_moment_nothing_is_half_and_the_next_run_brings_the_rest(
    service: Loopback, tmp_path: Path
) -> None:
    cards = 40
    publish(service, cards)
    raw, dice = tmp_path / "raw", random.Random(4)
    command = [sys.executable, "-m", "cardlens", "catalogue", "fetch", "--data", str(raw), "--service", service.url]
    for _ in range(KILLS):
        seen = len(service.asked)
        process = subprocess.Popen([*command, "--rate", "200"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = seen + dice.randrange(1, cards)
        while process.poll() is None and len(service.asked) < wanted:
            service.released.wait(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        _check_whole(raw)
    before = {file.name for file in (raw / "card_images").iterdir() if not file.name.startswith(".")}
    service.asked.clear()
    assert subprocess.run([*command, "--rate", "1000"], check=False, capture_output=True).returncode == 0
    assert len(list((raw / "card_images").iterdir())) == cards
    asked = {path.removeprefix("/") for path in service.paths() if "png" in path}
    assert not asked & before
    assert {entry.status for entry in Ledger(raw / "metadata" / "sources.jsonl")} == {"fetched"}
    assert len(list(Ledger(raw / "metadata" / "sources.jsonl"))) == cards
    _check_whole(raw)


def _check_whole(raw: Path) -> None:
    for file in (raw / "card_images").glob("[!.]*"):
        assert file.read_bytes() == scan_bytes(int(file.stem.removeprefix("tst-")))
