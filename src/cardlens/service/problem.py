"""What a refused request is told: RFC 9457 problem details, in words a person can act on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

MEDIA_TYPE = "application/problem+json"


class Refused(Exception):
    """A request that is not answered, with the HTTP status, the reason, and headers such as Retry-After."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        """`detail` names the thing and the next step."""
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """Make the response that says what is wrong."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    # ASCII: what is repeated of a request may not be text that UTF-8 can say
    return Response(json.dumps(body), status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


async def refused(_request: Request, error: Exception) -> Response:
    """Answer for `Refused`."""
    if not isinstance(error, Refused):
        raise error
    return problem(error.status, error.detail, error.headers)


async def http_error(request: Request, error: Exception) -> Response:
    """Answer for what Starlette raises: no such path, wrong method."""
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    return problem(error.status_code, str(error.detail), headers)


def _methods(request: Request) -> set[str]:
    """Every method of a path: Starlette itself names those of one route only."""
    routes = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in routes for method in getattr(route, "methods", None) or ()}


async def invalid(_request: Request, error: Exception) -> Response:
    """Answer for parameters and bodies that are not what the OpenAPI says, without repeating them."""
    if not isinstance(error, RequestValidationError):
        raise error
    said = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5]]
    return problem(422, "; ".join(said) or "not what the OpenAPI asks for; see /openapi.json")


async def gone(_request: Request, _error: Exception) -> Response:
    """Answer for a client that went away in the middle of its body: nobody hears it, but the log does."""
    return problem(400, "the body broke off")


async def bug(_request: Request, _error: Exception) -> Response:
    """Answer for our own mistakes; the log has the traceback, the client has no use for it."""
    return problem(500, "this is a bug in cardlens: the log of the service says more; please report it")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the problems an operation may answer with."""
    return {status: _documented(status) for status in statuses}


def _documented(status: int) -> dict[str, Any]:
    example = {"title": HTTPStatus(status).phrase, "status": status, "detail": _EXAMPLES.get(status, "…")}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }


_EXAMPLES = {
    400: "not a multipart form; see /openapi.json",
    404: "zzz-1: no such card; search for it: /v1/cards?search=",
    408: "the body did not arrive within 30 seconds; send it again, or smaller",
    411: "say Content-Length; bodies of unknown length are not read",
    413: "72,000,000 bytes, the limit is 64,000,000; send fewer or smaller photos",
    422: "query.limit: Input should be less than or equal to 200",
    429: "24 requests are under way; try again in 3 seconds",
    503: "not done within 60 seconds; try again later",
}
