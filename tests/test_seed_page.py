"""The walk through the seed's page names commands: each must exist, with its options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cardlens.cli.main import app
from cardlens.cloud.cost_page import compare, read_page
from cardlens.cloud.cost_prices import PriceTable

COMMAND = get_command(app)
PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "seed-page.md"
# what the page must show: structure, breakdown, versions, costs, audit, and the rest of its sections
WALKED = {
    "store status",
    "store inventory",
    "store versions",
    "store log",
    "store pull",
    "store push",
    "store backup",
    "store restore",
    "store drill",
    "cloud cost",
    "cloud audit",
    "cloud urls",
    "cloud train",
    "cloud pipeline",
    "registry list",
    "registry approve",
    "registry deployed",
    "catalogue fetch",
    "device update",
}


def commands() -> list[str]:
    """Every command line in the page: in a block, or between backticks."""
    text = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^\$ (cardlens .*)$", text, re.MULTILINE)
    return list(dict.fromkeys([*blocks, *re.findall(r"`(cardlens [^`]+)`", text)]))


def resolve(line: str) -> tuple[str, TyperCommand, list[str]]:
    """Give the command's name, the command, and what is left of the line."""
    command: Any = COMMAND
    words, names = shlex.split(line)[1:], list[str]()
    while isinstance(command, TyperGroup):
        assert words, f"{line}: a group, not a command"
        assert words[0] in command.commands, f"cardlens {' '.join([*names, words[0]])}: no such command"
        names.append(words.pop(0))
        command = command.commands[names[-1]]
    return " ".join(names), command, words


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_page_exists_with_its_options(line: str) -> None:
    name, command, words = resolve(line)
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= options, f"cardlens {name}"


@pytest.mark.parametrize("line", commands())
def test_every_command_of_the_page_takes_what_it_is_given(line: str) -> None:
    name, command, words = resolve(line)
    context = command.make_context(name, words)
    assert set(context.params) <= {parameter.name for parameter in command.params}


def test_the_page_walks_through_every_section() -> None:
    assert {resolve(line)[0] for line in commands()} >= WALKED


def test_the_page_shows_what_the_cost_command_says() -> None:
    text = PAGE.read_text(encoding="utf-8") + (PAGE.parent / "costs.md").read_text(encoding="utf-8")
    for figure in compare(read_page(), PriceTable.open()):
        assert figure.ours in text, figure
