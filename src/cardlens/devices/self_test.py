"""Whether a release works on this machine. Run in a process of its own: a damaged model may end it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from cardlens.assembly import open_recognizer
from cardlens.devices.golden import FOLDER, SAME_VECTOR, Golden, nearest_artworks
from cardlens.errors import CardlensError
from cardlens.recognition.recognizer import Recognizer
from cardlens.settings import Settings

SECONDS = 300  # a Raspberry Pi needs a few; a network that hangs is to be noticed the same night


class FailedSelfTest(CardlensError):
    """A release that does not do here what it did where it was registered."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What was tried and came out right.

    Attributes:
        crops: golden crops embedded and matched.
        least_cosine: the smallest cosine to the registered vectors, -1..1.
        named: cards named in the golden photo.
    """

    crops: int
    least_cosine: float
    named: int


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
    vectors = recognizer.embedder.embed(list(golden.crops))
    cosines = (vectors * golden.vectors).sum(axis=1) / np.linalg.norm(golden.vectors, axis=1)
    least = float(cosines.min())
    if not least >= SAME_VECTOR:  # so written that NaN fails
        raise FailedSelfTest(f"{folder}: embeds a golden crop at cosine {least:.3f}, not {SAME_VECTOR}; it is not used")
    for wanted, found in zip(golden.nearest, nearest_artworks(recognizer, vectors), strict=True):
        if list(wanted) != found:
            raise FailedSelfTest(f"{folder}: takes golden crop {wanted} for {found}; it is not used")
    return least


def examine_apart(folder: Path) -> SelfTest:
    """Do the same in another process; raises `FailedSelfTest`, even where that process dies."""
    command = [sys.executable, "-m", "cardlens.devices.self_test", str(folder)]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise FailedSelfTest(f"{folder}: not done testing after {SECONDS} s; it is not used") from None
    try:
        report = json.loads(ended.stdout)
    except ValueError:
        raise FailedSelfTest(
            f"{folder}: the program ended with {ended.returncode} while testing it; it is not used"
        ) from None
    if "error" in report:
        raise FailedSelfTest(report["error"])
    return SelfTest(**report)


def _main(folder: Path) -> None:
    try:
        report = asdict(examine(folder))
    except CardlensError as error:
        report = {"error": str(error)}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
