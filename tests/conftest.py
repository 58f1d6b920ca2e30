"""Shared fixtures: where the card data lies, and whether it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

pytest_plugins = ["tests.s3_server", "tests.postgres_server"]

# how long an example takes says nothing on a busy machine
settings.register_profile("cardlens", deadline=None)
settings.load_profile("cardlens")


def find_cards_folder() -> Path | None:
    """Return the folder of scans and photos, or None where this machine has none."""
    places = [os.environ.get("CARDLENS_DATA"), Path(__file__).parents[2] / "shared" / "cards"]
    return next((Path(place) for place in places if place and (Path(place) / "scans").is_dir()), None)


@pytest.fixture(scope="session")
def cards_folder() -> Path:
    """Give the card data, or skip: its pictures belong to others and are not part of the project."""
    folder = find_cards_folder()
    if folder is None:
        pytest.skip("no card data: put it in ../shared/cards or name its folder in CARDLENS_DATA")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the log how long each drill took, and how many bytes."""
    ended = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    took = [text for report in ended for name, text in report.user_properties if name == "drill"]
    if took:
        terminalreporter.section("drills")
        for text in took:
            terminalreporter.write_line(str(text))
