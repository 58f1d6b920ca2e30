"""The page in headless Chromium, as people use it."""

from __future__ import annotations

import importlib.util
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.service.browser import (
    CHROMIUM,
    DEMO,
    FFMPEG,
    PATIENCE,
    Witness,
    chromium_with,
    empty_collection,
    make_film,
    new_window,
    open_page,
)
from tests.service.conftest import Running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None or FFMPEG is None, reason="needs chromium and ffmpeg"),
    pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="needs playwright"),
]
NINE = sorted(f"demo-{number}" for number in (1, 2, 4, 5, 6, 8, 10, 11, 12))
# the browser asks whether the page may have the camera, and a person takes their time
SLOW_TO_ALLOW = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.asked = [];
window.given = [];
navigator.mediaDevices.getUserMedia = async (wish) => {
  await new Promise((allow) => window.asked.push(allow));
  const stream = await ask(wish);
  window.given.push(stream);
  return stream;
};
"""
FIRST_SOCKET_FAILS = """
const Real = WebSocket;
let opened = 0;
window.WebSocket = class extends Real {
  constructor(url) { super((opened += 1) > 1 ? url : url.replace("/live", "/none")); }
};
"""
_AXE = "axe_playwright_python"  # brings axe-core, which is MPL-2.0: used here, never shipped


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("film") / "camera.mjpeg"
    make_film(file)
    return file


@pytest.fixture(scope="module")
def chromium(film: Path) -> Iterator[Browser]:
    with chromium_with(film) as chromium:
        yield chromium


@pytest.fixture
def window(chromium: Browser) -> Iterator[BrowserContext]:
    window = new_window(chromium, accept_downloads=True)
    yield window
    window.close()


@pytest.fixture
def witness(window: BrowserContext) -> Witness:
    return Witness(window)


@pytest.fixture(autouse=True)
def _nothing_kept(running: Running) -> None:
    """Begin each test with an empty collection."""
    empty_collection(running.http)


def collection(running: Running) -> list[dict[str, Any]]:
    copies: list[dict[str, Any]] = running.http.get("/v1/collection?sort=set").json()["copies"]
    return copies


def counted(page: Page, selector: str, count: int) -> None:
    """Wait until so many are there; not by a function in the page, which its policy forbids."""
    from playwright.sync_api import expect  # noqa: PLC0415

    expect(page.locator(selector)).to_have_count(count, timeout=PATIENCE)


def name_the_demo(page: Page) -> None:
    page.locator("#file-input").set_input_files(DEMO)
    page.locator(".canvas .edge").first.wait_for()


def until(there: Callable[[], bool]) -> None:
    """Wait until something is there."""
    for _ in range(300):
        if there():
            return
        time.sleep(0.1)
    pytest.fail("it did not come")


def test_camera_list_correction_export_import(
    window: BrowserContext, witness: Witness, running: Running, tmp_path: Path
) -> None:
    page = open_page(window, running.url)
    page.get_by_role("button", name="Start the camera").click()
    counted(page, ".row", 9)
    page.get_by_role("button", name="Stop").click()
    _correct_the_first(page)
    page.get_by_role("button", name="Add all 9 to collection").click()
    counted(page, ".row .kept", 9)
    kept = collection(running)
    assert "sv3pt5-25" in {copy["card_id"] for copy in kept}
    assert len({copy["card_id"] for copy in kept} & set(NINE)) == 8
    assert all(copy["proof"] for copy in kept)
    _export_and_import(page, running, tmp_path)
    again = collection(running)
    assert [{**copy, "id": 0} for copy in again] == [{**copy, "id": 0} for copy in kept]
    assert witness.complaints == []
    assert witness.asked == {urlsplit(running.url).netloc}


def _correct_the_first(page: Page, *, close: bool = True) -> None:
    page.locator(".row-open").first.click()
    page.get_by_label("Type what it really is").fill("pikachu 25/165")
    page.locator("#evidence [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Pikachu").wait_for()
    if close:
        page.get_by_role("button", name="Close").click()


class _UnderWay:
    """Requests of a page that are not answered yet."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._requests: set[Any] = set()
        page.on("request", self._begun)
        page.on("requestfinished", self._ended)

    def _begun(self, request: Any) -> None:
        self._requests.add(request)

    def _ended(self, request: Any) -> None:
        self._requests.discard(request)

    def wait(self) -> None:
        """Until the pictures of copies are there: once deleted, they would be asked for in vain."""
        for _ in range(100):
            self._page.wait_for_timeout(300)
            if not self._requests:
                return
        pytest.fail("pictures are still under way")


