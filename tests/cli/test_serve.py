from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cardlens.service.options import ServiceOptions
from tests.cli.doubles import Run


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[ServiceOptions]:
    """Note what would be served."""
    asked: list[ServiceOptions] = []
    server = ModuleType("cardlens.service.server")
    vars(server)["serve"] = asked.append
    monkeypatch.setitem(sys.modules, "cardlens.service.server", server)
    for name in ("CARDLENS_TOKEN", "CARDLENS_COLLECTION"):
        monkeypatch.delenv(name, raising=False)
    return asked


def test_it_serves_this_computer_and_says_where(run: Run, served: list[ServiceOptions]) -> None:
    ended = run("serve")
    assert ended.code == 0
    assert "http://127.0.0.1:8151/" in ended.err
    assert (served[0].host, served[0].token, served[0].workers) == ("127.0.0.1", None, 1)


def test_what_is_asked_for_reaches_the_service(
    run: Run, served: list[ServiceOptions], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDLENS_TOKEN", "four words nobody guesses")
    wishes = ["--host", "0.0.0.0", "--port", "9000", "--workers", "2", "--name", "cards.example"]  # noqa: S104
    ended = run("serve", *wishes, "--reference", tmp_path / "mine", "--database", "sqlite:///mine.db")
    assert ended.code == 0
    (options,) = served
    assert (options.port, options.workers, options.names) == (9000, 2, ("cards.example",))
    assert (options.settings.reference, options.settings.collection) == (tmp_path / "mine", "sqlite:///mine.db")
    assert "nobody" not in ended.out + ended.err


def test_cards_may_be_those_of_a_shared_catalogue_whose_password_is_not_shown(
    run: Run, served: list[ServiceOptions]
) -> None:
    ended = run("serve", "--reference", "postgresql://cards:open-sesame@db.example/cards")
    assert ended.code == 0
    assert served[0].settings.shared == "postgresql://cards:open-sesame@db.example/cards"
    assert "sesame" not in ended.out + ended.err + repr(served[0])


def test_others_are_not_let_in_without_a_token(run: Run, served: list[ServiceOptions]) -> None:
    ended = run("serve", "--host", "0.0.0.0")  # noqa: S104
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "CARDLENS_TOKEN" in ended.err
    assert served == []


def test_a_port_that_is_taken_is_one_line(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("serve", "--port", str(taken.getsockname()[1]))
    assert ended.code == 1
    assert "cannot listen there" in ended.err
    assert "--port" in ended.err
