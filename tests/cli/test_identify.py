from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cardlens.recognition.answer import PhotoAnswer
from tests.cli.doubles import PIKACHU, TIED, FakeRecognizer, Run, answer_with


def lines(out: str) -> list[dict[str, Any]]:
    assert out.endswith("\n")
    return [json.loads(line) for line in out.splitlines()]


def test_json_has_the_documented_shape(run: Run, recognizer: FakeRecognizer, photo: Path) -> None:
    recognizer.cards = (PIKACHU,)
    ended = run("identify", photo, "--json")
    assert ended.code == 0
    assert lines(ended.out) == [
        {
            "photo": str(photo),
            "size": [3024, 4032],
            "cards": [
                {
                    "quad": [[1.0, 2.0], [64.0, 2.0], [64.0, 90.0], [1.0, 90.0]],
                    "decision": "printing",
                    "card_id": "sv3pt5-25",
                    "name": "Pikachu",
                    "set": {"id": "sv3pt5", "name": "151"},
                    "number": "25",
                    "confidence": 0.991,
                    "artwork_confidence": 0.998,
                    "language": "ja",
                    "printings": [{"card_id": "sv3pt5-25", "probability": 0.991}],
                    "evidence": {
                        "source": "seen",
                        "similarity": 0.83,
                        "runner_up": 0.41,
                        "number_read": "025/165",
                        "set_code_read": None,
                        "name_read": None,
                        "width": None,
                    },
                }
            ],
            "milliseconds": {"decode": 0.0, "find": 0.0, "embed": 0.0, "match": 0.0, "read": 0.0, "total": 12.0},
        }
    ]


def test_a_photo_that_cannot_be_read_does_not_stop_the_others(
    run: Run, recognizer: FakeRecognizer, photo: Path
) -> None:
    broken = photo.with_name("unreadable.jpg")
    ended = run("identify", broken, photo, "--json")
    first, second = lines(ended.out)
    assert first == {"photo": str(broken), "error": f"{broken}: not a picture; give a photo"}
    assert len(second["cards"]) == 3
    assert ended.code == 1


def test_a_bug_in_one_photo_does_not_stop_the_others_and_ends_with_code_2(
    run: Run, recognizer: FakeRecognizer, photo: Path
) -> None:
    ended = run("identify", photo.with_name("bug.jpg"), photo.with_name("unreadable.jpg"), photo, "--json")
    failed, *_ = lines(ended.out)
    assert "ZeroDivisionError" in failed["error"]
    assert "CARDLENS_DEBUG=1" in failed["error"]
    assert len(lines(ended.out)) == 3
    assert ended.code == 2


