"""The collections that the service has opened, each once, and what their errors are in HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cardlens.collection import (
    BadCollection,
    BadCopy,
    BadExchange,
    CardLabel,
    Collection,
    UndoConflict,
    UnknownCopy,
    collection_names,
    create_collection,
    open_collection,
)
from cardlens.errors import CardlensError
from cardlens.recognition.facts import bundled_facts
from cardlens.service.known import KnownCards
from cardlens.service.problem import Refused
from cardlens.service.telling import LOG

_STATUSES: dict[type[CardlensError], int] = {UnknownCopy: 404, UndoConflict: 409, BadCopy: 422, BadExchange: 422}
_MOST = 100  # collections of one database


class Shelf:
    """Opens a collection when it is first asked for, from any thread."""

    def __init__(self, place: str | Path, known: Callable[[], KnownCards]) -> None:
        """`place` is a file or URL; `known` gives what names cards now."""
        self._place, self._known = place, known
        self._opened: dict[str, Collection] = {}
        self._one_at_a_time = threading.Lock()

    def get(self, name: str) -> Collection:
        """The collection of that name; raises `UnknownCopy` or `BadCollection`."""
        with self._one_at_a_time:
            if name not in self._opened:
                self._opened[name] = open_collection(self._place, name)
            return self._opened[name]

    def names(self) -> list[str]:
        """Names of all collections; the main one is made if need be."""
        self.get("main")
        return collection_names(self._place)

    def create(self, name: str) -> None:
        """Make a further collection; raises `BadCopy`."""
        if len(self.names()) >= _MOST:
            raise BadCopy(f"{name}: there are {_MOST} collections already")
        create_collection(self._place, name)

    def label(self, card_id: str) -> CardLabel | None:
        """What a card is called that only the reference database knows."""
        if card_id in bundled_facts():
            return None
        known = self._known()
        if card_id not in known:
            return None
        record = known.record(card_id)
        return CardLabel(*(str(record.get(key, "")) for key in ("name", "set_id", "set_name", "number")))

    def close(self) -> None:
        """Close what was opened."""
        with self._one_at_a_time:
            for collection in self._opened.values():
                collection.close()
            self._opened.clear()


@contextmanager
def said_in_http() -> Iterator[None]:
    """Turn errors of collections into refusals."""
    try:
        yield
    except BadCollection as error:
        LOG.error("collection", extra={"said": {"error": str(error)}})
        raise Refused(503, "the collection cannot be used now; the log of the service says why") from None
    except CardlensError as error:
        status = next((code for kind, code in _STATUSES.items() if isinstance(error, kind)), None)
        if status is None:
            raise
        raise Refused(status, str(error)) from None
