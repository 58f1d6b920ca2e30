"""Golden crops: pictures with known answers that travel with a version, so that a device can test it before it runs.

They are cut from the demo photo, whose cards the project draws itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cardlens.assembly import open_recognizer
from cardlens.errors import CardlensError
from cardlens.recognition.embedder import Description
from cardlens.recognition.picture import decode
from cardlens.recognition.recognizer import Recognizer
from cardlens.recognition.straighten import straighten
from cardlens.runtimes.base import Bytes, Floats
from cardlens.settings import BUNDLED, Settings

FOLDER = "golden"
CROPS, VECTORS, ANSWERS, PHOTO = "crops.npy", "vectors.npy", "answers.json", "photo.jpg"
_DEMO = BUNDLED / "demo"
# an accelerator of 8 bits gives 0.99 and more, a wrong normalisation or a wrong model less than 0.9
SAME_VECTOR = 0.98


@dataclass(frozen=True, slots=True)
class Golden:
    """What a version said where it was registered.

    Attributes:
        crops: (n, height, width, 3) uint8, RGB.
        vectors: (n, 768) float32, L2-normalised.
        nearest: for each crop the cards of the nearest artwork.
        photo: a JPEG; `named`: ids of the cards named in it.
    """

    crops: Bytes
    vectors: Floats
    nearest: tuple[tuple[str, ...], ...]
    photo: Path
    named: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path) -> Golden:
        """Read the golden crops of a version; raises `CardlensError` where they are damaged."""
        try:
            return cls._read(folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CardlensError(f"{folder}: no golden crops ({error}); register the version again") from error

    @classmethod
    def _read(cls, folder: Path) -> Golden:
        answers = json.loads((folder / ANSWERS).read_bytes())
        crops = np.load(folder / CROPS, allow_pickle=False)
        vectors = np.load(folder / VECTORS, allow_pickle=False).astype(np.float32)
        nearest = tuple(tuple(printings) for printings in answers["nearest"])
        if not 0 < len(crops) == len(vectors) == len(nearest):
            raise ValueError("crops, vectors and answers are not of one number")
        return cls(crops, vectors, nearest, folder / PHOTO, tuple(answers["named"]))


def make_golden(models: Path, reference: Path, folder: Path) -> Golden:
    """Write the golden crops of a model and its database; raises `BadModel` or `BadReference`."""
    recognizer = open_recognizer(Settings(models=models, reference=reference, threads=1))
    crops = demo_crops(recognizer)
    description = recognizer.embedder.describe(list(crops))
    named = [card.card_id for card in recognizer.name_cards(_DEMO / "demo.jpg", 1).cards if card.card_id]
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / CROPS, crops)
    np.save(folder / VECTORS, description.vectors.astype(np.float16))
    answers: dict[str, Any] = {"nearest": nearest_artworks(recognizer, description), "named": sorted(set(named))}
    (folder / ANSWERS).write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")
    (folder / PHOTO).write_bytes((_DEMO / "demo.jpg").read_bytes())
    return Golden.load(folder)


def demo_crops(recognizer: Recognizer) -> Bytes:
    """Cut the cards out of the demo photo, (n, height, width, 3) of the embedder's size."""
    spec = recognizer.embedder.spec
    pixels = decode(_DEMO / "demo.jpg", at_least=None).pixels
    truth = json.loads((_DEMO / "demo-truth.json").read_text(encoding="utf-8"))
    quads = [np.asarray(card["quad"], np.float32) for card in truth["cards"]]
    return np.stack([straighten(pixels, quad, spec.width, spec.height) for quad in quads])


def nearest_artworks(recognizer: Recognizer, description: Description) -> list[list[str]]:
    """For each crop the ids of the nearest artwork's cards."""
    return [sorted(artworks[0].printings) if artworks else [] for artworks in recognizer.matcher.match(description)]
