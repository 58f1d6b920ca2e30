"""How long a run will take and what it will cost, and what that rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from cardlens.cloud.cost_prices import Cost, Instance
from cardlens.errors import CardlensError

LIMIT = Decimal("2.80")  # dollars: what the page's run cost
_HOUR = Decimal(3600)
# Seconds a batch, measured when the bundled models were trained (two cores of an x86-64 server, another program beside
# it). g4dn.xlarge has two cores as well, four threads, and a GPU not timed yet: this is of the cores.
SECONDS_A_STEP = {"embedder": Decimal("3.3"), "detector": Decimal("1.7"), "aligner": Decimal("0.7")}
STEPS = {"embedder": 1360, "detector": 2600, "aligner": 6000}
_BYTES_A_SECOND = 50_000_000  # from S3 in the same region to the machine's disk; more has been seen
_START = 420  # seconds until the container runs: machine, image of 10 GB, pip
_SCANS_A_SECOND = 100  # decoded once, and embedded once into the reference database
_CALIBRATION, _BENCH = 900, 600
_TAUGHT = ("Teacher", "Stage1")
# the pipeline's steps, and what each does besides its start and download
_STEPS: dict[str, tuple[str, ...]] = {
    "Prepare": (),
    "Teacher": (),
    "Stage1": (),
    "Stage2": ("training",),
    "Export": ("scans", "calibration"),
    "Evaluate": ("figures",),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a run, in seconds, and what the figure rests on."""

    what: str
    seconds: int
    rests_on: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """A run, part by part."""

    parts: tuple[Part, ...]
    price: Cost
    instance: str
    priced: str

    @property
    def seconds(self) -> int:
        """How long it runs, and is paid for."""
        return sum(part.seconds for part in self.parts)

    @property
    def hours(self) -> Decimal:
        """The same in hours."""
        return Decimal(self.seconds) / _HOUR

    @property
    def dollars(self) -> Decimal:
        """What that costs, rounded up to a cent."""
        return (self.hours * self.price.usd).quantize(Decimal("0.01"), ROUND_UP)

    @property
    def assumption(self) -> str:
        """What the cost rests on, in one line."""
        sure = "" if self.price.confirmed else ", not confirmed"
        return f"{self.instance} at ${self.price.usd} an hour (table of {self.priced}{sure})"


def estimate_training(
    model: str, steps: int | None, files: int, size: int, instance: tuple[str, Instance], priced: str
) -> Estimate:
    """Estimate a training job on `files` files of `size` bytes together."""
    count = steps or STEPS[model]
    rate = SECONDS_A_STEP[model]
    parts = (
        Part("start", _START, "machine, image and packages: about seven minutes"),
        Part("data", -(-size // _BYTES_A_SECOND), f"{size / 1e9:.2f} GB at {_BYTES_A_SECOND / 1e6:.0f} MB/s"),
        Part("scans", 2 * -(-files // _SCANS_A_SECOND), f"{files:,} decoded and embedded, {_SCANS_A_SECOND} a second"),
        Part("training", int(count * rate) + 1, f"{count:,} steps at {rate} s, as measured on two cores"),
        Part("calibration", _CALIBRATION, "400 rendered photos"),
        Part("figures", _BENCH, "bench --quick"),
    )
    name, machine = instance
    return Estimate(parts, machine.per_hour, name, priced)


def estimate_steps(
    files: int, size: int, instance: tuple[str, Instance], priced: str, longest: int, *, with_teacher: bool
) -> dict[str, Estimate]:
    """Estimate each step of the pipeline, by its name: each is a job with its own start and download.

    How long teacher and stage 1 take has not been measured: they count with `longest`, the seconds they may take.
    """
    whole = estimate_training("embedder", None, files, size, instance, priced)
    bound = Part("at most", longest, "teacher and stage 1 have not been measured: what they may take at most")
    steps = {}
    for name, what in _STEPS.items():
        own = tuple(part for part in whole.parts if part.what in ("start", "data", *what))
        steps[name] = replace(whole, parts=(bound,) if name in _TAUGHT else own)
    return {name: one for name, one in steps.items() if with_teacher or name not in _TAUGHT}


def seconds_for(limit: Decimal, price: Cost) -> int:
    """How long a machine may run for so much money; raises `CardlensError` where that is no time."""
    seconds = int((limit / price.usd * _HOUR).to_integral_value(ROUND_DOWN)) if price.usd else 0
    if seconds < _START:
        raise CardlensError(f"${limit}: buys {seconds} s, less than a start takes; give more with --max-cost")
    return seconds


def minutes_to_train(allowed: int, parts: Sequence[Part]) -> int:
    """How long training itself may take within `allowed` seconds, so that what follows it still fits in."""
    rest = sum(part.seconds for part in parts if part.what != "training")
    minutes = (allowed - rest) // 60
    if minutes < 1:
        raise CardlensError(
            f"{allowed / 3600:.1f} h: not enough for what comes before and after training ({rest / 3600:.1f} h); "
            "give more with --max-cost"
        )
    return minutes
