"""A push button on a GPIO pin of a Raspberry Pi, through gpiozero.

Not run on the hardware: tested with gpiozero's own mock pins.
"""

from __future__ import annotations

import threading
import warnings
from importlib import import_module
from typing import Any

from cardlens.errors import CardlensError, MissingExtra

# contacts of a button bounce for some milliseconds, in seconds
_BOUNCE = 0.05


class NoButton(CardlensError):
    """A pin that cannot be used for a button."""


class Button:
    """A button between a pin and ground; `pin` counts as the Broadcom chip does (GPIO 17 is pin 11 of the header)."""

    def __init__(self, pin: int) -> None:
        """Take the pin; raises `NoButton`, or `MissingExtra` where there is no gpiozero."""
        self.name = f"button on GPIO {pin}"
        gpiozero = _gpiozero()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of each way to reach pins that it tries in vain
                self._button: Any = gpiozero.Button(pin, bounce_time=_BOUNCE)
        except Exception as error:  # gpiozero's errors and those of the libraries below it share no base class
            raise NoButton(
                f"{self.name}: cannot be used ({error}); is this a Raspberry Pi, is the pin free, and is lgpio there? "
                "sudo apt install python3-lgpio"
            ) from error
        self._pressed = threading.Event()
        self._button.when_pressed = self._pressed.set

    def pressed(self) -> bool:
        """Tell whether it was pressed since this was last asked."""
        was = self._pressed.is_set()
        self._pressed.clear()
        return was

    def close(self) -> None:
        """Give the pin back; may be called twice."""
        self._button.close()


def _gpiozero() -> Any:
    try:
        return import_module("gpiozero")
    except ImportError as error:
        raise MissingExtra(
            "--button: needs gpiozero, not found here; on a Raspberry Pi run: sudo apt install python3-gpiozero "
            "python3-lgpio, elsewhere: pip install 'cardlens[pi]'"
        ) from error
