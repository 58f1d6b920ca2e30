"""Small pictures in every format, made by code."""

from __future__ import annotations

import base64
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

SUFFIXES = ("jpg", "png", "webp", "heic", "avif", "tif", "bmp", "gif")

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 200, 30), (30, 30, 200), (230, 230, 30)

# A quadrants(128, 64) with the HEIF property "a quarter turn to the right"; nothing in the project can encode HEIC.
_TURNED_HEIC = (
    "c-muNV30{GsVvAy%}izhg51nBLl8SRGck>Ufw4C?wIq=N0u(b+a*CjAhJwuG5(YG2l9`haHpIn&fr)_;#A4hCp@G02C<YSw02fgK"
    "VvEeoyfiQmBr6K!q(YQ2Fl3Y^8!{jXGJ=%2R%C*e^A%*4<T5~2GMvdQC@KKbYcmUy^MP~)P_Hv1Ge~FxSdrWZhChFQ{9s_<XHEd>"
    "kZ@q+Vf_Ceq<|Tuf*FM5b}>050wuMb7#Y!I76>RfrtX^Ll|8$mt(gfVWCS9Z1d@R2*<Bb97Hv>+09qrGSzM3`^<4uHgTw?1GAlAc"
    "0?Zs796*XQvnam=Xe@(xW<f42Y#A9CSsIy`TYyZd%%apZs4!o0N^vqcEJ41^&P_=K1-i8c<9f-4?=`LF|G)n@{<n7ZKTXyt_W!5<"
    "T)#hi|Fe(P7mRnx%(baxT>k0E``0TjbS?U47g_gE^PfTf0Z@prLBi12mq822<6vN96ask@XayU@Rsib{Z5a"
)


def quadrants(width: int, height: int) -> Image.Image:
    """Red and green above blue and yellow: tells every orientation and mirroring apart."""
    image = Image.new("RGB", (width, height), YELLOW)
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(RED, (0, 0, width // 2, height // 2))
    return image


def encode(image: Image.Image, suffix: str, **options: Any) -> bytes:
    """The file that `image` makes in a format, by its suffix."""
    file = BytesIO()
    image.save(file, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()), **options)
    return file.getvalue()


def turned_heic() -> bytes:
    """A HEIC whose stored 128 x 64 pixels are shown as 64 x 128."""
    return zlib.decompress(base64.b85decode(_TURNED_HEIC))
