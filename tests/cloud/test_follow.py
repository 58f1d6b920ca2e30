"""Following a job whose course is written down: moto's jobs are over as soon as they begin."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from cardlens.cloud.aws import Aws, CloudRefused
from cardlens.cloud.cost_prices import Cost
from cardlens.cloud.follow import Follower

START = datetime(2026, 1, 10, 9, 0, tzinfo=UTC)
PRICE = Cost(Decimal("0.7364"))
HOUR = 3600


@dataclass
class Course:
    """SageMaker and its log, and a clock that goes on by an hour a look. `looks`: (status, secondary, log lines)."""

    looks: list[tuple[str, str, list[str]]]
    at: int = -1
    stopped: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    hidden_log: bool = False
    outage: int = 0

    @property
    def sagemaker(self) -> Course:
        return self

    @property
    def logs(self) -> Course:
        return self

    def now(self) -> datetime:
        return START + timedelta(hours=max(self.at, 0))

    def describe_training_job(self, TrainingJobName: str) -> dict[str, Any]:  # noqa: N803
        if self.outage and self.at >= 0:
            self.outage -= 1
            raise EndpointConnectionError(endpoint_url="https://sagemaker")
        self.at += 1
        status, secondary, lines = self.looks[min(self.at, len(self.looks) - 1)]
        if self.stopped and status == "InProgress":
            status, secondary = "Stopped", "Stopped"
        self.printed += lines
        job: dict[str, Any] = {
            "TrainingJobName": TrainingJobName,
            "TrainingJobStatus": status,
            "SecondaryStatus": secondary,
            "TrainingStartTime": START,
        }
        if status != "InProgress":
            job |= {"BillableTimeInSeconds": self.at * HOUR, "FailureReason": "out of memory"}
            job["ModelArtifacts"] = {"S3ModelArtifacts": "s3://b/model.tar.gz"}
        return job

    def stop_training_job(self, TrainingJobName: str) -> None:  # noqa: N803
        self.stopped.append(TrainingJobName)

    def describe_log_streams(self, **_: Any) -> dict[str, Any]:
        if self.hidden_log:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "DescribeLogStreams")
        return {"logStreams": [{"logStreamName": "job/algo-1"}]}

    def get_log_events(self, nextToken: str = "0", **_: Any) -> dict[str, Any]:  # noqa: N803
        begin = int(nextToken)
        page = self.printed[begin : begin + 2]
        return {"events": [{"message": line + "\n"} for line in page], "nextForwardToken": str(begin + len(page))}


def follower(course: Course, limit: str = "2.80") -> Follower:
    return Follower(cast("Aws", course), PRICE, Decimal(limit), wait=0, now=course.now)


def test_tells_status_and_each_log_line_once() -> None:
    course = Course(
        [
            ("InProgress", "Starting", []),
            ("InProgress", "Training", ["step 1", "step 2", "step 3"]),
            ("InProgress", "Training", ["step 4"]),
            ("Completed", "Completed", ["done"]),
        ]
    )
    said: list[str] = []
    ended = follower(course).follow("job", said.append)
    assert said == [
        "job: InProgress: Starting, $0.00 so far",
        "job: InProgress: Training, $0.74 so far",
        "step 1",
        "step 2",
        "step 3",
        "step 4",
        "job: Completed: Completed, $2.21 so far",
        "done",
    ]
    assert (ended.status, ended.seconds, ended.dollars) == ("Completed", 3 * HOUR, Decimal("2.21"))
    assert ended.artifacts == "s3://b/model.tar.gz"


def test_stops_at_its_limit() -> None:
    course = Course([("InProgress", "Training", [])] * 10)
    said: list[str] = []
    ended = follower(course, "1.40").follow("job", said.append)
    assert course.stopped == ["job"]
    assert ended.status == "Stopped"
    assert "job: has cost $1.40, is stopped; what it has learnt is kept" in said
    assert course.at == 3  # two hours cost more than the limit; one more look sees that it stopped


def test_a_failure_says_why() -> None:
    ended = follower(Course([("Failed", "Failed", [])])).follow("job", lambda _: None)
    assert (ended.status, ended.why) == ("Failed", "out of memory")


def test_no_log_yet_is_no_fault() -> None:
    course = Course([("Completed", "Completed", ["unseen"])], hidden_log=True)
    said: list[str] = []
    follower(course).follow("job", said.append)
    assert said == ["job: Completed: Completed, $0.00 so far"]


TWO_LOOKS: list[tuple[str, str, list[str]]] = [("InProgress", "Training", []), ("Completed", "Completed", [])]


def test_a_network_that_is_gone_for_a_while_does_not_end_the_watch() -> None:
    said: list[str] = []
    ended = follower(Course(TWO_LOOKS, outage=2)).follow("job", said.append)
    assert ended.status == "Completed"
    gone = "look at job: no answer from https://sagemaker; check the network, and try again; the job goes on"
    assert said[1:3] == [gone] * 2


def test_one_that_is_gone_for_good_does() -> None:
    with pytest.raises(CloudRefused, match="no answer from"):
        follower(Course(TWO_LOOKS, outage=1000)).follow("job", lambda _: None)


def test_an_unknown_job_is_said(aws: Aws) -> None:
    with pytest.raises(CloudRefused, match="no-such-job: no such training job"):
        Follower(aws, PRICE, Decimal(1)).follow("no-such-job", lambda _: None)
