"""`POST /v1/identify`: photos in, answers out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from cardlens.errors import BadReference, CardlensError
from cardlens.recognition.picture import Limits
from cardlens.service import pdf_pages
from cardlens.service.engine import Engine
from cardlens.service.generation import Generation
from cardlens.service.looking import Extra, Photo, look
from cardlens.service.problem import documented, problem
from cardlens.service.schemas import Identified
from cardlens.service.telling import Telling
from cardlens.service.uploads import read_photos

_PHOTO = {"type": "string", "format": "binary", "contentMediaType": "image/jpeg"}
_PHOTOS = {"type": "array", "minItems": 1, "items": _PHOTO}
_FORM = {"type": "object", "required": ["photo"], "properties": {"photo": _PHOTOS}}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "Photos (JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP, GIF) or PDFs in fields called `photo`; "
        "or one of them as the body.",
        "content": {
            "multipart/form-data": {"schema": _FORM},
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def identify_routes(engine: Engine, telling: Telling) -> APIRouter:
    """Make the route."""
    router = APIRouter(tags=["identify"])

    @router.post(
        "/v1/identify",
        operation_id="identify",
        summary="Name every card in photos",
        responses={200: {"model": Identified}, **documented(400, 401, 403, 408, 411, 413, 415, 421, 422, 429, 503)},
        openapi_extra=_BODY,
    )
    async def identify(
        request: Request,
        top: Annotated[int, Query(ge=1, le=20, description="List at most so many printings a card.")] = 5,
        include: Annotated[
            list[Extra],
            Query(max_length=3, description="Evidence to send along: pictures of the cards, what they are near to."),
        ] = [],  # noqa: B006 (FastAPI reads it, nobody changes it)
    ) -> Response:
        """Send photos, get for each the cards in it. Where too much is under way: 429, and Retry-After says when."""
        work = partial(engine.work, gone=request.is_disconnected)
        async with engine.admitted(int(request.headers.get("content-length", "0"))):
            generation = engine.generation
            photos = await read_photos(request, engine.options.limits)
            naming = _Naming(generation, engine, telling, top, frozenset(include))
            said = [one for photo in photos for one in await naming.name_all(photo, work)]
        if all("error" in photo for photo in said):
            return problem(422, " ".join(photo["error"] for photo in said[:3]), photos=said)
        return JSONResponse({"version": generation.version, "photos": said})

    return router


class _Naming:
    """One request's wishes, the same for all its photos."""

    def __init__(
        self, generation: Generation, engine: Engine, telling: Telling, top: int, extras: frozenset[Extra]
    ) -> None:
        self._generation, self._telling, self._top, self._extras = generation, telling, top, extras
        self._limits = engine.options.limits
        self._pixels = Limits(self._limits.body, self._limits.pixels)

    async def name_all(self, photo: Photo, work: Callable[..., Any]) -> list[dict[str, Any]]:
        """Name the cards of a photo, or of each page of a PDF."""
        if not pdf_pages.is_pdf(photo.data):
            return [await self._name(photo, work)]
        try:
            pages = await work(partial(pdf_pages.render, photo.data, photo.name, self._limits.photos))
        except CardlensError as error:
            return [self._failed(photo, error)]
        named = [Photo(f"{photo.name}, page {number}", page) for number, page in enumerate(pages, 1)]
        return [await self._name(page, work) for page in named]

    async def _name(self, photo: Photo, work: Callable[..., Any]) -> dict[str, Any]:
        try:
            said: dict[str, Any] = await work(
                partial(look, self._generation, photo, self._pixels, self._top, self._extras)
            )
        except BadReference:  # no fault of the photo: a shared catalogue is away, or its version was retired
            raise
        except CardlensError as error:
            return self._failed(photo, error)
        self._telling.named(said)
        return said

    def _failed(self, photo: Photo, error: CardlensError) -> dict[str, Any]:
        self._telling.unreadable()
        return {"photo": photo.name, "error": str(error)}
