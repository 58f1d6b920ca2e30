"""A chart as a picture, to send to a friend."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from cardlens.collection.chart import Box, Chart, Words
from cardlens.recognition.label import fitted, length, write

_SCALE = 2  # for screens of today


def as_png(chart: Chart) -> bytes:
    """Draw the chart at twice its size."""
    picture = Image.new("RGB", (chart.width * _SCALE, chart.height * _SCALE), "white")
    draw = ImageDraw.Draw(picture)
    for shape in chart.shapes:
        if isinstance(shape, Box):
            _draw_box(draw, shape)
        else:
            _draw_words(draw, shape)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _draw_box(draw: ImageDraw.ImageDraw, box: Box) -> None:
    left, top = box.left * _SCALE, box.top * _SCALE
    corners = (left, top, left + box.width * _SCALE - 1, top + box.height * _SCALE - 1)
    draw.rounded_rectangle(
        corners, box.radius * _SCALE, fill=box.fill, outline=box.edge, width=_SCALE if box.edge else 0
    )


def _draw_words(draw: ImageDraw.ImageDraw, words: Words) -> None:
    size = words.size * _SCALE
    text = fitted((words.text,), size, words.room * _SCALE)
    left = words.left * _SCALE - (length(text, size) if words.right else 0)
    write(draw, left, words.baseline * _SCALE, text, size, words.colour)
    if words.bold:  # the one font there is has no bold: written again, a little to the right
        write(draw, left + 1, words.baseline * _SCALE, text, size, words.colour)
