"""What was done to a card when it was rendered: figures are sliced by it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cardlens.recognition.quad import Points


@dataclass(frozen=True, slots=True)
class Conditions:
    """How one card was photographed.

    Attributes:
        width: of the card in the photo, in pixels.
        turned: degrees from upright, 0..180.
        visible: share of the card in sight, 0..1.
        foil: whether it shines in rainbow colours.
        sleeve: whether it lies in a sleeve, pocket or top-loader.
        glare: strength of the light reflected by the card, its plastic or the whole photo, 0 (none) to 1.
        blur: of the photo, sigma in pixels; of a moved camera, that of a box as long as the movement.
        finger: whether a finger lies over it.
        relabelled: whether it shows another card's text under its picture, as other languages' printings do.
    """

    width: float = 0.0
    turned: float = 0.0
    visible: float = 1.0
    foil: bool = False
    sleeve: bool = False
    glare: float = 0.0
    blur: float = 0.0
    finger: bool = False
    relabelled: bool = False


def turned_by(quad: Points) -> float:
    """Degrees between a card's top edge and the horizontal, 0..180."""
    across, down = quad[1] - quad[0]
    return abs(math.degrees(math.atan2(float(down), float(across))))
