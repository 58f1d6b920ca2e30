"""Every worker uses the models and database that the driver has, or none at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cardlens
from cardlens.errors import CardlensError
from cardlens.reference import files
from cardlens.scale.errors import ScaleError
from cardlens.settings import Settings


def for_workers(settings: Settings) -> Settings:
    """Give what workers need of the settings: nothing else travels. One thread each: there is a worker a core.

    Raises:
        ScaleError: cards are to be named from a shared catalogue, whose address may hold a password.
    """
    if settings.shared:
        raise ScaleError(
            "--engine ray: names from a folder that machines have, not from a shared catalogue; give --reference DIR"
        )
    return Settings(
        reference=settings.reference,
        models=settings.models,
        max_bytes=settings.max_bytes,
        max_pixels=settings.max_pixels,
        threads=1,
    )


def fingerprint(settings: Settings, *, database: bool = True) -> dict[str, str]:
    """Digests of everything that answers depend on; the specs of the models name the digests of their weights."""
    prints = {"cardlens": cardlens.__version__, "models": _digest(sorted(settings.models.glob("*.json")))}
    if database:
        prints["database"] = _digest([settings.reference / files.MANIFEST])
    return prints


def check_same(settings: Settings, wanted: dict[str, str]) -> None:
    """Raise `ScaleError` where this machine's models, database or program are not those that are `wanted`."""
    here = fingerprint(settings, database="database" in wanted)
    other = [name for name, digest in wanted.items() if here[name] != digest]
    if other:
        raise ScaleError(
            f"a worker has another {' and another '.join(other)} than the driver "
            f"(looked for in {settings.models} and {settings.reference}); install the same on every machine"
        )


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    try:
        for path in paths:
            digest.update(path.name.encode() + path.read_bytes())
    except OSError as error:
        raise CardlensError(f"{error.filename}: cannot be read ({error.strerror}); check that it is there") from error
    return digest.hexdigest()
