from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from cardlens.cameras.button import Button, NoButton
from cardlens.errors import MissingExtra

gpiozero = pytest.importorskip("gpiozero", reason="needs gpiozero, of the extra pi")


@pytest.fixture
def pins() -> Iterator[Any]:
    """Give pins that are not there, as gpiozero itself provides them."""
    mock = import_module("gpiozero.pins.mock")
    before, gpiozero.Device.pin_factory = gpiozero.Device.pin_factory, mock.MockFactory()
    yield gpiozero.Device.pin_factory
    gpiozero.Device.pin_factory.reset()
    gpiozero.Device.pin_factory = before


def test_a_press_is_told_once(pins: Any) -> None:
    button = Button(17)
    assert not button.pressed()
    pins.pin(17).drive_low()
    pins.pin(17).drive_high()
    assert button.pressed()
    assert not button.pressed()
    button.close()


def test_a_pin_is_given_back(pins: Any) -> None:
    button = Button(4)
    with pytest.raises(NoButton, match="GPIO 4: cannot be used"):
        Button(4)
    button.close()
    button.close()
    Button(4).close()


def test_where_there_are_no_pins_it_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpiozero.Device, "pin_factory", None)
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "nothing-of-the-kind")
    with pytest.raises(NoButton, match="python3-lgpio") as refused:
        Button(17)
    assert "\n" not in str(refused.value)


def test_without_gpiozero_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gpiozero", None)
    with pytest.raises(MissingExtra, match="python3-gpiozero"):
        Button(17)