def test_debugging_lets_a_bug_through(
    run: Run, recognizer: FakeRecognizer, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDLENS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run("identify", photo.with_name("bug.jpg"))


def test_without_json_a_person_can_read_it(run: Run, recognizer: FakeRecognizer, photo: Path) -> None:
    ended = run("identify", photo)
    assert ended.code == 0
    for text in ("page.jpg: 3 cards", "Pikachu [ja]", "151 (sv3pt5)", "99.1 %", "025/165", "unknown"):
        assert text in ended.out
    assert "A1-1 52.0 %" in ended.out
    assert "97.0 %" in ended.out


def test_a_photo_without_a_card_is_one_line(run: Run, recognizer: FakeRecognizer, photo: Path) -> None:
    recognizer.cards = ()
    assert run("identify", photo).out == f"{photo}: no card, 12 ms\n"


def test_without_json_a_failure_goes_to_stderr(run: Run, recognizer: FakeRecognizer, photo: Path) -> None:
    ended = run("identify", photo.with_name("unreadable.jpg"))
    assert ended.out == ""
    assert ended.err.count("\n") == 1
    assert "not a picture" in ended.err
    assert ended.code == 1


def test_min_confidence_leaves_out_less_sure_cards(run: Run, recognizer: FakeRecognizer, photo: Path) -> None:
    ended = run("identify", photo, "--json", "--min-confidence", "0.6")
    assert [card["card_id"] for card in lines(ended.out)[0]["cards"]] == ["sv3pt5-25"]


def test_top_reaches_the_recognizer(run: Run, recognizer: FakeRecognizer, photo: Path) -> None:
    run("identify", photo, "--json", "--top", "3")
    assert recognizer.asked == [(photo, 3)]


def test_reference_reaches_the_settings(run: Run, recognizer: FakeRecognizer, photo: Path, tmp_path: Path) -> None:
    run("identify", photo, "--reference", tmp_path / "mine")
    assert [settings.reference for settings in recognizer.opened_with] == [tmp_path / "mine"]


def test_a_folder_an_empty_folder_and_a_photo_named_twice(
    run: Run, recognizer: FakeRecognizer, photo: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    ended = run("identify", tmp_path, empty, photo, "--json")
    assert [line["photo"] for line in lines(ended.out)] == [str(photo), str(empty)]
    assert "no picture" in lines(ended.out)[1]["error"]
    assert ended.code == 1


@pytest.mark.usefixtures("recognizer")
def test_nothing_to_name_is_a_usage_error(run: Run) -> None:
    ended = run("identify")
    assert ended.code == 2
    assert "--demo" in ended.err


@pytest.mark.parametrize("wrong", [["--top", "0"], ["--min-confidence", "1.5"]])
@pytest.mark.usefixtures("recognizer")
def test_impossible_wishes_are_usage_errors(run: Run, photo: Path, wrong: list[str]) -> None:
    assert run("identify", photo, *wrong).code == 2


@pytest.fixture
def listening() -> Iterator[None]:
    """Hear Ctrl-C, also where the tests were started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening")
def test_ctrl_c_leaves_whole_lines_and_ends_with_130(run: Run, recognizer: FakeRecognizer, photo: Path) -> None:
    def name_cards(photo: Path, top: int) -> PhotoAnswer:
        if photo.name == "second.jpg":
            signal.raise_signal(signal.SIGINT)
        return answer_with(PIKACHU, TIED)

    recognizer.name_cards = name_cards  # type: ignore[method-assign]
    ended = run("identify", photo, photo.with_name("second.jpg"), photo.with_name("third.jpg"), "--json")
    assert [line["photo"] for line in lines(ended.out)] == [str(photo)]
    assert ended.code == 130


@pytest.fixture
def picture(photo: Path) -> Path:
    Image.new("RGB", (200, 150), "white").save(photo)
    return photo


@pytest.mark.usefixtures("recognizer")
def test_annotated_copies_show_what_was_named(run: Run, picture: Path, tmp_path: Path) -> None:
    ended = run("identify", picture, "--annotate", tmp_path / "named")
    assert ended.code == 0
    with Image.open(tmp_path / "named" / "page.cardlens.jpg") as drawn:
        assert len(drawn.getcolors(10**6) or []) > 1


@pytest.mark.usefixtures("recognizer")
def test_a_contact_sheet_has_the_cards_of_all_photos(run: Run, picture: Path, tmp_path: Path) -> None:
    ended = run("identify", picture, "--json", "--sheet", tmp_path / "cards.png")
    assert ended.code == 0
    with Image.open(tmp_path / "cards.png") as sheet:
        assert sheet.width > sheet.height > 300
    ended = run("identify", picture, "--json", "--sheet", tmp_path / "cards.doc")
    assert (ended.code, ended.out) == (1, "")
    assert "call it .jpg, .png or .pdf" in ended.err


@pytest.mark.usefixtures("recognizer")
def test_an_answer_stands_where_its_annotated_copy_cannot_be_written(run: Run, picture: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    ended = run("identify", picture, "--json", "--annotate", tmp_path / "taken")
    assert len(lines(ended.out)[0]["cards"]) == 3
    assert "taken" in ended.err
    assert ended.code == 1
