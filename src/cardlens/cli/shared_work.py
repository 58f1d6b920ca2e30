"""`cardlens reference` of a shared catalogue: what its commands do where an address is given instead of a folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from cardlens.cli import extras, reference_work
from cardlens.errors import CardlensError
from cardlens.reference.validate import Finding
from cardlens.settings import Settings


def require(what: str) -> None:
    """Raise `MissingExtra` where the extra `postgres` is not installed."""
    extras.require("postgres", what)


def refuse_out(out: Path | None) -> None:
    """A shared catalogue is changed where it is."""
    if out is not None:
        raise CardlensError(f"--out {out}: a shared catalogue is changed in place; leave --out away")


def add(address: str, scans: Path, metadata: list[Path], *, as_json: bool) -> int:
    """Add scans; returns the exit code."""
    require("cardlens reference add")
    from cardlens.shared.edit import add as add_scans

    tools = reference_work.Tools.open(metadata)
    return reference_work.grow(
        as_json, lambda progress: add_scans(address, scans, tools.catalogue, tools.embedder, progress, tools.limits)
    )


def remove(address: str, card_ids: list[str], *, as_json: bool) -> int:
    """Take cards out; returns the exit code."""
    require("cardlens reference remove")
    from cardlens.shared.edit import remove as remove_cards

    return reference_work.show_outcome(remove_cards(address, card_ids), as_json=as_json)


def validate(settings: Settings, address: str, *, as_json: bool) -> int:
    """Check the running model's version; returns 1 where anything serious is wrong."""
    require("cardlens reference validate")
    from cardlens.shared.address import parse, shown
    from cardlens.shared.validation import validate as check

    findings: list[Finding] = check(address, reference_work.running_model(settings).digest)
    return reference_work.tell_findings(findings, shown(parse(address)), as_json=as_json)


def info(address: str) -> dict[str, Any]:
    """Say what the version in use holds."""
    require("cardlens reference info")
    from cardlens.shared.catalogue import SharedCatalogue
    from cardlens.shared.inquiry import summary

    return summary(SharedCatalogue.open(address, None))


def search(address: str, text: str, limit: int) -> list[dict[str, Any]]:
    """Find cards by their words."""
    require("cardlens reference search")
    from cardlens.shared.catalogue import SharedCatalogue
    from cardlens.shared.inquiry import search_cards

    shared = SharedCatalogue.open(address, None)
    return [{"card_id": card_id, **shared.metadata(card_id)} for card_id in search_cards(shared, text, limit)]


def similar(address: str, card_id: str, limit: int) -> list[dict[str, Any]]:
    """Find cards that look like one."""
    require("cardlens reference similar")
    from cardlens.shared.catalogue import SharedCatalogue
    from cardlens.shared.inquiry import similar_cards

    shared = SharedCatalogue.open(address, None)
    return [
        {**asdict(one), "similarity": round(one.similarity, 4), **shared.metadata(one.card_id)}
        for one in similar_cards(shared, card_id, limit)
    ]
