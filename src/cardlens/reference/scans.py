"""The scans of a folder: which file shows which card, and their pixels."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cardlens.errors import CardlensError, UnreadablePicture
from cardlens.recognition.picture import DEFAULT_LIMITS, Limits, decode
from cardlens.recognition.picture_format import SUFFIXES
from cardlens.recognition.raster import resize
from cardlens.reference.groups import Signatures, signature
from cardlens.runtimes.base import Bytes, ModelSpec

LANGUAGES = frozenset(("de", "en", "es", "fr", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "zh"))
DEFAULT_LANGUAGE = "en"
# A folder of one language, of one script of it, or a further one: de, zh-hant, ja-2.
_LANGUAGE_FOLDER = re.compile(rf"({'|'.join(sorted(LANGUAGES))})(?:-(?:hans|hant))?(?:-\d+)?")
# The seed's names: Alakazam-en_base_base1_1_high.png
_SEED_NAME = re.compile(r".+-(?P<language>[a-z]{2})_[^_]+_(?P<set>[^_]+)_(?P<number>[^_]+)_(?:high|low)")
# Standard deviation of a thumbnail, in grey levels, below which there is nothing on it but noise.
_BLANK_DEVIATION = 4.0
_LONG_SIDE = 600  # a scan is decoded reduced as long as it keeps this many pixels; models see less


@dataclass(frozen=True, slots=True)
class Scan:
    """A file of a scan folder. `source` is its path in the folder, `language` that of its sub-folder or name."""

    card_id: str
    file: Path
    source: str
    language: str


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one scan becomes: its crop for the model, (height, width, 3) uint8, and its signature."""

    crop: Bytes
    signature: Signatures


def find_scans(folder: Path, is_known: Callable[[str], bool]) -> list[Scan]:
    """List the pictures in `folder` and below, those of the folder itself first.

    Args:
        folder: holds `<card_id>.<ext>`; views of the same cards in sub-folders, such as `de/<card_id>.<ext>`.
        is_known: tells a card id from a longer name such as `base1-1_Alakazam`.

    Raises:
        CardlensError: there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise CardlensError(f"{folder}: no such folder; give the folder of scans named <card_id>.<ext>")
    return as_scans(
        (file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()), folder, is_known
    )


def as_scans(files: Iterable[Path], folder: Path, is_known: Callable[[str], bool]) -> list[Scan]:
    """Tell which of the files in `folder` and below are scans, and of which cards; raises `CardlensError` for none."""
    pictures = (file for file in files if file.suffix.lower() in SUFFIXES and not _is_hidden(file, folder))
    scans = [_scan(file, folder, is_known) for file in pictures]
    if not scans:
        raise CardlensError(f"{folder}: no scans here; they are named <card_id>.<ext>, such as base1-4.webp")
    return sorted(scans, key=lambda scan: (scan.source.count("/"), scan.source))


def look_at(content: bytes, name: str, spec: ModelSpec, limits: Limits = DEFAULT_LIMITS) -> Look:
    """Decode a scan; raises `UnreadablePicture` where it cannot be, or shows nothing."""
    pixels = decode(content, name, limits, at_least=_LONG_SIDE).pixels
    if is_blank(pixels):
        raise UnreadablePicture(f"{name}: blank; get another scan of this card")
    return Look(as_crop(pixels, spec), signature(pixels))


def as_crop(pixels: Bytes, spec: ModelSpec) -> Bytes:
    """Resize a whole scan to the model's input."""
    return resize(pixels, spec.width, spec.height)


def is_blank(pixels: Bytes) -> bool:
    """Tell whether a picture is of one colour, give or take noise."""
    return bool(resize(pixels, 32, 44).std(axis=(0, 1)).max() < _BLANK_DEVIATION)


def sha256_of(content: bytes) -> str:
    """SHA-256 of a scan, hex."""
    return hashlib.sha256(content).hexdigest()


def _scan(file: Path, folder: Path, is_known: Callable[[str], bool]) -> Scan:
    inside = file.relative_to(folder)
    named = _SEED_NAME.fullmatch(file.stem)
    by_folder = [its[1] for part in inside.parts[:-1] if (its := _LANGUAGE_FOLDER.fullmatch(part.lower()))]
    language = by_folder[-1] if by_folder else named["language"] if named else DEFAULT_LANGUAGE
    candidates = list(_possible_ids(file.stem))
    # A card that nobody knows is reported by the id that its name most likely means.
    card_id = next(filter(is_known, candidates), candidates[-1])
    return Scan(card_id, file, inside.as_posix(), language)


def _possible_ids(stem: str) -> Iterator[str]:
    """Ids that a file name may mean, the longest first: ids such as cel25c-2_A have a `_` of their own."""
    if named := _SEED_NAME.fullmatch(stem):
        yield f"{named['set']}-{named['number']}"
        yield f"{named['set']}-{named['number'].lstrip('0')}"
        return
    parts = stem.split("_")
    for count in range(len(parts), 0, -1):
        yield "_".join(parts[:count])


def _is_hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)
