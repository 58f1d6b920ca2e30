"""`/v1/collection/…`: what concerns a whole collection: undo, history, completion, import and export."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, StreamingResponse

from cardlens.collection import Collection
from cardlens.collection.condition import CONDITIONS
from cardlens.collection.exchange.formats import NAMES, TABLES, check_name
from cardlens.collection.exchange.report import ImportReport
from cardlens.collection.finish import FINISHES
from cardlens.collection.language import LANGUAGES
from cardlens.collection.query import SORTS
from cardlens.service import schemas_collection as schemas
from cardlens.service.engine import Engine
from cardlens.service.problem import documented
from cardlens.service.routes_collection import Name
from cardlens.service.shelf import Shelf, said_in_http
from cardlens.service.uploads import read_file

Form = Literal[NAMES]  # type: ignore[valid-type]  # the names are known when the service starts
_ALWAYS = (401, 404, 421, 422, 503)
_CHANGES = (400, 403, 408, 411, 413, *_ALWAYS)
_FILE = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
_PIECE = 500_000  # bytes sent at a time
_TITLES = {"json": "JSON, with pictures"}


def whole_collection_routes(shelf: Shelf, engine: Engine) -> APIRouter:
    """Make the routes. They go before those with `{copy_id}` in them."""
    router = APIRouter(tags=["collection"])
    _add_journal(router, shelf)
    _add_exchange(router, shelf, engine)
    _add_names(router, shelf)
    return router


def _add_journal(router: APIRouter, shelf: Shelf) -> None:
    @router.post(
        "/v1/collection/undo",
        operation_id="undo",
        summary="Undo the last change, whatever it was",
        responses={200: {"model": schemas.Undone}, **documented(409, *_CHANGES)},
    )
    def undo(
        event: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="That event of the history.")] = None,
        name: Name = "main",
    ) -> JSONResponse:
        """An import is one change. 409 where a later change builds on it, or there is nothing to undo."""
        with said_in_http():
            return JSONResponse(shelf.get(name).undo(event).as_json())

    @router.get(
        "/v1/collection/history",
        operation_id="history",
        summary="What was done",
        responses={200: {"model": schemas.Events}, **documented(*_ALWAYS)},
    )
    def history(limit: Annotated[int, Query(ge=1, le=1000)] = 50, name: Name = "main") -> JSONResponse:
        """Newest first."""
        with said_in_http():
            return JSONResponse({"events": [event.as_json() for event in shelf.get(name).history(limit)]})

    @router.get(
        "/v1/collection/completion",
        operation_id="completion",
        summary="How much of each set is there",
        responses={200: {"model": schemas.Completion}, **documented(*_ALWAYS)},
    )
    def completion(name: Name = "main") -> JSONResponse:
        """Sets that are begun, oldest first, with the ids that are missing."""
        with said_in_http():
            return JSONResponse({"sets": [one.as_json() for one in shelf.get(name).completion()]})

    @router.post(
        "/v1/collection/merge",
        operation_id="merge_duplicates",
        summary="Make one entry of those alike",
        responses={200: {"model": schemas.Merged}, **documented(*_CHANGES)},
    )
    def merge(name: Name = "main") -> JSONResponse:
        """Entries alike in card, finish, language, condition, grade and price become one."""
        with said_in_http():
            return JSONResponse({"merged": shelf.get(name).merge_duplicates()})


def _add_exchange(router: APIRouter, shelf: Shelf, engine: Engine) -> None:
    @router.get(
        "/v1/collection/export/{form}",
        operation_id="export",
        summary="Everything as a file, for here or another app",
        responses={200: {"content": {"text/csv": {}, "application/json": {}}}, **documented(*_ALWAYS)},
        response_class=StreamingResponse,
    )
    def export(form: Form, name: Name = "main") -> StreamingResponse:
        """CSV as the app wants it, or our own JSON, which has the pictures too; see /v1/collection/choices."""
        with said_in_http():
            check_name(form)
            text = _exported(shelf.get(name), form)
        is_table = form in TABLES
        kind, suffix = ("text/csv; charset=utf-8", "csv") if is_table else ("application/json", "json")
        headers = {"Content-Disposition": f'attachment; filename="cardlens-{form}.{suffix}"'}
        return StreamingResponse(_pieces(text), media_type=kind, headers=headers)

    @router.post(
        "/v1/collection/import",
        operation_id="import",
        summary="Take in a file of cardlens or another app",
        responses={200: {"model": schemas.Imported}, **documented(415, 429, *_CHANGES)},
        openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FILE}}}},
    )
    async def take_in(
        request: Request,
        form: Annotated[Form | None, Query(alias="format", description="Else known by its columns.")] = None,
        merge: bool = False,
        replace: bool = False,
        name: Name = "main",
    ) -> JSONResponse:
        """Rows that cannot be used are reported, the others are added; undo takes the whole import back."""
        # a thread cannot be stopped: given up on, it would add everything all the same, and a retry once more
        async with engine.admitted(int(request.headers.get("content-length", "0")), hurry=False):
            file = await read_file(request)
            with said_in_http():
                collection = await run_in_threadpool(shelf.get, name)
                work = partial(collection.import_file, form=form, name=file.name, merge=merge, replace=replace)
                report = await run_in_threadpool(work, io.BytesIO(file.data))
        return JSONResponse(_described(report))


def _add_names(router: APIRouter, shelf: Shelf) -> None:
    @router.get(
        "/v1/collection/choices",
        operation_id="choices",
        summary="The words that a copy may have",
        responses={200: {"model": schemas.Choices}, **documented(401, 421)},
    )
    async def choices() -> JSONResponse:
        """Finishes, conditions, languages, orders and file formats."""
        formats = [{"format": name, "name": _title(name)} for name in NAMES]
        languages = [{"code": code, "name": name} for code, name in LANGUAGES.items()]
        words = {"finishes": list(FINISHES), "conditions": list(CONDITIONS), "sorts": list(SORTS)}
        return JSONResponse({**words, "languages": languages, "exports": formats})

    @router.get(
        "/v1/collections",
        operation_id="list_collections",
        summary="Which collections there are",
        responses={200: {"model": schemas.Names}, **documented(401, 421, 503)},
    )
    def names() -> JSONResponse:
        """Their names."""
        with said_in_http():
            return JSONResponse({"collections": shelf.names()})

    @router.post(
        "/v1/collections",
        operation_id="create_collection",
        summary="Make a further collection",
        status_code=201,
        responses={201: {"model": schemas.Names}, **documented(*_CHANGES)},
    )
    def create(new: schemas.NewName) -> JSONResponse:
        """An empty one."""
        with said_in_http():
            shelf.create(new.name)
            return JSONResponse({"collections": shelf.names()}, 201)


def _title(name: str) -> str:
    return TABLES[name].title if name in TABLES else _TITLES.get(name, name)


def _exported(collection: Collection, form: str) -> str:
    out = io.StringIO(newline="")
    collection.export(form, out)
    return out.getvalue()


def _pieces(text: str) -> Iterator[bytes]:
    return (text[start : start + _PIECE].encode() for start in range(0, len(text), _PIECE))


def _described(report: ImportReport) -> dict[str, Any]:
    form = _title(report.format)
    left = f", {report.left_out} left out" if report.left_out else ""
    return {
        "summary": f"{report.cards} cards in {report.entries} entries taken in from {form}{left}.",
        "format": report.format,
        "entries": report.entries,
        "cards": report.cards,
        "left_out": report.left_out,
        "problems": [str(one) for one in report.problems[:100]],
    }
