"""A copy of the photo with what was said of it drawn on."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from cardlens.errors import CardlensError
from cardlens.recognition.annotation_strip import is_strip, tag
from cardlens.recognition.answer import Answer, Decision, PhotoAnswer
from cardlens.recognition.label import fitted, label, length, spelled, write
from cardlens.recognition.picture import decode
from cardlens.recognition.quad import Points, as_quad, width
from cardlens.runtimes.base import Bytes

COLOURS: dict[Decision, tuple[int, int, int]] = {
    "printing": (52, 211, 113),
    "artwork": (255, 182, 40),
    "unknown": (196, 122, 118),
}
_INK = (14, 18, 24)
_FINE = 2  # drawn this much larger and averaged down, so that slanted lines are smooth
_LEGIBLE = 170  # pixels a card's width must have for its label to be read
_LARGEST = 3600  # long side, in pixels, up to which a photo of small cards is enlarged


def annotate(pixels: Bytes, answer: PhotoAnswer, scale: float) -> Bytes:
    """Draw quads and labels on a copy of `pixels` (H, W, 3) uint8 RGB, enlarged where the cards are too small to label.

    Args:
        pixels: the photo, upright.
        answer: what was said of it, in pixels of the whole photo.
        scale: pixels of `pixels` for one of the whole photo.
    """
    quads = [as_quad(card.quad) * scale for card in answer.cards]
    zoom = _zoom(quads, pixels.shape)
    photo = Image.fromarray(pixels)
    if zoom > 1:
        photo = photo.resize((round(photo.width * zoom), round(photo.height * zoom)), Image.Resampling.BICUBIC)
    for card, quad in sorted(zip(answer.cards, quads, strict=True), key=lambda drawn: float(drawn[1][:, 1].mean())):
        _draw(photo, card, quad * zoom)
    return np.asarray(photo)


def write_annotated(photo: Path, answer: PhotoAnswer, file: Path) -> None:
    """Write the annotated copy of `photo` as a JPEG: aside, then renamed, so that no half picture is ever seen.

    Raises:
        UnreadablePicture: the photo cannot be decoded.
        CardlensError: the copy cannot be written.
    """
    picture = decode(photo)
    drawn = Image.fromarray(annotate(picture.pixels, answer, picture.scale))
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            drawn.save(aside, "JPEG", quality=90)
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as error:
        raise CardlensError(f"{file}: cannot be written ({error.strerror}); name another folder") from error


def _zoom(quads: list[Points], shape: tuple[int, ...]) -> float:
    """How much to enlarge, so that the label of a middling card can be read."""
    if not quads:
        return 1.0
    middling = float(np.median([width(quad) for quad in quads]))
    return max(1.0, min(_LEGIBLE / max(middling, 1.0), _LARGEST / max(shape[:2])))


def _draw(photo: Image.Image, answer: Answer, quad: Points) -> None:
    """Draw one card on a patch of its own, and lay that over the photo."""
    margin = 4 + width(quad) / 20
    left, top = np.floor(quad.min(axis=0) - margin).astype(int)
    right, bottom = np.ceil(quad.max(axis=0) + margin).astype(int)
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, photo.width), min(bottom, photo.height)
    if right <= left or bottom <= top:
        return
    patch = Image.new("RGBA", ((right - left) * _FINE, (bottom - top) * _FINE), (*_INK, 0))
    fine = (quad - [left, top]).astype(np.float32) * _FINE
    draw = ImageDraw.Draw(patch)
    _outline(draw, fine, COLOURS[answer.decision])
    if not is_strip(quad):
        _caption(draw, answer, fine)
    patch = patch.reduce(_FINE)
    photo.paste(patch, (int(left), int(top)), patch)
    if is_strip(quad):
        tag(photo, answer, quad, COLOURS[answer.decision])


def _outline(draw: ImageDraw.ImageDraw, quad: Points, colour: tuple[int, int, int]) -> None:
    """Four edges with a dark rim; the card's own top edge is thick: it says which way up."""
    thin = min(max(2 * _FINE, round(width(quad) / 70)), 8 * _FINE)
    corners = [(float(x), float(y)) for x, y in quad]
    edges = [(corners[at], corners[(at + 1) % 4], thin * (3 if at == 0 else 1)) for at in (1, 2, 3, 0)]
    for rim, paint in ((2 * max(_FINE, thin // 3), (*_INK, 150)), (0, (*colour, 255))):
        for start, end, thick in edges:
            draw.line([start, end], fill=paint, width=thick + rim)
            for x, y in (start, end):
                draw.circle((x, y), (thin + rim) / 2, fill=paint)


def _caption(draw: ImageDraw.ImageDraw, answer: Answer, quad: Points) -> None:
    """A dark plate in the lower half of the card, as the photo lies, as wide as the card is there."""
    size = min(max(10 * _FINE, round(width(quad) / 10)), 120 * _FINE)
    middle = _towards_lowest_edge(quad, 0.55)
    chords = [_chord(quad, float(middle[1]) + rise * size) for rise in (-1.2, 0, 1.2)]
    start, end = max(left for left, _ in chords), min(right for _, right in chords)
    room = (end - start) * 0.96 - size
    words = label(answer)
    size = next(
        (less for less in (size, size * 5 // 6) if length(spelled(words.title[0]), less) <= room), size * 2 // 3
    )
    small = size * 4 // 5
    lines = [(fitted(words.title, size, room), size), (fitted(words.details, small, room), small)]
    lines = [line for line in lines if line[0]]
    if not lines:
        return
    longest = max(length(text, points) for text, points in lines) + size * 0.9
    x, y = (start + end) / 2, float(middle[1]) - sum(points for _, points in lines) * 0.62
    high = sum(points for _, points in lines) * 1.24 + size * 0.3
    box = (x - longest / 2, y, x + longest / 2, y + high)
    draw.rounded_rectangle(box, size * 0.35, fill=(*_INK, 205), outline=(*COLOURS[answer.decision], 255), width=_FINE)
    for text, points in lines:
        y += points * 1.2
        write(draw, x - length(text, points) / 2, y, text, points, "white" if points == size else "#d5dbe3")


def _towards_lowest_edge(quad: Points, part: float) -> Points:
    """The point that lies `part` of the way from the middle of the quad to that of its lowest edge."""
    middles = (quad + np.roll(quad, -1, axis=0)) / 2
    middle = quad.mean(axis=0)
    return np.asarray(middle + part * (middles[int(np.argmax(middles[:, 1]))] - middle), np.float32)


def _chord(quad: Points, y: float) -> tuple[float, float]:
    """From where to where the quad reaches at the height `y`."""
    crossings = []
    for (x0, y0), (x1, y1) in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        if min(y0, y1) <= y <= max(y0, y1) and y0 != y1:
            crossings.append(float(x0 + (y - y0) / (y1 - y0) * (x1 - x0)))
    return (min(crossings), max(crossings)) if crossings else (float(quad[:, 0].min()), float(quad[:, 0].max()))
