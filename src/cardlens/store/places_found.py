"""Making the record of places again, from what the store holds."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from cardlens.store.layout import KEPT, kept
from cardlens.store.manifest import Entry, Manifest
from cardlens.store.objects import Store, Tag
from cardlens.store.parallel import for_each
from cardlens.store.places import KEPT_ONLY, Places
from cardlens.store.survey import Survey


def find_places(store: Store, seen: Survey, manifests: Iterable[Manifest]) -> Places:
    """Find each content that is not where its manifest says: in place, or among the kept copies."""
    copies = {listed.path: listed.bytes for listed in store.list(KEPT)}
    contents = {(path, one.sha256): one for manifest in manifests for path, one in manifest.files.items()}
    places: dict[str, dict[str, Tag]] = {}
    adding = threading.Lock()

    def find(item: tuple[tuple[str, str], Entry]) -> None:
        (path, digest), entry = item
        tag = _in_place(store, seen, path, entry)
        if tag is None and copies.get(kept(digest)) == entry.bytes:
            tag = KEPT_ONLY
        if tag is not None and tag != Tag(entry.e_tag, entry.version_id):
            with adding:
                places.setdefault(path, {})[digest] = tag

    for_each(contents.items(), find)
    return places


def _in_place(store: Store, seen: Survey, path: str, entry: Entry) -> Tag | None:
    """Give the state of the object at the data set's own path if it holds this content."""
    listed = seen.objects.get(path)
    if listed is None or listed.bytes != entry.bytes:
        return None
    place = f"{seen.dataset.path}/{path}"
    tag = store.tag(place)
    is_it = tag.e_tag == entry.e_tag or store.digest(place, tag.version) == (entry.sha256, entry.bytes)
    return tag if is_it else None
