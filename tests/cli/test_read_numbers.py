from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from cardlens.settings import Settings
from tests.cli.doubles import PIKACHU, UNKNOWN, FakeRecognizer, Run


@pytest.fixture
def namer(monkeypatch: pytest.MonkeyPatch) -> FakeRecognizer:
    """Put a fake in the place of the strip namer that the assembly opens."""
    fake = FakeRecognizer((PIKACHU, UNKNOWN))
    assembly = ModuleType("cardlens.assembly")

    def open_strip_namer(settings: Settings) -> FakeRecognizer:
        fake.opened_with.append(settings)
        return fake

    vars(assembly)["open_strip_namer"] = open_strip_namer
    monkeypatch.setitem(sys.modules, "cardlens.assembly", assembly)
    return fake


def test_each_photo_is_one_json_line_with_the_strips_in_order(run: Run, namer: FakeRecognizer, photo: Path) -> None:
    ended = run("read-numbers", photo, "--json", "--top", "3")
    assert ended.code == 0
    (line,) = ended.out.splitlines()
    said = json.loads(line)
    assert [card["card_id"] for card in said["cards"]] == ["sv3pt5-25", None]
    assert namer.asked == [(photo, 3)]


def test_the_table_says_what_was_read(run: Run, namer: FakeRecognizer, photo: Path) -> None:
    ended = run("read-numbers", photo)
    assert "2 cards" in ended.out
    assert "025/165" in ended.out
    assert len(namer.asked) == 1


def test_unsure_strips_can_be_left_out(run: Run, namer: FakeRecognizer, photo: Path) -> None:
    ended = run("read-numbers", photo, "--json", "--min-confidence", "0.9")
    assert len(json.loads(ended.out)["cards"]) == 1
    assert len(namer.asked) == 1


def test_a_photo_that_cannot_be_read_does_not_stop_the_others(run: Run, namer: FakeRecognizer, photo: Path) -> None:
    ended = run("read-numbers", photo.with_name("unreadable.jpg"), photo, "--json")
    assert ended.code == 1
    first, second = map(json.loads, ended.out.splitlines())
    assert "not a picture" in first["error"]
    assert second["photo"] == str(photo)
    assert len(namer.asked) == 2


def test_without_a_photo_it_says_what_is_missing(run: Run) -> None:
    ended = run("read-numbers")
    assert ended.code == 2
    assert "PHOTO" in ended.err


def test_a_bare_photo_has_no_strips_and_is_annotated_all_the_same(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "grey.png"
    Image.fromarray(np.full((80, 120, 3), 127, np.uint8)).save(file)
    ended = run("read-numbers", file, "--json", "--annotate", tmp_path / "drawn")
    assert ended.code == 0
    assert json.loads(ended.out)["cards"] == []
    assert (tmp_path / "drawn" / "grey.cardlens.jpg").exists()
