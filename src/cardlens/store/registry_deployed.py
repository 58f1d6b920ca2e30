"""What devices say they run. Nobody writes "deployed" by hand: it is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cardlens.errors import CardlensError
from cardlens.store.objects import Store
from cardlens.store.registry import GROUP
from cardlens.store.registry_store import group_folder
from cardlens.store.registry_version import check_name

LARGEST_REPORT = 20_000  # bytes


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What a device said last.

    Attributes:
        device: its name.
        version: what it runs; None where nothing is installed.
        sequence: number of that release's signature.
        installed_at, reported_at: UTC time, ISO.
        rolled_back: a version that was taken back on this device, and is not wanted there.
        error: why its last update failed; None where it did not.
        self_test: what the release did on the device before it was used.
        system: versions of cardlens, Python and the operating system.
    """

    device: str
    version: str | None
    sequence: int
    installed_at: str | None
    reported_at: str
    rolled_back: str | None = None
    error: str | None = None
    self_test: Mapping[str, Any] = field(default_factory=dict)
    system: str = ""

    def to_bytes(self) -> bytes:
        """The report as it is stored."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes, device: str) -> DeviceReport:
        """Read a report; raises `ValueError` or `TypeError` where it is none of that device."""
        report = cls(**json.loads(content))
        if report.device != device:
            raise ValueError(f"says that it is of {report.device!r}")
        return report


def report_path(device: str, group: str = GROUP) -> str:
    """Where a device's report lies: the one object that a device may write; stack.yaml names it too."""
    return f"{group_folder(group)}/devices/{check_name(device)}.json"


def send_report(store: Store, report: DeviceReport, group: str = GROUP) -> None:
    """Put a report in place of the device's last one; raises `StoreError` where it may not."""
    store.put(report_path(report.device, group), report.to_bytes())


def reports(store: Store, group: str = GROUP) -> list[DeviceReport]:
    """Read what every device said last, by name; a report that cannot be read is one whose `error` says so."""
    paths = sorted(listed.path for listed in store.list(f"{group_folder(group)}/devices"))
    return [_report(store, path) for path in paths if path.endswith(".json")]


def _report(store: Store, path: str) -> DeviceReport:
    device = path.rpartition("/")[2].removesuffix(".json")
    try:
        found = store.read(path, LARGEST_REPORT)
        return DeviceReport.from_bytes(found.content if found else b"", device)
    except (ValueError, TypeError, CardlensError) as error:
        return DeviceReport(device, None, 0, None, "", error=f"its report cannot be read: {error}")
