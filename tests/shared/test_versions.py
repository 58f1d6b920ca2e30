from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, text

from cardlens.errors import BadReference
from cardlens.shared import edit, versions, writing
from cardlens.shared.catalogue import SharedCatalogue
from cardlens.shared.fill import fill
from cardlens.shared.server import Server
from cardlens.shared.validation import validate
from tests.reference.doubles import (
    CARDS,
    MODEL,
    OTHER_MODEL,
    ColourEmbedder,
    catalogue_of,
    drawn_scan,
    no_progress,
    save_scan,
)


def test_a_second_model_shares_cards_and_scans(
    shared: SharedCatalogue, server: Server, postgres: str, other_folder: Path
) -> None:
    filled = fill(postgres, other_folder, no_progress)
    assert (filled.cards, filled.rows, filled.served, filled.in_use) == (4, 5, True, False)
    other = SharedCatalogue.open(postgres, OTHER_MODEL)
    assert set(other.card_ids) == set(shared.card_ids)
    assert other.printings("tst-1") == ("tst-1", "tst-2")
    with pytest.raises(BadReference, match="is served already"):
        fill(postgres, other_folder, no_progress)
    other.close()


def test_a_version_is_not_served_before_it_is_whole(
    shared: SharedCatalogue, server: Server, postgres: str, other_folder: Path
) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(postgres, other_folder, stop)
    assert [one.served for one in versions.all_versions(server)] == [True, False]
    with pytest.raises(BadReference, match="running"):
        SharedCatalogue.open(postgres, OTHER_MODEL)
    with pytest.raises(BadReference, match="is not filled yet"):
        versions.switch(server, OTHER_MODEL[:6])
    assert fill(postgres, other_folder, no_progress).rows == 5


def test_no_switch_to_a_version_that_lacks_cards(
    shared: SharedCatalogue, server: Server, postgres: str, other_folder: Path, tmp_path: Path
) -> None:
    fill(postgres, other_folder, no_progress)
    save_scan(tmp_path / "new" / "tst-5.png", drawn_scan(50))
    catalogue = catalogue_of(("tst-5",), tmp_path)
    edit.add(postgres, tmp_path / "new", catalogue, ColourEmbedder(), no_progress)
    with pytest.raises(BadReference, match=r"lacks 1 cards of the one in use \(tst-5\)"):
        versions.switch(server, OTHER_MODEL[:6])
    edit.add(postgres, tmp_path / "new", catalogue, ColourEmbedder(OTHER_MODEL), no_progress)
    assert versions.switch(server, OTHER_MODEL[:6]).in_use
    assert [one.in_use for one in versions.all_versions(server)] == [False, True]


def test_the_version_in_use_cannot_be_retired(shared: SharedCatalogue, server: Server) -> None:
    with pytest.raises(BadReference, match="is in use"):
        versions.retire(server, MODEL[:6])
    assert versions.find(server, MODEL[:6]).rows == 5


@pytest.mark.parametrize("digest", ["", "c"])
def test_a_digest_names_one_version(
    shared: SharedCatalogue, server: Server, postgres: str, other_folder: Path, digest: str
) -> None:
    fill(postgres, other_folder, no_progress)
    with pytest.raises(BadReference, match="versions begin with"):
        versions.find(server, digest)


def test_searches_go_on_while_a_version_is_filled(
    shared: SharedCatalogue, postgres: str, other_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    put_cards = writing.put_cards

    def search_and_put(connection: Connection, records: Mapping[str, Mapping[str, object]]) -> None:
        answers.append(shared.search(np.eye(1, 768, dtype=np.float32), 2).rows.size)
        put_cards(connection, records)

    monkeypatch.setattr(writing, "put_cards", search_and_put)
    fill(postgres, other_folder, no_progress)
    assert answers == [2]


def test_a_view_in_another_language_is_missed_too(
    shared: SharedCatalogue, server: Server, postgres: str, other_folder: Path, tmp_path: Path
) -> None:
    fill(postgres, other_folder, no_progress)
    view = tmp_path / "views" / "ja"
    save_scan(view / "tst-1.png", drawn_scan(1, text=9))
    edit.add(postgres, tmp_path / "views", catalogue_of(CARDS, tmp_path), ColourEmbedder(), no_progress)
    with server.writing() as connection:
        connection.execute(text("UPDATE scans SET language = 'ja' WHERE source LIKE '%ja%'"))
    with pytest.raises(BadReference, match=r"lacks 1 cards of the one in use \(tst-1\)"):
        versions.switch(server, OTHER_MODEL[:6])


def test_what_was_added_to_another_version_alone_is_found(
    shared: SharedCatalogue, postgres: str, other_folder: Path, tmp_path: Path
) -> None:
    fill(postgres, other_folder, no_progress)
    save_scan(tmp_path / "new" / "tst-5.png", drawn_scan(50))
    edit.add(postgres, tmp_path / "new", catalogue_of(("tst-5",), tmp_path), ColourEmbedder(OTHER_MODEL), no_progress)
    found = [finding for finding in validate(postgres, OTHER_MODEL) if finding.check == "version in use"]
    assert len(found) == 1
    assert "tst-5" in found[0].text
