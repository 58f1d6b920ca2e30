"""From a picture file to pixels, whatever the file is: formats, orientation, colour modes and limits end here."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from cardlens.errors import UnreadablePicture
from cardlens.recognition.picture_file import check_length, printable, read_file
from cardlens.recognition.picture_format import FORMATS, Format, open_header, sniff
from cardlens.recognition.picture_tail import ends_early
from cardlens.recognition.quiet import silent_standard_error
from cardlens.runtimes.base import Bytes
from cardlens.settings import Settings

Pixels = npt.NDArray[np.void]

_SETTINGS = Settings()
_ORIENTATION = 0x0112
_STRIP = (
    256  # rows converted at a time, so that only one copy of a large picture is ever held; a multiple of every scale
)
_SCALES = (8, 4, 2, 1)

# From whole pixels (H, W) as stored to the same as shown, by the EXIF orientation of the file.
_UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).T,
    8: np.rot90,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused before a pixel is decoded. More than 179 million pixels are always refused."""

    max_bytes: int = _SETTINGS.max_bytes
    max_pixels: int = _SETTINGS.max_pixels


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A photo, upright.

    Attributes:
        pixels: (H, W, 3) uint8, RGB, C-contiguous.
        name: what to call it in answers and errors.
        size: (width, height) of the whole photo as shown, in pixels, EXIF orientation applied.
        scale: pixels of `pixels` for one of the photo: 1, or 1/2, 1/4, 1/8 where it was decoded reduced.
    """

    pixels: Bytes
    name: str
    size: tuple[int, int]
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Check what everything behind relies on."""
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8 or not self.pixels.size:
            raise ValueError(f"pixels are (H, W, 3) uint8, not {self.pixels.shape} {self.pixels.dtype}")
        if not self.pixels.flags.c_contiguous:
            raise ValueError("pixels are C-contiguous")


DEFAULT_LIMITS = Limits()


def decode(
    source: Path | bytes, name: str | None = None, limits: Limits = DEFAULT_LIMITS, at_least: int | None = 2000
) -> Picture:
    """Decode a picture file, or the bytes of one; of an animation, the first frame.

    Args:
        source: a file, or its content.
        name: what to call the picture; by default its path.
        limits: what to refuse unopened.
        at_least: the picture is halved as long as its long side keeps this many pixels (at most to an eighth; JPEGs are
            decoded that small at once); None decodes it at full size.

    Raises:
        UnreadablePicture: in one line: what is wrong with which file, and what to do.
    """
    name = name or (str(source) if isinstance(source, Path) else "picture")
    shown = printable(name)
    data = read_file(source, shown, limits.max_bytes) if isinstance(source, Path) else source
    check_length(data, shown, limits.max_bytes)
    kind = sniff(data)
    if kind is None:
        raise UnreadablePicture(f"{shown}: not a {FORMATS} picture; convert it to JPEG")
    return _decode(data, kind, name, limits, at_least)


def _decode(data: bytes, kind: Format, name: str, limits: Limits, at_least: int | None) -> Picture:
    shown = printable(name)
    try:
        with warnings.catch_warnings(), silent_standard_error() if kind == "TIFF" else nullcontext():
            warnings.simplefilter("ignore")  # about metadata that is not used here
            image = open_header(data, kind, shown, limits.max_pixels)
            return _load(image, data, name, at_least)
    except UnreadablePicture:
        raise
    except MemoryError:
        raise UnreadablePicture(f"{shown}: not enough memory to decode it; save it smaller") from None
    except Exception as error:  # codecs raise all kinds of things at damaged files, and none of them may get through
        raise UnreadablePicture(
            f"{shown}: damaged or incomplete {kind} ({_reason(error)}); copy or export it again"
        ) from error


def _reason(error: Exception) -> str:
    """Boil a codec's complaint down to a few words on one line."""
    if isinstance(error, UnidentifiedImageError):  # it names only the buffer
        return "its header makes no sense"
    return printable(str(error).partition("\n")[0])[:100] or type(error).__name__


def _load(image: Image.Image, data: bytes, name: str, at_least: int | None) -> Picture:
    """Decode an opened picture."""
    whole = image.size
    reduction = _reduction(whole, at_least)
    if min(whole) >= reduction:  # only JPEGs heed it, and only where a pixel is left
        image.draft(None, (whole[0] // reduction, whole[1] // reduction))
    drafted = image.size != whole
    image.load()
    if image.format == "JPEG" and ends_early(data, image):
        raise UnreadablePicture(f"{printable(name)}: damaged JPEG, its last part is missing; copy or export it again")
    if image.mode in ("I", "F", "LAB", "HSV"):
        raise UnreadablePicture(f"{printable(name)}: {image.mode} samples are not supported; save it as 8-bit RGB")
    orientation = _orientation(image)
    pixels = _pixels(image, 1 if drafted else reduction)
    image.close()  # frees its copy of the pixels before they are turned
    return Picture(_upright(pixels, orientation), name, whole[::-1] if orientation >= 5 else whole, 1 / reduction)


def _reduction(size: tuple[int, int], at_least: int | None) -> int:
    """Largest of 1, 2, 4 and 8 that leaves the long side at least `at_least`."""
    return 1 if at_least is None else next(by for by in _SCALES if by == 1 or max(size) >= by * at_least)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1..8; 1 (as stored) where the file says nothing sensible."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # the pixels are sound: damaged EXIF must not cost the photo
        return 1
    return value if value in _UPRIGHT else 1


def _pixels(image: Image.Image, reduction: int) -> Bytes:
    """(H, W, 3) uint8 of the loaded picture as stored, averaged down by `reduction`."""
    pixels = np.empty((-(-image.height // reduction), -(-image.width // reduction), 3), np.uint8)
    for top in range(0, image.height, _STRIP):
        strip = _as_rgb(image.crop((0, top, image.width, min(top + _STRIP, image.height))))
        rows = np.asarray(strip.reduce(reduction) if reduction > 1 else strip)
        pixels[top // reduction : top // reduction + len(rows)] = rows
    return pixels


def _upright(pixels: Bytes, orientation: int) -> Bytes:
    """Turn (H, W, 3) uint8 as the EXIF orientation says."""
    if orientation not in _UPRIGHT:
        return pixels
    shown = np.ascontiguousarray(_UPRIGHT[orientation](pixels.view("V3")[..., 0]))  # whole pixels move 2.5 times faster
    return shown.view(np.uint8).reshape(*shown.shape, 3)


def _as_rgb(strip: Image.Image) -> Image.Image:
    """Convert any colour mode to RGB; what is transparent shows white paper."""
    if strip.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(strip) >> 8).astype(np.uint8)).convert("RGB")
    if not strip.has_transparency_data:
        return strip.convert("RGB")
    coloured = strip.convert("RGBA")
    ground = Image.new("RGB", strip.size, "white")
    ground.paste(coloured, mask=coloured.getchannel("A"))
    return ground
