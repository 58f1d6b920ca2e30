"""`WS /v1/live`: camera frames in, answers out. The newest frame is looked at; those before it are dropped.

`?rapid=true` is for piles, card upon card: the next one is seen sooner, and may be the same again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect, WebSocketState

from cardlens.errors import CardlensError
from cardlens.live import RAPID
from cardlens.service.camera_session import CameraSession
from cardlens.service.engine import Engine
from cardlens.service.telling import Telling

_SILENCE = 60.0  # seconds without a frame after which a camera is let go
_BAD_FRAMES = 20  # in a row
_BUSY, _UNFIT, _GONE = 1013, 1003, 1001


class _Newest:
    """The newest frame that came; older ones are gone."""

    def __init__(self) -> None:
        self._frame: bytes | None = None
        self._there = asyncio.Event()

    def put(self, frame: bytes) -> None:
        self._frame = frame
        self._there.set()

    async def take(self) -> bytes:
        await self._there.wait()
        self._there.clear()
        frame, self._frame = self._frame, None
        return frame or b""


def live_routes(engine: Engine, telling: Telling) -> APIRouter:
    """Make the route; cameras share threads of their own, so that photos do not make them wait."""
    router = APIRouter()
    pool = ThreadPoolExecutor(engine.options.threads, "cardlens-live")
    cameras = 0

    @router.websocket("/v1/live")
    async def live(socket: WebSocket, rapid: bool = False) -> None:
        nonlocal cameras
        if cameras >= engine.options.limits.live or not engine.ready:
            await socket.accept()
            await socket.close(_BUSY, "too many cameras, or the service is starting; try again later")
            return
        cameras += 1
        telling.live(+1)
        try:
            await socket.accept()
            session = CameraSession(engine.generation, engine.options.limits.live_frame, RAPID if rapid else None)
            await _talk(socket, lambda frame: _in_pool(pool, session, frame))
        finally:
            cameras -= 1
            telling.live(-1)

    return router


async def _in_pool(pool: ThreadPoolExecutor, session: CameraSession, frame: bytes) -> dict[str, Any]:
    return await asyncio.get_running_loop().run_in_executor(pool, session.see, frame)


async def _talk(socket: WebSocket, see: Callable[[bytes], Any]) -> None:
    newest = _Newest()
    tasks = {asyncio.create_task(_hear(socket, newest)), asyncio.create_task(_answer(socket, newest, see))}
    done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for task in done:
        with suppress(WebSocketDisconnect):
            task.result()


async def _hear(socket: WebSocket, newest: _Newest) -> None:
    while True:
        try:
            async with asyncio.timeout(_SILENCE):
                message = await socket.receive()
        except TimeoutError:
            await socket.close(_GONE, "no frame came for a minute")
            return
        if message["type"] == "websocket.disconnect":
            return
        if message.get("bytes") is None:
            await socket.close(_UNFIT, "send each frame as a binary message, a JPEG")
            return
        newest.put(message["bytes"])


async def _answer(socket: WebSocket, newest: _Newest, see: Callable[[bytes], Any]) -> None:
    bad = 0
    while bad < _BAD_FRAMES:
        try:
            said = await see(await newest.take())
            bad = 0
        except CardlensError as error:
            said = {"error": str(error)}
            bad += 1
        if socket.client_state is not WebSocketState.CONNECTED:
            return
        await socket.send_text(json.dumps(said, ensure_ascii=False))
    await socket.close(_UNFIT, "frame after frame could not be read; send JPEGs")
