"""Headless Chromium with a camera that shows a film."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from cardlens.runtimes.base import Bytes
from cardlens.settings import BUNDLED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FFMPEG = shutil.which("ffmpeg")
DEMO = BUNDLED / "demo" / "demo.jpg"
PATIENCE = 90_000  # milliseconds: machines that test are often busy


class Witness:
    """What the pages of a window complain about, and whom they ask."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self.asked: set[str] = set()
        context.on("console", lambda message: self._hear(message.type, message.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self.asked.add(urlsplit(request.url).netloc))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


def make_film(file: Path) -> None:
    """Write the demo photo as a camera of 720p shows it: MJPEG, two seconds that Chromium repeats."""
    look = "scale=960:720,pad=1280:720:160:0:color=0x5a4030,fps=5"
    command = [str(FFMPEG), "-y", "-v", "error", "-loop", "1", "-i", str(DEMO), "-vf", look, "-t", "2"]
    subprocess.run([*command, "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", str(file)], check=True)


def write_mjpeg(file: Path, frames: Iterable[Bytes], empty: float = 0.0) -> None:
    """Write frames (720, 1280, 3) uint8 RGB as Chromium's camera plays them, 30 a second.

    The last frame is held for `empty` seconds before Chromium begins again.
    """
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "1280x720", "-r", "30", "-i", "-"]
    look = ["-vf", f"tpad=stop_mode=clone:stop_duration={empty}"]
    command = [str(FFMPEG), "-y", "-v", "error", *raw, *look, "-c:v", "mjpeg", "-q:v", "4", "-pix_fmt", "yuvj420p"]
    with subprocess.Popen([*command, str(file)], stdin=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        for pixels in frames:
            ffmpeg.stdin.write(pixels.tobytes())
    assert ffmpeg.returncode == 0


@contextmanager
def chromium_with(film: Path) -> Iterator[Browser]:
    """Start Chromium with that camera."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (not installed everywhere)

    switches = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    switches.append(f"--use-file-for-fake-video-capture={film}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=switches)
        yield chromium
        chromium.close()


def new_window(chromium: Browser, **wishes: Any) -> BrowserContext:
    """Open a window that knows nothing of others."""
    window = chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **wishes})
    window.set_default_timeout(PATIENCE)
    return window


def open_page(context: BrowserContext, url: str, view: str = "camera") -> Page:
    """Open the page and wait until it is ready."""
    page = context.new_page()
    page.goto(f"{url}/#{view}")
    page.wait_for_selector("html[data-ready]")
    return page


def empty_collection(http: httpx.Client) -> None:
    """Remove every copy of the default collection."""
    for copy in http.get("/v1/collection?limit=1000").json()["copies"]:
        http.delete(f"/v1/collection/{copy['id']}").raise_for_status()
