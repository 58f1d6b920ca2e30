"""A corpus of broken and hostile picture files, made by code: `write_hostile_files` writes it into a folder."""

from __future__ import annotations

import os
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.recognition.sample_pictures import SUFFIXES, encode, quadrants, turned_heic

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file, and whether it may decode (`harmless`: odd, but a picture all the same)."""

    path: Path
    harmless: bool = False


def write_hostile_files(folder: Path) -> list[Hostile]:
    """Write all of them; the same bytes every time."""
    makers: list[Callable[[], Iterator[tuple[str, bytes]]]] = [
        _truncated,
        _not_pictures,
        _absurd_pngs,
        _absurd_jpegs,
        _absurd_bitmaps,
        _absurd_tiffs,
        _absurd_boxes,
        _bombs,
        _flipped_bytes,
    ]
    broken = [_write(folder, name, content) for maker in makers for name, content in maker()]
    harmless = [_write(folder, name, content) for name, content in _harmless()]
    return [
        *(Hostile(path) for path in [*broken, *_not_even_files(folder)]),
        *(Hostile(path, harmless=True) for path in harmless),
    ]


def _write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _truncated() -> Iterator[tuple[str, bytes]]:
    for suffix in SUFFIXES:
        whole = encode(quadrants(160, 96), suffix) if suffix != "heic" else turned_heic()
        for percent in (2, 30, 60, 90):
            yield f"cut-{percent}.{suffix}", whole[: len(whole) * percent // 100]
    progressive = encode(quadrants(160, 96), "jpg", progressive=True)
    yield "cut-progressive.jpg", progressive[: len(progressive) * 7 // 10]
    png_ = encode(quadrants(160, 96), "png")
    yield "cut-then-zeros.png", png_[: png_.index(b"IDAT") + 40] + bytes(400)


def _not_pictures() -> Iterator[tuple[str, bytes]]:
    zipped = BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(zipfile.ZipInfo("card.txt"), "Alakazam")
    yield "empty.jpg", b""
    yield "one-byte.jpg", b"\xff"
    yield "random.jpg", random.Random(1).randbytes(5_000)
    yield "zeros.jpg", bytes(5_000)
    yield "magic-then-random.jpg", b"\xff\xd8\xff\xe0" + random.Random(2).randbytes(5_000)
    yield "magic-then-random.png", PNG_MAGIC + random.Random(3).randbytes(5_000)
    yield "text.jpg", b"This is not a picture.\n"
    yield "page.jpg", b"<!DOCTYPE html><html><body>404</body></html>"
    yield "drawing.jpg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    yield "script.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"
    yield "document.jpg", b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF"
    yield "archive.jpg", zipped.getvalue()
    yield "program.jpg", b"\x7fELF\x02\x01\x01" + bytes(57)
    yield "film.heic", struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 512, b"mp41") + bytes(64)
    yield "exotic.jpg", b"P6\n1 1\n255\nabc"  # a format that Pillow knows and cardlens does not


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG, with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, body: bytes, depth: int = 8, colour: int = 2, before: bytes = b"") -> bytes:
    """A PNG whose header may announce anything; `body` is the compressed picture, `before` more chunks."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG_MAGIC + chunk(b"IHDR", header) + before + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def _absurd_pngs() -> Iterator[tuple[str, bytes]]:
    good = zlib.compress(b"\0\1\2\3" * 2)
    yield "huge.png", png(2**31 - 1, 2**31 - 1, good)
    yield "beyond-huge.png", png(2**32 - 1, 1, good)
    yield "no-pixels.png", png(0, 0, good)
    yield "too-little.png", png(400, 400, good)
    yield "not-deflated.png", png(1, 2, b"not zlib at all")
    yield "depth-3.png", png(1, 2, good, depth=3)
    yield "colour-5.png", png(1, 2, good, colour=5)
    yield "no-palette.png", png(1, 2, zlib.compress(b"\0\1" * 2), colour=3, before=chunk(b"tRNS", bytes(9)))[:60]
    yield "wrong-sum.png", png(1, 2, good)[:29] + b"\0\0\0\0" + png(1, 2, good)[33:]
    yield "endless-chunk.png", PNG_MAGIC + b"\x7f\xff\xff\xffIHDR" + bytes(30)
    text = zlib.compress(bytes(50_000_000))
    yield "text-bomb.png", png(1, 2, good, before=chunk(b"zTXt", b"Comment\0\0" + text))
    yield "profile-bomb.png", png(1, 2, good, before=chunk(b"iCCP", b"sRGB\0\0" + text))


