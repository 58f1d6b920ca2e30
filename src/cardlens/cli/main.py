"""The command `cardlens`."""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cardlens import __version__
from cardlens.cli import (
    bench,
    cards,
    catalogue,
    cloud,
    collection,
    console,
    dataset,
    device,
    doctor,
    evaluate,
    export,
    identify,
    read_numbers,
    reference,
    registry,
    serve,
    shared,
    simulate,
    store,
    train,
    watch,
)

EXAMPLES = """\
Examples:

  cardlens identify page.heic

  cardlens identify binder/ --json > cards.jsonl

  cardlens doctor

Each command tells more: cardlens identify --help
"""

app = typer.Typer(
    name="cardlens",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXAMPLES,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        console.stdout().print(f"cardlens {__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def cardlens(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Name Pokémon cards in photos: set, number and how sure, offline."""


app.command("identify", epilog=identify.EXAMPLES)(identify.identify)
app.command("read-numbers", epilog=read_numbers.EXAMPLES)(read_numbers.read_numbers)
app.add_typer(reference.app, name="reference")
app.add_typer(store.app, name="store")
app.command("cards", epilog=cards.EXAMPLES)(cards.cards)
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(collection.app, name="collection")
app.add_typer(train.app, name="train")
app.command("evaluate", epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command("bench", epilog=bench.EXAMPLES)(bench.bench)
app.add_typer(dataset.app, name="dataset")
app.add_typer(export.app, name="export")
app.command("parity", epilog=export.PARITY_EXAMPLES)(export.parity)
app.command("serve", epilog=serve.EXAMPLES)(serve.serve)
app.add_typer(cloud.app, name="cloud")
app.command("watch", epilog=watch.EXAMPLES)(watch.watch)
app.add_typer(registry.app, name="registry")
app.add_typer(device.app, name="device")
app.add_typer(shared.app, name="shared")
app.command("simulate", epilog=simulate.EXAMPLES)(simulate.simulate)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)


def asked_for(arguments: Sequence[str]) -> typer.Typer:
    """Give the command line with only the command that is asked for, where the first argument names one.

    Building all of them takes 70 ms, one 1 ms.
    """
    first = arguments[0] if arguments else ""
    groups = [group for group in app.registered_groups if group.name == first]
    commands = [command for command in app.registered_commands if command.name == first]
    if not groups and not commands:
        return app
    narrowed = copy.copy(app)
    narrowed.registered_groups, narrowed.registered_commands = groups, commands
    return narrowed


def main() -> None:
    """Run the command line; errors are one red line each."""
    console.speak_utf8()
    with console.one_line_errors():
        asked_for(sys.argv[1:])()


if __name__ == "__main__":
    main()
