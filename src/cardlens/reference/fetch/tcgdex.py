"""TCGdex, version 2: printings in many languages, those of TCG Pocket too.

As documented at tcgdex.dev: `/{language}/sets` lists the sets, `/{language}/sets/{id}` one with its cards; a picture's
address is given without quality and suffix, `{image}/{high|low}.{webp|png|jpg}`. Its ids are not ours: `sv03.5-025`
is `sv3pt5-25`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cardlens.recognition.names import normalised_name
from cardlens.reference.catalogue import Facts
from cardlens.reference.fetch.database import SourceCard, SourceSet, sound_id, sound_list, sound_text, usable
from cardlens.reference.fetch.errors import BadCatalogue
from cardlens.reference.fetch.pages import Pages
from cardlens.reference.outcome import Remark

SERVICE = "https://api.tcgdex.net/v2"
PER_SECOND = 4.0
_ENGLISH = "en"
_REGIONAL = {"zh": "zh-tw"}  # only by country
_ALIASES = {"P-A": "PROMO-A", "P-B": "PROMO-B"}


@dataclass(frozen=True, slots=True)
class TcgDex:
    """The database behind TCGdex, in one language; its ids are translated to ours with the help of the card facts."""

    pages: Pages
    facts: Facts
    language: str = _ENGLISH
    service: str = SERVICE
    name: str = "tcgdex"
    quality: tuple[str, ...] = field(default=("high.webp", "low.webp"))

    def sets(self) -> Sequence[SourceSet]:
        """All sets of the language, in the service's order."""
        names = {str(one.get("id")): str(one.get("name")) for one in self._list(_ENGLISH)}
        return [self._set(record, names) for record in self._list(self.language)]

    def cards(self, its_set: SourceSet, left_out: list[Remark]) -> Sequence[SourceCard]:
        """All cards of a set that can be used."""
        url = f"{self._sets(self.language)}/{its_set.address}"
        body = self.pages.get(url)
        if not isinstance(body, dict):
            raise BadCatalogue(f"{url}: not the set that was expected; try again later, or another --source")
        records = sound_list(body.get("cards"), url)
        return usable(records, lambda record: self._card(record, its_set, url), left_out)

    def _sets(self, language: str) -> str:
        return f"{self.service}/{_REGIONAL.get(language, language)}/sets"

    def _list(self, language: str) -> list[Mapping[str, Any]]:
        url = self._sets(language)
        return sound_list(self.pages.get(url), url)

    def _set(self, record: Mapping[str, Any], names: Mapping[str, str]) -> SourceSet:
        where = self._sets(self.language)
        address = sound_id(record.get("id"), where)
        name = sound_text(record, "name", where)
        set_id = our_set_id(address, names.get(address, name), self.facts)
        counts = record.get("cardCount")
        total = counts.get("total") if isinstance(counts, dict) else None
        printed = counts.get("official") if isinstance(counts, dict) else None
        known = {"id": set_id, "name": names.get(address, name)}
        more = {"printedTotal": printed} if isinstance(printed, int) and printed else {}
        return SourceSet(set_id, address, name, total if isinstance(total, int) else 0, None, known | more)

    def _card(self, record: Mapping[str, Any], its_set: SourceSet, where: str) -> SourceCard:
        name = sound_text(record, "name", where)
        card_id, set_id, number = our_card_id(its_set.set_id, str(record.get("localId", "")), self.facts)
        sound_id(card_id, where)
        image = record.get("image")
        pictures = tuple(f"{image}/{one}" for one in self.quality) if isinstance(image, str) and image else ()
        return SourceCard(card_id, name, pictures, {"id": card_id, "name": name, "set": set_id, "number": number})


def our_set_id(address: str, name: str, facts: Facts) -> str:
    """Our id of a set that TCGdex calls so: by its English name, or by the same id with a name that is akin."""
    folded = normalised_name(name)
    same_name = [one.set_id for one in facts.sets if normalised_name(one.name) == folded]
    if len(same_name) == 1:
        return same_name[0]
    if address in _ALIASES:
        return _ALIASES[address]
    same_id = [one for one in facts.sets if one.set_id == address]
    if not same_id or _akin(folded, normalised_name(same_id[0].name)):
        return address
    return f"tcgdex-{address}"  # another set has that id already


def our_card_id(set_id: str, number: str, facts: Facts) -> tuple[str, str, str]:
    """Our id, set and number of a card that TCGdex numbers so: "025" is "25", TG01 of a set is in its gallery's set."""
    plain = number.lstrip("0") if number.isdigit() and number.strip("0") else number
    gallery = number.rstrip("0123456789").lower()
    for known_set in (set_id, f"{set_id}{gallery}") if gallery else (set_id,):
        for known_number in (number, plain):
            if facts.get(f"{known_set}-{known_number}"):
                return f"{known_set}-{known_number}", known_set, known_number
    return f"{set_id}-{plain}", set_id, plain


def _akin(one: str, other: str) -> bool:
    return one in other or other in one or all("promo" in name for name in (one, other))
