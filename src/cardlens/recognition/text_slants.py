"""From a map of where text is to lines that run in any direction, as in a photo of cards that nobody held straight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardlens.recognition.quad import Points
from cardlens.recognition.regions import label
from cardlens.recognition.text_lines import GROWTH, IS_LINE, IS_TEXT
from cardlens.runtimes.base import Floats

# Lines this many times longer than thick show their direction; of others it is that of the lines around them.
_TELLING = 2.5
_SMALLEST_CORE = 2.0


@dataclass(frozen=True, slots=True)
class SlantedLine:
    """Where a line of text lies.

    Attributes:
        x, y: its middle, in pixels.
        length, thickness: in pixels, with all that reaches out of the letters' core.
        slant: from left to right along the line, in radians, clockwise as pixels go: -pi/2 ... pi/2.
        telling: whether it is long enough for its slant to be its own.
    """

    x: float
    y: float
    length: float
    thickness: float
    slant: float
    telling: bool

    def quad(self, before: float = 0.0, behind: float = 0.0, above: float = 0.0) -> Points:
        """Corners (4, 2), clockwise from the top left, widened by so many thicknesses at its ends and sides."""
        left = -self.length / 2 - before * self.thickness
        right = self.length / 2 + behind * self.thickness
        half = self.thickness * (0.5 + above)
        corners = np.array([[left, -half], [right, -half], [right, half], [left, half]])
        along = np.array([np.cos(self.slant), np.sin(self.slant)])
        across = np.array([-along[1], along[0]])
        return np.asarray([self.x, self.y] + corners @ np.stack([along, across]), np.float32)


def slanted_lines(probability: Floats, width: int, height: int) -> list[SlantedLine]:
    """Lines in a picture of width x height pixels, from (h, w) probabilities of text; from the top."""
    labels, count = label(probability > IS_TEXT)
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns]
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.searchsorted(numbers[order], np.arange(2, count + 1)))
    across, down = width / probability.shape[1], height / probability.shape[0]
    lines = [
        _line(columns[part] * across, rows[part] * down, max(across, down))
        for part in parts
        if len(part) and probability[rows[part], columns[part]].mean() > IS_LINE
    ]
    return sorted((line for line in lines if line is not None), key=lambda line: line.y)


def main_slant(lines: Sequence[SlantedLine]) -> float:
    """The direction that most text runs in, in radians, -pi/2 ... pi/2; 0 without lines that tell it."""
    telling = [line for line in lines if line.telling]
    if not telling:
        return 0.0
    slants = np.array([line.slant for line in telling])
    weights = np.array([line.length for line in telling])
    # Directions, not turns: doubled, -90 and 90 degrees are the same.
    distances = np.abs(np.angle(np.exp(2j * (slants[:, None] - slants[None, :])))) @ weights
    return float(slants[np.argmin(distances)])


def _line(xs: Floats, ys: Floats, pixel: float) -> SlantedLine | None:
    middle = np.array([xs.mean(), ys.mean()])
    points = np.stack([xs, ys], axis=1) - middle
    slant = _slant(points)
    along = np.array([np.cos(slant), np.sin(slant)])
    reach = points @ along
    side = points @ np.array([-along[1], along[0]])
    length, thickness = float(np.ptp(reach)) + pixel, float(np.ptp(side)) + pixel
    # Of a line that sags the ends make it thicker than it is: its area says how thick it is.
    thickness = min(thickness, 1.15 * len(xs) * pixel**2 / length + pixel)
    if thickness <= _SMALLEST_CORE * pixel or length <= _SMALLEST_CORE * pixel:
        return None
    grown = length * thickness * GROWTH / (length + thickness)
    shift = (reach.max() + reach.min()) / 2 * along
    x, y = middle + shift
    return SlantedLine(float(x), float(y), length + grown, thickness + grown, slant, length > _TELLING * thickness)


def _slant(points: Floats) -> float:
    """Direction of the longest spread of points (n, 2) around their middle."""
    (xx, xy), (_, yy) = points.T @ points
    return float(np.arctan2(2 * xy, xx - yy) / 2)
