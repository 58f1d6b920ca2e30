from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture import decode

END = b"\xff\xd9"
SIZE = (321, 203)


def drawn(grey_from: int | None = None) -> Image.Image:
    """Colours and noise; from a row on, the very grey that decoders fill gaps with."""
    pixels = np.random.default_rng(5).integers(0, 256, (*SIZE[::-1], 3)).astype(np.uint8)
    if grey_from is not None:
        pixels[grey_from:] = 128
    return Image.fromarray(pixels)


def jpeg(image: Image.Image, **how: Any) -> bytes:
    file = BytesIO()
    image.save(file, "JPEG", **how)
    return file.getvalue()


WAYS: list[dict[str, Any]] = [
    {},
    {"quality": 30, "subsampling": 0},
    {"progressive": True},
    {"restart_marker_rows": 1},
    {"optimize": True},
]


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("at_least", [None, 40])
def test_a_jpeg_whose_data_end_early_is_refused_though_it_has_its_end_marker(
    how: dict[str, Any], mode: str, at_least: int | None
) -> None:
    whole = jpeg(drawn().convert(mode), **how)
    start = whole.index(b"\xff\xda")
    # of a progressive one the first scan: what comes later are details
    end = whole.find(b"\xff\xda", start + 2) if how.get("progressive") else len(whole)
    cut = whole[: start + (end - start) * 6 // 10].rstrip(b"\xff")
    with pytest.raises(UnreadablePicture, match=r"cut\.jpg: damaged JPEG, its last part is missing"):
        decode(cut + END, "cut.jpg", at_least=at_least)
    assert decode(whole, "whole.jpg", at_least=at_least).size == SIZE


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("grey_from", [0, 64, 190])
def test_a_picture_that_is_grey_at_its_end_is_whole(how: dict[str, Any], grey_from: int) -> None:
    whole = jpeg(drawn(grey_from), **how)
    assert decode(whole).pixels[-1, -1].tolist() == [128, 128, 128]
    assert decode(whole + b"what some cameras append" + END).size == SIZE


def test_a_tail_of_ink_is_no_tail() -> None:
    assert decode(jpeg(Image.new("CMYK", SIZE, (128, 128, 128, 128)))).size == SIZE
