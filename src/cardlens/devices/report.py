"""What a device tells the store about itself, and remembers for `cardlens device status`."""

from __future__ import annotations

import json
import platform
import socket
from dataclasses import asdict
from typing import Any

import cardlens
from cardlens.devices.files import write_aside
from cardlens.devices.home import DeviceHome
from cardlens.devices.update import Outcome, Updater
from cardlens.errors import CardlensError
from cardlens.store.errors import StoreError
from cardlens.store.objects import Store
from cardlens.store.registry import GROUP
from cardlens.store.registry_clock import now
from cardlens.store.registry_deployed import DeviceReport, send_report

_LAST = "last-update.json"


def default_device_name() -> str:
    """The host's name, up to its first dot."""
    return socket.gethostname().partition(".")[0]


def remember(home: DeviceHome, outcome: Outcome | None, error: str | None) -> None:
    """Keep how the last update went; that it cannot be kept hinders nothing."""
    record = {"at": now(), "outcome": outcome.as_json() if outcome else None, "error": error}
    try:
        write_aside(home.folder / _LAST, json.dumps(record).encode())
    except OSError:
        return


def last_update(home: DeviceHome) -> dict[str, Any] | None:
    """Give how the last update went; None where there was none."""
    try:
        record: dict[str, Any] = json.loads((home.folder / _LAST).read_bytes())
    except (OSError, ValueError):
        return None
    return record


def compose_report(home: DeviceHome, device: str, outcome: Outcome | None, error: str | None) -> DeviceReport:
    """Say what runs here, and how the last update went."""
    try:
        running, highest = home.running(), home.highest_sequence()
    except CardlensError as damage:
        running, highest, error = None, 0, str(damage)
    back = highest if running is not None and highest > running.sequence and home.held(highest) else None
    tested = outcome.self_test if outcome else None
    return DeviceReport(
        device=device,
        version=running.version if running else None,
        sequence=running.sequence if running else 0,
        installed_at=running.installed_at if running else None,
        reported_at=now(),
        rolled_back=f"signature {back}" if back else None,
        error=error,
        self_test=asdict(tested) if tested else {},
        system=f"cardlens {cardlens.__version__}, Python {platform.python_version()}, {platform.platform()}",
    )


def update_and_report(updater: Updater, device: str, *, again: bool = False) -> tuple[Outcome, str | None]:
    """Update, remember how it went, and report it, failures too.

    Returns:
        What was done, and why it could not be reported; None where it was.

    Raises:
        CardlensError: as `Updater.update` does.
    """
    try:
        outcome = updater.update(again=again)
    except CardlensError as error:
        remember(updater.home, None, str(error))
        report(updater.store, compose_report(updater.home, device, None, str(error)), updater.group)
        raise
    remember(updater.home, outcome, None)
    return outcome, report(updater.store, compose_report(updater.home, device, outcome, None), updater.group)


def report(store: Store, report_: DeviceReport, group: str = GROUP) -> str | None:
    """Send a report; gives why it could not be sent, None where it was: a device works on without."""
    try:
        send_report(store, report_, group)
    except StoreError as error:
        return str(error)
    return None
