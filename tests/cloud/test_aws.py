from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from cardlens.cloud.aws import Aws, CloudRefused, NotAllowed, in_one_line
from tests.store.refusing_server import refusing


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "because.\n"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ExpiredToken", "the sign-in has expired; sign in again"),
        ("ExpiredTokenException", "the sign-in has expired; sign in again"),
        ("InvalidClientTokenId", "the access key is not known; check AWS_PROFILE"),
        ("SignatureDoesNotMatch", "the secret key is wrong; check"),
        ("RequestTimeTooSkewed", "this computer's clock is wrong; set the clock"),
        ("NoSuchBucket", "there is no such bucket; check CARDLENS_STORE"),
        ("Odd", "AWS says Odd: because; see DescribeStacks"),
    ],
)
def test_each_refusal_is_one_line_with_the_next_step(code: str, said: str) -> None:
    with pytest.raises(CloudRefused) as error, in_one_line("look"):
        raise refusal(code)
    assert str(error.value).startswith(f"look: {said}")
    assert "\n" not in str(error.value)


def test_what_is_not_allowed_is_told_apart() -> None:
    with pytest.raises(NotAllowed, match="not allowed to DescribeStacks; sign in"), in_one_line("look"):
        raise refusal("AccessDenied")


ASKING: dict[str, Callable[[Aws], object]] = {
    "sts": lambda aws: aws.account(),
    "iam": lambda aws: aws.iam.list_users(),
    "s3": lambda aws: aws.s3.list_objects_v2(Bucket="shop"),
    "cloudformation": lambda aws: aws.cloudformation.list_stacks(),
    "sagemaker": lambda aws: aws.sagemaker.list_pipelines(),
}


@pytest.mark.parametrize("service", ASKING)
@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (400, "ExpiredToken", "the sign-in has expired; sign in again"),
        (403, "InvalidAccessKeyId", "the access key is not known; check AWS_PROFILE"),
        (403, "RequestTimeTooSkewed", "this computer's clock is wrong; set the clock"),
    ],
)
def test_a_server_that_is_not_aws_is_understood_too(
    moto_endpoint: str, monkeypatch: pytest.MonkeyPatch, service: str, status: int, code: str, said: str
) -> None:
    with refusing(status, code) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        with pytest.raises(CloudRefused) as error, in_one_line("look"):
            ASKING[service](Aws("us-east-2"))
    text = str(error.value)
    assert "\n" not in text
    assert said in text or service == "sagemaker"  # boto3 reads JSON there, and nothing of this server's answer
    assert ": ;" not in text


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Leave no credentials and no settings of AWS to be found."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("nowhere")
def test_nobody_signed_in() -> None:
    with pytest.raises(CloudRefused, match="nobody is signed in to AWS; run `aws configure sso`"):
        Aws("us-east-2").account()


@pytest.mark.usefixtures("nowhere")
def test_no_such_profile() -> None:
    with pytest.raises(CloudRefused, match=r"open the profile: .*nobody-has-this.*list-profiles"):
        Aws("us-east-2", "nobody-has-this")


def test_no_network(monkeypatch: pytest.MonkeyPatch, moto_endpoint: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(CloudRefused, match=r"no answer from http://127.0.0.1.*check the network"):
            Aws("us-east-2").account()