def _export_and_import(page: Page, running: Running, folder: Path) -> None:
    under_way = _UnderWay(page)
    page.get_by_role("link", name="Collection").click()
    counted(page, "[data-copy]", 9)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name == "cardlens-csv.csv"
    under_way.wait()
    for copy in collection(running):
        running.http.delete(f"/v1/collection/{copy['id']}")
    page.locator("#import-input").set_input_files(file)
    page.get_by_text("9 cards in 9 entries taken in").wait_for()


def test_a_photo_shows_its_cards_its_evidence_and_its_binder_page(window: BrowserContext, running: Running) -> None:
    page = open_page(window, running.url, "photos")
    page.locator("#file-input").set_input_files(DEMO)
    page.locator(".canvas .edge").first.wait_for()
    assert page.locator(".canvas .edge").count() == 9
    page.get_by_role("button", name="Binder").click()
    assert page.locator(".pocket .name").all_text_contents()[:5] == [
        "Emberling", "Brookwyrm", "Voltmoth", "Gloomcap", "Tidepup",
    ]  # fmt: skip
    page.locator(".pocket").first.click()
    sheet = page.locator("#evidence")
    assert sheet.get_by_role("heading", name="Emberling").is_visible()
    assert sheet.locator("img").count() == 1
    assert "Nearest cards" in sheet.inner_text()
    assert "Likeness to its scan" in sheet.inner_text()


def test_everything_can_be_done_by_keys(window: BrowserContext, running: Running) -> None:
    # asked for early: a chooser that opens before Chromium has heard that a test wants it is cancelled
    window.on("page", lambda page: page.on("filechooser", lambda _: None))
    page = open_page(window, running.url)
    press = page.keyboard.press
    with page.expect_file_chooser() as chooser:
        press("o")
    chooser.value.set_files(DEMO)
    page.locator(".canvas .edge").first.wait_for()
    press("l")
    press("ArrowDown")
    press("Enter")
    page.locator("#evidence").wait_for()
    press("/")
    page.keyboard.type("pikachu 25/165")
    page.locator("#evidence [role=option]").first.wait_for()
    press("Enter")
    page.get_by_role("heading", name="Pikachu").wait_for()
    press("a")
    page.get_by_text("In your collection.").wait_for()
    press("ArrowRight")
    press("Escape")
    press("l")
    press("Delete")
    assert page.locator(".row").count() == 8
    press("Shift+A")
    counted(page, ".row .kept", 8)
    assert len(collection(running)) == 8
    press("3")
    page.locator("[data-copy]").first.wait_for()
    press("u")
    counted(page, "[data-copy]", 7)
    press("/")
    page.keyboard.type("pikachu")
    counted(page, "[data-copy]", 1)


def test_of_two_searches_the_one_asked_last_is_shown(window: BrowserContext, running: Running) -> None:
    for card in ("base1-4", "base1-58"):
        running.http.post("/v1/collection", json={"card_id": card})
    page = open_page(window, running.url, "collection")
    counted(page, "[data-copy]", 2)
    held: list[Route] = []
    page.route(re.compile("text=Char"), lambda route: held.append(route))  # noqa: PLW0108 - Playwright writes to it
    search = page.locator("#collection-search")
    search.fill("Char")
    for _ in range(200):
        page.wait_for_timeout(50)
        if held:
            break
    search.fill("Pikachu")
    counted(page, "[data-copy]", 1)
    page.locator("[data-copy]", has_text="Pikachu").wait_for()
    with page.expect_response(re.compile("text=Char")) as late:
        held[0].continue_()
    late.value.finished()
    page.wait_for_timeout(200)
    assert "Pikachu" in page.locator("[data-copy]").inner_text()


