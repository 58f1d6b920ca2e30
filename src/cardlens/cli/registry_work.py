"""What the commands of `cardlens registry` do: open, ask, print."""

from __future__ import annotations

import getpass
import socket
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from cardlens.cli import console, extras
from cardlens.cli.transfer_bar import transfer_bar
from cardlens.errors import CardlensError
from cardlens.settings import Settings
from cardlens.store.address import open_store
from cardlens.store.objects import Store
from cardlens.store.registry import Registered, Registry
from cardlens.store.registry_candidate import Candidate, Origin, gather, missing_files, upload
from cardlens.store.registry_compare import Comparison, compare
from cardlens.store.registry_deployed import DeviceReport, reports
from cardlens.store.registry_gates import Gates
from cardlens.store.registry_status import Status
from cardlens.store.registry_store import StoreRegistry
from cardlens.store.registry_verify import verify

_STYLES = {Status.APPROVED: "green", Status.REJECTED: "red", Status.PENDING: "yellow", Status.ARCHIVED: "dim"}
_SHOWN_CARDS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """The registry that a command speaks with."""

    store: Store
    registry: Registry
    group: str

    @classmethod
    def of(cls, address: str | None, backend: str | None, group: str | None) -> Place:
        """Open the registry in the store, or SageMaker's."""
        settings = Settings.from_environment()
        store, group = open_store(address or settings.store), group or settings.group
        registry: Registry = StoreRegistry(store, group)
        chosen = backend or settings.registry
        if chosen == "sagemaker":
            registry = _sagemaker(store, group)
        elif chosen != "store":
            raise CardlensError(f"{chosen!r}: no registry; give --backend store or --backend sagemaker")
        return cls(store, registry, group)


