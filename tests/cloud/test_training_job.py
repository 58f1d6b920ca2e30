from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.validate import validate_parameters

from cardlens.cloud.aws import Aws
from cardlens.cloud.card_data import CardData
from cardlens.cloud.code_bundle import CodeBundle
from cardlens.cloud.place import Place
from cardlens.cloud.template import role_arn
from cardlens.cloud.training_job import JobWishes, job_name, put_once, start, training_request
from tests.cloud.accounts import make_bucket
from tests.moto_server import ACCOUNT

CODE = CodeBundle(b"code")
WISHES = JobWishes("embedder", {"seed": "1"}, 13_688)


@pytest.fixture
def data(place: Place) -> CardData:
    return CardData(place, "data/raw/", (("card_images/a.png", 3, "tag"),))


@pytest.fixture
def request_(place: Place, data: CardData) -> Any:
    return training_request("cardlens-embedder-1", place, ACCOUNT, WISHES, CODE, data)


def test_is_what_sagemaker_takes(aws: Aws, request_: Any) -> None:
    shape = aws.sagemaker.meta.service_model.operation_model("CreateTrainingJob").input_shape
    assert shape is not None
    validate_parameters(request_, shape)


def test_the_money_limit_is_sagemakers_own(request_: Any) -> None:
    assert request_["StoppingCondition"] == {"MaxRuntimeInSeconds": 13_688}


def test_script_mode_finds_code_and_settings(request_: Any, place: Place) -> None:
    settings = {name: json.loads(value) for name, value in request_["HyperParameters"].items()}
    assert settings["sagemaker_program"] == "train.py"
    assert settings["sagemaker_submit_directory"] == f"{place.uri}/{CODE.path}"
    assert (settings["model"], settings["seed"]) == ("embedder", "1")


def test_runs_as_the_trainer_on_the_manifest(request_: Any, place: Place, data: CardData) -> None:
    assert request_["RoleArn"] == role_arn("trainer", place, ACCOUNT)
    [channel] = request_["InputDataConfig"]
    source = channel["DataSource"]["S3DataSource"]
    assert (source["S3DataType"], source["S3Uri"]) == ("ManifestFile", f"{place.uri}/{data.path}")


def test_an_interruptible_machine_is_waited_for(place: Place, data: CardData) -> None:
    wishes = JobWishes("embedder", {}, 1000, spot=True)
    request = training_request("job", place, ACCOUNT, wishes, CODE, data)
    assert request["EnableManagedSpotTraining"]
    assert request["StoppingCondition"]["MaxWaitTimeInSeconds"] > 1000
    assert request["CheckpointConfig"]["LocalPath"] == "/opt/ml/checkpoints"


def test_code_is_sent_once(aws: Aws, place: Place) -> None:
    make_bucket(aws, place)
    assert put_once(aws, place, CODE.path, CODE.content)
    assert not put_once(aws, place, CODE.path, CODE.content)
    versions = aws.s3.list_objects_v2(Bucket=place.bucket)["Contents"]
    assert [each["Key"] for each in versions] == [place.key(CODE.path)]


def test_starting_sends_code_and_manifest_and_makes_the_job(
    aws: Aws, place: Place, data: CardData, request_: Any
) -> None:
    make_bucket(aws, place)
    start(aws, request_, CODE, data)
    keys = {each["Key"] for each in aws.s3.list_objects_v2(Bucket=place.bucket)["Contents"]}
    assert keys == {place.key(CODE.path), place.key(data.path)}
    assert aws.sagemaker.describe_training_job(TrainingJobName="cardlens-embedder-1")["TrainingJobStatus"]


def test_names_tell_what_and_when() -> None:
    assert job_name("embedder", datetime(2026, 1, 10, 9, 30, tzinfo=UTC)) == "cardlens-embedder-20260110-093000"
