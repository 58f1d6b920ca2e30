"""Corrections as pictures that training and `cardlens reference add` understand.

FOLDER/views/<language>/<card_id>.webp      the newest crop of a card, under the id that a person gave it
FOLDER/views/<language>-2/<card_id>.webp    the one before it, and so on
FOLDER/corrections.jsonl                    what cardlens had said of each
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image

from cardlens.collection.corrections import Correction
from cardlens.collection.crops import Crop
from cardlens.errors import CardlensError

_QUALITY = 95


def write_training_material(corrections: Sequence[Correction], crop: Callable[[str], Crop], folder: Path) -> int:
    """Write every correction that has a crop into a new folder; gives how many. Raises `CardlensError`."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CardlensError(f"{folder}: is there already; give a new folder")
    with_crop = [one for one in corrections if one.crop is not None]
    if not with_crop:
        raise CardlensError(
            "no correction has a crop: nothing to train on; add cards with their crops, and correct those"
        )
    places = _places(with_crop)
    try:
        for one, place in places.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            _write(folder / place, as_webp(crop(str(one.crop))))
        lines = [json.dumps({"file": place, **one.as_json()}, ensure_ascii=False) for one, place in places.items()]
        _write(folder / "corrections.jsonl", ("\n".join(lines) + "\n").encode())
    except OSError as error:
        raise CardlensError(f"{folder}: cannot be written ({error.strerror}); give another folder") from None
    return len(places)


def as_webp(crop: Crop) -> bytes:
    """The crop as WebP, the only kind that training looks for."""
    if crop.media_type == "image/webp":
        return crop.content
    out = io.BytesIO()
    with Image.open(io.BytesIO(crop.content)) as picture:
        picture.convert("RGB").save(out, "WEBP", quality=_QUALITY)
    return out.getvalue()


def _places(corrections: Sequence[Correction]) -> dict[Correction, str]:
    """Where each crop goes, newest first; the same crop of the same card is there once."""
    taken: dict[tuple[str, str], list[str | None]] = defaultdict(list)
    places = {}
    for one in sorted(corrections, key=lambda one: one.id, reverse=True):
        before = taken[one.language, one.card_id]
        if one.crop not in before:
            before.append(one.crop)
            language = one.language if len(before) == 1 else f"{one.language}-{len(before)}"
            places[one] = f"views/{language}/{one.card_id}.webp"
    return places


def _write(file: Path, content: bytes) -> None:
    aside = file.with_name(f".{file.name}.part")
    aside.write_bytes(content)
    aside.replace(file)
