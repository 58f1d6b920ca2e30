from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from cardlens.errors import UnreadablePicture
from cardlens.service.pdf_pages import is_pdf, render


def pdf_of(*colours: str) -> bytes:
    pages = [Image.new("RGB", (300, 400), colour) for colour in colours]
    file = BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:])
    return file.getvalue()


def test_every_page_becomes_a_picture_in_order() -> None:
    data = pdf_of("red", "blue")
    assert is_pdf(data)
    pages = [Image.open(BytesIO(page)).convert("RGB") for page in render(data, "binder.pdf", 5)]
    assert len(pages) == 2
    colours = [page.getpixel((page.width // 2, page.height // 2)) for page in pages]
    assert isinstance(colours[0], tuple)
    assert isinstance(colours[1], tuple)
    assert colours[0][0] > 200 > colours[0][2]
    assert colours[1][2] > 200 > colours[1][0]
    assert max(pages[0].size) == 2400


def test_too_many_pages_are_refused() -> None:
    with pytest.raises(UnreadablePicture, match="more than 1 pages"):
        render(pdf_of("red", "blue"), "binder.pdf", 1)


@pytest.mark.parametrize("data", [b"%PDF-1.7 and nothing more", b"%PDF-" + bytes(5000)])
def test_a_damaged_pdf_is_one_line(data: bytes) -> None:
    with pytest.raises(UnreadablePicture, match="not a PDF that can be read"):
        render(data, "broken.pdf", 5)
