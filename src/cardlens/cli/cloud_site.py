"""Where the commands of `cardlens cloud` work, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cardlens.cli import extras

if TYPE_CHECKING:
    from cardlens.cloud.aws import Aws
    from cardlens.cloud.place import Place


@dataclass(frozen=True, slots=True)
class Site:
    """A place at AWS and who is signed in there."""

    place: Place
    aws: Aws

    @classmethod
    def open(
        cls,
        command: str,
        store: str | None,
        region: str | None,
        stack: str,
        profile: str | None,
        group: str | None = None,
    ) -> Site:
        """Sign in for a command; raises `CardlensError`, where the extra aws is missing too."""
        extras.require("aws", command)
        from cardlens.cloud.aws import Aws

        place = place_of(store, region, stack, group)
        return cls(place, Aws(place.region, profile))


def place_of(store: str | None, region: str | None, stack: str, group: str | None = None) -> Place:
    """Read the place from options, and from the environment where they are not given."""
    from cardlens.cloud.place import Place

    place = replace(Place.from_environment(store), stack=stack)
    place = replace(place, region=region) if region else place
    return replace(place, package_group=group) if group else place
