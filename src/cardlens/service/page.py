"""The web page: static files, read once at the start; what a request names is looked up, never opened."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "web"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
}
# They stand in sw.js for the digest of all files, so that a changed page is fetched again, and for their list.
_VERSION, _LIST = b"__VERSION__", b"__FILES__"
_WORKER = "/sw.js"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the page."""

    data: bytes
    media_type: str
    tag: str


def load_page(folder: Path = _FOLDER) -> dict[str, File]:
    """Read every file, by the path that it is asked for: `/`, `/js/app.js` and so on."""
    found = {f"/{path.relative_to(folder).as_posix()}": path for path in _files(folder)}
    contents = {name: path.read_bytes() for name, path in sorted(found.items())}
    contents["/"] = contents.pop("/index.html")
    version = hashlib.sha256(b"".join(name.encode() + data for name, data in contents.items())).hexdigest()[:16]
    names = json.dumps([name for name in contents if name != _WORKER])
    worker = contents[_WORKER].replace(_VERSION, version.encode()).replace(_LIST, names.encode())
    contents[_WORKER] = worker
    return {name: _file(found.get(name, Path("index.html")).suffix, data) for name, data in contents.items()}


def page_routes(page: dict[str, File]) -> APIRouter:
    """Make a route a file; anything else is a 404 that never looked at the disk."""
    router = APIRouter(include_in_schema=False)
    for path, file in page.items():
        router.add_api_route(path, _sender(file), methods=["GET", "HEAD"])
    return router


def _sender(file: File):  # type: ignore[no-untyped-def]  # FastAPI reads the signature of what it returns
    async def send(request: Request) -> Response:
        headers = {"ETag": file.tag, "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        return Response(file.data, media_type=file.media_type, headers=headers)

    return send


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix in _TYPES)


def _file(suffix: str, data: bytes) -> File:
    return File(data, _TYPES[suffix], f'"{hashlib.sha256(data).hexdigest()[:20]}"')
