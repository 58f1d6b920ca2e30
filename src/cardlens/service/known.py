"""What the service knows of cards: the same questions to a folder and to a shared catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from cardlens.recognition.matcher import Gallery
from cardlens.reference import lookup
from cardlens.reference.database import ReferenceDatabase
from cardlens.reference.lookup import Similar

if TYPE_CHECKING:
    from cardlens.shared.catalogue import SharedCatalogue


class KnownCards(Protocol):
    """The cards that can be named, beside the search that `Gallery` is."""

    @property
    def version(self) -> str:
        """Names the embeddings as they were when this was opened: others have another version."""
        ...

    @property
    def opened_as(self) -> Hashable:
        """What `state` was when this was opened."""
        ...

    def state(self) -> Hashable:
        """What changes when cards or versions do; where it does, this is to be opened again."""
        ...

    def __len__(self) -> int:
        """Number of rows."""
        ...

    def __contains__(self, card_id: object) -> bool:
        """Tell whether a card has a scan."""
        ...

    def describe(self) -> dict[str, Any]:
        """Where it comes from and how much it is; no path or address is in it."""
        ...

    def record(self, card_id: str) -> Mapping[str, Any]:
        """What is known of a card; raises `BadReference` where nothing is."""
        ...

    def records(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """Card ids and what is known of each."""
        ...

    def search(self, words: str, limit: int) -> list[str]:
        """Card ids whose texts hold all words, best first."""
        ...

    def similar(self, card_id: str, limit: int) -> list[Similar]:
        """The cards that look most like one; raises `BadReference` where there is no such card."""
        ...


class FolderCards:
    """Those of a folder, which stays as it is while it is open."""

    opened_as: Hashable = None

    def __init__(self, database: ReferenceDatabase) -> None:
        """Keep it."""
        self._database = database

    def state(self) -> Hashable:
        """As `KnownCards.state`."""
        return self.opened_as

    @property
    def version(self) -> str:
        """As `KnownCards.version`."""
        return self._database.manifest.files["embeddings.npy"].sha256[:12]

    def __len__(self) -> int:
        """As `KnownCards.__len__`."""
        return len(self._database)

    def __contains__(self, card_id: object) -> bool:
        """As `KnownCards.__contains__`."""
        return card_id in self._database.cards

    def describe(self) -> dict[str, Any]:
        """As `KnownCards.describe`."""
        manifest = self._database.manifest
        return {
            "created": manifest.created,
            "made_by": f"cardlens {manifest.made_by}",
            "model": {"name": manifest.model.name, "digest": manifest.model.digest},
            "rows": len(self._database),
            "cards": manifest.cards,
            "artwork_groups": len(manifest.groups),
        }

    def record(self, card_id: str) -> Mapping[str, Any]:
        """As `KnownCards.record`."""
        return self._database.metadata(card_id)

    def records(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """As `KnownCards.records`."""
        return self._database.cards.items()

    def search(self, words: str, limit: int) -> list[str]:
        """As `KnownCards.search`."""
        return lookup.search_cards(self._database, words, limit)

    def similar(self, card_id: str, limit: int) -> list[Similar]:
        """As `KnownCards.similar`."""
        return lookup.similar_cards(self._database, card_id, limit)


class SharedCards:
    """Those of one version of a shared catalogue, which changes while it is open: `state` tells when it did."""

    def __init__(self, shared: SharedCatalogue) -> None:
        """Remember how it is now."""
        self._shared = shared
        self.opened_as = self.state()

    @property
    def version(self) -> str:
        """As `KnownCards.version`."""
        return hashlib.sha256(repr((self._shared.model.digest, self.opened_as)).encode()).hexdigest()[:12]

    def state(self) -> Hashable:
        """As `KnownCards.state`."""
        from cardlens.shared.inquiry import state  # noqa: PLC0415 - needs the extra postgres

        return state(self._shared)

    def __len__(self) -> int:
        """As `KnownCards.__len__`."""
        return len(self._shared)

    def __contains__(self, card_id: object) -> bool:
        """As `KnownCards.__contains__`."""
        return card_id in self._ids

    def describe(self) -> dict[str, Any]:
        """As `KnownCards.describe`."""
        from cardlens.shared.inquiry import summary  # noqa: PLC0415

        said = summary(self._shared)
        return {name: said[name] for name in ("created", "made_by", "model", "rows", "cards", "artwork_groups")}

    def record(self, card_id: str) -> Mapping[str, Any]:
        """As `KnownCards.record`."""
        return self._shared.metadata(card_id)

    def records(self) -> Iterable[tuple[str, Mapping[str, Any]]]:
        """As `KnownCards.records`."""
        from cardlens.shared.inquiry import records  # noqa: PLC0415

        return records(self._shared)

    def search(self, words: str, limit: int) -> list[str]:
        """As `KnownCards.search`."""
        from cardlens.shared.inquiry import search_cards  # noqa: PLC0415

        return search_cards(self._shared, words, limit)

    def similar(self, card_id: str, limit: int) -> list[Similar]:
        """As `KnownCards.similar`."""
        from cardlens.shared.inquiry import similar_cards  # noqa: PLC0415

        return similar_cards(self._shared, card_id, limit)

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(self._shared.card_ids)


def known_cards(gallery: Gallery) -> KnownCards:
    """What is known beside the search of an opened gallery."""
    if isinstance(gallery, ReferenceDatabase):
        return FolderCards(gallery)
    from cardlens.shared.catalogue import SharedCatalogue  # noqa: PLC0415 - it was opened, so it is installed

    if not isinstance(gallery, SharedCatalogue):
        raise TypeError(f"neither a folder nor a shared catalogue: {gallery!r}")
    return SharedCards(gallery)
