"""The OpenAPI is true: schemathesis asks for all it allows, and for what it does not. More: CARDLENS_FUZZ=50."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.service.conftest import Running

EXAMPLES = int(os.environ.get("CARDLENS_FUZZ", "1"))
# seconds: schemathesis uses them up, so that all examples are tried, and more where there is time
LONGEST = 20 * EXAMPLES
# a schema cannot say which cards exist, so what it allows may still be refused
CHECKS = ["--exclude-checks", "positive_data_acceptance"]


@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_nothing_that_schemathesis_thinks_of_breaks_a_promise(running: Running) -> None:
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{running.url}/openapi.json", "--no-color", *CHECKS]
    command += ["--max-examples", str(EXAMPLES), "--max-time", str(LONGEST), "--request-timeout", "60"]
    command += ["--generation-database", "none"]
    command += ["--phases", "examples,coverage,fuzzing", "--seed", "151", "--exclude-operation-id", "reload_reference"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280 + LONGEST)
    assert ended.returncode == 0, ended.stdout[-6000:] + ended.stderr[-2000:]


def operations(client: TestClient) -> list[tuple[str, dict[str, Any]]]:
    paths = client.get("/openapi.json").json()["paths"]
    return [(f"{method} {path}", one) for path, methods in paths.items() for method, one in methods.items()]


def test_every_operation_is_named_explained_and_says_what_can_go_wrong(client: TestClient) -> None:
    for name, operation in operations(client):
        assert operation["summary"], name
        assert operation["description"], name
        assert operation["operationId"], name
        assert any(status.startswith("2") for status in operation["responses"]), name
        if "/v1/" in name:
            assert "421" in operation["responses"], name


def test_what_goes_in_and_comes_out_has_examples(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for name in ("Card", "Copy", "Adding", "Changing", "Identified", "Reference", "NewName", "Token"):
        assert schemas[name]["example"], name


def test_every_reference_leads_somewhere(client: TestClient) -> None:
    record = client.get("/openapi.json").json()

    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*map(references, part.values()))
        return set().union(*map(references, part)) if isinstance(part, list) else set()

    for reference in references(record):
        assert reference.removeprefix("#/components/schemas/") in record["components"]["schemas"]
