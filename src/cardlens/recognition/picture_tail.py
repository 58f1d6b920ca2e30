"""Tells a JPEG whose data end too early although its end marker is there: decoders fill what is missing with grey."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from cardlens.recognition.picture_format import first_scan

# what a block of no coefficients becomes, to within the rounding of colours, and in inverted inks
_GREY = range(126, 130)
_END = b"\xff\xd9"
# more data for the decoder, of no meaning: without the byte that begins a marker
_MORE = bytes((37 * place + 11) % 251 for place in range(256))


def ends_early(data: bytes, decoded: Image.Image) -> bool:
    """Whether pixels of a JPEG are missing.

    Where its last corner is not the grey of missing data they are not. Where it is, the picture may be grey there: so
    it is decoded again with more data before the end marker. A whole picture needs none and stays as it was.

    Args:
        data: the file.
        decoded: what came of it, loaded, at any of the scales that JPEGs are decoded at.
    """
    corner = decoded.getpixel((decoded.width - 1, decoded.height - 1))
    if not all(int(band) in _GREY for band in (corner if isinstance(corner, tuple) else (corner or 0,))):
        return False
    end = data.find(_END, first_scan(data))
    if end < 0:
        return False
    again = Image.open(BytesIO(data[:end] + _MORE + data[end:]), formats=["JPEG"])
    again.draft(None, decoded.size)
    try:
        again.load()
    except OSError:  # what was put in fell into a table between two scans: it says nothing
        return False
    return not np.array_equal(np.asarray(again), np.asarray(decoded))
