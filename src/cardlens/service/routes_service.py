"""What the service says of itself: reference, health, metrics; and how a browser is let in."""

from __future__ import annotations

import hmac

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from cardlens.errors import CardlensError
from cardlens.service import schemas
from cardlens.service.engine import Engine
from cardlens.service.guard import COOKIE, session_of
from cardlens.service.options import ServiceOptions
from cardlens.service.problem import Refused, documented
from cardlens.service.reloading import Reloads
from cardlens.service.telling import LOG, Telling
from cardlens.settings import Settings

_MONTH = 30 * 24 * 3600


def reference_routes(engine: Engine, reloads: Reloads) -> APIRouter:
    """Make the routes about models and database."""
    router = APIRouter(tags=["reference"])

    @router.get(
        "/v1/reference",
        operation_id="get_reference",
        summary="Which models and database answer",
        responses={200: {"model": schemas.Reference}, **documented(401, 421, 503)},
    )
    async def reference() -> JSONResponse:
        """Versions and counts."""
        return JSONResponse(engine.generation.describe())

    @router.post(
        "/v1/reference/reload",
        operation_id="reload_reference",
        summary="Open models and database again",
        responses={200: {"model": schemas.Reference}, **documented(401, 403, 409, 421, 503)},
    )
    async def reload() -> JSONResponse:
        """Change over to what lies in the folders now. Requests under way end with what they began with.

        Where the new files do not open the old ones stay, and 409 says why. Other workers follow within a second.
        """
        try:
            generation = await engine.reload()
        except CardlensError as error:
            LOG.error("reload", extra={"said": {"error": str(error)}})
            raise Refused(409, f"the old ones stay: {_without_places(str(error), engine.options.settings)}") from None
        reloads.announce()
        return JSONResponse(generation.describe())

    return router


def _without_places(said: str, settings: Settings) -> str:
    """The same without where on this computer models and database lie; the log has that."""
    # the bundled database lies within the folder of models, so it goes first
    for folder, name in ((settings.reference, "reference"), (settings.models, "models")):
        said = said.replace(str(folder), name) if folder.is_absolute() else said
    return said


def service_routes(engine: Engine, telling: Telling) -> APIRouter:
    """Make the routes that monitors ask."""
    router = APIRouter(tags=["service"])

    @router.get(
        "/healthz", operation_id="healthz", summary="Is the process alive", responses={200: {"model": schemas.Health}}
    )
    async def healthz() -> JSONResponse:
        """Always 200 while the process answers."""
        return JSONResponse({"status": "alive"})

    @router.get(
        "/readyz",
        operation_id="readyz",
        summary="Can it answer",
        responses={200: {"model": schemas.Health}, 503: {"model": schemas.Health}},
    )
    async def readyz() -> JSONResponse:
        """200 once models and database are open, 503 before, and while the service stops."""
        return JSONResponse({"status": "ready"}) if engine.ready else JSONResponse({"status": "not ready"}, 503)

    @router.get("/metrics", operation_id="metrics", summary="Numbers for Prometheus", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Requests, times, cards by decision, queue, batches; of all workers together."""
        return Response(telling.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router


def session_routes(options: ServiceOptions) -> APIRouter:
    """Make the route by which a browser exchanges the token for a cookie that scripts cannot read."""
    router = APIRouter(tags=["service"])

    @router.post(
        "/v1/session",
        operation_id="open_session",
        summary="Let a browser in",
        status_code=204,
        response_class=Response,
        responses={
            204: {"description": "Let in: a cookie is set"},
            **documented(400, 401, 403, 408, 411, 413, 421, 422),
        },
    )
    async def session(given: schemas.Token) -> Response:
        """Send the token once; the browser keeps a cookie."""
        token = options.token
        if token is not None and not hmac.compare_digest(given.token.encode(), token.encode()):
            raise Refused(401, "not the token of this service; see where it was started")
        response = Response(status_code=204)
        if token is not None:
            secure = options.certificate is not None
            response.set_cookie(COOKIE, session_of(token), _MONTH, httponly=True, samesite="strict", secure=secure)
        return response

    return router
