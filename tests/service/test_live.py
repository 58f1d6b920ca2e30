from __future__ import annotations

from concurrent.futures import CancelledError  # what the test client may end with where it hangs up
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from cardlens.live import RAPID, Live, LiveSession, Pace
from cardlens.service.app import create_app
from cardlens.service.options import ServiceOptions
from cardlens.settings import Settings
from tests.service.conftest import HOME

HOST = {"Host": "127.0.0.1:8151"}


@pytest.fixture(scope="module")
def frame(demo: bytes) -> bytes:
    """Give the demo photo as a camera of 720p sees it."""
    canvas = Image.new("RGB", (1280, 720), (90, 64, 48))
    canvas.paste(Image.open(BytesIO(demo)).resize((960, 720)), (160, 0))
    file = BytesIO()
    canvas.save(file, "JPEG", quality=90)
    return file.getvalue()


def test_cards_that_lie_still_are_counted_once_each_with_their_evidence(client: TestClient, frame: bytes) -> None:
    rows: dict[int, dict[str, Any]] = {}
    with suppress(CancelledError), client.websocket_connect("/v1/live", headers=HOST) as socket:
        for _ in range(12):
            socket.send_bytes(frame)
            said = socket.receive_json()
            rows |= {row["row"]: row for row in said["rows"]}
            if len(rows) == 9:
                break
        assert said["size"] == [1280, 720]
        assert len(said["cards"]) == 9
        assert all(len(card["answer"]["quad"]) == 4 for card in said["cards"])
    assert sorted(row["answer"]["card_id"] for row in rows.values()) == sorted(
        f"demo-{number}" for number in (1, 2, 4, 5, 6, 8, 10, 11, 12)
    )
    answer = rows[1]["answer"]
    assert answer["crop"].startswith("data:image/jpeg;base64,")
    assert answer["nearest"][0]["cards"][0]["card_id"] == answer["card_id"]
    assert answer["printings"][0]["name"] == answer["name"]


@pytest.mark.parametrize(("query", "pace"), [("", Pace()), ("?rapid=true", RAPID)])
def test_a_pile_can_be_asked_for(
    client: TestClient, frame: bytes, monkeypatch: pytest.MonkeyPatch, query: str, pace: Pace
) -> None:
    begun: list[Pace] = []
    begin = LiveSession.__init__

    def note(session: LiveSession, live: Live, pace: Pace, *, unknown: bool = False) -> None:
        begun.append(pace)
        begin(session, live, pace, unknown=unknown)

    monkeypatch.setattr(LiveSession, "__init__", note)
    with suppress(CancelledError), client.websocket_connect(f"/v1/live{query}", headers=HOST) as socket:
        socket.send_bytes(frame)
        assert "cards" in socket.receive_json()
    assert begun == [pace]


def test_a_bad_frame_is_told_and_the_next_one_looked_at(client: TestClient, frame: bytes) -> None:
    with suppress(CancelledError), client.websocket_connect("/v1/live", headers=HOST) as socket:
        socket.send_bytes(b"no picture")
        assert "not a JPEG" in socket.receive_json()["error"]
        socket.send_bytes(frame)
        assert "cards" in socket.receive_json()


def test_frame_after_bad_frame_ends_the_connection(client: TestClient) -> None:
    with suppress(CancelledError), client.websocket_connect("/v1/live", headers=HOST) as socket:
        for _ in range(20):
            socket.send_bytes(b"no picture")
            assert "error" in socket.receive_json()
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 1003


def test_words_are_no_frames(client: TestClient) -> None:
    with suppress(CancelledError), client.websocket_connect("/v1/live", headers=HOST) as socket:
        socket.send_text("hello")
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 1003


def test_a_page_of_another_origin_sees_nothing(client: TestClient) -> None:
    headers = {**HOST, "Origin": "http://evil.example"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/v1/live", headers=headers):
        pass


def test_a_camera_for_which_there_is_no_room_or_no_model_yet_is_sent_away(tmp_path: Path) -> None:
    unstarted = TestClient(create_app(ServiceOptions(Settings(collection=str(tmp_path / "cards.db")))), base_url=HOME)
    with unstarted.websocket_connect("/v1/live", headers=HOST) as socket, pytest.raises(WebSocketDisconnect) as ended:
        socket.receive_json()
    assert ended.value.code == 1013
    assert "cardlens_live_cameras 0.0" in unstarted.get("/metrics").text
