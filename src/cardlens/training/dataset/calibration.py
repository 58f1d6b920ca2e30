"""Crops to calibrate INT8 and Hailo models with: as the device will see them, every kind of card and photo."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import track

import cardlens
from cardlens.errors import CardlensError
from cardlens.training.arrays import whole_array
from cardlens.training.embedder_training import split_scans
from cardlens.training.simulator.crops import LARGEST, SMALLEST, Wish, described_crop
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans
from cardlens.training.split import set_of

COUNT, SIZE = 1024, 224
# widths of the cards in the photos, pixels: each stratum as often as the others
_WIDTHS = 6
_EDGES = np.exp(np.linspace(np.log(SMALLEST), np.log(LARGEST), _WIDTHS + 1))
# probabilities of plastic, foil and shine in turn: as they come, none, each for itself, all at once
_LIGHTS = ((0.45, 0.3, 0.35), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0))


@dataclass(frozen=True, slots=True)
class Stratum:
    """What one crop is drawn from: a set, a range of widths, a kind of light."""

    card_set: str
    widths: int
    light: int

    @property
    def wish(self) -> Wish:
        """How the card is to be photographed."""
        narrowest, widest = _EDGES[self.widths : self.widths + 2]
        return Wish(float(narrowest), float(widest), *_LIGHTS[self.light])


def strata(sets: list[str], count: int) -> Iterator[Stratum]:
    """`count` strata in turn: each set goes through all pairs of a width and a light, each from another one on."""
    for number in range(count):
        place = number % len(sets)
        turn = number // len(sets) + 7 * place
        yield Stratum(sets[place], turn % _WIDTHS, (turn // _WIDTHS + turn) % len(_LIGHTS))


def write_calibration(data: Path, cache: Path, out: Path, count: int = COUNT, seed: int = 99) -> Path:
    """Write `out`, (count, 224, 224, 3) uint8 RGB `.npy`, and beside it `<out>.json`, which says what is in it.

    Only cards that models train on are shown: what is measured stays unseen. Raises `CardlensError` where there are
    none.
    """
    if out.suffix != ".npy":
        raise CardlensError(f"{out}: calibration crops are a .npy file; name it calibration.npy")
    beside = out.with_suffix(".json")
    if beside.exists() and not _is_record(beside):
        raise CardlensError(f"{beside}: is there and says nothing of crops; give another name with --out")
    cv2.setNumThreads(1)
    scans, grounds = open_scans(data, cache), open_grounds(data / "backgrounds")
    rows = _rows_by_set(scans)
    shown = [scans.pixels[row] for ids in rows.values() for row in ids]
    if not shown:
        raise CardlensError(f"{data}: has no card to train on; give the folder that holds scans/ with --data")
    drawn = list(strata(sorted(rows), count))
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_array(out, (count, SIZE, SIZE, 3)) as crops:
        for number, stratum in enumerate(track(drawn, "calibration crops", transient=True)):
            rng, of_set = np.random.default_rng([seed, number]), rows[stratum.card_set]
            scan = scans.pixels[of_set[int(rng.integers(len(of_set)))]]
            crops[number] = described_crop(scan, rng, SIZE, shown, grounds, stratum.wish).pixels
    aside = beside.with_name(f".{beside.name}.partial")
    aside.write_text(json.dumps(_record(out, drawn, seed), indent=1) + "\n", encoding="utf-8")
    aside.replace(beside)
    return out


def _rows_by_set(scans: Scans) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for card_id in split_scans(scans).train:
        rows.setdefault(set_of(card_id), []).extend(scans.rows[card_id])
    return rows


def _record(file: Path, drawn: list[Stratum], seed: int) -> dict[str, Any]:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    names = ("as they come", "plain", "sleeve", "foil", "glare", "sleeve, foil and glare")
    columns = {name: Counter(value) for name, value in _columns(drawn).items()}
    return {
        "made_by": f"cardlens {cardlens.__version__}",
        "seed": seed,
        "crops": len(drawn),
        "shape": [len(drawn), SIZE, SIZE, 3],
        "layout": "NHWC, RGB, raw uint8: not normalised",
        "sha256": digest,
        "sets": dict(sorted(columns["card_set"].items())),
        "widths": {
            f"{_EDGES[at]:.0f}-{_EDGES[at + 1]:.0f} px": count for at, count in sorted(columns["widths"].items())
        },
        "lights": {names[at]: count for at, count in sorted(columns["light"].items())},
    }


def _is_record(file: Path) -> bool:
    """Whether a file says of what crops are, and not something else that has the same name, as calibrations do."""
    try:
        record: Any = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(record, dict) and "crops" in record


def _columns(drawn: list[Stratum]) -> dict[str, list[Any]]:
    records = [asdict(stratum) for stratum in drawn]
    return {name: [record[name] for record in records] for name in records[0]}
