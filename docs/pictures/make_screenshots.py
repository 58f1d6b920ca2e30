"""Make the pictures of the web page in this folder, with the demo cards: `python docs/pictures/make_screenshots.py`.

Needs the extra `serve`, playwright, Chromium and ffmpeg. The service runs on a free port with a collection of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
DEMO = HERE.parents[1] / "src" / "cardlens" / "bundled" / "demo" / "demo.jpg"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PATIENCE = 120_000  # milliseconds


def main() -> None:
    """Make them all."""
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url, sync_playwright() as playwright:
        film = Path(folder) / "camera.mjpeg"
        make_film(film)
        switches = ["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream"]
        switches += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"]
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=switches)
        show_on_desktop(chromium, url)
        show_on_phone(chromium, url)
        chromium.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Run the service."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"CARDLENS_COLLECTION": str(folder / "collection.db")}
    command = [sys.executable, "-m", "cardlens", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment)  # noqa: S603 (our own words)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(url: str) -> None:
    """Wait for models and database; ends with an error after two minutes."""
    for _ in range(240):
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz").is_success:
                return
        time.sleep(0.5)
    sys.exit("the service did not get ready")


def make_film(file: Path) -> None:
    """Write the demo photo as a camera shows it."""
    look = "scale=960:720,pad=1280:720:160:0:color=0x5a4030,fps=5"
    command = ["ffmpeg", "-y", "-v", "error", "-loop", "1", "-i", str(DEMO), "-vf", look, "-t", "2"]
    command += ["-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", str(file)]
    subprocess.run(command, check=True)  # noqa: S603 (our own words)


def show_on_desktop(chromium: Browser, url: str) -> None:
    """Camera, evidence and collection, light."""
    page = chromium.new_context(viewport=DESKTOP, color_scheme="light").new_page()
    open_page(page, url)
    page.locator("#camera-start").click()
    page.locator(".row:nth-child(9)").wait_for()
    page.locator("#camera-status", has_text="frames a second").wait_for()
    page.locator("#camera-status").evaluate(
        "element => { element.hidden = true; }"
    )  # this machine's speed says nothing
    save(page, "camera")
    page.locator(".tabs [data-view=photos]").click()
    name_demo(page)
    page.locator(".pocket, .canvas .edge").first.focus()
    page.keyboard.press("Enter")
    page.locator("#evidence").wait_for()
    save(page, "evidence")
    page.keyboard.press("Escape")
    page.locator("#list-add").click()
    page.locator("#list-add").wait_for(state="hidden")
    page.locator(".tabs [data-view=collection]").click()
    page.locator("[data-copy]").first.wait_for()
    page.locator(".toast").wait_for(state="detached")
    save(page, "collection")


def show_on_phone(chromium: Browser, url: str) -> None:
    """The photo with its outlines and the binder page, dark."""
    page = chromium.new_context(viewport=PHONE, color_scheme="dark", has_touch=True, is_mobile=True).new_page()
    open_page(page, f"{url}/#photos")
    name_demo(page)
    save(page, "phone-photo")
    page.get_by_role("button", name="Binder").click()
    save(page, "phone-binder")


def open_page(page: Page, url: str) -> None:
    """Open the page and wait until it is ready."""
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector("html[data-ready]")


def name_demo(page: Page) -> None:
    """Give it the demo photo."""
    page.locator("#file-input").set_input_files(DEMO)
    page.locator(".canvas .edge").first.wait_for()


def save(page: Page, name: str) -> None:
    """Take the picture."""
    page.wait_for_timeout(400)  # until what moves has come to rest
    page.screenshot(path=HERE / f"{name}.png")


if __name__ == "__main__":
    main()
