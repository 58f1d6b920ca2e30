"""The label of a strip: it stands behind it, for there is no room on the strip itself."""

from __future__ import annotations

from PIL import Image, ImageDraw

from cardlens.recognition.answer import Answer
from cardlens.recognition.label import label, length, percent, spelled, write
from cardlens.recognition.quad import Points, height, width

# Cards are higher than wide; what is this much wider than high is a line of print.
_FLAT = 2.0
_INK = (14, 18, 24)
_SMALLEST, _LARGEST = 9, 60


def is_strip(quad: Points) -> bool:
    """Whether a quad (4, 2) is of a line of print, not of a card."""
    return width(quad) > _FLAT * height(quad)


def tag(photo: Image.Image, answer: Answer, quad: Points, colour: tuple[int, int, int]) -> None:
    """Write number, name and how sure on a plate right of the quad, or left of it where there is more room."""
    size = round(min(max(0.55 * height(quad), _SMALLEST), _LARGEST))
    room = max(float(photo.width - quad[:, 0].max()), float(quad[:, 0].min())) - size
    text = _fitting(_wordings(answer), size, room)
    wide, middle = length(text, size) + size, float(quad[:, 1].mean())
    right = float(quad[:, 0].max()) + wide + size / 2 < photo.width
    left = float(quad[:, 0].max()) + size / 2 if right else max(float(quad[:, 0].min()) - wide - size / 2, 0.0)
    box = (left, middle - 0.7 * size, left + wide, middle + 0.7 * size)
    draw = ImageDraw.Draw(photo)
    draw.rounded_rectangle(box, size * 0.35, fill=_INK, outline=colour, width=max(size // 12, 1))
    write(draw, left + size / 2, middle + 0.35 * size, text, size, "white")


def _wordings(answer: Answer) -> tuple[str, ...]:
    """From the fullest to the shortest."""
    read = " ".join(part for part in (answer.evidence.set_code_read, answer.evidence.number_read) if part)
    if answer.card_id is None:
        return (f"{read} · unknown", f"{read} ?", read)
    sure = percent(answer.confidence)
    return (f"{label(answer).title[0]} · {read} · {sure}", f"{read} · {sure}", read)


def _fitting(wordings: tuple[str, ...], size: int, room: float) -> str:
    texts = [spelled(wording) for wording in wordings]
    return next((text for text in texts if length(text, size) + size <= room), texts[-1])