def _sagemaker(store: Store, group: str) -> Registry:
    extras.require("aws", "cardlens registry --backend sagemaker")
    from cardlens.cloud.aws import Aws
    from cardlens.cloud.place import Place as CloudPlace
    from cardlens.cloud.sagemaker_registry import SageMakerRegistry

    client = Aws(CloudPlace.from_environment(store.address).region).sagemaker
    return SageMakerRegistry(client, store, StoreRegistry(store, group), group)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a version is put together from."""

    name: str
    models: Path
    reference: Path
    figures: Path
    parents: tuple[str, ...]
    note: str
    by: str


def person(by: str | None) -> str:
    """Who decides: as given, or the user of this computer."""
    try:
        return by or f"{getpass.getuser()}@{socket.gethostname()}"
    except (OSError, KeyError):
        raise CardlensError("who decides? this system does not know you; say it with --by") from None


def show_versions(place: Place, *, as_json: bool) -> None:
    """Print every version."""
    versions = place.registry.versions()
    if as_json:
        console.stdout().print_json(data=[_summary(one) for one in versions])
        return
    table = Table("Version", "Status", "Cards", "Artwork R@1", "Size", "Registered", "Decided", "Note")
    for one in versions:
        version = one.version
        accuracy = version.figures.get("artwork_r_at_1")
        table.add_row(
            version.name,
            Text(one.status, _STYLES[one.status]),
            f"{version.cards:,}",
            f"{100 * accuracy:.1f} %" if isinstance(accuracy, float | int) else "",
            f"{version.size / 1e6:.1f} MB",
            f"{version.created[:10]} {version.created_by}",
            f"{one.latest.at[:10]} {one.latest.by}",
            Text(one.latest.note),
        )
    console.stdout().print(
        table if versions else f"{place.store.address}: no version in {place.group} yet", markup=False
    )


def show_version(place: Place, name: str, *, as_json: bool) -> None:
    """Print one version whole."""
    one, history = place.registry.version(name), place.registry.history(name)
    gates = Gates.from_environment().results(one.version.figures, one.version.embedder)
    if as_json:
        whole = {**_summary(one), "files": {path: asdict(file) for path, file in one.version.files.items()}}
        decided = [asdict(decision) for decision in history]
        console.stdout().print_json(data={**whole, "gates": [asdict(gate) for gate in gates], "history": decided})
        return
    version = one.version
    about = Table("", "", title=f"{version.name}, {one.status}", title_justify="left", show_header=False)
    rows = [
        ("registered", f"{version.created} by {version.created_by}"),
        ("embedder", version.embedder),
        ("cards", f"{version.cards:,}"),
        ("made from", ", ".join(f"{what} {which}" for what, which in version.parents.items())),
        ("note", version.note),
        *((f"gate {gate.name}", f"{'holds' if gate.holds else 'FAILS'}: {gate}") for gate in gates),
        *((f"figure {figure}", str(value)) for figure, value in version.figures.items()),
        *((path, f"{file.bytes:,} bytes, {file.sha256[:12]}") for path, file in version.files.items()),
        *((decided.at, f"{decided.status} by {decided.by}  {decided.note}") for decided in history),
    ]
    for what, said in rows:
        about.add_row(Text(what), Text(said, overflow="fold"))
    console.stdout().print(about)


def register(place: Place, parts: Parts, *, apply: bool, as_json: bool) -> None:
    """Put a version together, print what would be sent, and with `apply` send and enter it."""
    from cardlens.devices.golden import make_golden  # loads the models

    with tempfile.TemporaryDirectory() as scratch:
        golden = Path(scratch) / "golden"
        make_golden(parts.models, parts.reference, golden)
        origin = Origin(parts.by, _parents(parts.parents), parts.note)
        candidate = gather(parts.name, parts.models, parts.reference, parts.figures, golden, origin)
        missing = missing_files(place.store, candidate, place.group)
        size = sum(file.bytes for file in missing.values())
        if apply:
            with transfer_bar("sending") as bar:
                bar.expect(size)
                upload(place.store, candidate, bar.arrived, place.group)
            place.registry.register(candidate.version, parts.by)
    _say_registered(place, candidate, size, apply=apply, as_json=as_json)


def _say_registered(place: Place, candidate: Candidate, size: int, *, apply: bool, as_json: bool) -> None:
    version = candidate.version
    if as_json:
        files = {path: asdict(file) for path, file in version.files.items()}
        console.stdout().print_json(
            data={"version": version.name, "applied": apply, "bytes_to_send": size, "files": files}
        )
        return
    done = f"registered in {place.store.address}, pending" if apply else "not registered yet: give --apply to do it"
    console.stdout().print(
        f"{version.name}: {len(version.files)} files, {version.size / 1e6:.1f} MB, {size / 1e6:.1f} MB to send; {done}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


def _parents(given: Iterable[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for what, equals, which in pairs:
        if not (what and equals and which):
            raise CardlensError(f"{what!r}: give --parent as WHAT=WHICH, such as data=v1.0")
    return {what: which for what, _, which in pairs}


def decide(place: Place, name: str, status: str, by: str, note: str, *, as_json: bool) -> None:
    """Set a status and say so."""
    one = place.registry.decide(name, Status(status), by, note)
    if as_json:
        console.stdout().print_json(data=_summary(one))
        return
    after = "; sign it for devices: cardlens device release sign " + name if one.status is Status.APPROVED else ""
    console.stdout().print(
        f"{name}: {one.status} by {one.latest.by}{after}", markup=False, highlight=False, soft_wrap=True
    )


def show_deployed(place: Place, hosts: list[str], *, as_json: bool) -> None:
    """Print what devices run; asked ones in place of their last report."""
    from cardlens.devices.asking import ask

    asked = {report.device: report for report in map(ask, hosts)}
    known = {report.device: report for report in reports(place.store, place.group)} | asked
    approved = place.registry.approved()
    wanted = approved.version.name if approved else None
    if as_json:
        console.stdout().print_json(
            data={"approved": wanted, "devices": [asdict(known[name]) for name in sorted(known)]}
        )
        return
    table = Table("Device", "Runs", "Since", "Asked or reported", "Remark", title=f"approved: {wanted or 'none'}")
    for name in sorted(known):
        table.add_row(*_deployed_row(known[name], wanted))
    console.stdout().print(table if known else f"{place.store.address}: no device has reported yet", markup=False)


def _deployed_row(report: DeviceReport, wanted: str | None) -> list[Text]:
    behind = report.version != wanted and report.error is None
    remark = report.error or (f"{report.rolled_back} rolled back" if report.rolled_back else "behind" if behind else "")
    cells = (report.device, report.version or "nothing", report.installed_at or "", report.reported_at, remark)
    return [Text(cell, overflow="fold") for cell in cells]


def show_comparison(place: Place, first: str, second: str, *, as_json: bool) -> None:
    """Print what is different between two versions."""
    versions = [place.registry.version(name).version for name in (first, second)]
    found = compare(place.store, versions[0], versions[1], place.group)
    if as_json:
        console.stdout().print_json(data=found.as_json())
        return
    table = Table("", found.first, found.second)
    for figure, (before, after) in found.figures.items():
        table.add_row(Text(figure), Text(_shown(before)), Text(_shown(after)))
    for path, change in found.files.items():
        if change != "same":
            table.add_row(Text(path), "", change)
    console.stdout().print(table)
    for line in _cards(found):
        console.stdout().print(line, markup=False, highlight=False, soft_wrap=True)


def verify_files(place: Place, name: str | None, *, as_json: bool) -> int:
    """Read every byte of one version's files, or of all versions'; gives the exit code."""
    chosen = place.registry.versions() if name is None else [place.registry.version(name)]
    with transfer_bar("reading") as bar:
        bar.expect(sum({file.sha256: file.bytes for one in chosen for file in one.version.files.values()}.values()))
        faults = list(verify(place.store, [one.version for one in chosen], place.group, bar.arrived))
    if as_json:
        console.stdout().print_json(data={"versions": len(chosen), "faults": [asdict(fault) for fault in faults]})
    for fault in () if as_json else faults:
        needed = f"{fault.path} of {', '.join(fault.versions)}"
        line = f"{fault.place}: {fault.what} ({needed}); heal it: cardlens store heal --from BACKUP --apply"
        console.stdout().print(line, markup=False, highlight=False, soft_wrap=True)
    if not faults and not as_json:
        console.stdout().print(f"{len(chosen)} versions: every byte is right", markup=False, highlight=False)
    return 1 if faults else 0


def _cards(found: Comparison) -> Iterable[str]:
    for what, cards in (("more", found.cards_added), ("fewer", found.cards_removed)):
        listed = ", ".join(cards[:_SHOWN_CARDS]) + (", …" if len(cards) > _SHOWN_CARDS else "")
        yield f"{len(cards):,} cards {what} in {found.second}{': ' if cards else ''}{listed}"
    yield f"a device with {found.first} downloads {found.download / 1e6:.1f} MB"


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _summary(one: Registered) -> dict[str, Any]:
    version = one.version
    return {
        "version": version.name,
        "status": str(one.status),
        "cards": version.cards,
        "bytes": version.size,
        "embedder": version.embedder,
        "created": version.created,
        "created_by": version.created_by,
        "decided": one.latest.at,
        "decided_by": one.latest.by,
        "note": one.latest.note,
        "figures": dict(version.figures),
        "parents": dict(version.parents),
    }
