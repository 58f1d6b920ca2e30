"""`cardlens cards`: look a card up in the bundled facts."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = """\
Examples:

  cardlens cards charizard

  cardlens cards 'pikachu 25/165'

  cardlens cards MEW --limit 200 --json
"""


def cards(
    search: Annotated[str, typer.Argument(metavar="SEARCH", help="Words of the name, set, number or id.")],
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="List at most N cards.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a card, a line each.")] = False,
) -> None:
    """Find cards among all that are known, with or without a scan; the exit code is 1 where there is none."""
    from dataclasses import asdict

    from cardlens.cli.card_list import show_cards
    from cardlens.recognition.facts import bundled_facts

    found = [asdict(card) for card in bundled_facts().search(search, limit)]
    raise typer.Exit(show_cards(found, search, as_json=as_json))
