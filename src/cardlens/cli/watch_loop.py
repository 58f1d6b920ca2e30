"""The two loops of `cardlens watch`: frame by frame, or photo by photo, until something says stop."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType, TracebackType

from cardlens.assembly import open_recognizer
from cardlens.cameras import Camera, HotFolder, open_camera
from cardlens.cameras.button import Button
from cardlens.cameras.latest import Latest
from cardlens.cli import console
from cardlens.cli.watch_show import Show
from cardlens.errors import CardlensError, UnreadablePicture
from cardlens.live import RAPID, LiveSession, PressedSession, open_live
from cardlens.recognition.recognizer import Recognizer
from cardlens.settings import Settings

# between two looks at a folder, in seconds
_POLL = 0.3
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Stop:
    """Ctrl-C, or a service manager's word: noted, so that the row under way is whole. A second one ends at once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Stop:
        for name in _SIGNALS:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def asked(self) -> bool:
        """Tell whether to stop."""
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than until it is time to stop."""
        self._event.wait(seconds)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        if self._event.is_set():
            raise KeyboardInterrupt
        self._event.set()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the cards under a camera are to be named.

    Attributes:
        rapid: they are a pile, card upon card.
        unknown: those that cannot be named get a row too.
        button: GPIO pin of a button; they are named when it is pressed, and not by themselves.
    """

    rapid: bool = False
    unknown: bool = False
    button: int | None = None


def watch_camera(what: str, settings: Settings, show: Show, stop: Stop, wanted: Wanted) -> None:
    """Name the cards that come under a camera, or in a video; raises `NoCamera`, `NoButton` or `CameraLost`."""
    with ExitStack() as opened:
        button = None if wanted.button is None else opened.enter_context(closing(Button(wanted.button)))
        camera = open_camera(what)
        try:
            session = open_live(settings).session(RAPID if wanted.rapid else None, unknown=wanted.unknown)
            show.begin(camera.name if button is None else f"{camera.name}, {button.name}")
        except BaseException:
            camera.close()
            raise
        opened.callback(show.end)
        _feed(camera, session if button is None else PressedSession(session, button), show, stop)


def _feed(camera: Camera, session: LiveSession | PressedSession, show: Show, stop: Stop) -> None:
    """What is in view at the end is counted too, however it ends; the camera is closed."""
    latest = Latest(camera) if camera.endless else None
    try:
        for frame in latest.frames(stop.asked) if latest else camera.frames():
            view = session.feed(frame.pixels, frame.seconds)
            show.view(frame.pixels, view)
            for row in view.rows:
                show.row(row)
            if stop.asked() or show.closed:
                break
    finally:
        (latest or camera).close()
        for row in session.finish():
            show.row(row)


def watch_folder(folder: Path, settings: Settings, show: Show, stop: Stop, *, existing: bool) -> None:
    """Name the photos that fall into a folder; raises `NoCamera` or `CameraLost`."""
    hot = HotFolder(folder, existing=existing)
    recognizer = open_recognizer(settings)
    show.begin(str(folder))
    try:
        while not stop.asked():
            for photo in hot.whole(time.monotonic()):
                _name(photo, hot, recognizer, show)
                if stop.asked():
                    break
            stop.wait(_POLL)
    finally:
        show.end()


def _name(photo: Path, hot: HotFolder, recognizer: Recognizer, show: Show) -> None:
    try:
        show.photo(replace(recognizer.name_cards(photo), photo=str(photo)))
    except UnreadablePicture as error:
        if not hot.wait_for(photo, time.monotonic()):
            show.failure(photo, str(error))
    except CardlensError as error:
        show.failure(photo, str(error))
    except Exception as error:
        if console.debugging():
            raise
        show.failure(photo, console.bug_report(error))
