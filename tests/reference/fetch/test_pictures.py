from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture import Limits
from cardlens.reference.fetch.pictures import check_picture
from tests.reference.doubles import drawn_scan
from tests.reference.fetch.conftest import saved, scan_bytes


@pytest.mark.parametrize(("kind", "suffix"), [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp")])
def test_a_scan_is_named_by_its_content(kind: str, suffix: str) -> None:
    seen = check_picture(scan_bytes(1, kind), "tst-1")
    assert (seen.suffix, seen.width, seen.height) == (suffix, 256, 352)


def test_the_same_picture_saved_again_has_the_same_pixels_and_other_bytes() -> None:
    stream = io.BytesIO()
    Image.fromarray(drawn_scan(1)).save(stream, format="PNG", compress_level=1)
    one, again, other = check_picture(scan_bytes(1), "a"), check_picture(stream.getvalue(), "b"), scan_bytes(2)
    assert one.sha256 != again.sha256
    assert one.pixels == again.pixels
    assert check_picture(other, "c").pixels != one.pixels


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "nothing at all"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b'{"error": 1}', "JSON"),
        (b"\x00" * 50, "something else"),
        (scan_bytes(1)[:2000], "damaged or incomplete"),
        (saved(np.full((352, 256, 3), 200, np.uint8)), "blank"),
        (saved(drawn_scan(1)[:, :100]), "no scan of a card"),
        (saved(np.rot90(drawn_scan(1)).copy()), "no scan of a card"),
    ],
    ids=["empty", "html", "json", "other", "truncated", "blank", "narrow", "lying"],
)
def test_what_is_no_scan_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(UnreadablePicture, match=says):
        check_picture(content, "tst-1")


def test_limits_hold() -> None:
    with pytest.raises(UnreadablePicture, match="limit"):
        check_picture(scan_bytes(1), "tst-1", Limits(100, 1_000_000))
    with pytest.raises(UnreadablePicture, match="limit"):
        check_picture(scan_bytes(1), "tst-1", Limits(1_000_000, 1000))
