"""Several cameras at once: each has a list of its own, and one too many is sent away."""

from __future__ import annotations

import asyncio
import json
import os
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.service.conftest import Running

# as many as one worker takes
CAMERAS = 8
FRAMES = int(os.environ.get("CARDLENS_CAMERA_FRAMES", "5"))


@pytest.fixture(scope="module")
def frame(demo: bytes) -> bytes:
    """Give a card of the demo photo, alone, as a small camera sees it."""
    photo = Image.open(BytesIO(demo))
    file = BytesIO()
    photo.crop((0, 0, photo.width // 2, photo.height // 2)).resize((640, 480)).save(file, "JPEG", quality=90)
    return file.getvalue()


async def watch(url: str, frame: bytes, all_there: asyncio.Barrier) -> list[dict[str, Any]]:
    """Send frames, each once the one before is answered, and give the rows that came."""
    rows: list[dict[str, Any]] = []
    async with connect(url, proxy=None, open_timeout=120, ping_interval=None) as socket:
        await all_there.wait()
        for _ in range(FRAMES):
            await socket.send(frame)
            rows += json.loads(await asyncio.wait_for(socket.recv(), 120))["rows"]
        await all_there.wait()
    return rows


async def one_more(url: str, all_there: asyncio.Barrier) -> int:
    """Come when all others are there, and give the code of being sent away."""
    await all_there.wait()
    try:
        async with connect(url, proxy=None, open_timeout=120) as socket:
            await asyncio.wait_for(socket.recv(), 120)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0
    finally:
        await all_there.wait()
    raise AssertionError("there was room for one more")


async def watch_all(url: str, frame: bytes) -> tuple[list[list[dict[str, Any]]], int]:
    all_there = asyncio.Barrier(CAMERAS + 1)
    sent_away = asyncio.create_task(one_more(url, all_there))
    lists = await asyncio.gather(*(watch(url, frame, all_there) for _ in range(CAMERAS)))
    return lists, await sent_away


def test_eight_cameras_are_each_answered_and_a_ninth_is_sent_away(running: Running, frame: bytes) -> None:
    lists, code = asyncio.run(watch_all(f"ws://127.0.0.1:{running.port}/v1/live", frame))
    assert code == 1013
    assert len(lists) == CAMERAS
    first = sorted(row["answer"]["card_id"] for row in lists[0])
    assert first
    assert all(sorted(row["answer"]["card_id"] for row in rows) == first for rows in lists)
    assert all([row["row"] for row in rows] == list(range(1, len(first) + 1)) for rows in lists)
    running.http.get("/healthz").raise_for_status()
