"""Whether what was brought in is a scan of a card."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture import DEFAULT_LIMITS, Limits, decode
from cardlens.recognition.picture_format import sniff
from cardlens.reference.scans import is_blank, sha256_of

MOST_BYTES = 30_000_000
# The smallest scans that are of use are 240 wide; cards are 63 x 88 mm, scans of them at most with a little margin.
_LEAST_WIDTH = 180
_SHAPES = (0.62, 0.82)
_SUFFIXES = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "AVIF": ".avif", "HEIF": ".heic", "GIF": ".gif"}
_LONG_SIDE = 600


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """A scan that can be used.

    Attributes:
        suffix: what its content is, whatever its address says.
        sha256: of the file.
        pixels: digest of what it shows: the same where the same picture is saved again without loss.
        width: in pixels.
        height: in pixels.
    """

    suffix: str
    sha256: str
    pixels: str
    width: int
    height: int


def check_picture(content: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> CheckedPicture:
    """Decode what was brought in; raises `UnreadablePicture`, which says why it is no scan of a card."""
    kind = sniff(content)
    if kind not in _SUFFIXES:
        raise UnreadablePicture(f"{name}: not a picture but {_kind_of(content)}; the service has to mend it")
    picture = decode(content, name, limits, at_least=_LONG_SIDE)
    width, height = picture.size
    if width < _LEAST_WIDTH or not _SHAPES[0] <= width / height <= _SHAPES[1]:
        raise UnreadablePicture(f"{name}: {width} x {height} pixels, which is no scan of a card; use another source")
    if is_blank(picture.pixels):
        raise UnreadablePicture(f"{name}: blank; use another source")
    shown = hashlib.sha256(picture.pixels.tobytes() + f"{picture.pixels.shape}".encode()).hexdigest()
    return CheckedPicture(_SUFFIXES[str(kind)], sha256_of(content), shown[:32], width, height)


def _kind_of(content: bytes) -> str:
    start = content[:200].lstrip().lower()
    if not content:
        return "nothing at all"
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg")):
        return "a web page"
    return "JSON" if start.startswith((b"{", b"[")) else "something else"
