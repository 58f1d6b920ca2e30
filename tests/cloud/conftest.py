"""A moto account and an S3 server with enforced IAM, for the tests of the cloud."""

from __future__ import annotations

import pytest

from cardlens.cloud.aws import Aws
from cardlens.cloud.place import Place
from tests.moto_server import ACCOUNT, REGION, moto_address, moto_endpoint
from tests.s3_server import s3_server

__all__ = ["aws", "moto_address", "moto_endpoint", "place", "s3_server", "signed_in"]


@pytest.fixture
def place() -> Place:
    """Give the documented example."""
    return Place()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Aws]:
    """Keep who is signed in where: making boto3's clients takes longer than most tests."""
    return {}


@pytest.fixture
def aws(moto_endpoint: str, signed_in: dict[str, Aws]) -> Aws:
    """Sign in to moto's empty account."""
    aws = signed_in.setdefault(moto_endpoint, Aws(REGION))
    assert aws.account() == ACCOUNT
    return aws
