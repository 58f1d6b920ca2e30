"""Drill: a device is lost. From an empty folder to a working recognizer, with the device's own credentials alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cardlens.devices.golden import make_golden
from cardlens.devices.keys import KeyFolder
from cardlens.devices.publisher import Publisher
from cardlens.runtimes.base import ModelSpec
from cardlens.settings import BUNDLED
from cardlens.store.address import open_store
from cardlens.store.objects import no_progress
from cardlens.store.registry_candidate import Origin, gather, upload
from cardlens.store.registry_deployed import reports
from cardlens.store.registry_gates import Gates
from cardlens.store.registry_status import Status
from cardlens.store.registry_store import StoreRegistry
from tests.cloud.enforced import PREFIX, holder_of
from tests.devices.fleet import PASSPHRASE
from tests.s3_server import S3Server
from tests.store.registered import GOOD

pytestmark = pytest.mark.s3


@pytest.fixture
def published(bucket: str, s3_server: S3Server, tmp_path: Path) -> tuple[str, str]:
    """The bundled models and database as an approved and signed version; gives the store and the root's digest."""
    # a bucket of its own, as policies name one; `bucket` is there for the administrator's credentials
    store = open_store(f"s3://{s3_server.make_bucket()}/{PREFIX}")
    embedder = ModelSpec.load(BUNDLED / "embedder.json").digest
    (tmp_path / "figures.json").write_text(json.dumps({**GOOD, "embedder": embedder}))
    make_golden(BUNDLED, BUNDLED / "reference", tmp_path / "golden")
    parts = (BUNDLED, BUNDLED / "reference", tmp_path / "figures.json", tmp_path / "golden")
    candidate = gather("v2.0", *parts, Origin("ash@lab", {"data": "v1.0"}))
    upload(store, candidate, no_progress)
    registry = StoreRegistry(store, gates=Gates())
    registry.register(candidate.version, "ash@lab")
    registry.decide("v2.0", Status.APPROVED, "ash@lab")
    publisher = Publisher(store, KeyFolder(tmp_path / "keys", lambda: PASSPHRASE))
    root = publisher.begin()
    publisher.sign("v2.0", {"v2.0"})
    (tmp_path / "root.json").write_bytes(root)
    return store.address, candidate.version.embedder


def test_a_lost_device_is_replaced(
    published: tuple[str, str], s3_server: S3Server, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    address, _ = published
    device = holder_of("device", s3_server, address.removeprefix("s3://").partition("/")[0])
    home = tmp_path / "new-device"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CARDLENS_"))}
    environment = {
        **plain,
        **device.environment,
        "CARDLENS_STORE": address,
        "CARDLENS_DEVICE_HOME": str(home),
        "CARDLENS_DEVICE_NAME": device.name,  # the name that its key belongs to: the only one it may report by
        "HOME": str(tmp_path),
    }
    began = time.monotonic()
    _cardlens(environment, "device", "trust", str(tmp_path / "root.json"))
    outcome = json.loads(_cardlens(environment, "device", "update", "--json"))
    environment |= {
        "CARDLENS_MODELS": str(home / "current" / "models"),
        "CARDLENS_REFERENCE": str(home / "current" / "reference"),
    }
    answer = json.loads(_cardlens(environment, "identify", str(BUNDLED / "demo" / "demo.jpg"), "--json"))
    took = f"{time.monotonic() - began:.1f} s from nothing to the first answer, {outcome['bytes']:,} bytes"
    record_property("drill", f"a device is lost (s3): {took}")
    named = {card["card_id"] for card in answer["cards"]}
    truth = json.loads((BUNDLED / "demo" / "demo-truth.json").read_text())
    assert named == {card["card_id"] for card in truth["cards"]}
    assert (outcome["action"], outcome["self_test"]["crops"]) == ("installed", 9)
    assert outcome["bytes"] > 20_000_000
    # it has reported itself; under another name it may not, says so, and is asked instead
    assert outcome["reported"] is True
    [report] = reports(open_store(address))
    assert (report.device, report.version, report.error) == (device.name, "v2.0", None)
    environment["CARDLENS_DEVICE_NAME"] = "another"
    assert json.loads(_cardlens(environment, "device", "update", "--json"))["reported"] is False
    asked = json.loads(_cardlens(environment, "device", "status", "--json"))["report"]
    assert (asked["device"], asked["version"], asked["error"]) == ("another", "v2.0", None)


def _cardlens(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "cardlens", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
