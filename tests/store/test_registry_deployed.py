from __future__ import annotations

from dataclasses import replace

import pytest

from cardlens.store.registry_deployed import LARGEST_REPORT, DeviceReport, report_path, reports, send_report
from cardlens.store.registry_version import BadVersion
from tests.store.registered import memory_store

REPORT = DeviceReport("scanner-1", "v2.0", 4, "2026-01-11T00:00:00+00:00", "2026-01-12T00:00:00+00:00")


def test_the_last_report_of_each_device_counts() -> None:
    store = memory_store()
    send_report(store, REPORT)
    send_report(store, replace(REPORT, version="v2.1", sequence=5))
    send_report(store, replace(REPORT, device="scanner-0"))
    assert [(one.device, one.version) for one in reports(store)] == [("scanner-0", "v2.0"), ("scanner-1", "v2.1")]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[1]", b'{"device": "x"}', replace(REPORT, device="another").to_bytes(), b"x" * (LARGEST_REPORT + 1)],
)
def test_a_report_that_is_none_is_said_and_hides_no_other(content: bytes) -> None:
    store = memory_store()
    send_report(store, REPORT)
    store.put(report_path("liar"), content)
    liar, honest = reports(store)
    assert liar.device == "liar"
    assert "cannot be read" in (liar.error or "")
    assert honest == REPORT


def test_a_device_cannot_write_elsewhere_by_its_name() -> None:
    with pytest.raises(BadVersion):
        report_path("../log/00000001")
