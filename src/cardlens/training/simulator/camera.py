"""What light and a camera do to a picture: shadow, exposure, colour cast, blur, noise, JPEG."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from cardlens.runtimes.base import Bytes, Floats
from cardlens.training.simulator.surfaces import ramp


@dataclass(frozen=True, slots=True)
class Shot:
    """A photo, (h, w, 3) uint8, and its blur: sigma in pixels, 0 where it is sharp."""

    pixels: Bytes
    blur: float


def photograph(picture: Bytes, rng: np.random.Generator, *, softest: float = 1.6) -> Bytes:
    """Return `picture` (h, w, 3) as a camera would give it; `softest` is the widest blur, in pixels (sigma)."""
    return shoot(picture, rng, softest=softest).pixels


def shoot(picture: Bytes, rng: np.random.Generator, *, softest: float = 1.6) -> Shot:
    """Do as `photograph` does, and say how blurred the photo is."""
    light, blur = _expose(picture.astype(np.float32), rng), 0.0
    if rng.random() < 0.6:
        light, blur = _blur(light, rng, softest)
    if rng.random() < 0.6:
        light += rng.normal(0, rng.uniform(1, 12), light.shape[:2]).astype(np.float32)[:, :, None]
    pixels = np.clip(light, 0, 255).astype(np.uint8)
    return Shot(_jpeg(pixels, int(rng.integers(30, 96))) if rng.random() < 0.75 else pixels, blur)


def _expose(light: Floats, rng: np.random.Generator) -> Floats:
    """Shadow, colour cast, exposure, contrast and saturation."""
    height, width = light.shape[:2]
    if rng.random() < 0.4:
        line = ramp(height, width, rng.uniform(0, 2 * np.pi))
        edge = 1 / (1 + np.exp(-(line - rng.uniform(0.2, 0.8)) * rng.uniform(4, 40)))
        light = light * (1 - edge * rng.uniform(0.1, 0.6))[:, :, None].astype(np.float32)
    if rng.random() < 0.7:
        cast = np.exp(rng.normal(0, 0.09, 3)).astype(np.float32)
        light = light * cast
    if rng.random() < 0.8:
        light = light * np.float32(np.exp(rng.normal(-0.1, 0.3)))
    if rng.random() < 0.5:
        mean = np.float32(light.mean())
        light = (light - mean) * np.float32(rng.uniform(0.55, 1.25)) + mean
    if rng.random() < 0.4:
        grey = light.mean(axis=2, keepdims=True, dtype=np.float32)
        light = grey + (light - grey) * np.float32(rng.uniform(0.4, 1.4))
    if rng.random() < 0.3:
        light = np.asarray(255 * (np.clip(light, 0, 255) / 255) ** np.float32(rng.uniform(0.6, 1.6)), np.float32)
    return np.asarray(np.clip(light, 0, 255), np.float32)


def _blur(light: Floats, rng: np.random.Generator, softest: float) -> tuple[Floats, float]:
    """Out of focus, or moved; with the sigma, in pixels."""
    if rng.random() < 0.6:
        sigma = float(rng.uniform(0.3, softest))
        return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), np.float32), sigma
    length = int(rng.integers(2, max(int(softest * 4), 3)))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * (length - 1) / 2
    middle = (length - 1) / 2
    start, end = (tuple(round(float(value)) for value in middle + sign * reach) for sign in (-1, 1))
    cv2.line(kernel, start, end, 1.0)
    moved = np.asarray(cv2.filter2D(light, -1, kernel / kernel.sum()), np.float32)
    return moved, length / math.sqrt(12)  # the standard deviation of a box


def _jpeg(pixels: Bytes, quality: int) -> Bytes:
    done, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8) if done else pixels


def finger(picture: Bytes, rng: np.random.Generator, tip: tuple[float, float], thickness: float) -> None:
    """Draw a finger that comes from outside and ends at `tip` (x, y), `thickness` pixels wide, into `picture`."""
    skin = np.array([225, 172, 140]) * rng.uniform(0.35, 1.1) + rng.normal(0, 8, 3)
    angle = rng.uniform(0, 2 * np.pi)
    root = (int(tip[0] + np.cos(angle) * 3000), int(tip[1] + np.sin(angle) * 3000))
    end = (int(tip[0]), int(tip[1]))
    width = max(int(thickness), 2)
    shade = tuple(float(value) for value in np.clip(skin * 0.8, 0, 255))
    tone = tuple(float(value) for value in np.clip(skin, 0, 255))
    cv2.line(picture, end, root, shade, width, cv2.LINE_AA)
    cv2.line(picture, end, root, tone, max(int(width * 0.75), 1), cv2.LINE_AA)
