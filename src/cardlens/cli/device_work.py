"""What the commands of `cardlens device` do: open, act, print."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from cardlens.cli import console
from cardlens.cli.transfer_bar import transfer_bar
from cardlens.devices.download import Watcher
from cardlens.devices.home import DeviceError, DeviceHome
from cardlens.devices.report import compose_report, default_device_name, last_update, update_and_report
from cardlens.devices.self_test import examine_apart
from cardlens.devices.trust import ReleaseTrust
from cardlens.devices.update import Outcome, Updater
from cardlens.devices.update import roll_back as go_back
from cardlens.errors import CardlensError
from cardlens.settings import Settings
from cardlens.store.address import open_store
from cardlens.store.registry_store import StoreRegistry
from cardlens.store.registry_version import check_name


@dataclass(frozen=True, slots=True)
class Device:
    """This device: its folder, its store, its name, and the digest of the root that it believes at first."""

    home: DeviceHome
    address: str
    group: str
    name: str
    root_digest: str | None

    @classmethod
    def of(cls, home: Path | None, store: str | None, group: str | None, name: str | None) -> Device:
        """Take what is given, or else what the settings say; nothing is opened."""
        settings = Settings.from_environment()
        return cls(
            DeviceHome(home or settings.device_home),
            store or settings.store,
            group or settings.group,
            check_name(name or settings.device_name or default_device_name()),
            settings.trust,
        )

    def trust(self) -> ReleaseTrust:
        """What it believes."""
        return ReleaseTrust(self.home.trust, open_store(self.address), self.group)

    def updater(self, watcher: Watcher) -> Updater:
        """What keeps it at the approved version; believes the root of CARDLENS_TRUST where none was given yet."""
        trust = self.trust()
        if self.root_digest and not trust.root_file.exists():
            trust.fetch_root(self.root_digest)
        store = open_store(self.address)
        return Updater(self.home, store, StoreRegistry(store, self.group), self.group, examine_apart, watcher)


def update(device: Device, *, again: bool, as_json: bool) -> None:
    """Update, and say what was done."""
    with transfer_bar("fetching") as bar:
        updater = device.updater(Watcher(bar.expect, bar.arrived))
        outcome, unreported = update_and_report(updater, device.name, again=again)
    if as_json:
        console.stdout().print_json(
            data={**outcome.as_json(), "reported": unreported is None, "unreported": unreported}
        )
        return
    _say(_sentence(outcome))
    if unreported:
        _say(f"not reported ({unreported}); the operator can ask: cardlens registry deployed --ask {device.name}")


def _sentence(outcome: Outcome) -> str:
    runs = f"{outcome.version} runs (signature {outcome.sequence})"
    if outcome.action == "up to date":
        return f"{runs}; it is the approved one, every byte is right"
    if outcome.action == "held":
        return f"{runs}; the approved one was rolled back here: --again installs it all the same"
    tested = f", {outcome.self_test.crops} golden crops named" if outcome.self_test else ""
    healed = f"{len(outcome.damaged)} damaged files replaced; " if outcome.action == "healed" else ""
    return (
        f"{healed}{runs}: {outcome.bytes / 1e6:.1f} MB in {outcome.files} files fetched, {outcome.kept} kept{tested}, "
        f"{outcome.seconds:.1f} s"
    )


def show_plan(device: Device, *, as_json: bool) -> None:
    """Say what an update would do."""
    plan = device.updater(Watcher()).plan()
    if as_json:
        console.stdout().print_json(data=asdict(plan))
    elif plan.action == "installed":
        _say(f"{plan.version} (signature {plan.sequence}) would be installed: {plan.bytes / 1e6:.1f} MB to fetch")
    else:
        _say(f"{plan.version} (signature {plan.sequence}): {plan.action}, nothing to do")


def show_status(device: Device, *, verify: bool, as_json: bool) -> int:
    """Say what runs here; gives the exit code."""
    home = device.home
    running, last = home.running(), last_update(home)
    damaged = home.damaged(home.running_name() or "") if verify and running else []
    if as_json:
        error = last["error"] if last else None
        record: dict[str, Any] = {
            "running": asdict(running) if running else None,
            "installed": home.names(),
            "damaged": damaged,
            "last_update": last,
            "report": asdict(compose_report(home, device.name, None, error)),
        }
        console.stdout().print_json(data=record)
    else:
        _print_status(device, last, damaged)
    return 0 if running and not damaged else 1


def _print_status(device: Device, last: dict[str, Any] | None, damaged: list[str]) -> None:
    home, running = device.home, device.home.running()
    _say(f"{device.name}, {home.folder}")
    table = Table(show_header=False)
    rows = [
        ("runs", f"{running.version}, signature {running.sequence}, {running.cards:,} cards" if running else "nothing")
    ]
    if running:
        rows.append(("since", running.installed_at))
        rows.append(("before it", running.replaced or "nothing: no way back"))
        held = home.held(home.highest_sequence()) if home.highest_sequence() > running.sequence else None
        rows += (
            [("rolled back", f"signature {home.highest_sequence()} on {held['at']}: {held['note']}")] if held else []
        )
    if last:
        rows.append(("last update", f"{last['at']}: {last['error'] or last['outcome']['action']}"))
    rows += [("damaged", path) for path in damaged]
    for what, said in rows:
        table.add_row(what, Text(said, overflow="fold"))
    console.stdout().print(table)


def roll_back(device: Device, note: str, *, as_json: bool) -> None:
    """Go back, and say to what."""
    running = go_back(device.home, note, examine_apart)
    if as_json:
        console.stdout().print_json(data=asdict(running))
    else:
        _say(f"{running.version} runs again (signature {running.sequence})")


def trust(device: Device, root: Path | None, sha256: str | None) -> None:
    """Believe a root from a file, or from the store by its digest."""
    if (root is None) == (sha256 is None):
        raise CardlensError("give either the publisher's root.json or --sha256 with its digest")
    if root is not None:
        try:
            digest = device.trust().give_root(root.read_bytes())
        except OSError as error:
            raise CardlensError(
                f"{root}: cannot be read ({error.strerror}); take root.json from the publisher"
            ) from error
    else:
        digest = device.trust().fetch_root(sha256 or "")
    _say(f"{device.home.folder}: believes the publisher of root {digest}")


def self_test(device: Device, *, as_json: bool) -> None:
    """Try the running release."""
    name = device.home.running_name()
    if name is None:
        raise DeviceError(f"{device.home.folder}: no release installed; run `cardlens device update`")
    tested = examine_apart(device.home.release_folder(name))
    if as_json:
        console.stdout().print_json(data=asdict(tested))
    else:
        _say(f"{name}: {tested.crops} golden crops right (cosine {tested.least_cosine}), {tested.named} cards named")


def _say(line: str) -> None:
    console.stdout().print(line, markup=False, highlight=False, soft_wrap=True)
