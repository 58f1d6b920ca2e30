"""Headless Chromium with a camera that shows a film made of the demo photo."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardlens.settings import BUNDLED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FFMPEG = shutil.which("ffmpeg")
DEMO = BUNDLED / "demo" / "demo.jpg"
PATIENCE = 90_000  # milliseconds: machines that test are often busy


def make_film(file: Path) -> None:
    """Write the demo photo as a camera of 720p shows it: MJPEG, two seconds that Chromium repeats."""
    look = "scale=960:720,pad=1280:720:160:0:color=0x5a4030,fps=5"
    command = [str(FFMPEG), "-y", "-v", "error", "-loop", "1", "-i", str(DEMO), "-vf", look, "-t", "2"]
    subprocess.run([*command, "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", str(file)], check=True)


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
