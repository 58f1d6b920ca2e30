"""A shared catalogue changes while the service runs: cards are added, a new model's version comes into use."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from cardlens.errors import CardlensError
from cardlens.service.engine import Engine
from cardlens.service.telling import LOG

_LOOK_EVERY = 5.0  # seconds; a look is one statement, opening anew takes a second or two


async def follow_catalogue(engine: Engine, look_every: float = _LOOK_EVERY) -> None:
    """Open models and catalogue anew whenever the catalogue has changed; runs until it is cancelled.

    Searches find added cards at once. What was opened before a change, such as the list of all cards, follows here;
    so does another model with its version, where it lies in the folder of models by then. Where that does not open,
    what is open stays.
    """
    tried: Hashable = None
    while True:
        await asyncio.sleep(look_every)
        try:
            known = engine.generation.known
            state = await asyncio.to_thread(known.state)
            if state not in (known.opened_as, tried):
                tried = state
                await engine.reload()
        except CardlensError as error:
            LOG.error("reload", extra={"said": {"error": str(error)}})
