"""The application: parts put together, routes in order, the door in front."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cardlens import __version__
from cardlens.errors import BadReference
from cardlens.service import problem
from cardlens.service.engine import Engine
from cardlens.service.following import follow_catalogue
from cardlens.service.guard import Guard
from cardlens.service.options import ServiceOptions
from cardlens.service.page import load_page, page_routes
from cardlens.service.reloading import Count, Reloads, shared_count
from cardlens.service.routes_cards import card_routes
from cardlens.service.routes_collection import collection_routes
from cardlens.service.routes_collection_whole import whole_collection_routes
from cardlens.service.routes_identify import identify_routes
from cardlens.service.routes_live import live_routes
from cardlens.service.routes_service import reference_routes, service_routes, session_routes
from cardlens.service.schemas import Problem
from cardlens.service.shelf import Shelf
from cardlens.service.telling import LOG, Telling, log_to_stderr
from cardlens.service.watching import Watching

_ABOUT = """Names Pokémon cards in photos, on this computer. `/v1/live` is a WebSocket and therefore not listed here:
see docs/reference/http-api.md. Where the service was started with a token, every request brings it."""


def create_app(options: ServiceOptions, count: Count | None = None) -> FastAPI:
    """Put the service together; models and database are opened when it starts. `count` is shared by all workers."""
    log_to_stderr()
    telling = Telling()
    engine = Engine(options, telling)
    # not `or`: a shared number that is zero is false
    reloads = Reloads(shared_count() if count is None else count)
    shelf = Shelf(options.settings.collection, lambda: engine.generation.known)
    app = FastAPI(
        title="cardlens",
        version=__version__,
        description=_ABOUT,
        docs_url=None,  # its page fetches scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lambda _app: _living(engine, reloads, shelf),
    )
    for error, answer in _ANSWERS.items():
        app.add_exception_handler(error, answer)
    for router in (
        identify_routes(engine, telling),
        card_routes(engine),
        reference_routes(engine, reloads),
        whole_collection_routes(shelf, engine),
        collection_routes(shelf),
        live_routes(engine, telling),
        session_routes(options),
        service_routes(engine, telling),
        page_routes(load_page()),
    ):
        app.include_router(router)
    app.add_middleware(Guard, options=options)
    app.add_middleware(Watching, telling=telling)
    _complete_openapi(app, options)
    return app


_REF = "#/components/schemas/{model}"


async def _unanswered(_request: Request, error: Exception) -> Response:
    """Answer where a shared catalogue is away, or the version of the running model was retired."""
    LOG.error("reference", extra={"said": {"error": str(error)}})
    detail = "the cards that can be named cannot be looked up now; the log of the service says why; try again later"
    return problem.problem(503, detail, {"Retry-After": "5"})


_ANSWERS = {
    BadReference: _unanswered,
    problem.Refused: problem.refused,
    HTTPException: problem.http_error,
    RequestValidationError: problem.invalid,
    ClientDisconnect: problem.gone,
    Exception: problem.bug,
}


@asynccontextmanager
async def _living(engine: Engine, reloads: Reloads, shelf: Shelf) -> AsyncIterator[None]:
    await engine.start()
    following = [asyncio.create_task(reloads.follow(engine))]
    if engine.options.settings.shared is not None:
        following.append(asyncio.create_task(follow_catalogue(engine)))
    try:
        yield
    finally:
        for one in following:
            one.cancel()
        await engine.stop()
        shelf.close()


def _complete_openapi(app: FastAPI, options: ServiceOptions) -> None:
    """Add what FastAPI cannot know: problems as they are sent, and the token."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        record = plain()
        schemas = record.setdefault("components", {}).setdefault("schemas", {})
        schemas |= models_json_schema([(Problem, "serialization")], ref_template=_REF)[1]["$defs"]
        for operation in (one for path in record["paths"].values() for one in path.values()):
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                operation["responses"].update(problem.documented(422))
        for gone in ("HTTPValidationError", "ValidationError"):
            schemas.pop(gone, None)
        if options.token:
            record["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            record["security"] = [{"token": []}]
        return record

    app.openapi = openapi  # type: ignore[method-assign]
