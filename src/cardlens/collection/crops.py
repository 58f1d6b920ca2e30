"""The pictures that prove copies and corrections: kept once each, by digest, in the database itself."""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass

from PIL import Image
from sqlalchemy.orm import Session

from cardlens.collection.faults import BadCopy, UnknownCopy
from cardlens.collection.tables import CropRow

MOST_BYTES = 4_000_000
MOST_PIXELS = 16_000_000
MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


@dataclass(frozen=True, slots=True)
class Crop:
    """A picture of one card, upright: JPEG, PNG or WebP bytes."""

    digest: str
    media_type: str
    content: bytes


def is_digest(text: str) -> bool:
    """Tell whether a text is a SHA-256 as crops are known by."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def keep(session: Session, content: bytes) -> str:
    """Keep a crop and return its digest; raises `BadCopy` for what is no picture, or too large a one."""
    media_type = _media_type(content)
    digest = hashlib.sha256(content).hexdigest()
    if session.get(CropRow, digest) is None:
        session.add(CropRow(digest=digest, media_type=media_type, content=content))
        session.flush()
    return digest


def crop_of(session: Session, digest: str) -> Crop:
    """Give a crop back; raises `UnknownCopy`."""
    row = session.get(CropRow, digest)
    if row is None:
        raise UnknownCopy(f"crop {digest[:12]}: none such here")
    return Crop(row.digest, row.media_type, row.content)


def _media_type(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise BadCopy(f"the crop has {len(content)} bytes; at most {MOST_BYTES}")
    try:
        with Image.open(io.BytesIO(content), formats=tuple(MEDIA_TYPES)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise BadCopy(f"the crop has {picture.width} × {picture.height} pixels; at most {MOST_PIXELS} in all")
            picture.load()
            return MEDIA_TYPES[str(picture.format)]
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadCopy(f"the crop is no picture that can be read ({error}); give JPEG, PNG or WebP") from None
