from __future__ import annotations

import json
import logging

import pytest
from starlette.testclient import TestClient

from cardlens.service.telling import LOG, JsonLines


def test_a_record_is_one_line_of_json_whatever_is_in_it() -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "said\n%s", ("é\n",), None)
    record.said = {"route": "/v1/cards"}
    line = JsonLines().format(record)
    assert "\n" not in line
    assert json.loads(line) | {"time": ""} == {
        "time": "",
        "level": "info",
        "message": "said\né\n",
        "route": "/v1/cards",
    }


def test_a_photo_and_its_name_leave_no_trace_in_the_log(
    client: TestClient, demo: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    keeping = logging.Handler()
    keeping.setFormatter(JsonLines())
    monkeypatch.setattr(keeping, "emit", lambda record: lines.append(keeping.format(record)))
    monkeypatch.setattr(LOG, "handlers", [keeping])
    client.post("/v1/identify", files={"photo": ("my-secret-page.jpg", demo)})
    client.get("/v1/cards", params={"search": "my secret wish"})
    told = [json.loads(line) for line in lines]
    assert [line["route"] for line in told] == ["/v1/identify", "/v1/cards"]
    assert all(line["status"] == 200 and len(line["request"]) == 12 for line in told)
    assert "secret" not in "".join(lines)
    assert max(map(len, lines)) < 400
