"""Sees every request go by: counts it, times it, and logs one line that has neither photo nor name in it."""

from __future__ import annotations

import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cardlens.service.telling import LOG, Telling

_QUIET = frozenset(("/healthz", "/readyz", "/metrics"))  # asked every few seconds
_ID = "X-Request-ID"


class Watching:
    """ASGI middleware around everything, refusals included."""

    def __init__(self, app: ASGIApp, telling: Telling) -> None:
        """Watch `app`."""
        self._app, self._telling = app, telling

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and tell what became of it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, _briefly(send))
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, request = time.perf_counter(), 500, uuid.uuid4().hex[:12]

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[_ID] = request
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            self._tell(scope, status, time.perf_counter() - began, request)

    def _tell(self, scope: Scope, status: int, seconds: float, request: str) -> None:
        route = _route(scope)
        self._telling.answered(scope["method"] if scope["method"].isalpha() else "?", route, status, seconds)
        if route in _QUIET and status < 400:
            return
        said = {
            "request": request,
            "method": scope["method"],
            "route": route,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "bytes": Headers(scope=scope).get("content-length", "0"),
        }
        LOG.info("request", extra={"said": said})


def _briefly(send: Send) -> Send:
    """Why a service does not start is one line, not the whole way that an error came."""

    async def send_briefly(message: Message) -> None:
        if message["type"] == "lifespan.startup.failed" and message.get("message"):
            message["message"] = message["message"].strip().rpartition("\n")[2]
        await send(message)

    return send_briefly


def _route(scope: Scope) -> str:
    """The route's pattern: paths that were made up do not become labels without end."""
    return getattr(scope.get("route"), "path", None) or "(none)"
