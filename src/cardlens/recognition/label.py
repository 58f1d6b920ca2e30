"""Text on an annotated photo: what is said of a card, in the glyphs of the one font that comes with Pillow."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

from PIL import ImageDraw, ImageFont

from cardlens.recognition.answer import Answer

Font = ImageFont.FreeTypeFont
_ACUTE = "´"
_GLYPHS = frozenset(map(chr, range(32, 127))) | frozenset("·…´’‘“”°")
_SPELLED = {
    "♀": " F", "♂": " M", "★": "*", "☆": "*", "◇": "<>", "–": "-", "—": "-", "×": "x", "＆": "&",
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "é": "é", "É": "É",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Label:
    """Two lines, each as a choice from the fullest wording to the shortest."""

    title: tuple[str, ...]
    details: tuple[str, ...]


def label(answer: Answer) -> Label:
    """Say in a few words what `answer` says."""
    if answer.decision == "unknown" or answer.card_id is None:
        return Label(("unknown card", "unknown", "?"), ())
    sure = percent(answer.artwork_confidence if answer.decision == "artwork" else answer.confidence)
    others = len(answer.printings) - 1
    number = f"{answer.number or ''}{f' (+{others})' if answer.decision == 'artwork' and others > 0 else ''}"
    sets = (answer.set.name, answer.set.id) if answer.set else (answer.card_id,)
    fullest = [f"{name} · {number} · {sure}" for name in sets]
    return Label((answer.name or answer.card_id,), (*fullest, f"{number} · {sure}", number or sure))


def percent(probability: float) -> str:
    """Whole percent; never 100, for nothing is that sure."""
    return "> 99 %" if probability >= 0.995 else f"{100 * probability:.0f} %"


@cache
def font(size: int) -> Font:
    """Return the font that comes with Pillow, `size` pixels high."""
    loaded = ImageFont.load_default(size)
    if not isinstance(loaded, ImageFont.FreeTypeFont):
        raise TypeError("this Pillow is built without FreeType; install Pillow from its wheel")
    return loaded


def spelled(text: str) -> str:
    """Rewrite `text` in the glyphs there are: `é` stays (it is composed), other accents go, symbols are spelled out."""
    known = "".join(_SPELLED.get(character, character) for character in unicodedata.normalize("NFC", text))
    plain = "".join(character if character in "éÉ" else _plain(character) for character in known)
    return " ".join(plain.split())


def fitted(wordings: tuple[str, ...], size: int, room: float) -> str:
    """Choose the first wording that fits in `room` pixels, or the last one, cut."""
    texts = [spelled(wording) for wording in wordings] or [""]
    return next((text for text in texts if length(text, size) <= room), _cut(texts[-1], size, room))


def length(text: str, size: int) -> float:
    """Length of a text in pixels."""
    return font(size).getlength(_bare(text))


def write(draw: ImageDraw.ImageDraw, left: float, baseline: float, text: str, size: int, colour: str) -> None:
    """Write `text` from `left` on; an acute is set over its letter, for the font has it only alone."""
    letters, bare = font(size), _bare(text)
    draw.text((left, baseline), bare, fill=colour, font=letters, anchor="ls")
    for at, character in enumerate(text):
        if character in "éÉ":
            middle = left + letters.getlength(bare[:at]) + letters.getlength(bare[at]) / 2
            rise = size * 0.17 if character == "É" else 0
            draw.text((middle, baseline - rise), _ACUTE, fill=colour, font=letters, anchor="ms")


def _bare(text: str) -> str:
    return text.replace("é", "e").replace("É", "E")


def _plain(character: str) -> str:
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return base if base and set(base) <= _GLYPHS else "?"


def _cut(text: str, size: int, room: float) -> str:
    while text and length(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…" if text else ""
