"""The demo that comes with cardlens: a dozen cards drawn by its own code, and a photo of nine of them.

`python -m cardlens.training.demo_cards FOLDER` writes both, the same every time.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from cardlens.training.demo_catalogue import CARDS, SET_CODE, SET_ID
from cardlens.training.demo_face import draw_face
from cardlens.training.demo_photo import PLACES, draw_photo, truth

_SET = {"id": SET_ID, "name": "cardlens demo", "series": "Demo", "printedTotal": len(CARDS), "ptcgoCode": SET_CODE}


def draw_demo_cards(folder: Path) -> list[Path]:
    """Write the cards as `cards/demo-1.webp` …, and their facts as `demo-metadata.json` and `demo-set.json`."""
    (folder / "cards").mkdir(parents=True, exist_ok=True)
    files = [folder / "cards" / f"{card.card_id}.webp" for card in CARDS]
    for card, file in zip(CARDS, files, strict=True):
        Image.fromarray(draw_face(card)).save(file, "WEBP", quality=46, method=6)
    _write_list(folder / "demo-metadata.json", [card.record() for card in CARDS])
    _write_list(folder / "demo-set.json", [_SET])
    return files


def draw_demo_photo(folder: Path, file: Path) -> None:
    """Photograph nine of the cards in `folder`; writes `file` (JPEG), and `demo-truth.json` into `folder`."""
    card_ids = [f"{SET_ID}-{place.number}" for place in PLACES]
    faces = [np.asarray(Image.open(folder / "cards" / f"{card_id}.webp").convert("RGBA")) for card_id in card_ids]
    pixels, quads = draw_photo({place.number: face for place, face in zip(PLACES, faces, strict=True)})
    Image.fromarray(pixels).save(file, "JPEG", quality=76, optimize=True)
    shown = truth(card_ids, quads, file.name)
    (folder / "demo-truth.json").write_text(json.dumps(shown, indent=1) + "\n", encoding="utf-8")


def _write_list(file: Path, records: Sequence[object]) -> None:
    """A JSON list, a record a line."""
    lines = ",\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    file.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    draw_demo_cards(target)
    draw_demo_photo(target, target / "demo.jpg")
