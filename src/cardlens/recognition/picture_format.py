"""Which picture formats are read, and what may be decoded at all: told from the header, before any pixel is."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

from pi_heif import HeifImageFile
from PIL import Image

from cardlens.errors import UnreadablePicture

Format = Literal["JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "BMP", "GIF"]
FORMATS = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF"
SUFFIXES = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".jpe",
        ".png",
        ".apng",
        ".webp",
        ".heic",
        ".heif",
        ".hif",
        ".avif",
        ".tif",
        ".tiff",
        ".bmp",
        ".gif",
    )
)

_MAGIC: dict[bytes, Format] = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"BM": "BMP",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))

# Peak memory to decode, as measured on 25 million pixels, in times that of a plain picture (8 bytes a pixel): these
# codecs hold several whole copies, progressive JPEGs every coefficient. Such pictures meet the limit that much sooner.
_WEIGHT: dict[Format, float] = {"WEBP": 2.5, "HEIF": 2, "AVIF": 2, "TIFF": 1.25}
_PROGRESSIVE_WEIGHT = 1.5
_SCANS = 20  # a progressive JPEG of full size has about ten; each one costs a pass over the whole picture


def sniff(data: bytes) -> Format | None:
    """Tell the format by content, whatever the file is called; None where it is not one of `FORMATS`."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _sniff_boxes(data)
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)


def open_header(data: bytes, kind: Format, shown: str, max_pixels: int) -> Image.Image:
    """Read the header and check what it announces; nothing is decoded yet.

    Raises:
        UnreadablePicture: the picture is larger than `max_pixels`, or is made to take very long.
        Exception: whatever the codec makes of a damaged header.
    """
    try:
        if kind == "PNG":  # by its checksums: the decoder would fill what is missing
            Image.open(BytesIO(data), formats=[kind]).verify()
        image = HeifImageFile(BytesIO(data)) if kind == "HEIF" else Image.open(BytesIO(data), formats=[kind])
    except Image.DecompressionBombError:
        raise too_many_pixels(shown, "hundreds of millions of", max_pixels) from None
    weight = _WEIGHT.get(kind, 1.0)
    if kind == "JPEG" and image.info.get("progressive"):
        weight = _PROGRESSIVE_WEIGHT
        _check_scans(data, image, shown, max_pixels)
    _check_pixels(image.size, shown, weight, max_pixels)
    if kind == "TIFF":
        _check_tiles(image, shown, max_pixels)
    return image


def too_many_pixels(shown: str, much: str, most: float) -> UnreadablePicture:
    """Make the error for a picture whose header announces more than `most` pixels."""
    limit = f"{most / 1e6:.0f} million" if most >= 1e6 else f"{most:.0f}"
    return UnreadablePicture(
        f"{shown}: {much} pixels, the limit is {limit}; save it smaller or raise CARDLENS_MAX_PIXELS"
    )


def _sniff_boxes(data: bytes) -> Format | None:
    """Tell HEIC from AVIF by the brands of the file type box; films use the same boxes."""
    end = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if data[8:12] in _AVIF_BRANDS or (data[8:12] in _HEIF_BRANDS and brands & _AVIF_BRANDS):
        return "AVIF"
    return "HEIF" if data[8:12] in _HEIF_BRANDS else None


def _check_pixels(size: tuple[int, int], shown: str, weight: float, max_pixels: int) -> None:
    wide, high = size
    if wide < 1 or high < 1:
        raise UnreadablePicture(f"{shown}: announces {wide} x {high} pixels, so it is damaged; copy it again")
    if wide * high * weight > max_pixels:
        raise too_many_pixels(shown, f"{wide} x {high}", max_pixels / weight)


def _check_tiles(image: Image.Image, shown: str, max_pixels: int) -> None:
    """A TIFF's tiles may be far larger than the picture that they make up."""
    tags: dict[int, int] = getattr(image, "tag_v2", {})
    wide, high = (tags.get(tag, 0) for tag in (322, 323))
    if not (isinstance(wide, int) and isinstance(high, int)) or wide * high > max_pixels:
        raise too_many_pixels(shown, f"tiles of {wide} x {high}", max_pixels)


def _check_scans(data: bytes, image: Image.Image, shown: str, max_pixels: int) -> None:
    """A few bytes a scan can make a progressive JPEG take minutes."""
    scans = data.count(b"\xff\xda", 0, data.find(b"\xff\xd9", first_scan(data)) + 1 or len(data))
    if scans > _SCANS and scans * image.width * image.height > _SCANS * max_pixels / _PROGRESSIVE_WEIGHT:
        raise UnreadablePicture(
            f"{shown}: made of {scans} scans, which would take minutes; save it again as a plain JPEG"
        )


def first_scan(data: bytes) -> int:
    """Offset of a JPEG's first scan, found over its segments, for the preview in them has scans of its own."""
    at = 2
    while at + 4 <= len(data) and data[at + 1] != 0xDA:
        at += 1 if data[at + 1] == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at