def _absurd_jpegs() -> Iterator[tuple[str, bytes]]:
    whole = encode(quadrants(160, 96), "jpg")
    frame = whole.index(b"\xff\xc0") + 5
    yield "huge.jpg", whole[:frame] + b"\xff\xff\xff\xff" + whole[frame + 4 :]
    yield "no-height.jpg", whole[:frame] + b"\0\0" + whole[frame + 2 :]
    yield "depth-12.jpg", whole[: frame - 1] + b"\x0c" + whole[frame:]
    yield "no-tables.jpg", whole.replace(b"\xff\xdb", b"\xff\xfe").replace(b"\xff\xc4", b"\xff\xfe")
    yield "only-markers.jpg", b"\xff\xd8\xff\xd9"
    yield "no-scan.jpg", whole[: whole.index(b"\xff\xda")] + b"\xff\xd9"
    wide = encode(quadrants(4000, 4000), "jpg", progressive=True, quality=1)
    scan, end = wide.rindex(b"\xff\xda"), wide.rindex(b"\xff\xd9")
    yield "many-scans.jpg", wide[:end] + wide[scan:end] * 1_000 + b"\xff\xd9"


def bitmap(width: int, height: int, bits: int = 24, pixels: bytes = bytes(64), compression: int = 0) -> bytes:
    """A BMP whose header may announce anything."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(pixels), 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) + header + pixels


def _absurd_bitmaps() -> Iterator[tuple[str, bytes]]:
    yield "huge.bmp", bitmap(2**31 - 1, 2**31 - 1)
    yield "negative.bmp", bitmap(-5, 5)
    yield "below-zero.bmp", bitmap(5, -(2**31))
    yield "no-pixels.bmp", bitmap(0, 0)
    yield "depth-7.bmp", bitmap(2, 2, bits=7)
    yield "packed-wrongly.bmp", bitmap(2, 2, compression=99)
    yield "too-little.bmp", bitmap(500, 500)
    yield "runs-missing.bmp", bitmap(500, 500, bits=8, pixels=bytes(1024) + b"\x02\x07\x00\x01", compression=1)
    yield "only-magic.bmp", b"BM"


def tiff(tags: dict[int, tuple[int, int]], after: int = 0, data: bytes = bytes(64)) -> bytes:
    """A little-endian TIFF of one directory: {tag: (type, value)}; `after` is the offset of the next directory."""
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, (kind, value) in sorted(tags.items()))
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", after) + data


def grey_tiff(width: int, height: int, **changed: int) -> dict[int, tuple[int, int]]:
    """Tags of an uncompressed grey picture; `changed` replaces some, such as t259=5 (its compression)."""
    start = 8 + 2 + 8 * 12 + 4
    tags = {256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: start, 278: height, 279: width * height}
    tags |= {int(name[1:]): value for name, value in changed.items()}
    return {tag: (4, value & 0xFFFFFFFF) for tag, value in tags.items()}


def _absurd_tiffs() -> Iterator[tuple[str, bytes]]:
    yield "huge.tif", tiff(grey_tiff(2**31 - 1, 2**31 - 1))
    yield "huge-strips.tif", tiff(grey_tiff(8, 8, t278=2**31 - 1, t279=2**32 - 1, t273=2**32 - 9))
    yield "huge-tiles.tif", tiff(grey_tiff(8, 8, t259=5, t322=65_520, t323=65_520))
    yield "no-pixels.tif", tiff(grey_tiff(0, 0))
    yield "depth-5.tif", tiff(grey_tiff(8, 8, t258=5))
    yield "packed-wrongly.tif", tiff(grey_tiff(8, 8, t259=31_337))
    yield "not-lzw.tif", tiff(grey_tiff(8, 8, t259=5), data=b"\xff" * 64)
    yield "no-tags.tif", tiff({})
    yield "directory-outside.tif", b"II*\0\xf0\xff\xff\xff" + bytes(20)
    yield "floats.tif", encode(quadrants(16, 16).convert("F"), "tif")
    lying = bytearray(tiff(grey_tiff(8, 8)))
    lying[14:18] = struct.pack("<I", 2**31)  # two thousand million widths
    yield "endless-tag.tif", bytes(lying)


def _absurd_boxes() -> Iterator[tuple[str, bytes]]:
    heic, avif = turned_heic(), encode(quadrants(160, 96), "avif")
    for name, whole in (("heic", heic), ("avif", avif)):
        size = whole.index(b"ispe") + 8
        yield f"huge.{name}", whole[:size] + b"\x7f\xff\xff\xff" * 2 + whole[size + 8 :]
        meta = whole.index(b"meta") - 4
        yield f"endless-box.{name}", whole[:meta] + b"\x7f\xff\xff\xff" + whole[meta + 4 :]
        yield f"no-item.{name}", whole.replace(b"pitm", b"free")
        yield f"only-type.{name}", whole[: whole.index(b"meta") - 4]
        nested = struct.pack(">I4s", 0, b"meta") * 2_000
        yield f"nested.{name}", whole[:meta] + nested
    yield "empty-type.avif", struct.pack(">I4s4sI", 16, b"ftyp", b"avif", 0)


def _bombs() -> Iterator[tuple[str, bytes]]:
    """Small files of pictures larger than the limit for their format, or that cost much up to it."""
    yield "bomb.png", png(16_000, 8_000, zlib.compress(bytes(1_000_000)))
    yield "bomb.tif", encode(Image.new("1", (16_000, 8_000)), "tif", compression="group4")
    yield "bomb.jpg", encode(Image.new("L", (16_000, 8_000)), "jpg", quality=1)
    gif = encode(quadrants(16, 16), "gif")
    yield "bomb.gif", gif[:6] + b"\xff\xff\xff\xff" + gif[10:]
    frames = encode(quadrants(16, 16), "webp", save_all=True, append_images=[quadrants(16, 16).rotate(90)])
    canvas = frames.index(b"VP8X") + 12
    yield "bomb-animated.webp", frames[:canvas] + b"\xff\x3f\0" * 2 + frames[canvas + 6 :]
    progressive = encode(quadrants(160, 96), "jpg", progressive=True, subsampling=0)
    frame = progressive.index(b"\xff\xc2") + 5
    yield "bomb-progressive.jpg", progressive[:frame] + struct.pack(">HH", 9_000, 9_000) + progressive[frame + 4 :]


def _solid_png(width: int, height: int) -> bytes:
    """An RGBA PNG of any size in a few kB."""
    packer, row = zlib.compressobj(1), b"\0" + b"\xc8\x1e\x1e\xff" * width
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png(width, height, body, colour=6)


def _flipped_bytes() -> Iterator[tuple[str, bytes]]:
    """Damage that no decoder can take for a picture: the compressed pixels of formats with a checksum."""
    whole = encode(quadrants(160, 96), "png")
    middle = whole.index(b"IDAT") + 20
    yield (
        "flipped.png",
        whole[:middle] + bytes(byte ^ 0xFF for byte in whole[middle : middle + 12]) + whole[middle + 12 :],
    )
    yield "wrong-sum-of-pixels.png", whole[:-16] + bytes(4) + chunk(b"IEND", b"")
    webp = encode(quadrants(160, 96), "webp")
    yield "flipped.webp", webp[:23] + bytes(byte ^ 0xFF for byte in webp[23:40]) + webp[40:]


def _harmless() -> Iterator[tuple[str, bytes]]:
    """Odd files that show a picture, or are refused, but never do anything else."""
    jpeg = encode(quadrants(160, 96), "jpg")
    damaged_exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + random.Random(4).randbytes(200)
    yield "bad-exif.jpg", jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(damaged_exif) + 2) + damaged_exif + jpeg[2:]
    yield "one-pixel.png", encode(quadrants(1, 1), "png")
    yield "one-pixel.jpg", encode(quadrants(1, 1), "jpg")
    yield "one-row.webp", encode(quadrants(700, 1), "webp")
    yield "mislabelled.jpg", encode(quadrants(160, 96), "png")
    yield "mislabelled.heic", jpeg
    yield "rubbish-after.jpg", jpeg + random.Random(5).randbytes(5_000)
    yield "looped.tif", tiff(grey_tiff(8, 8), after=8)
    yield "bad-orientation.tif", tiff(grey_tiff(8, 8, t274=77), data=bytes(80))
    yield "line\nbreak \x1b[31m.jpg", b"not a picture"
    yield "a" * 200 + ".jpg", jpeg
    frames = [quadrants(40, 40).rotate(turn) for turn in range(350)]
    progressive = encode(quadrants(160, 96), "jpg", progressive=True, subsampling=0)
    frame = progressive.index(b"\xff\xc2") + 5
    yield "mostly-missing.jpg", progressive[:frame] + struct.pack(">HH", 8_800, 9_000) + progressive[frame + 4 :]
    yield "as-large-as-allowed.png", _solid_png(12_000, 10_000)
    yield "many-frames.gif", encode(frames[0], "gif", save_all=True, append_images=frames[1:])
    for suffix in SUFFIXES:
        whole = bytearray(encode(quadrants(160, 96), suffix) if suffix != "heic" else turned_heic())
        for at in random.Random(suffix).sample(range(12, len(whole)), 12):
            whole[at] ^= 0x55
        yield f"speckled.{suffix}", bytes(whole)


def _not_even_files(folder: Path) -> list[Path]:
    (folder / "folder.jpg").mkdir()
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    os.mkfifo(folder / "pipe.jpg")
    names = ("folder.jpg", "loop.jpg", "dangling.jpg", "pipe.jpg", "missing.jpg", "nul\0.jpg", "b" * 300 + ".jpg")
    return [*(folder / name for name in names), Path("/dev/zero"), folder / "one.jpg" / "two.jpg"]
