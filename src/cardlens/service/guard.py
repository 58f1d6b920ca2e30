"""The door: who may ask, from where, and how much they may send. Everything passes here before any route sees it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cardlens.service.options import ServiceOptions
from cardlens.service.problem import Refused, problem

COOKIE = "cardlens"
LARGE_BODIES = ("/v1/identify", "/v1/collection/import")
_GUARDED = ("/v1/", "/metrics", "/openapi.json")
_OPEN = "/v1/session"
_SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
_FOREIGN = frozenset(("cross-site", "same-site"))
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """ASGI middleware. Refuses before anything is read; a WebSocket is refused by closing it unopened."""

    def __init__(self, app: ASGIApp, options: ServiceOptions) -> None:
        """Stand before `app`."""
        self._app, self._options, self._limits = app, options, options.limits
        self._names = _own_names(options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, its body limited, or say why not."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        send = _with_headers(send)
        headers = Headers(scope=scope)
        try:
            self._check(scope, headers)
            length = self._length(scope, headers)
        except Refused as refusal:
            await self._refuse(refusal, scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._app(scope, self._limited(receive, length), send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            # a page elsewhere may point its own name at this address (DNS rebinding): its name is not one of ours
            raise Refused(421, "this service does not go by that name; start it with --name to allow it")
        self._check_origin(scope, headers, host)
        path = scope["path"]
        if self._options.token and path.startswith(_GUARDED) and path != _OPEN and not self._has_token(headers):
            raise Refused(401, "send the token: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})

    def _check_origin(self, scope: Scope, headers: Headers, host: str) -> None:
        """Other pages in the same browser may not ask: not by form, script, picture or WebSocket."""
        origin = headers.get("origin")
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if origin is not None and changes and _place_of(origin) != host.lower():
            raise Refused(403, "asked by a page of another origin; open the page that this service serves")
        if headers.get("sec-fetch-site") in _FOREIGN and scope["path"].startswith(_GUARDED):
            raise Refused(403, "asked by a page of another site; open the page that this service serves")

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or _is_address(name)

    def _has_token(self, headers: Headers) -> bool:
        token = self._options.token or ""
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode()):
            return True
        return hmac.compare_digest(_cookie(headers).encode(), session_of(token).encode())

    def _length(self, scope: Scope, headers: Headers) -> int:
        """Bytes of the body, as announced; raises `Refused` where that is too much or unknown."""
        if "transfer-encoding" in headers:
            raise Refused(411, "say Content-Length; bodies of unknown length are not read", {"Connection": "close"})
        length = headers.get("content-length", "0")
        large = scope["path"].startswith(LARGE_BODIES)
        limit = self._limits.body if large else self._limits.small_body
        if not (length.isascii() and length.isdigit()) or len(length) > 15 or int(length) > limit:
            raise Refused(413, f"the limit is {limit:,} bytes; send fewer or smaller photos", {"Connection": "close"})
        return int(length)

    def _limited(self, receive: Receive, length: int) -> Receive:
        """Receive the body within its time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limits.body_seconds
        complete = length == 0

        async def receive_in_time() -> Message:
            nonlocal complete
            if complete:
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(
                    408,
                    f"the body did not arrive within {self._limits.body_seconds:.0f} s; send it again, or smaller",
                    {"Connection": "close"},
                ) from None
            complete = not message.get("more_body", False)
            return message

        return receive_in_time

    async def _refuse(self, refusal: Refused, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()  # the wish to connect
            await send({"type": "websocket.close", "code": 1008, "reason": refusal.detail[:120]})
            return
        await problem(refusal.status, refusal.detail, refusal.headers)(scope, receive, send)


def session_of(token: str) -> str:
    """What the cookie holds in the token's stead: it cannot be turned back, and every worker comes to the same."""
    return hmac.new(token.encode(), b"cardlens session 1", hashlib.sha256).hexdigest()


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _own_names(options: ServiceOptions) -> frozenset[str]:
    machine = socket.gethostname().lower()
    return frozenset(("localhost", machine, f"{machine}.local", options.host.lower(), *map(str.lower, options.names)))


def _place_of(origin: str) -> str | None:
    """Host and port of an origin; None where it is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    """An address is no name that somebody else could point here."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_headers
