from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer

from cardlens import __version__
from cardlens.cli import console, doctor
from cardlens.cli.main import app, asked_for
from cardlens.errors import CardlensError
from tests.cli.doubles import Run

ROOT = Path(__file__).parents[2]
ENDLESS = """
import sys, types
from cardlens.cli.main import main
from tests.cli.doubles import FakeRecognizer
assembly = types.ModuleType("cardlens.assembly")
assembly.open_recognizer = lambda settings: FakeRecognizer()
sys.modules["cardlens.assembly"] = assembly
sys.argv = ["cardlens", "identify", "--json", *(f"{n}.jpg" for n in range(5000))]
main()
"""


def test_version(run: Run) -> None:
    ended = run("--version")
    assert (ended.code, ended.out.strip()) == (0, f"cardlens {__version__}")


def commands(of: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for command in of.registered_commands:
        assert command.callback is not None
        yield (*before, command.name or command.callback.__name__)
    for group in of.registered_groups:
        assert group.name is not None
        assert group.typer_instance is not None
        yield from commands(group.typer_instance, (*before, group.name))


@pytest.mark.parametrize("command", list(commands(app)), ids=" ".join)
def test_every_command_has_examples(run: Run, command: tuple[str, ...]) -> None:
    ended = run(*command, "--help")
    assert ended.code == 0
    assert f"cardlens {' '.join(command)}" in ended.out.split("Examples")[1]


@pytest.mark.parametrize("command", list(commands(app)), ids=" ".join)
def test_only_the_command_that_is_asked_for_is_built(command: tuple[str, ...]) -> None:
    built = list(commands(asked_for([*command, "--help"])))
    assert command in built
    assert {one[0] for one in built} == {command[0]}


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--version"], ["recognise"]], ids=str)
def test_without_a_command_all_are_there(arguments: list[str]) -> None:
    assert asked_for(arguments) is app


def test_an_unknown_command_is_a_usage_error(run: Run) -> None:
    assert run("recognise").code == 2


def raising(error: Exception) -> Callable[..., None]:
    def command(*_: object, **__: object) -> None:
        raise error

    return command


def test_an_error_of_ours_is_one_line_and_code_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_report", raising(CardlensError("[red]folder[/red]: broken;\nbuild it again")))
    ended = run("doctor")
    assert (ended.code, ended.out, ended.err) == (1, "", "[red]folder[/red]: broken; build it again\n")


def test_a_bug_is_one_line_and_code_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_report", raising(KeyError("x")))
    ended = run("doctor")
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "KeyError" in ended.err
    assert "CONTRIBUTING.md" in ended.err


def test_a_long_error_stays_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    console.say_error("word " * 200)
    assert capfd.readouterr().err.count("\n") == 1


def test_a_closed_pipe_is_quiet() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ENDLESS], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"{")
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1
    process.stderr.close()


def test_help_imports_nothing_heavy() -> None:
    heavy = "{'numpy', 'cv2', 'PIL', 'onnxruntime', 'usearch', 'torch'}"
    check = (
        f"import sys, cardlens.cli.main; sys.exit(str({heavy} & set(sys.modules)) if {heavy} & set(sys.modules) else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
