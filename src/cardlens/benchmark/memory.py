"""Peak memory after each stage of naming a photo, measured in a process of its own: `python -m` this module."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from cardlens.errors import CardlensError


def peaks(photo: Path) -> dict[str, float]:
    """Peak resident memory in MB (10⁶ bytes) after each stage, in a fresh process with the environment's settings."""
    command = [sys.executable, "-m", "cardlens.benchmark.memory", str(photo)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own module
    if ended.returncode:
        reason = (ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"])[-1]
        raise CardlensError(f"{photo}: memory could not be measured: {reason}; see `cardlens doctor`")
    record: dict[str, float] = json.loads(ended.stdout)
    return record


def _stages(photo: Path) -> Iterator[str]:
    from cardlens.assembly import open_recognizer  # noqa: PLC0415 - what it costs to import is measured
    from cardlens.recognition.picture import decode  # noqa: PLC0415
    from cardlens.settings import Settings  # noqa: PLC0415

    yield "import"
    recognizer = open_recognizer(Settings.from_environment())
    yield "open"
    picture = decode(photo)
    yield "decode"
    found = recognizer.detector.find(picture.pixels)
    yield "find"
    recognizer.look(picture, found)
    yield "embed and match"
    recognizer.name_cards(photo)
    yield "read and decide"


def _peak() -> float:
    status = Path("/proc/self/status")  # getrusage counts what the process was forked from as well
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return round(int(line.split()[1]) * 1024 / 1e6, 1)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1000 if sys.platform != "darwin" else 1_000_000), 1)


if __name__ == "__main__":
    sys.stdout.write(json.dumps({stage: _peak() for stage in _stages(Path(sys.argv[1]))}))
