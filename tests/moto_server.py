"""A server that answers like AWS (moto), for what no real server on a laptop does: SageMaker, CloudFormation, IAM.

Import the fixture `moto_endpoint` into a conftest to use it: boto3 then finds the server through its environment.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from importlib.util import find_spec
from typing import Final

import pytest

REGION: Final = "us-east-2"
ACCOUNT = "123456789012"
_TRIES, _PAUSE = 300, 0.2  # a minute on a busy machine


@pytest.fixture(scope="session")
def moto_address() -> Iterator[str]:
    """Start the server once, as a process of its own, on a free port of the loopback; give its URL."""
    if find_spec("moto") is None or find_spec("flask") is None:
        pytest.skip("no AWS to ask: pip install 'moto[server]'")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
        process.kill()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(_TRIES):
        assert process.poll() is None, "moto's server ended at once"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(_PAUSE)
        else:
            return
    process.kill()
    raise TimeoutError("moto's server does not listen")


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