def test_a_collection_is_merged_undone_described_and_one_of_several(window: BrowserContext, running: Running) -> None:
    for _ in range(2):
        running.http.post("/v1/collection", json={"card_id": "base1-4"})
    page = open_page(window, running.url, "collection")
    counted(page, "[data-copy]", 2)
    page.get_by_role("button", name="Merge duplicates").click()
    counted(page, "[data-copy]", 1)
    page.get_by_text("History", exact=True).click()
    page.locator("#history-body button").first.click()
    counted(page, "[data-copy]", 2)
    page.get_by_role("button", name="More about Charizard").first.click()
    page.get_by_role("textbox", name="Tags").fill("swap, gift")
    page.get_by_label("Price paid, each").fill("2,50")
    page.get_by_label("Place").fill("red binder")
    page.get_by_role("button", name="Close").click()
    page.locator("[data-copy] .badge", has_text="gift").wait_for()
    described = next(copy for copy in collection(running) if copy["tags"])
    assert (described["tags"], described["place"]) == (["gift", "swap"], "red binder")
    assert (described["price_paid"], described["currency"]) == ("2.50", "EUR")
    page.on("dialog", lambda dialog: dialog.accept("for swapping"))
    page.locator("#shelf").select_option(label="New collection …")
    page.get_by_text("Nothing here yet").wait_for()
    page.locator("#shelf").select_option("main")
    counted(page, "[data-copy]", 2)


def test_it_opens_and_searches_without_the_service(window: BrowserContext, running: Running) -> None:
    page = open_page(window, running.url, "photos")
    page.locator("#file-input").set_input_files(DEMO)
    page.locator(".row").first.wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    until(lambda: page.evaluate("caches.match('/v1/card-index').then(Boolean)"))
    window.set_offline(True)
    try:
        page.reload()
        page.wait_for_selector("html[data-ready]")
        assert page.locator(".row").count() == 9
        page.locator(".row-open").first.click()
        page.get_by_label("Type what it really is").fill("charizard 4/102")
        page.locator("#evidence [role=option]").first.wait_for()
        assert "Base" in page.locator("#evidence [role=option]").first.inner_text()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Add to collection").click()
        page.get_by_text("cannot be reached").first.wait_for()
    finally:
        window.set_offline(False)


def test_a_page_from_another_computer_without_https_has_its_list(window: BrowserContext, running: Running) -> None:
    window.add_init_script("delete Crypto.prototype.randomUUID")  # as browsers do there
    page = open_page(window, running.url, "photos")
    name_the_demo(page)
    counted(page, ".row", 9)


def test_a_message_is_shown_in_the_dialog_that_is_open(window: BrowserContext, running: Running) -> None:
    page = open_page(window, running.url, "photos")
    name_the_demo(page)
    _correct_the_first(page, close=False)
    page.locator("#evidence .toast", has_text="Now Pikachu").wait_for()
    page.keyboard.press("ArrowRight")
    assert page.locator("#evidence #announcer").count() == 1
    page.get_by_role("button", name="Close").click()
    counted(page, "body > #toasts", 1)


def test_a_card_whose_copy_was_undone_or_removed_can_be_added_again(window: BrowserContext, running: Running) -> None:
    page = open_page(window, running.url, "photos")
    name_the_demo(page)
    for take_back in ("Undo", "Remove Emberling"):
        page.get_by_role("button", name="Add Emberling to the collection").click()
        counted(page, ".row .kept", 1)
        page.get_by_role("link", name="Collection").click()
        counted(page, "[data-copy]", 1)
        page.get_by_role("button", name=take_back).click()
        counted(page, "[data-copy]", 0)
        page.get_by_role("link", name="Photos").click()
        counted(page, ".row .kept", 0)
    page.get_by_role("button", name="Add Emberling to the collection").click()
    counted(page, ".row .kept", 1)
    assert len(collection(running)) == 1


def test_a_correction_reaches_every_view_of_the_photo(window: BrowserContext, running: Running) -> None:
    page = open_page(window, running.url, "photos")
    name_the_demo(page)
    page.get_by_role("button", name="Binder").click()
    _correct_the_first(page)
    assert page.locator(".pocket .name").first.inner_text() == "Pikachu"
    page.get_by_role("button", name="Photo", exact=True).click()
    assert page.locator(".canvas .edge").first.get_attribute("aria-label") == "Pikachu, put right by you. Open"


def test_a_card_that_was_taken_off_the_list_stays_off_whatever_is_seen_later(
    window: BrowserContext, running: Running
) -> None:
    page = open_page(window, running.url, "photos")
    name_the_demo(page)
    page.evaluate(
        "import('/js/rows.js').then(({ rows, drop, improve }) => {"
        " const row = rows[0]; drop(row); improve(row, row.answer); })"
    )
    counted(page, ".row", 8)
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".row").count() == 8


