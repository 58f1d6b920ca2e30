"""`cardlens doctor`: say what is installed and whether it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import console

if TYPE_CHECKING:
    from cardlens.cli.examination import Finding

EXAMPLES = """\
Examples:

  cardlens doctor

  cardlens doctor --json

  CARDLENS_REFERENCE=my-cards cardlens doctor
"""
MARKS = {True: "[green]ok[/green]", False: "[red]fault[/red]", None: "[dim]note[/dim]"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say what is installed, which models and database are used, whether they fit together, and name the demo photo.

    The exit code is 1 where something is at fault.
    """
    raise typer.Exit(_report(as_json=as_json))


def _report(*, as_json: bool) -> int:
    from cardlens.cli.examination import examine  # loads the models
    from cardlens.settings import Settings

    findings = examine(Settings.from_environment())
    healthy = all(finding.good is not False for finding in findings)
    if as_json:
        report = {"healthy": healthy, "findings": [finding.as_json() for finding in findings]}
        console.stdout().print_json(data=report, indent=1)
    else:
        _print_table(findings)
    return 0 if healthy else 1


def _print_table(findings: list[Finding]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("", "What", "Found", title="cardlens doctor", title_justify="left")
    for finding in findings:
        table.add_row(MARKS[finding.good], finding.what, Text(finding.found, overflow="fold"))
    console.stdout().print(table)
