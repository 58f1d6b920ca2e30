"""Simulated photos of single cards, sharp enough to read: readings are calibrated and measured on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from cardlens.recognition.quad import Points
from cardlens.runtimes.base import Bytes, Floats

# Scans and views whose print is legible: their width in pixels is at least this.
LEGIBLE_WIDTH = 600
# A found corner is this far from the true one, as a share of the card's size (standard deviation).
CORNER_ERROR = 0.006
# Blur of a photo that a person calls sharp: print of half a millimetre can still be read.
SHARP = 0.0005


@dataclass(frozen=True, slots=True, eq=False)
class ReadingPhoto:
    """A photo (H, W, 3) RGB of one card, where a detector would see it, and how tall it is in pixels."""

    pixels: Bytes
    quad: Points
    height: float


def legible_scans(cards: Path) -> dict[str, Path]:
    """Card id -> its scan or sharpest view, of those that are wide enough to read."""
    files = [*sorted((cards / "scans").glob("xy12-*.webp")), *sorted((cards / "views" / "sharp").glob("*.webp"))]
    return {file.stem: file for file in files if _width(file) >= LEGIBLE_WIDTH}


def photograph(
    scan: Bytes, ground: Bytes, height: float, random: np.random.Generator, softness: float = SHARP
) -> ReadingPhoto:
    """Lay a scan (h, w, 3) RGB on a ground and take a picture in which the card is about `height` pixels tall.

    `softness` is the standard deviation of the blur's width, as a share of that height.
    """
    shrink = height / scan.shape[0]
    if shrink < 1:  # averaged, as a lens does; the warp alone would alias
        scan = np.asarray(cv2.resize(scan, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA), np.uint8)
    quad = _seen_from_an_angle(scan, height, random)
    size = np.ceil(quad.max(axis=0) + 0.06 * height).astype(int)
    canvas = cv2.resize(ground, (int(size[0]), int(size[1])), interpolation=cv2.INTER_AREA)
    canvas = _laid_on(np.asarray(canvas, np.uint8), scan, quad)
    pixels = _compressed(_noisy(_blurred(_lit(canvas, random), softness * height, random), random), random)
    error = random.normal(0, CORNER_ERROR * height, (4, 2)).astype(np.float32)
    return ReadingPhoto(pixels, (quad + error).astype(np.float32), height)


def load_rgb(file: Path) -> Bytes:
    """A picture as (h, w, 3) uint8, transparent parts white."""
    with Image.open(file) as image:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return np.asarray(Image.alpha_composite(paper, rgba).convert("RGB"), np.uint8)


def _width(file: Path) -> int:
    with Image.open(file) as image:
        return image.width


def _seen_from_an_angle(scan: Bytes, height: float, random: np.random.Generator) -> Points:
    width = height * scan.shape[1] / scan.shape[0]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
    corners += random.uniform(-0.03, 0.03, (4, 2)) * height
    turn = np.deg2rad(random.normal(0, 6))
    rotation = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = corners @ rotation
    return np.asarray(corners - corners.min(axis=0) + 0.06 * height, np.float32)


def _laid_on(canvas: Bytes, scan: Bytes, quad: Points) -> Bytes:
    source = (
        np.array([[0, 0], [scan.shape[1], 0], [scan.shape[1], scan.shape[0]], [0, scan.shape[0]]], np.float32) - 0.5
    )
    matrix = cv2.getPerspectiveTransform(source, quad)
    size = (canvas.shape[1], canvas.shape[0])
    card = cv2.warpPerspective(scan, matrix, size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.ones(scan.shape[:2], np.float32), matrix, size)[..., None]
    return np.asarray(card * cover + canvas * (1 - cover), np.uint8)


def _lit(canvas: Bytes, random: np.random.Generator) -> Floats:
    """A gradient of light, a colour cast and, now and then, a soft glare."""
    height, width = canvas.shape[:2]
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    light = random.uniform(0.6, 1.15) + random.normal(0, 0.12) * across + random.normal(0, 0.12) * down
    picture = canvas * light[..., None] * random.uniform(0.9, 1.1, 3).astype(np.float32)
    if random.random() < 0.3:
        x, y, spread = random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(0.15, 0.5)
        glare = np.exp(-((across - x) ** 2 + (down - y) ** 2) / spread**2)
        picture = picture + random.uniform(20, 110) * glare[..., None]
    return np.asarray(picture, np.float32)


def _blurred(picture: Floats, spread: float, random: np.random.Generator) -> Floats:
    sigma = abs(random.normal(0, spread))
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32) if sigma > 0.2 else picture


def _noisy(picture: Floats, random: np.random.Generator) -> Bytes:
    noise = random.normal(0, random.uniform(1, 7), picture.shape)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def _compressed(picture: Bytes, random: np.random.Generator) -> Bytes:
    quality = int(random.integers(65, 96))
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
