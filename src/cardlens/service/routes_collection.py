"""`/v1/collection…`: what the user owns. Every change is on the disk before it is answered, and can be undone."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from starlette.responses import JSONResponse

from cardlens.collection import Collection, NewCopy
from cardlens.collection import Query as Wanted
from cardlens.service import schemas_collection as schemas
from cardlens.service.problem import documented
from cardlens.service.shelf import Shelf, said_in_http

CopyId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Name = Annotated[str, Query(max_length=100, alias="collection", description="Which collection.")]
_ALWAYS = (401, 404, 421, 422, 503)
_CHANGES = (400, 403, 408, 411, 413, *_ALWAYS)


def collection_routes(shelf: Shelf) -> APIRouter:
    """Make the routes that read and change copies."""
    router = APIRouter(tags=["collection"])

    @router.get(
        "/v1/collection",
        operation_id="list_copies",
        summary="List or search your copies",
        responses={200: {"model": schemas.Copies}, **documented(*_ALWAYS)},
    )
    def copies(
        text: Annotated[str | None, Query(max_length=100)] = None,
        set_id: Annotated[str | None, Query(max_length=80)] = None,
        tag: Annotated[str | None, Query(max_length=50)] = None,
        sort: schemas.Sort = "newest",
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        name: Name = "main",
    ) -> JSONResponse:
        """Entries with all the words in name, set, number, id, tags, place or note."""
        with said_in_http():
            collection = shelf.get(name)
            query = Wanted(text=text, set_id=set_id, tag=tag, sort=sort, limit=limit, offset=offset)
            found = [copy.as_json() for copy in collection.copies(query)]
            return JSONResponse({"copies": found, "entries": collection.count(query), "cards": collection.cards()})

    @router.post(
        "/v1/collection",
        operation_id="add_copy",
        summary="Add a copy",
        status_code=201,
        responses={201: {"model": schemas.Copy}, **documented(*_CHANGES)},
    )
    def add(adding: schemas.Adding, name: Name = "main") -> JSONResponse:
        """Once 201 is answered it is on the disk. With `answered` and `corrected` the correction is kept too.

        Undo takes both back, and the same `request` adds it again then.
        """
        with said_in_http():
            return JSONResponse(_add(shelf, shelf.get(name), adding), 201)

    @router.get(
        "/v1/collection/{copy_id:int}/proof",
        operation_id="get_proof",
        summary="The picture that proves a copy",
        responses={200: {"content": {"image/jpeg": {}, "image/png": {}, "image/webp": {}}}, **documented(*_ALWAYS)},
        response_class=Response,
    )
    def proof(copy_id: CopyId, name: Name = "main") -> Response:
        """The crop that was sent when it was added."""
        with said_in_http():
            crop = shelf.get(name).proof(copy_id)
        return Response(crop.content, media_type=crop.media_type, headers={"Cache-Control": "private, max-age=600"})

    @router.patch(
        "/v1/collection/{copy_id:int}",
        operation_id="change_copy",
        summary="Change a copy, or put its card right",
        responses={200: {"model": schemas.Copy}, **documented(*_CHANGES)},
    )
    def change(copy_id: CopyId, changing: schemas.Changing, name: Name = "main") -> JSONResponse:
        """Fields that are not sent stay. A new `card_id` is a correction: kept with the crop, to learn from."""
        values = changing.model_dump(exclude_unset=True)
        card_id = values.pop("card_id", None)
        if "tags" in values:
            values["tags"] = tuple(values["tags"] or ())
        with said_in_http():
            collection = shelf.get(name)
            copy = collection.update(copy_id, **values) if values else collection.get(copy_id)
            if card_id is not None:
                copy = collection.correct(copy_id, card_id, shelf.label(card_id))
            return JSONResponse(copy.as_json())

    @router.delete(
        "/v1/collection/{copy_id:int}",
        operation_id="remove_copy",
        summary="Take a copy out",
        status_code=204,
        response_class=Response,
        responses={204: {"description": "It is gone; undo brings it back"}, **documented(*_CHANGES)},
    )
    def take_out(copy_id: CopyId, name: Name = "main") -> Response:
        """Take an entry out."""
        with said_in_http():
            shelf.get(name).remove(copy_id)
        return Response(status_code=204)

    return router


def _add(shelf: Shelf, collection: Collection, adding: schemas.Adding) -> dict[str, Any]:
    about = adding.model_dump(include=set(schemas.About.model_fields)) | {"tags": tuple(adding.tags)}
    new = NewCopy(adding.card_id, confidence=adding.confidence, label=shelf.label(adding.card_id), **about)
    wrong = None if adding.answered == adding.card_id else adding.answered
    copy = collection.add(
        new,
        adding.crop,
        merge=adding.merge,
        request=adding.request,
        corrected=adding.corrected,
        answered=wrong,
    )
    return copy.as_json()
