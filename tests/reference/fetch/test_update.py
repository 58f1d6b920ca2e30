from __future__ import annotations

import os
from pathlib import Path

import pytest

from cardlens.reference.build import build
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.edit import Change
from cardlens.reference.fetch.client import Client
from cardlens.reference.fetch.folder import RawFolder
from cardlens.reference.fetch.ledger import Ledger
from cardlens.reference.fetch.survey import Scope
from cardlens.reference.fetch.update import add_scans, cards_of, new_scans
from cardlens.reference.outcome import Outcome
from cardlens.reference.validate import validate
from tests.reference.doubles import MODEL, ColourEmbedder, NoFacts, catalogue_of, drawn_scan, no_progress, save_scan
from tests.reference.fetch import loopback as lo
from tests.reference.fetch.conftest import scan_bytes
from tests.reference.fetch.doubles import MadeUp, bring
from tests.reference.fetch.loopback import Loopback


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database of two cards."""
    for number in (1, 2):
        save_scan(tmp_path / "old" / f"tst-{number}.png", drawn_scan(number))
    build(tmp_path / "old", catalogue_of(["tst-1", "tst-2"], tmp_path), ColourEmbedder(), tmp_path / "my", no_progress)
    return tmp_path / "my"


def release_day(service: Loopback, raw: RawFolder, client: Client, folder: Path) -> Outcome | None:
    """One run of the command."""
    have = cards_of(folder)
    bring(MadeUp(service.url, {"tst": (1, 2), "new": (3, 4)}), raw, client, Scope(without=have))
    entries = new_scans(Ledger(raw.ledger), have)
    if not entries:
        return None
    catalogue = Catalogue.open(raw.metadata, NoFacts())
    return add_scans(raw, entries, Change(folder), catalogue, ColourEmbedder(), no_progress)


@pytest.fixture
def released(service: Loopback) -> Loopback:
    for number in (3, 4):
        service.on(f"/new-{number}.png", lo.give(scan_bytes(number)))
    return service


def test_only_what_is_new_is_brought_in_and_added(
    released: Loopback, raw: RawFolder, client: Client, database: Path
) -> None:
    outcome = release_day(released, raw, client, database)
    assert outcome is not None
    assert (outcome.added, outcome.embedded, outcome.cards) == (2, 2, 4)
    assert sorted(released.paths()) == ["/new-3.png", "/new-4.png"]
    assert set(ReferenceDatabase.open(database, MODEL).card_ids) == {"tst-1", "tst-2", "new-3", "new-4"}
    assert ReferenceDatabase.open(database, MODEL).metadata("new-4")["set_name"] == "Set new"
    assert validate(database, MODEL) == []


def test_the_next_day_nothing_is_new(released: Loopback, raw: RawFolder, client: Client, database: Path) -> None:
    release_day(released, raw, client, database)
    released.asked.clear()
    assert release_day(released, raw, client, database) is None
    assert released.asked == []


def test_what_came_late_is_added_when_it_is_there(
    released: Loopback, raw: RawFolder, client: Client, database: Path
) -> None:
    released.on("/new-4.png", lo.status(404))
    first = release_day(released, raw, client, database)
    released.on("/new-4.png", lo.give(scan_bytes(4)))
    second = release_day(released, raw, client, database)
    assert first is not None
    assert second is not None
    assert (first.added, second.added) == (1, 1)
    assert "new-4" in cards_of(database)


def test_what_was_brought_in_but_not_added_is_added_next_time(
    released: Loopback, raw: RawFolder, client: Client, database: Path
) -> None:
    have = cards_of(database)
    bring(MadeUp(released.url, {"new": (3, 4)}), raw, client, Scope(without=have))
    (raw.folder / ".adding-left-over").mkdir()
    outcome = release_day(released, raw, client, database)
    assert outcome is not None
    assert outcome.added == 2
    assert [file.name for file in raw.folder.iterdir() if file.name.startswith(".")] == []


def test_works_where_there_are_no_hard_links(
    released: Loopback, raw: RawFolder, client: Client, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "not supported")

    monkeypatch.setattr(os, "link", refuse)
    outcome = release_day(released, raw, client, database)
    assert outcome is not None
    assert outcome.added == 2
