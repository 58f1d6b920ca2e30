from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from cardlens.errors import CardlensError
from cardlens.recognition.annotation import COLOURS
from cardlens.recognition.answer import Answer, CardSet, Milliseconds, PhotoAnswer, Printing
from cardlens.recognition.contact_sheet import ContactSheet
from cardlens.settings import BUNDLED

DEMO = BUNDLED / "demo" / "demo.jpg"
CARD = Answer(
    quad=((200.0, 150.0), (500.0, 150.0), (500.0, 570.0), (200.0, 570.0)),
    decision="printing",
    card_id="demo-1",
    name="Emberling",
    set=CardSet("demo", "cardlens demo"),
    number="1",
    confidence=0.97,
    artwork_confidence=0.98,
    language="en",
    printings=(Printing("demo-1", 0.97),),
)


def answer(cards: int) -> PhotoAnswer:
    unknown = replace(CARD, decision="unknown", card_id=None)
    return PhotoAnswer(str(DEMO), (1600, 1200), (*[CARD] * (cards - 1), unknown)[:cards], Milliseconds())


def pixel(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = image.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


def test_every_card_is_on_it_framed_in_the_colour_of_what_was_said(tmp_path: Path) -> None:
    sheet = ContactSheet(tmp_path / "new" / "sheet.png")
    sheet.add(DEMO, answer(8))
    assert sheet.close() == 1
    with Image.open(tmp_path / "new" / "sheet.png") as page:
        assert page.width == 1458
        frames = [pixel(page, 44 + 105 + (place % 6) * 232, 42 + place // 6 * 377) for place in range(9)]
    assert frames[:7] == [COLOURS["printing"]] * 7
    assert frames[7:] == [COLOURS["unknown"], (255, 255, 255)]


@pytest.mark.parametrize(("name", "files"), [("s.jpg", ["s-2.jpg", "s-3.jpg", "s.jpg"]), ("s.pdf", ["s.pdf"])])
def test_many_cards_are_several_pages(tmp_path: Path, name: str, files: list[str]) -> None:
    sheet = ContactSheet(tmp_path / name)
    for _ in range(5):
        sheet.add(DEMO, answer(13))
    assert sheet.close() == 3
    assert sorted(file.name for file in tmp_path.iterdir()) == files
    content = (tmp_path / name).read_bytes()
    assert content[:4] == b"%PDF" if name.endswith("pdf") else content[:3] == b"\xff\xd8\xff"


def test_where_there_is_no_card_there_is_no_page(tmp_path: Path) -> None:
    sheet = ContactSheet(tmp_path / "sheet.pdf")
    sheet.add(DEMO, answer(0))
    assert sheet.close() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_that_cannot_be_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(CardlensError, match=r"sheet\.docx: not a kind of contact sheet"):
        ContactSheet(tmp_path / "sheet.docx")
    (tmp_path / "file").write_bytes(b"")
    sheet = ContactSheet(tmp_path / "file" / "sheet.jpg")
    sheet.add(DEMO, answer(1))
    with pytest.raises(CardlensError, match="cannot be written"):
        sheet.close()
