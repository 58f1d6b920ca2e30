from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cardlens.settings import Settings
from tests.cli.doubles import Run
from tests.reference.doubles import CARDS, MODEL, ColourEmbedder, drawn_scan, metadata_of, save_scan, spec


@pytest.fixture(autouse=True)
def _model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a test double in the place of the embedder that the assembly opens."""
    assembly = ModuleType("cardlens.assembly")

    def open_embedder(settings: Settings) -> ColourEmbedder:
        return ColourEmbedder()

    vars(assembly)["open_embedder"] = open_embedder
    monkeypatch.setitem(sys.modules, "cardlens.assembly", assembly)
    (tmp_path / "models").mkdir()
    spec().save(tmp_path / "models" / "embedder.json")
    monkeypatch.setenv("CARDLENS_MODELS", str(tmp_path / "models"))


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Three scans and their metadata beside the folder."""
    for number, card_id in enumerate(CARDS[:3]):
        save_scan(tmp_path / "scans" / f"{card_id}.png", drawn_scan(number))
    (tmp_path / "metadata.json").write_text(json.dumps(metadata_of(CARDS)))
    return tmp_path / "scans"


@pytest.fixture
def built(run: Run, scans: Path, tmp_path: Path) -> Path:
    ended = run("reference", "build", scans, "--metadata", tmp_path / "metadata.json", "--out", tmp_path / "my")
    assert ended.code == 0, ended.err
    return tmp_path / "my"


def test_build_says_what_it_made(run: Run, scans: Path, tmp_path: Path) -> None:
    ended = run("reference", "build", scans, "--metadata", tmp_path / "metadata.json", "--out", tmp_path / "my")
    assert ended.code == 0
    assert "3 cards, 3 scans added" in ended.out


def test_build_reports_what_it_left_out_and_ends_with_1(run: Run, scans: Path, tmp_path: Path) -> None:
    (scans / "base1-4.png").write_bytes(b"no picture")
    out = tmp_path / "my"
    ended = run("reference", "build", scans, "--metadata", tmp_path / "metadata.json", "--out", out, "--json")
    report = json.loads(ended.out)
    assert ended.code == 1
    assert [remark["place"] for remark in report["problems"]] == ["base1-4.png"]
    assert report["cards"] == 3


def test_add_needs_out_for_the_bundled_database(run: Run, scans: Path) -> None:
    ended = run("reference", "add", scans)
    assert ended.code == 1
    assert "--out" in ended.err


def test_add_in_place_and_into_a_copy(run: Run, built: Path, tmp_path: Path) -> None:
    save_scan(tmp_path / "more" / "tst-4.png", drawn_scan(9))
    arguments = ("reference", "add", tmp_path / "more", "--metadata", tmp_path / "metadata.json", "--reference", built)
    assert run(*arguments, "--out", tmp_path / "copy").code == 0
    assert json.loads(run("reference", "info", "--reference", built, "--json").out)["cards"] == 3
    assert run(*arguments).code == 0
    assert json.loads(run("reference", "info", "--reference", built, "--json").out)["cards"] == 4
    again = run(*arguments)
    assert again.code == 0
    assert "1 were there already" in again.out


def test_remove_tells_which_ids_are_unknown(run: Run, built: Path) -> None:
    ended = run("reference", "remove", "tst-1", "tst-77", "--reference", built)
    assert ended.code == 1
    assert "tst-77: not in the database" in ended.err
    assert "2 cards" in ended.out


def test_validate_ends_with_1_where_something_is_wrong(run: Run, built: Path) -> None:
    assert run("reference", "validate", built).code == 0
    (built / "metadata.json").write_text('{"version": 1, "cards": {}}')
    ended = run("reference", "validate", built, "--json")
    report = json.loads(ended.out)
    assert (ended.code, report["sound"]) == (1, False)
    assert {"digests", "metadata"} <= {finding["check"] for finding in report["findings"]}


def test_validate_adopts_a_database_without_a_manifest(run: Run, built: Path) -> None:
    for name in ("manifest.json", "rows.json", "signatures.npy"):
        (built / name).unlink()
    assert "--adopt" in run("reference", "info", "--reference", built).err
    assert run("reference", "validate", built, "--adopt").code == 0
    info = json.loads(run("reference", "info", "--reference", built, "--json").out)
    assert info["model"]["digest"] == MODEL


def test_info_is_a_table_for_a_person(run: Run, built: Path) -> None:
    ended = run("reference", "info", "--reference", built)
    assert ended.code == 0
    assert "3 cards, 3 rows" in ended.out


def test_search_and_similar_list_cards(run: Run, built: Path) -> None:
    found = run("reference", "search", "card 2", "--reference", built, "--json")
    assert [json.loads(line)["card_id"] for line in found.out.splitlines()] == ["tst-2"]
    near = run("reference", "similar", "tst-2", "--reference", built, "--json")
    assert {json.loads(line)["card_id"] for line in near.out.splitlines()} == {"tst-1", "tst-3"}
    assert "Card 1" in run("reference", "similar", "tst-2", "--reference", built).out
    assert run("reference", "search", "mew", "--reference", built).code == 1


def test_an_interrupted_build_says_how_to_go_on(
    run: Run, scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vars(sys.modules["cardlens.assembly"])["open_embedder"] = lambda settings: ColourEmbedder(stop_after=0)
    ended = run("reference", "build", scans, "--metadata", tmp_path / "metadata.json", "--out", tmp_path / "my")
    assert ended.code == 130
    assert "same command again" in ended.err
    assert not (tmp_path / "my").exists()


def test_cards_are_found_among_all_known(run: Run) -> None:
    ended = run("cards", "charizard base1", "--json")
    assert [json.loads(line)["card_id"] for line in ended.out.splitlines()] == ["base1-4"]
    assert "Charizard" in run("cards", "base1-4").out
    assert run("cards", "???").code == 1


@pytest.mark.parametrize("command", ["build", "add", "remove", "validate", "info", "search", "similar"])
def test_help_shows_examples(run: Run, command: str) -> None:
    ended = run("reference", command, "--help")
    assert ended.code == 0
    assert f"cardlens reference {command}" in ended.out
