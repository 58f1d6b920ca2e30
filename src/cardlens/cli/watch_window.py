"""The picture with names on it, in a window: Tk, which comes with Python and needs no package."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image, ImageTk

from cardlens.cli.watch_show import Show
from cardlens.errors import MissingExtra
from cardlens.live import LiveAnswer, LiveView
from cardlens.recognition.annotation import COLOURS
from cardlens.recognition.label import label
from cardlens.runtimes.base import Bytes

# of the picture in the window, in pixels
_WIDEST, _HIGHEST = 1120, 630
_LOOKING = "#c8c8c8"


def is_possible() -> bool:
    """Tell whether there is a screen, and Tk."""
    screen = sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY"))
    return screen and find_spec("tkinter") is not None


class Window(Show):
    """Shows each frame with what is said of its cards; q, Escape or closing it ends the watch."""

    def __init__(self) -> None:
        """Open it; raises `MissingExtra` where there is no screen or no Tk."""
        try:
            import tkinter

            self._root: Any = tkinter.Tk()
        except Exception as error:  # tkinter.TclError, where tkinter is there at all
            raise MissingExtra(
                f"--window: cannot open one ({error}); install python3-tk, or leave it out: the list needs no window"
            ) from error
        self._root.title("cardlens")
        self._canvas = tkinter.Canvas(self._root, background="black", highlightthickness=0)
        self._canvas.pack(fill="both", expand=True)
        self._root.protocol("WM_DELETE_WINDOW", self._close)
        for key in ("<q>", "<Escape>"):
            self._root.bind(key, lambda _: self._close())
        self._picture: Any = None

    def view(self, pixels: Bytes, view: LiveView) -> None:
        if self.closed:
            return
        image = Image.fromarray(pixels)
        image.thumbnail((_WIDEST, _HIGHEST), Image.Resampling.BILINEAR, reducing_gap=1.0)
        scale = image.width / pixels.shape[1]
        self._picture = ImageTk.PhotoImage(image, master=self._root)  # kept: Tk does not hold it
        self._canvas.delete("all")
        self._canvas.configure(width=image.width, height=image.height)
        self._canvas.create_image(0, 0, image=self._picture, anchor="nw")
        for card in view.cards:
            self._draw(card, scale)
        self._root.update()

    def end(self) -> None:
        if not self.closed:
            self._close()

    def _draw(self, card: LiveAnswer, scale: float) -> None:
        quad = np.asarray(card.answer.quad) * scale
        colour = "#{:02x}{:02x}{:02x}".format(*COLOURS[card.answer.decision]) if card.stable else _LOOKING
        self._canvas.create_polygon(*quad.ravel().tolist(), outline=colour, width=3, fill="")
        if not card.stable:
            return
        x, y = float(quad[:, 0].mean()), float(quad[:, 1].max())
        words = label(card.answer)
        text = "\n".join(line for line in (words.title[0], words.details[0] if words.details else "") if line)
        self._canvas.create_text(x + 1, y + 7, text=text, fill="black", anchor="n", justify="center")
        self._canvas.create_text(x, y + 6, text=text, fill=colour, anchor="n", justify="center")

    def _close(self) -> None:
        self.closed = True
        self._root.destroy()
