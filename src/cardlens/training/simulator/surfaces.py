"""From a flat scan to a physical card: foil, sleeve, pocket or top-loader, glare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from cardlens.runtimes.base import Bytes, Floats

# scans as a list, or as one array (n, h, w, 3)
Pictures = Sequence[Bytes] | Bytes


@dataclass(frozen=True, slots=True)
class Surface:
    """A card with what it lies in.

    Attributes:
        pixels: (h, w, 3) uint8 RGB.
        cover: (h, w) uint8, 255 where the surface hides the ground, less where plastic lets it through.
        inner: left, top, right, bottom of the card itself, in pixels of `pixels`.
        foil, sleeve: what was done to it; glare: the strength of the light on it, 0 (none) to 1.
    """

    pixels: Bytes
    cover: Bytes
    inner: tuple[int, int, int, int]
    foil: bool = False
    sleeve: bool = False
    glare: float = 0.0


def card_surface(
    scan: Bytes, rng: np.random.Generator, *, plastic: float = 0.45, foil: float = 0.3, shine: float = 0.35
) -> Surface:
    """Make a scan (h, w, 3) a card under light.

    With probability `plastic` it lies in a sleeve or top-loader, with `foil` it is one, with `shine` it reflects light.
    """
    pixels = scan.astype(np.float32)
    if is_foil := rng.random() < foil:
        pixels = _foil(pixels, rng)
    cover = _rounded(scan.shape[0], scan.shape[1], rng.uniform(0.0, 0.06))
    inner = (0, 0, scan.shape[1], scan.shape[0])
    if in_plastic := rng.random() < plastic:
        pixels, cover, inner = _plastic(pixels, cover, rng)
    strength = 0.0
    if rng.random() < shine:
        strength = rng.uniform(0.2, 0.8)
        pixels = glare(pixels, rng, strength)
    return Surface(np.clip(pixels, 0, 255).astype(np.uint8), cover, inner, is_foil, in_plastic, strength)


def _rounded(height: int, width: int, radius: float) -> Bytes:
    """A filled rectangle with corners rounded by `radius` of the width; a real card has 0.048."""
    mask = np.full((height, width), 255, np.uint8)
    r = int(radius * width)
    if r > 1:
        corner = np.zeros((r, r), np.uint8)
        cv2.circle(corner, (r, r), r, 255, -1, cv2.LINE_AA)
        mask[:r, :r], mask[:r, -r:] = corner, corner[:, ::-1]
        mask[-r:, :r], mask[-r:, -r:] = corner[::-1], corner[::-1, ::-1]
    return mask


def ramp(height: int, width: int, angle: float) -> Floats:
    """(height, width) rising from 0 to 1 along `angle` (radians)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    line = x * np.float32(np.cos(angle)) + y * np.float32(np.sin(angle))
    low, high = line.min(), line.max()
    return np.asarray((line - low) / (high - low), np.float32)


