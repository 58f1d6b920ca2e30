"""The main path of a device: from "which version is approved?" to that version running. Start reading here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from cardlens.devices.download import Fetched, Watcher, download, to_fetch
from cardlens.devices.home import DeviceError, DeviceHome, Installed
from cardlens.devices.release import Release, Untrusted
from cardlens.devices.self_test import SelfTest, examine_apart
from cardlens.devices.trust import ReleaseTrust
from cardlens.store.objects import Store
from cardlens.store.registry import GROUP, Registry
from cardlens.store.registry_clock import now

Action = Literal["installed", "up to date", "healed", "held"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an update did.

    Attributes:
        action: `installed` (another release runs now), `healed` (damaged files of the running one were replaced),
            `up to date`, or `held` (the approved one was rolled back on this device).
        version, sequence: of the release that runs now.
        bytes, files: fetched over the network; `kept`: files that were on the device already.
        seconds: from start to end.
        self_test: what the release did before it was switched to; None where nothing was switched.
    """

    action: Action
    version: str
    sequence: int
    bytes: int = 0
    files: int = 0
    kept: int = 0
    seconds: float = 0.0
    self_test: SelfTest | None = None
    damaged: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update would do, and the bytes and files that it would fetch."""

    action: Action
    version: str
    sequence: int
    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Updater:
    """Keeps a device at the approved and signed version.

    Attributes:
        home: the device's folder.
        store: where registry, releases and files lie.
        registry: is asked which version is approved.
        group: package group.
        self_test: tries a staged release; raises `FailedSelfTest`.
        watcher: is told how the download goes.
    """

    home: DeviceHome
    store: Store
    registry: Registry
    group: str = GROUP
    self_test: Callable[[Path], SelfTest] = examine_apart
    watcher: Watcher = field(default_factory=Watcher)

    def update(self, *, again: bool = False) -> Outcome:
        """Bring the device to the approved version; interrupted at any moment, the old one runs on.

        Args:
            again: install the approved release also where it runs already, or was rolled back here.

        Raises:
            Untrusted: it is not signed, tampered with, expired, or older than what is installed.
            FailedSelfTest: it does not work here.
            DeviceError: another update runs, or there is no room.
            StoreError: the store cannot be read.
        """
        started = time.monotonic()
        with self.home.locked():
            release = self.approved_release()
            running = self._running()
            outcome = None if again else self._nothing_to_do(release, running)
            if outcome is None:
                outcome = self._install(release, running, started)
            self.home.tidy()
        return outcome

    def plan(self) -> Plan:
        """Say what `update` would do; nothing that runs is changed."""
        with self.home.locked():
            release = self.approved_release()
            done = self._nothing_to_do(release, self._running())
            files = {} if done else to_fetch(self.home, release)
        action = done.action if done else "installed"
        return Plan(action, release.version.name, release.sequence, sum(f.bytes for f in files.values()), len(files))

    def approved_release(self) -> Release:
        """Give the approved version, as it was signed."""
        approved = self.registry.approved()
        if approved is None:
            raise DeviceError(f"{self.store.address}: no version is approved in {self.group}; nothing was changed")
        release = ReleaseTrust(self.home.trust, self.store, self.group).release(approved.version.name)
        self._refuse_older(release)
        return release

    def _refuse_older(self, release: Release) -> None:
        running = self.home.running_sequence()
        if release.sequence < running:
            raise Untrusted(
                f"{release.version.name}: signature {release.sequence} is older than {running}, which runs here; "
                "to go back on purpose the publisher signs it again: "
                f"cardlens device release sign {release.version.name}"
            )

    def _running(self) -> Installed | None:
        try:
            return self.home.running()
        except DeviceError:  # its record is damaged: it is put there anew
            return None

    def _nothing_to_do(self, release: Release, running: Installed | None) -> Outcome | None:
        if running is None:
            return None
        if release.sequence != running.sequence:
            held = self.home.held(release.sequence)
            return Outcome("held", running.version, running.sequence) if held else None
        return None if self._damaged(release) else Outcome("up to date", running.version, running.sequence)

    def _damaged(self, release: Release) -> list[str]:
        """List the damaged files of the running release, if it is this one."""
        name = self.home.running_name()
        return self.home.damaged(name) if name and self.home.running_sequence() == release.sequence else []

    def _install(self, release: Release, running: Installed | None, started: float) -> Outcome:
        same = running is not None and running.sequence == release.sequence
        damaged = self._damaged(release) if same else []
        staged, fetched = download(self.store, self.home, release, self.group, self.watcher)
        tested = self.self_test(staged)
        replaced = running.replaced if same and running else self.home.running_name()
        name = self.home.install(staged, release, Installed.of(release, now(), replaced))
        self.home.switch(name)
        return _outcome("healed" if damaged else "installed", release, fetched, started, tested, damaged)


def _outcome(
    action: Action, release: Release, fetched: Fetched, started: float, tested: SelfTest, damaged: list[str]
) -> Outcome:
    return Outcome(
        action,
        release.version.name,
        release.sequence,
        fetched.bytes,
        fetched.files,
        fetched.kept,
        round(time.monotonic() - started, 2),
        tested,
        tuple(damaged),
    )


def roll_back(home: DeviceHome, note: str, self_test: Callable[[Path], SelfTest] = examine_apart) -> Installed:
    """Let the release before the running one run again; the one left is not installed again by itself.

    Raises:
        DeviceError: there is none before it.
        FailedSelfTest: it does not work any more; the running one stays.
    """
    with home.locked():
        running, name = home.running(), home.running_name()
        if running is None or name is None or running.replaced is None:
            raise DeviceError(f"{home.folder}: no release before the running one; nothing to go back to")
        before = home.installed(running.replaced)
        self_test(home.release_folder(running.replaced))
        home.hold(name, now(), note)
        home.switch(running.replaced)
        return before
