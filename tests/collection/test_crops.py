from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pytest
from PIL import Image
from sqlalchemy import func, select

from cardlens.collection import BadCopy, Collection, NewCopy
from cardlens.collection import crops as crops_module
from cardlens.collection.tables import CropRow


@pytest.mark.parametrize(("form", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_keeps_pictures_as_they_are(
    collection: Collection, draw_crop: Callable[..., bytes], form: str, media_type: str
) -> None:
    content = draw_crop(form=form)
    crop = collection.proof(collection.add(NewCopy("base1-4"), content).id)
    assert (crop.content, crop.media_type) == (content, media_type)
    assert crop.digest == hashlib.sha256(content).hexdigest()


def test_the_same_picture_is_kept_once(collection: Collection, draw_crop: Callable[..., bytes]) -> None:
    for _ in range(3):
        collection.add(NewCopy("base1-4"), draw_crop())
    with collection._database.reading() as session:
        assert session.scalar(select(func.count()).select_from(CropRow)) == 1


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("P", (4, 4)).save(out, "GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 broken", _gif(), b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
def test_refuses_what_is_no_picture(collection: Collection, content: bytes) -> None:
    with pytest.raises(BadCopy, match="no picture that can be read"):
        collection.add(NewCopy("base1-4"), content)
    assert collection.count() == 0


def test_refuses_half_a_picture(collection: Collection, draw_crop: Callable[..., bytes]) -> None:
    with pytest.raises(BadCopy, match="no picture"):
        collection.add(NewCopy("base1-4"), draw_crop()[:-200])


def test_refuses_pictures_that_are_too_large(
    collection: Collection, draw_crop: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crops_module, "MOST_PIXELS", 5000)
    with pytest.raises(BadCopy, match="63 × 88 pixels; at most 5000"):
        collection.add(NewCopy("base1-4"), draw_crop())
    monkeypatch.setattr(crops_module, "MOST_BYTES", 100)
    with pytest.raises(BadCopy, match="bytes; at most 100"):
        collection.add(NewCopy("base1-4"), draw_crop())
