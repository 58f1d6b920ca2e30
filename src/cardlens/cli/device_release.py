"""`cardlens device release`: the publisher's side, where versions are signed for devices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardlens.cli import console, extras
from cardlens.errors import CardlensError

if TYPE_CHECKING:
    from cardlens.devices.publisher import Publisher

EXAMPLES = """\
Examples:

  cardlens device release begin --keys /media/keys --apply

  cardlens device release sign v2.1 --keys /media/keys --apply

  cardlens device release refresh --keys /media/keys --apply      (at least every four weeks)

  cardlens device release rotate freshness --keys /media/keys --apply
"""

Keys = Annotated[Path, typer.Option(metavar="DIR", help="Folder of the keys: on a medium that is elsewhere otherwise.")]
StoreAddress = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="s3://bucket/prefix or a folder; by default CARDLENS_STORE."),
]
Group = Annotated[str | None, typer.Option(metavar="NAME", help="Package group; by default pokemon-card-embedding.")]
Backend = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="store or sagemaker; by default CARDLENS_REGISTRY, or else store."),
]
Apply = Annotated[bool, typer.Option("--apply", help="Do it; without, only the plan is printed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    no_args_is_help=True,
    epilog=EXAMPLES,
    help="Sign versions for devices. The passphrase of the keys is asked for, or read from CARDLENS_KEYS_PASSPHRASE.",
)


@app.command(epilog=EXAMPLES)
def begin(
    keys: Keys, store: StoreAddress = None, group: Group = None, apply: Apply = False, as_json: AsJson = False
) -> None:
    """Make the keys and the root that devices are to believe. Once, for a store."""
    publisher, place = _open(keys, store, group)
    if not apply:
        _plan(f"would make the keys root, targets and freshness in {keys}, and the first signed metadata in {place}")
        return
    import hashlib

    digest = hashlib.sha256(publisher.begin()).hexdigest()
    _done(
        {"root": str(keys / "root.json"), "sha256": digest},
        f"{keys / 'root.json'}: give it to the devices, or its SHA-256 {digest}; keep the folder somewhere safe, twice",
        as_json=as_json,
    )


@app.command(epilog=EXAMPLES)
def sign(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="An approved version, such as v2.1.")],
    keys: Keys,
    store: StoreAddress = None,
    group: Group = None,
    backend: Backend = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Sign the approved version: devices install it with their next update.

    To take a release back everywhere, reject it in the registry and sign the one before again.
    """
    from cardlens.cli.registry_work import Place
    from cardlens.store.registry_status import Status

    publisher, place = _open(keys, store, group)
    registry = Place.of(store, backend, group).registry
    approved = registry.approved()
    if approved is None or approved.version.name != version:
        found = approved.version.name if approved else "none"
        raise CardlensError(
            f"{version}: is not the version approved last ({found} is); "
            f"approve it first: cardlens registry approve {version}"
        )
    if not apply:
        _plan(
            f"would sign {version} (record {approved.version.digest[:12]}, {approved.version.cards:,} cards) in {place}"
        )
        return
    signable = {one.version.name for one in registry.versions() if one.status is not Status.REJECTED}
    release = publisher.sign(version, signable)
    _done(
        {"version": version, "sequence": release.sequence, "record": release.version.digest},
        f"{version}: signed, number {release.sequence}; devices install it with their next update",
        as_json=as_json,
    )


@app.command(epilog=EXAMPLES)
def refresh(
    keys: Keys, store: StoreAddress = None, group: Group = None, apply: Apply = False, as_json: AsJson = False
) -> None:
    """Sign anew that nothing newer is held back. Needs only the freshness key; devices refuse updates 30 days after."""
    publisher, place = _open(keys, store, group)
    if not apply:
        _plan(f"would sign the timestamp of {place} anew")
        return
    until = publisher.refresh().isoformat()
    _done({"until": until}, f"{place}: signatures count until {until}", as_json=as_json)


@app.command(epilog=EXAMPLES)
def rotate(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="root, targets or freshness.")],
    keys: Keys,
    store: StoreAddress = None,
    group: Group = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Replace a key. Devices follow by themselves; what the old key signs counts no more."""
    from cardlens.devices.keys import ROLES

    if role not in ROLES:
        raise CardlensError(f"{role}: no such key; there are {', '.join(ROLES)}")
    publisher, place = _open(keys, store, group)
    if not apply:
        _plan(f"would make a new {role} key in {keys} and sign everything in {place} anew")
        return
    import hashlib

    digest = hashlib.sha256(publisher.rotate(role)).hexdigest()
    _done(
        {"role": role, "root_sha256": digest},
        f"{place}: has a new {role} key; the root is now {digest}",
        as_json=as_json,
    )


def _open(keys: Path, address: str | None, group: str | None) -> tuple[Publisher, str]:
    extras.require("device", "cardlens device release")
    from cardlens.devices.keys import KeyFolder
    from cardlens.devices.publisher import Publisher
    from cardlens.settings import Settings
    from cardlens.store.address import open_store

    settings = Settings.from_environment()
    store, group = open_store(address or settings.store), group or settings.group
    return Publisher(store, KeyFolder(keys, _passphrase()), group), f"{store.address}, {group}"


def _passphrase() -> Callable[[], str]:
    import functools
    import os

    @functools.cache
    def ask() -> str:
        told = os.environ.get("CARDLENS_KEYS_PASSPHRASE")
        return told or str(typer.prompt("Passphrase of the keys", hide_input=True, err=True))

    return ask


def _plan(line: str) -> None:
    console.stdout().print(f"{line}; give --apply to do it", markup=False, highlight=False, soft_wrap=True)


def _done(record: dict[str, object], line: str, *, as_json: bool) -> None:
    if as_json:
        console.stdout().print_json(data=record)
    else:
        console.stdout().print(line, markup=False, highlight=False, soft_wrap=True)
