"""The self-test itself: golden crops and the golden photo, named with a release. Its own program, for `self_test`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from cardlens.assembly import open_recognizer
from cardlens.devices.golden import FOLDER, SAME_VECTOR, Golden, nearest_artworks
from cardlens.devices.self_test import FailedSelfTest, SelfTest
from cardlens.errors import CardlensError
from cardlens.recognition.recognizer import Recognizer
from cardlens.settings import Settings


def examine(folder: Path) -> SelfTest:
    """Name the golden crops with the release in `folder`; raises `FailedSelfTest` where an answer differs."""
    golden = Golden.load(folder / FOLDER)
    recognizer = open_recognizer(Settings(models=folder / "models", reference=folder / "reference"))
    cosine = _check_vectors(folder, golden, recognizer)
    answer = recognizer.name_cards(golden.photo, 1)
    missing = sorted(set(golden.named) - {card.card_id for card in answer.cards})
    if missing:
        raise FailedSelfTest(f"{folder}: does not name {', '.join(missing)} in the golden photo; it is not used")
    return SelfTest(len(golden.crops), round(cosine, 4), len(golden.named))


def _check_vectors(folder: Path, golden: Golden, recognizer: Recognizer) -> float:
    description = recognizer.embedder.describe(list(golden.crops))
    cosines = (description.vectors * golden.vectors).sum(axis=1) / np.linalg.norm(golden.vectors, axis=1)
    least = float(cosines.min())
    if not least >= SAME_VECTOR:  # so written that NaN fails
        raise FailedSelfTest(f"{folder}: embeds a golden crop at cosine {least:.3f}, not {SAME_VECTOR}; it is not used")
    for wanted, found in zip(golden.nearest, nearest_artworks(recognizer, description), strict=True):
        if list(wanted) != found:
            raise FailedSelfTest(f"{folder}: takes golden crop {wanted} for {found}; it is not used")
    return least


def _main(folder: Path) -> None:
    try:
        report = asdict(examine(folder))
    except CardlensError as error:
        report = {"error": str(error)}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
