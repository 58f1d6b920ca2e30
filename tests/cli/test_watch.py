from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import pytest

from cardlens.cli import watch, watch_window
from cardlens.cli.watch_show import Bell, Lines, Shows, Table, rows_table, summary
from cardlens.errors import MissingExtra, UnreadablePicture
from cardlens.live import LiveView, Row
from cardlens.recognition.answer import PhotoAnswer
from tests.cli.doubles import PIKACHU, FakeRecognizer, Run
from tests.live.demo_films import demo_film
from tests.live.tracks import answer


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film in which one demo card lies on a table and another takes its place, ten frames a second."""
    file = tmp_path_factory.mktemp("film") / "two.mp4"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"mp4v"), 10, (1280, 720))
    for pixels, _ in demo_film("cuts", [1, 4], every=3):
        writer.write(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    writer.release()
    return file


def lines(text: str) -> list[dict[str, Any]]:
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def row(number: int, card_id: str = "demo-1", copy: int = 1, *, changed: bool = False) -> Row:
    return Row(number, 1.5, number, copy, answer(card_id), changed)


def test_a_video_gives_a_line_a_card_and_the_same_lines_in_a_file(run: Run, video: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.jsonl"
    out.write_text('{"row": 0}\n', encoding="utf-8")
    ended = run("watch", "--camera", video, "--out", out)
    assert ended.code == 0
    rows = lines(ended.out)
    assert [(row["row"], row["card_id"], row["copy"]) for row in rows] == [(1, "demo-1", 1), (2, "demo-4", 1)]
    assert lines(out.read_text(encoding="utf-8")) == [{"row": 0}, *rows]
    assert ended.err == ""


def test_a_damaged_video_gives_what_was_seen_and_one_line(video: Path, tmp_path: Path) -> None:
    whole = video.read_bytes()
    index, start = whole.index(b"moov"), whole.index(b"mdat") + 4
    half = start + (index - start) // 2
    (tmp_path / "v.mp4").write_bytes(whole[:half] + bytes(index - half) + whole[index:])
    # in a process of its own: what decoders say does not pass through Python
    program = [sys.executable, "-m", "cardlens", "watch", "--camera", str(tmp_path / "v.mp4"), "--json"]
    ended = subprocess.run(program, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ended.returncode == 1
    assert lines(ended.stdout)[0]["card_id"] == "demo-1"
    assert ended.stderr.count("\n") == 1
    assert "damaged after frame" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--camera", "93"], "camera 93: no such camera"),
        (["--camera", "nothing.mp4"], "nothing.mp4: no such video or folder"),
        (["--camera", "ftp://a:secret@b/c"], "ftp://b/c: not an address"),
        (["--runtime", "hailo"], "runs on onnx, not hailo; compile it for the device"),
        (["--camera", "nothing.mp4", "--button", "17"], "button on GPIO 17: cannot be used"),
        (["--camera", "nothing.mp4", "--out", "no/such/folder/rows.jsonl"], "cannot be written"),
    ],
)
def test_what_cannot_be_is_one_line(run: Run, arguments: list[str], said: str) -> None:
    ended = run("watch", *arguments)
    assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    assert said in ended.err
    assert "secret" not in ended.err


class Stopping(FakeRecognizer):
    """Names photos; gets Ctrl-C while it names the one called last.jpg; half.jpg is whole at the third try."""

    tries = 0

    def name_cards(self, photo: Path, top: int = 5) -> PhotoAnswer:
        if photo.name == "last.jpg":
            os.kill(os.getpid(), signal.SIGINT)
        if photo.name == "half.jpg":
            self.tries += 1
            if self.tries < 2:
                raise UnreadablePicture("half.jpg: damaged or incomplete JPEG")
        return super().name_cards(photo, top)


@pytest.fixture
def stopping(monkeypatch: pytest.MonkeyPatch) -> Stopping:
    fake = Stopping()
    fake.cards = (PIKACHU,)
    monkeypatch.setattr("cardlens.cli.watch_loop.open_recognizer", lambda _: fake)
    return fake


@pytest.mark.usefixtures("stopping")
def test_photos_of_a_folder_are_named_and_ctrl_c_leaves_whole_lines(run: Run, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.png", "last.jpg", "note.txt"):
        (tmp_path / name).write_bytes(b"x")
    ended = run("watch", "--camera", tmp_path, "--existing", "--json")
    assert ended.code == 0
    assert [Path(record["photo"]).name for record in lines(ended.out)] == ["a.jpg", "b.png", "last.jpg"]
    assert ended.err == ""


def test_a_half_written_photo_is_waited_for(run: Run, stopping: Stopping, tmp_path: Path) -> None:
    for name in ("half.jpg", "z.jpg"):
        (tmp_path / name).write_bytes(b"x")
    named = stopping.name_cards

    def name_and_end(photo: Path, top: int = 5) -> PhotoAnswer:
        answered = named(photo, top)
        if photo.name == "half.jpg":
            os.kill(os.getpid(), signal.SIGTERM)
        return answered

    stopping.name_cards = name_and_end  # type: ignore[method-assign]
    ended = run("watch", "--camera", tmp_path, "--existing")
    assert ended.code == 0
    assert [Path(record["photo"]).name for record in lines(ended.out)] == ["z.jpg", "half.jpg"]
    assert stopping.tries == 2


def test_rows_are_shown_with_their_copies(run: Run) -> None:
    table = rows_table([row(1), row(2, copy=2)])
    assert [list(column.cells)[-1] for column in table.columns][-1].plain == "2"  # type: ignore[union-attr]
    assert summary([row(1), row(2, copy=2), row(3, "demo-2")]) == "3 cards, 2 different"
    assert summary([row(1)]) == "1 card"


def test_the_table_says_at_the_end_what_was_seen(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table()
    table.begin("camera 0")
    table.view(next(iter(demo_film("cuts", [1])))[0], LiveView(0.0, ()))
    table.row(row(1))
    table.row(row(1, "demo-2", changed=True))
    table.end()
    table.end()
    said = capsys.readouterr().out
    assert "demo-2" in said
    assert said.rstrip().endswith("1 card")


def test_a_new_row_beeps_once_and_a_changed_one_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    rung: list[int] = []

    class Ringing(Bell):
        def ring(self) -> None:
            rung.append(1)

    bell = Shows([Ringing()])
    for one in (row(1), row(1, changed=True), row(2)):
        bell.row(one)
    assert len(rung) == 2
    assert not bell.closed


def test_a_file_of_lines_is_written_line_by_line(tmp_path: Path) -> None:
    out = Lines.in_file(tmp_path / "rows.jsonl")
    out.row(row(1))
    assert lines((tmp_path / "rows.jsonl").read_text(encoding="utf-8"))[0]["row"] == 1
    out.failure(Path("a.jpg"), "a.jpg: empty")
    out.end()
    assert lines((tmp_path / "rows.jsonl").read_text(encoding="utf-8"))[1] == {
        "photo": "a.jpg",
        "error": "a.jpg: empty",
    }


def test_without_a_screen_a_window_is_refused_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert not watch_window.is_possible()
    ended = run("watch", "--window", "--camera", "94")
    assert ended.code == 1
    assert ended.err.startswith("--window: cannot open one")
    assert ended.err.count("\n") == 1


class NoWindow:
    """A screen that is set but not there."""

    def __init__(self) -> None:
        raise MissingExtra("--window: cannot open one") from RuntimeError("couldn't connect to display :7")


def test_a_screen_that_is_set_but_not_there_gives_a_warning_and_the_list_unless_a_window_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watch_window, "is_possible", lambda: True)
    monkeypatch.setattr(watch_window, "Window", NoWindow)
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, to rich
    assert watch._window(None, as_json=False) is None
    said = capsys.readouterr().err
    assert "No window (couldn't connect to display :7): the list alone" in said
    assert said.count("\n") == 1
    with pytest.raises(MissingExtra, match="--window"):
        watch._window(True, as_json=False)
    assert watch._window(False, as_json=False) is watch._window(None, as_json=True) is None
    assert capsys.readouterr().err == ""
