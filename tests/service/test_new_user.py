"""A new user: a service just started, an empty collection, cards under the camera, and two presses."""

from __future__ import annotations

import importlib.util
import re
import sys
import time
from pathlib import Path

import httpx
import pytest

from cardlens.service.started import started
from tests.service.browser import CHROMIUM, FFMPEG, PATIENCE, Witness, chromium_with, make_film, new_window, open_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None or FFMPEG is None, reason="needs chromium and ffmpeg"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="needs playwright"),
]
WINDOWS = {"desk": (1280, 800), "phone": (390, 844)}


@pytest.mark.parametrize("kind", WINDOWS)
def test_from_starting_the_service_to_cards_in_the_collection(kind: str, tmp_path: Path) -> None:
    wide, high = WINDOWS[kind]
    make_film(tmp_path / "camera.mjpeg")
    begun = time.perf_counter()
    variables = {"CARDLENS_COLLECTION": str(tmp_path / "cards.db"), "CARDLENS_TOKEN": ""}
    with started(tmp_path / "log", 1, variables) as service:
        ready = time.perf_counter()
        with (
            chromium_with(tmp_path / "camera.mjpeg") as chromium,
            new_window(chromium, viewport={"width": wide, "height": high}) as window,
        ):
            witness = Witness(window)
            page = open_page(window, service.url)
            page.get_by_role("button", name="Start the camera").click()
            page.locator(".row").nth(8).wait_for()
            page.get_by_role("button", name=re.compile("Add all")).click()
            page.locator(".row .kept").nth(8).wait_for(timeout=PATIENCE)
        done = time.perf_counter()
        copies = httpx.get(f"{service.url}/v1/collection", trust_env=False).json()["copies"]
    assert len(copies) == 9
    assert witness.complaints == []
    sys.stdout.write(
        f"{kind}: service ready after {ready - begun:.1f} s, in the collection after {done - begun:.1f} s\n"
    )
