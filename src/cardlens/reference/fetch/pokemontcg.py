"""pokemontcg.io, version 2: English printings, with `images.large`.

As documented at docs.pokemontcg.io: pages of at most 250, `{"data": […], "page", "pageSize", "count", "totalCount"}`;
without a key 30 requests a minute and 1,000 a day, with one 20,000 a day. A picture that it lacks is answered with 404.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cardlens.reference.fetch.database import SourceCard, SourceSet, sound_id, sound_list, sound_text, usable
from cardlens.reference.fetch.errors import BadCatalogue
from cardlens.reference.fetch.pages import Pages
from cardlens.reference.outcome import Remark

SERVICE = "https://api.pokemontcg.io/v2"
PER_SECOND = 0.5  # 30 a minute without a key
PER_SECOND_WITH_KEY = 4.0
_PAGE = 250
_MOST_PAGES = 200
_SELECT = "id,name,supertype,subtypes,level,hp,types,number,artist,rarity,set,images"
_KEPT = ("id", "name", "supertype", "subtypes", "level", "hp", "types", "number", "artist", "rarity", "images")
_KEPT_OF_SET = ("id", "name", "series", "printedTotal", "total", "ptcgoCode", "releaseDate", "updatedAt")


@dataclass(frozen=True, slots=True)
class PokemonTcg:
    """The database behind pokemontcg.io, whose ids are ours."""

    pages: Pages
    service: str = SERVICE
    name: str = "pokemontcg"
    language: str = "en"

    def sets(self) -> Sequence[SourceSet]:
        """All sets, oldest first."""
        return [self._set(record) for record in self._all("sets", {"orderBy": "releaseDate"}, None)]

    def cards(self, its_set: SourceSet, left_out: list[Remark]) -> Sequence[SourceCard]:
        """All cards of a set that can be used; asked for only where the set changed since."""
        query = {"q": f"set.id:{its_set.address}", "orderBy": "number", "select": _SELECT}
        records = self._all("cards", query, its_set.stamp)
        return usable(records, lambda record: self._card(record, its_set), left_out)

    def _all(self, what: str, query: Mapping[str, str], stamp: str | None) -> Iterator[Mapping[str, Any]]:
        """Every record of every page."""
        given = 0
        for page in range(1, _MOST_PAGES + 1):
            url = f"{self.service}/{what}?{urlencode({**query, 'page': page, 'pageSize': _PAGE})}"
            body = self.pages.get(url, stamp)
            records = sound_list(body.get("data") if isinstance(body, dict) else None, url)
            total = body.get("totalCount")
            yield from records
            given += len(records)
            if not records or (isinstance(total, int) and given >= total):
                break
        if not isinstance(total, int) or given < total:
            raise BadCatalogue(f"{url}: {given} of {total} {what}; try again later")

    def _set(self, record: Mapping[str, Any]) -> SourceSet:
        set_id = sound_id(record.get("id"), f"{self.service}/sets")
        total = record.get("total")
        return SourceSet(
            set_id,
            set_id,
            sound_text(record, "name", self.service),
            total if isinstance(total, int) else 0,
            str(record["updatedAt"]) if record.get("updatedAt") else None,
            {name: record[name] for name in _KEPT_OF_SET if record.get(name) is not None},
        )

    def _card(self, record: Mapping[str, Any], its_set: SourceSet) -> SourceCard:
        where = f"{self.service}/cards of {its_set.set_id}"
        card_id = sound_id(record.get("id"), where)
        sound_text(record, "number", where)
        images = record.get("images")
        given = [images.get(size) for size in ("large", "small")] if isinstance(images, dict) else []
        kept = {name: record[name] for name in _KEPT if record.get(name) is not None}
        pictures = tuple(dict.fromkeys(url for url in given if isinstance(url, str) and url))
        return SourceCard(card_id, sound_text(record, "name", where), pictures, {**kept, "set": its_set.set_id})
