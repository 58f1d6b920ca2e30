"""Whether a release works on this machine: tried in a process of its own, as a damaged model may end that process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cardlens.errors import CardlensError

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


def examine_apart(folder: Path) -> SelfTest:
    """Try the release in `folder` in another process; raises `FailedSelfTest`, even where that process dies."""
    command = [sys.executable, "-m", "cardlens.devices.examination", str(folder)]
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