def _foil(pixels: Floats, rng: np.random.Generator) -> Floats:
    """Rainbow bands, and sometimes sparkle, over the artwork or the whole card."""
    height, width = pixels.shape[:2]
    line = ramp(height, width, rng.uniform(0, np.pi))
    hue = line * rng.uniform(0.5, 4) + rng.random()
    waves = [0.5 + 0.5 * np.cos(2 * np.pi * (hue + shift)) for shift in (0, 1 / 3, 2 / 3)]
    rainbow = np.stack(waves, axis=2) * 255
    band = np.clip(np.cos(2 * np.pi * (line * rng.uniform(0.5, 3) + rng.random())), 0, 1) ** rng.uniform(0.5, 3)
    if rng.random() < 0.4:
        cells = rng.random((height // 6 + 1, width // 6 + 1)).astype(np.float32) ** 4
        band = band * 0.5 + cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR) * 0.8
    if rng.random() < 0.5:
        outside = np.ones((height, width), bool)
        outside[int(height * 0.1) : int(height * 0.54), int(width * 0.07) : int(width * 0.93)] = False
        band = band * (outside if rng.random() < 0.5 else ~outside)
    alpha = (band * rng.uniform(0.1, 0.5))[:, :, None].astype(np.float32)
    screened = 255 - (255 - pixels) * (255 - rainbow) / 255
    return np.asarray(pixels * (1 - alpha) + screened * alpha, np.float32)


def glare(pixels: Floats, rng: np.random.Generator, strength: float) -> Floats:
    """Soft white highlights: a window's stripe or lamps' blobs."""
    height, width = pixels.shape[:2]
    if rng.random() < 0.5:
        line = ramp(height, width, rng.uniform(0, np.pi))
        light = np.exp(-(((line - rng.random()) / rng.uniform(0.03, 0.25)) ** 2))
    else:
        light = np.zeros((height // 4, width // 4), np.float32)
        for _ in range(int(rng.integers(1, 4))):
            middle = (int(rng.integers(0, light.shape[1])), int(rng.integers(0, light.shape[0])))
            axes = (
                int(rng.integers(2, max(light.shape[1] // 4, 3))),
                int(rng.integers(2, max(light.shape[0] // 5, 3))),
            )
            cv2.ellipse(light, middle, axes, float(rng.uniform(0, 180)), 0, 360, 1.0, -1)
        light = cv2.GaussianBlur(light, (0, 0), float(rng.uniform(1, 8)))
        light = cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR)
    alpha = np.clip(light * strength, 0, 1)[:, :, None].astype(np.float32)
    tint = np.array([255, 255, 255], np.float32) - rng.uniform(0, 40, 3).astype(np.float32)
    return np.asarray(pixels * (1 - alpha) + tint * alpha, np.float32)


def _plastic(pixels: Floats, cover: Bytes, rng: np.random.Generator) -> tuple[Floats, Bytes, tuple[int, int, int, int]]:
    """Put the card into a sleeve, a pocket or a top-loader: haze over all, a rim around."""
    height, width = pixels.shape[:2]
    rim = rng.uniform(0.01, 0.09 if rng.random() < 0.7 else 0.2) * width
    left, right, top, bottom = (int(rim * rng.uniform(0.4, 1.6)) + 1 for _ in range(4))
    tint = rng.uniform(150, 255, 3) if rng.random() < 0.7 else rng.uniform(0, 255, 3)
    haze = np.float32(rng.uniform(0, 0.22))
    shape = (height + top + bottom, width + left + right)
    whole = np.empty((*shape, 3), np.float32)
    whole[:] = tint
    opaque = rng.random() < 0.2
    mask = np.full(shape, 255 if opaque else int(rng.uniform(20, 120)), np.uint8)
    window = (slice(top, top + height), slice(left, left + width))
    alpha = (cover.astype(np.float32) / 255)[:, :, None]
    whole[window] = whole[window] * (1 - alpha) + pixels * alpha
    mask[window] = np.maximum(mask[window], cover)
    whole += (np.asarray(tint, np.float32) - whole) * haze
    thickness = max(int(width * rng.uniform(0.004, 0.012)), 1)
    edge = tuple(float(channel) for channel in np.clip(np.asarray(tint) + rng.uniform(-120, 60), 0, 255))
    corner = (shape[1] - 1, shape[0] - 1)
    cv2.rectangle(whole, (0, 0), corner, edge, thickness)
    cv2.rectangle(mask, (0, 0), corner, 200, thickness)
    return whole, mask, (left, top, left + width, top + height)


def card_back(rng: np.random.Generator, height: int, width: int) -> Bytes:
    """An invented back or printed rectangle that is no Pokémon card's face: lattice, stripes, rings or plain."""
    base, ink = rng.integers(0, 256, 3), rng.integers(0, 256, 3)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = base
    kind, step = rng.integers(0, 5), int(rng.integers(6, 40))
    colour = tuple(int(channel) for channel in ink)
    if kind in (0, 1):
        for offset in range(-height, width + height, step):
            cv2.line(picture, (offset, 0), (offset + height, height), colour, max(step // 5, 1), cv2.LINE_AA)
            if kind == 0:
                cv2.line(picture, (offset + height, 0), (offset, height), colour, max(step // 5, 1), cv2.LINE_AA)
    elif kind == 2:
        for radius in range(step, width, step):
            cv2.circle(picture, (width // 2, height // 2), radius, colour, max(step // 4, 1), cv2.LINE_AA)
    elif kind == 3:
        picture[int(height * 0.06) : int(height * 0.94), int(width * 0.08) : int(width * 0.92)] = ink
    border = tuple(int(channel) for channel in rng.integers(0, 256, 3))
    cv2.rectangle(picture, (0, 0), (width - 1, height - 1), border, int(width * rng.uniform(0.0, 0.1)) * 2 + 1)
    return picture
