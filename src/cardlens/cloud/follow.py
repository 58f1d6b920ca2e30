"""Follow a training job: its status, its log, and what it has cost so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cardlens.cloud.aws import Aws, CloudRefused, NoAnswer, code_of, in_one_line
from cardlens.cloud.cost_prices import Cost

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeTrainingJobResponseTypeDef

_LOGS = "/aws/sagemaker/TrainingJobs"
_OVER = ("Completed", "Failed", "Stopped")
_HOUR = Decimal(3600)
_MISSED = 40  # looks in a row without an answer, until it is said to be no use: ten minutes


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended.

    Attributes:
        status: Completed, Failed or Stopped.
        seconds: what is billed.
        dollars: what that costs at the price of machines that are not interrupted: the most it can be.
        artifacts: `s3://` URI of what it left, None where nothing.
        why: SageMaker's reason where it failed.
    """

    name: str
    status: str
    seconds: int
    dollars: Decimal
    artifacts: str | None
    why: str = ""


class Follower:
    """Follows one job at a time. `wait`: seconds between two looks; `now`: the clock."""

    def __init__(
        self,
        aws: Aws,
        price: Cost,
        limit: Decimal,
        wait: float = 15.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`price` of an hour; at `limit` dollars the job is stopped."""
        self._aws, self._price, self._limit, self._wait, self._now = aws, price, limit, wait, now
        self._tokens: dict[str, str] = {}

    def follow(self, name: str, say: Callable[[str], None]) -> Ended:
        """Tell each new status and log line until the job is over; stops it where it has cost its limit."""
        said, stopped = "", False
        while True:
            job = self._patiently(name, say) if said else self._describe(name)
            status = f"{job['TrainingJobStatus']}: {job.get('SecondaryStatus', '')}"
            if status != said:
                say(f"{name}: {status}, ${self._cost(self._seconds(job))} so far")
                said = status
            for line in self._log(name):
                say(line)
            if job["TrainingJobStatus"] in _OVER:
                return self._ended(job)
            if not stopped and self._cost(self._seconds(job)) >= self._limit:
                say(f"{name}: has cost ${self._limit}, is stopped; what it has learnt is kept")
                self.stop(name)
                stopped = True
            time.sleep(self._wait)

    def stop(self, name: str) -> None:
        """Stop a job; what it left in its folders is uploaded."""
        with in_one_line(f"stop {name}"):
            try:
                self._aws.sagemaker.stop_training_job(TrainingJobName=name)
            except ClientError as error:
                # it ended while it was looked at
                if code_of(error) != "ValidationException" or "not found" in str(error).lower():
                    raise

    def _patiently(self, name: str, say: Callable[[str], None]) -> DescribeTrainingJobResponseTypeDef:
        """Look at a job; a network that is gone for a while does not end the watch."""
        for _ in range(_MISSED):
            try:
                return self._describe(name)
            except NoAnswer as error:
                say(f"{error}; the job goes on")
                time.sleep(self._wait)
        return self._describe(name)

    def _describe(self, name: str) -> DescribeTrainingJobResponseTypeDef:
        with in_one_line(f"look at {name}"):
            try:
                return self._aws.sagemaker.describe_training_job(TrainingJobName=name)
            except ClientError as error:
                if code_of(error) in ("ValidationException", "ResourceNotFound"):
                    raise CloudRefused(f"{name}: no such training job; see `cardlens cloud urls`") from error
                raise

    def _seconds(self, job: DescribeTrainingJobResponseTypeDef) -> int:
        """What is billed so far: from when the machine was there."""
        if "BillableTimeInSeconds" in job:
            return job["BillableTimeInSeconds"]
        started = job.get("TrainingStartTime")
        until = job.get("TrainingEndTime") or self._now()
        return max(0, int((until - started).total_seconds())) if started else 0

    def _cost(self, seconds: int) -> Decimal:
        return (Decimal(seconds) / _HOUR * self._price.usd).quantize(Decimal("0.01"), ROUND_UP)

    def _ended(self, job: DescribeTrainingJobResponseTypeDef) -> Ended:
        seconds = self._seconds(job)
        return Ended(
            name=job["TrainingJobName"],
            status=job["TrainingJobStatus"],
            seconds=seconds,
            dollars=self._cost(seconds),
            artifacts=job.get("ModelArtifacts", {}).get("S3ModelArtifacts") or None,
            why=job.get("FailureReason", ""),
        )

    def _log(self, name: str) -> list[str]:
        """New lines of what the job prints; none where it has printed none, or its log may not be read."""
        with in_one_line(f"read the log of {name}"):
            try:
                streams = self._aws.logs.describe_log_streams(logGroupName=_LOGS, logStreamNamePrefix=f"{name}/")
                return [line for each in streams["logStreams"] for line in self._stream(each["logStreamName"])]
            except ClientError as error:
                if code_of(error) in ("ResourceNotFoundException", "AccessDeniedException"):
                    return []
                raise
            except BotoCoreError:
                return []  # the next look reads on from the same place

    def _stream(self, stream: str) -> Iterator[str]:
        logs = self._aws.logs
        while True:
            token = self._tokens.get(stream)
            more = {"nextToken": token} if token else {}
            page = logs.get_log_events(logGroupName=_LOGS, logStreamName=stream, startFromHead=True, **more)  # type: ignore[arg-type]
            for event in page["events"]:
                yield event["message"].rstrip()
            if page["nextForwardToken"] == token or not page["events"]:
                self._tokens[stream] = page["nextForwardToken"]
                return
            self._tokens[stream] = page["nextForwardToken"]
