"""Photos out of a request, kept in memory: nothing that is sent is written to a disk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cardlens.recognition.picture_file import printable
from cardlens.service.looking import Photo
from cardlens.service.options import Limits
from cardlens.service.problem import Refused

_LONGEST_NAME = 120
_NAMELESS = "photo"


class _InMemory(MultiPartParser):
    """The multipart parser of Starlette, without its temporary files."""

    spool_max_size = 2**31


async def read_photos(request: Request, limits: Limits) -> list[Photo]:
    """Read the photos of a multipart form, or of a body that is one photo.

    Raises:
        Refused: no photo, too many, or a form that is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        photos = await _form_files(request, limits.photos)
    elif kind.startswith("image/") or kind in ("application/octet-stream", "application/pdf"):
        photos = [Photo(_NAMELESS, await request.body())]
    else:
        raise Refused(
            415, "send photos as multipart/form-data, or one photo as image/jpeg, image/png, … or application/pdf"
        )
    if not any(photo.data for photo in photos):
        raise Refused(422, "no photo in the request; send at least one, in the field `photo`")
    return photos


async def read_file(request: Request) -> Photo:
    """Read the one file of a form; raises `Refused` where there is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise Refused(415, "send the file as multipart/form-data, in the field `file`")
    files = await _form_files(request, 1)
    if not files:
        raise Refused(422, "no file in the request; send it in the field `file`")
    return files[0]


async def _form_files(request: Request, most: int) -> list[Photo]:
    parser = _InMemory(request.headers, request.stream(), max_files=most, max_fields=8)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Refused(400, f"not a multipart form: {error.message}") from None
    except (ValueError, KeyError, UnicodeError):
        raise Refused(400, "not a multipart form; see /openapi.json") from None
    try:
        return [
            Photo(safe_name(file.filename), await file.read())
            for file in _files(value for _, value in form.multi_items())
        ]
    finally:
        await form.close()


def _files(values: Iterable[object]) -> list[UploadFile]:
    return [value for value in values if isinstance(value, UploadFile)]


def safe_name(name: str | None) -> str:
    """What a photo is called in answers: no folders, one line, not long. It is only shown, never opened."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return printable(last)[:_LONGEST_NAME] or _NAMELESS
