"""A picture of how far the sets are: every card of a set a little card, in colour where it is there.

`lay_out` says what is drawn where; `chart_svg.py` and `chart_png.py` only draw it. No card's artwork is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cardlens.collection.completion import SetCompletion, Slot

WIDTH = 1200
_MARGIN, _GAP = 48, 32
_COLUMNS = 2
_PANEL = (WIDTH - 2 * _MARGIN - _GAP * (_COLUMNS - 1)) // _COLUMNS
_PAD = 20
# A card is 63 × 88 mm.
_CARD, _CARD_HIGH, _STEP, _STEP_DOWN = 12, 17, 15, 21
_PER_ROW = (_PANEL - 2 * _PAD + _STEP - _CARD) // _STEP
_HEAD, _FOOT = 132, 76
_LETTER = 8.3  # pixels that a letter of the legend takes at most, on average, in usual fonts
MOST_SETS = 60

GROUND, PAPER, EDGE = "#f3f1ec", "#ffffff", "#d9d4c7"
INK, SOFT, GAP_CARD, TRACK = "#22252b", "#6d7079", "#e7e4dc", "#ece9e1"
BAR = "#2f7d6b"
# Colours of rarity groups, told apart also by those who see red and green alike.
COLOURS = {"common": "#7fa8c9", "rare": "#2f6690", "holo": "#e0a526", "secret": "#b0407a"}
NAMES = {"common": "common, uncommon", "rare": "rare, promo", "holo": "holo", "secret": "ultra, secret, illustration"}
_COMMON = {"Common", "Uncommon", "C", "U"}
_RARE = {None, "Rare", "Promo", "R"}
_HOLO = {"Rare Holo", "Double Rare", "RR", "DoubleRare", "RareHolo", "Radiant Rare", "Amazing Rare", "Rare Prime"}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with round corners, in pixels. `edge`: colour of its outline."""

    left: float
    top: float
    width: float
    height: float
    fill: str
    edge: str | None = None
    radius: float = 2
    title: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text on its baseline, in at most `room` pixels. `right`: it ends at `left`, else it begins there."""

    left: float
    baseline: float
    text: str
    size: int
    colour: str = INK
    bold: bool = False
    right: bool = False
    room: float = WIDTH


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn, back to front. `title` says it in words, for those who cannot see it."""

    width: int
    height: int
    title: str
    shapes: tuple[Box | Words, ...]


def lay_out(completions: Sequence[SetCompletion], name: str) -> Chart:
    """Lay out the sets, the furthest first; beyond 60 sets the others are counted at the foot."""
    order = sorted(completions, key=lambda one: (-one.owned / max(one.total, 1), one.release_date or ""))
    shown = order[:MOST_SETS]
    tops = [float(_HEAD)] * _COLUMNS
    shapes: list[Box | Words] = []
    for each in shown:
        column = tops.index(min(tops))
        shapes += _panel(each, _MARGIN + column * (_PANEL + _GAP), tops[column])
        tops[column] += _panel_height(each) + _GAP
    height = int(max(tops) + _FOOT - _GAP)
    title = _summary(completions)
    foot = _legend(height - 34, len(order) - len(shown))
    return Chart(
        WIDTH,
        height,
        f"{name}: {title}",
        (Box(0, 0, WIDTH, height, GROUND, radius=0), *_head(name, title), *shapes, *foot),
    )


def rarity_group(rarity: str | None) -> str:
    """Which colour a card has."""
    if rarity in _COMMON:
        return "common"
    if rarity in _RARE:
        return "rare"
    return "holo" if rarity in _HOLO or (rarity or "").startswith("Rare Holo") else "secret"


def _summary(completions: Sequence[SetCompletion]) -> str:
    owned, copies = sum(one.owned for one in completions), sum(one.copies for one in completions)
    if not completions:
        return "no card of a known set yet"
    full = sum(one.owned == one.total for one in completions)
    complete = f", {full} complete" if full else ""
    sets = f"{len(completions)} set{'s' * (len(completions) != 1)} begun{complete}"
    of = sum(one.total for one in completions)
    cards = "card" if owned == 1 else "different cards"
    return f"{owned:,} {cards} of {of:,} · {copies:,} {'copy' if copies == 1 else 'copies'} · {sets}"


def _head(name: str, summary: str) -> list[Box | Words]:
    room = WIDTH - 2 * _MARGIN
    return [
        Words(_MARGIN, 68, name, 38, bold=True, room=room),
        Words(_MARGIN, 100, summary, 18, SOFT, room=room),
    ]


def _panel(one: SetCompletion, left: float, top: float) -> list[Box | Words]:
    inside, share = _PANEL - 2 * _PAD, one.owned / max(one.total, 1)
    count = f"{one.owned} of {one.total} · {int(100 * share)} %"
    shapes: list[Box | Words] = [
        Box(left, top, _PANEL, _panel_height(one), PAPER, EDGE, 10),
        Words(left + _PAD, top + 36, one.name, 20, bold=True, room=inside - 170),
        Words(left + _PANEL - _PAD, top + 36, count, 16, SOFT, right=True, room=165),
        Box(left + _PAD, top + 48, inside, 6, TRACK, radius=3),
    ]
    if one.owned:
        shapes.append(Box(left + _PAD, top + 48, max(inside * share, 6), 6, BAR, radius=3))
    for place, slot in enumerate(one.slots):
        row, column = divmod(place, _PER_ROW)
        shapes += _card(slot, left + _PAD + column * _STEP, top + 68 + row * _STEP_DOWN)
    return shapes


def _card(slot: Slot, left: float, top: float) -> list[Box | Words]:
    title = f"{slot.number} {slot.name}" + (f", {slot.copies} copies" if slot.copies > 1 else "")
    if slot.copies == 0:
        return [Box(left, top, _CARD, _CARD_HIGH, GAP_CARD, title=f"{title}, missing")]
    colour = COLOURS[rarity_group(slot.rarity)]
    card = Box(left, top, _CARD, _CARD_HIGH, colour, title=title)
    # A second copy shows as a light stripe at the foot of the card.
    return [card, Box(left + 3, top + _CARD_HIGH - 5, _CARD - 6, 2, PAPER, radius=1)] if slot.copies > 1 else [card]


def _panel_height(one: SetCompletion) -> float:
    rows = -(-one.total // _PER_ROW)
    return 68 + rows * _STEP_DOWN - (_STEP_DOWN - _CARD_HIGH) + _PAD


def _legend(baseline: float, hidden: int) -> list[Box | Words]:
    shapes: list[Box | Words] = []
    left = float(_MARGIN)
    entries = [*((COLOURS[group], NAMES[group]) for group in COLOURS), (GAP_CARD, "missing")]
    for colour, words in entries:
        shapes += [Box(left, baseline - 14, _CARD, _CARD_HIGH, colour), Words(left + 20, baseline, words, 15, SOFT)]
        left += 48 + _LETTER * len(words)
    shapes += [
        Box(left, baseline - 14, _CARD, _CARD_HIGH, COLOURS["rare"]),
        Box(left + 3, baseline - 2, _CARD - 6, 2, PAPER, radius=1),
        Words(left + 20, baseline, "more than one copy", 15, SOFT),
    ]
    if hidden:
        shapes.append(Words(WIDTH - _MARGIN, baseline, f"and {hidden} more sets", 15, SOFT, right=True))
    return shapes