def test_keys_of_one_letter_can_be_turned_off_and_undo_is_for_the_collection(
    window: BrowserContext, running: Running
) -> None:
    running.http.post("/v1/collection", json={"card_id": "base1-4"})
    page = open_page(window, running.url)
    page.keyboard.press("u")
    page.keyboard.press("?")
    page.get_by_label("Keys of one letter or sign work").uncheck()
    page.keyboard.press("Escape")
    for _ in range(2):
        page.keyboard.press("2")
        page.keyboard.press("?")
        assert page.evaluate("document.body.dataset.view") == "camera"
        assert not page.locator("#help").is_visible()
        page.reload()
        page.wait_for_selector("html[data-ready]")
    page.get_by_role("button", name="Keys and help").click()
    page.get_by_label("Keys of one letter or sign work").check()
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    counted(page, "[data-copy]", 1)


@pytest.mark.parametrize("after", ["c", "2"])
def test_a_camera_that_is_stopped_while_the_browser_asks_is_not_kept(
    window: BrowserContext, running: Running, after: str
) -> None:
    window.add_init_script(SLOW_TO_ALLOW)
    page = open_page(window, running.url)
    page.keyboard.press("c")
    page.keyboard.press(after)
    page.wait_for_timeout(200)  # the view changes a moment after its key
    page.evaluate("window.asked.forEach((allow) => allow())")
    until(lambda: page.evaluate("window.given.length === window.asked.length"))
    until(lambda: page.evaluate("given.flatMap((one) => one.getTracks()).every((one) => one.readyState === 'ended')"))
    assert page.locator("#camera-stop").is_hidden()


def test_a_kiosk_that_loses_the_service_or_the_camera_goes_on_by_itself(
    window: BrowserContext, running: Running
) -> None:
    window.add_init_script(FIRST_SOCKET_FAILS)
    page = window.new_page()
    page.goto(f"{running.url}/?kiosk")
    page.locator(".toast", has_text="trying again in 1 s").wait_for()
    counted(page, ".row", 9)
    page.evaluate("document.getElementById('video').srcObject.getTracks()[0].dispatchEvent(new Event('ended'))")
    page.locator(".toast", has_text="The camera is gone; trying again in 1 s").wait_for()
    with page.expect_websocket() as again:
        page.locator("#camera-stop").wait_for()
    assert again.value.url.endswith("/v1/live")
    heard: set[int] = set()
    again.value.on("framereceived", lambda said: heard.update(one["row"] for one in json.loads(said)["rows"]))
    until(lambda: page.evaluate("true") and len(heard) == 9)
    counted(page, ".row", 9)  # they lay there all the time
    page.locator("#camera-stop").click()
    page.get_by_role("button", name="Start the camera").click()
    counted(page, ".row", 18)


def test_a_pile_is_asked_for_by_a_switch(window: BrowserContext, running: Running) -> None:
    page = open_page(window, running.url)
    page.get_by_role("button", name="Start the camera").click()
    counted(page, ".row", 9)
    with page.expect_websocket() as begun:
        page.get_by_label("Piles: card upon card").check()
    assert begun.value.url.endswith("/v1/live?rapid=true")
    page.locator("#camera-status", has_text="a second").wait_for()


@pytest.mark.skipif(importlib.util.find_spec(_AXE) is None, reason="needs axe-playwright-python")
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious(chromium: Browser, running: Running, scheme: str, width: int) -> None:
    with new_window(chromium, color_scheme=scheme, viewport={"width": width, "height": 844}) as window:
        page = open_page(window, running.url)
        _check(page, "camera")
        page.locator(".tabs [data-view=photos]").click()
        page.locator("#file-input").set_input_files(DEMO)
        page.locator(".canvas .edge").first.wait_for()
        _check(page, "photo")
        page.get_by_role("button", name="Binder").click()
        _check(page, "binder")
        page.locator(".pocket").first.click()
        page.get_by_label("Type what it really is").fill("pikachu")
        page.locator("#evidence [role=option]").first.wait_for()
        _check(page, "evidence")
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Add Emberling to the collection").click()
        page.locator(".row .kept").first.wait_for()
        page.locator(".tabs [data-view=collection]").click()
        page.locator("[data-copy]").first.wait_for()
        page.get_by_text("Set completion").click()
        page.get_by_text("History", exact=True).click()
        page.locator("#history-body button").first.wait_for()
        _check(page, "collection")
        page.keyboard.press("?")
        _check(page, "help")


def _check(page: Page, view: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [
        {"rule": one["id"], "impact": one["impact"], "where": [node["html"][:150] for node in one["nodes"][:3]]}
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert bad == [], f"{view}: {json.dumps(bad, indent=1)}"
