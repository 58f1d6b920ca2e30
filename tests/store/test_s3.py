"""Credentials are found where the AWS tools look for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardlens.store.address import open_store
from cardlens.store.errors import StoreError
from tests.s3_server import ADMIN_KEY, ADMIN_SECRET, S3Server

CREDENTIALS = """\
[default]
aws_access_key_id = {key}
aws_secret_access_key = {secret}
[other]
aws_access_key_id = wrong
aws_secret_access_key = wrong
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    file = tmp_path / "credentials"
    file.write_text(CREDENTIALS.format(key=ADMIN_KEY, secret=ADMIN_SECRET))
    return file


@pytest.mark.s3
def test_keys_from_the_file_that_aws_configure_writes(s3_server: S3Server, written: Path) -> None:
    config = written.with_name("config")
    config.write_text("[default]\nregion = us-east-2\n")
    environment = {
        "AWS_SHARED_CREDENTIALS_FILE": str(written),
        "AWS_CONFIG_FILE": str(config),
        "AWS_ENDPOINT_URL_S3": s3_server.endpoint,
    }
    store = open_store(f"s3://{s3_server.place(versioned=True)}", environment)
    store.put("a", b"content")
    assert store.look("a") is not None
    other = open_store(f"s3://{s3_server.place(versioned=True)}", {**environment, "AWS_PROFILE": "other"})
    with pytest.raises(StoreError, match="the access key is not known"):
        other.put("a", b"content")


def test_a_credentials_file_that_is_none_is_told(written: Path) -> None:
    written.write_text("no file of keys")
    with pytest.raises(StoreError, match="cannot be read"):
        open_store("s3://bucket", {"AWS_SHARED_CREDENTIALS_FILE": str(written)})


def test_addresses_never_show_keys() -> None:
    store = open_store("s3://shop/a/b/", {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"})
    assert store.address == "s3://shop/a/b"
