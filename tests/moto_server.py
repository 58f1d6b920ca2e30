"""A server that answers like AWS (moto), for what no real server on a laptop does: SageMaker, CloudFormation, IAM.

Import the fixture `moto_endpoint` into a conftest to use it: boto3 then finds the server through its environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Final

import pytest

REGION: Final = "us-east-2"
ACCOUNT = "123456789012"


@pytest.fixture(scope="session")
def moto_address() -> Iterator[str]:
    """Start the server once, on a free port of the loopback; give its URL."""
    server_module = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto_endpoint(moto_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give the URL of an empty account, with an environment that leads boto3 there and nowhere else."""
    connection = HTTPConnection(moto_address.removeprefix("http://"), timeout=10)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()
    settings = {
        "AWS_ENDPOINT_URL": moto_address,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_IAM"):
        monkeypatch.delenv(name, raising=False)
    return moto_address
