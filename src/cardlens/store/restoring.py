"""The mark that a restore leaves: while it is not done, what is missing in its target is not lost."""

from __future__ import annotations

import json

from cardlens.store.layout import OWN
from cardlens.store.objects import Store

MARK = f"{OWN}/restore.json"


def is_being_restored(store: Store) -> bool:
    """Tell whether a restore into this store was begun and has not ended."""
    found = store.read(MARK)
    try:
        return found is not None and json.loads(found.content)["done"] is False
    except (ValueError, KeyError, TypeError):
        return False
