"""A command line to call, with a recognizer that answers without models where a test asks for it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from cardlens.cli.main import main
from cardlens.settings import Settings
from tests.cli.doubles import Ended, FakeRecognizer, Run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Give a function that runs `cardlens` with the arguments given."""

    def call(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["cardlens", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return Ended(code or 0, out, err)

    return call


@pytest.fixture
def recognizer(monkeypatch: pytest.MonkeyPatch) -> FakeRecognizer:
    """Put a fake in the place of the recognizer that the assembly opens."""
    fake = FakeRecognizer()
    assembly = ModuleType("cardlens.assembly")

    def open_recognizer(settings: Settings) -> FakeRecognizer:
        fake.opened_with.append(settings)
        return fake

    vars(assembly)["open_recognizer"] = open_recognizer
    monkeypatch.setitem(sys.modules, "cardlens.assembly", assembly)
    return fake


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Give a file that the fake recognizer names cards in."""
    file = tmp_path / "page.jpg"
    file.write_bytes(b"not looked at")
    return file
