"""Raw scans -> data sets, split by card: never one card, nor one artwork, on two sides."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

import cardlens
from cardlens.errors import CardlensError
from cardlens.reference.catalogue import Catalogue
from cardlens.reference.groups import Signatures, tied
from cardlens.reference.scans import Scan, find_scans, sha256_of
from cardlens.training.dataset.detection import write_detection
from cardlens.training.dataset.engine import Engine, LocalEngine
from cardlens.training.split import HELD_OUT_SETS, Split, set_of, split_cards

SCHEMA = 1
SIDES = {"train": "train", "validation": "val", "held_out": "test"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of the classification set; `path` within the data set."""

    path: str
    card_id: str
    split: str
    language: str
    source: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class Prepared:
    """What became of the raw scans: `left_out` says why, by file; `folder` is the finished data set."""

    folder: Path
    entries: list[Entry] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Pictures and cards by side."""
        pictures = Counter(entry.split for entry in self.entries)
        cards = Counter(split for _, split in {(entry.card_id, entry.split) for entry in self.entries})
        return {side: {"pictures": pictures[side], "cards": cards[side]} for side in SIDES.values()}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make.

    Attributes:
        scenes: photos to train on; a tenth as many for each other side.
        backgrounds: pictures to render on.
        seed: of the photos.
        held_out: sets that go to the test side whole.
    """

    scenes: int = 2000
    backgrounds: Path | None = None
    seed: int = 17
    held_out: tuple[str, ...] = HELD_OUT_SETS


@dataclass(frozen=True, slots=True)
class _Raw:
    """The usable scans, their digests and signatures."""

    scans: list[Scan] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    signatures: list[Signatures] = field(default_factory=list)


def prepare(
    found: Sequence[Scan], catalogue: Catalogue, out: Path, plan: Plan, engine: Engine | None = None
) -> Prepared:
    """Write `<out>/classification`, `<out>/detection` and `<out>/manifest.json`, aside first, then renamed.

    Args:
        found: the scans, as `find_all` lists them.
        catalogue: knows the card ids; scans of other cards are left out.
        out: folder to make.
        plan: how many photos, and on what.
        engine: looks at scans and renders photos; None for this process.

    Raises:
        CardlensError: `out` is there already, none of the scans can be used, or a set that `plan` names has none.
    """
    if out.exists():
        raise CardlensError(f"{out}: there already; remove it or give another folder with --out")
    aside = out.with_name(f".{out.name}.partial")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        prepared = Prepared(out)
        engine = engine or LocalEngine(aside / "small.npy", plan.backgrounds)
        scans = _read(found, catalogue, engine, prepared)
        ids = [scan.card_id for scan in scans.scans]
        _check_held_out(ids, plan.held_out)
        groups = tied(np.stack(scans.signatures), ids)
        split = split_cards(ids, groups, plan.held_out)
        sides = _sides(split)
        _write_classification(aside, scans, sides, prepared, engine)
        _write_detection(aside, scans, sides, plan, engine)
        (aside / "small.npy").unlink(missing_ok=True)
        _write_manifest(aside, prepared, groups, plan)
        aside.replace(out)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return prepared


def find_all(raw: Sequence[Path], catalogue: Catalogue) -> list[Scan]:
    """List the scans of folders: named `<card_id>.<ext>` or as the first system named them, views in sub-folders."""
    return [scan for folder in raw for scan in find_scans(folder, lambda card_id: catalogue.get(card_id) is not None)]


def _read(found: Sequence[Scan], catalogue: Catalogue, engine: Engine, prepared: Prepared) -> _Raw:
    """Have every scan decoded once; what cannot be used, or is there already, is left out."""
    looks = engine.look([scan for scan in found if catalogue.get(scan.card_id) is not None])
    kept = _Raw()
    there: set[tuple[str, str]] = set()
    for scan in track(found, "reading scans", transient=True):
        known = catalogue.get(scan.card_id) is not None
        look = next(looks) if known else f"no metadata for {scan.card_id}; give the file that has it"
        if isinstance(look, str):
            prepared.left_out[str(scan.file)] = look
        elif (scan.card_id, look.digest) in there:
            prepared.left_out[str(scan.file)] = f"{scan.card_id} has this picture already"
        else:
            there.add((scan.card_id, look.digest))
            kept.scans.append(scan)
            kept.digests.append(look.digest)
            kept.signatures.append(look.signature)
    if not kept.scans:
        file, reason = next(iter(prepared.left_out.items()))
        raise CardlensError(f"none of the scans can be used; {file}: {reason}")
    return kept


def _check_held_out(card_ids: Sequence[str], wanted: Sequence[str]) -> None:
    """Raise for a set without a card; ours need not be there: other people's scans are of other sets."""
    there = {set_of(card_id) for card_id in card_ids}
    absent = sorted(set(wanted) - there)
    if absent and tuple(wanted) != HELD_OUT_SETS:
        raise CardlensError(f"{', '.join(absent)}: no scan of such a set; the sets here are {', '.join(sorted(there))}")


def _sides(split: Split) -> dict[str, str]:
    """Card id -> folder."""
    return {card_id: folder for side, folder in SIDES.items() for card_id in getattr(split, side)}


def _write_classification(folder: Path, raw: _Raw, sides: dict[str, str], prepared: Prepared, engine: Engine) -> None:
    """Copy every scan to `classification/<side>/<card_id>/<language>-<digest>.<ext>`, byte for byte."""
    for scan, digest in zip(raw.scans, raw.digests, strict=True):
        side = sides[scan.card_id]
        place = Path("classification", side, scan.card_id, f"{scan.language}-{digest[:12]}{scan.file.suffix.lower()}")
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        engine.copy(scan, folder / place)
        size = (folder / place).stat().st_size
        entry = Entry(place.as_posix(), scan.card_id, side, scan.language, scan.source, size, digest)
        prepared.entries.append(entry)
    for side in SIDES.values():
        (folder / "classification" / side).mkdir(parents=True, exist_ok=True)
    prepared.entries.sort(key=lambda entry: entry.path)


def _write_detection(folder: Path, raw: _Raw, sides: dict[str, str], plan: Plan, engine: Engine) -> None:
    """Photos of each side show cards of that side only."""
    for number, side in enumerate(SIDES.values()):
        scans = [scan for scan in raw.scans if sides[scan.card_id] == side]
        count = plan.scenes if side == "train" else max(plan.scenes // 10, 1)
        if scans and plan.scenes:
            drawn = engine.draw(side, scans, count, plan.seed + number)
            write_detection(folder / "detection", side, drawn, count)


def _write_manifest(folder: Path, prepared: Prepared, groups: list[list[str]], plan: Plan) -> None:
    files = [asdict(entry) for entry in prepared.entries]
    rendered = sorted(file for file in (folder / "detection").rglob("*") if file.is_file())
    record = {
        "schema": SCHEMA,
        "made_by": f"cardlens {cardlens.__version__}",
        "held_out_sets": list(plan.held_out),
        "seed": plan.seed,
        "counts": prepared.counts,
        "digest": _digest(files),
        "tied": groups,
        "left_out": prepared.left_out,
        "classification": files,
        "detection": {file.relative_to(folder).as_posix(): sha256_of(file.read_bytes()) for file in rendered},
    }
    (folder / "manifest.json").write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _digest(files: Sequence[dict[str, Any]]) -> str:
    """One digest of what is in the classification set and on which side: runs name it."""
    lines = sorted(f"{entry['sha256']} {entry['split']} {entry['card_id']}" for entry in files)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
