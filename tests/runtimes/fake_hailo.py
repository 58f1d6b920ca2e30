"""A `hailo_platform` that keeps HailoRT 4.23's rules, and calls a function in place of a network.

By default its model takes (4, 6, 3) uint8 frames and says three sums of each. What the real one refuses, this one
refuses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace, TracebackType
from typing import Any, Self
from weakref import ref

import numpy as np
import numpy.typing as npt

from cardlens.runtimes.base import ModelSpec

FRAME, OUTPUT = (4, 6, 3), (1, 1, 3)
QUEUE = 4


class HailoRTException(Exception):
    """Base of HailoRT's own."""


class HailoRTTimeout(HailoRTException): ...


class HailoRTInvalidHEFException(HailoRTException): ...


class HailoRTHEFNotCompatibleWithDevice(HailoRTException): ...


class HailoRTNotFoundException(HailoRTException): ...


def sums(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """A network of sorts."""
    return np.asarray(frame.astype(np.float32).sum(axis=(0, 1)), np.float32)


@dataclass
class World:
    """What the device and the model on it are like, and what was done with it."""

    architecture: str = "HAILO8"
    configured: int = 0
    entered: int = 0
    left: int = 0
    most_in_flight: int = 0
    in_flight: int = 0
    runs: int = 0
    missing: bool = False
    stuck: bool = False
    fails_at: int | None = None
    # a frame that fails ends the pipeline, until it is configured again
    shut: bool = False
    deaf: bool = False
    frame: tuple[int, ...] = FRAME
    output: tuple[int, ...] = OUTPUT
    local: tuple[int, ...] | None = None
    network: Callable[[npt.NDArray[np.uint8]], Any] = sums
    # of every frame that was handed over, as weak references
    buffers: list[Callable[[], Any]] = field(default_factory=list)

    @property
    def outputs(self) -> dict[str, tuple[int, ...]]:
        """Shapes by name, local maps first: HailoRT promises no order."""
        maps = {} if self.local is None else {"embedder/conv53": self.local}
        return maps | {"embedder/fc1": self.output}


@dataclass
class Stream:
    """An edge of a model before it is configured."""

    name: str
    shape: tuple[int, ...]
    kind: str = "AUTO"

    def set_format_type(self, kind: str) -> None:
        self.kind = kind


@dataclass
class Edge:
    """An edge of one frame's bindings."""

    shape: tuple[int, ...]
    dtype: Any
    buffer: npt.NDArray[Any] | None = None

    def set_buffer(self, buffer: npt.NDArray[Any]) -> None:
        if not buffer.flags.c_contiguous:
            raise HailoRTException("Buffer must be C_CONTIGUOUS")
        if buffer.shape != self.shape or buffer.dtype != self.dtype:
            raise HailoRTException(f"buffer {buffer.shape} {buffer.dtype}, not {self.shape} {self.dtype}")
        self.buffer = buffer

    def get_buffer(self) -> npt.NDArray[Any]:
        assert self.buffer is not None
        return self.buffer


@dataclass
class Bindings:
    """One frame."""

    only_input: Edge
    outputs: dict[str, Edge]

    def input(self, name: str = "") -> Edge:
        return self.only_input

    def output(self, name: str = "") -> Edge:
        if not name and len(self.outputs) > 1:
            raise HailoRTException("more than one output: name it")
        return self.outputs[name or next(iter(self.outputs))]


@dataclass
class Job:
    """A frame in flight: finished when it is waited for, callback first."""

    world: World
    bindings: Bindings
    callback: Callable[..., None] | None
    number: int
    done: bool = False

    def wait(self, timeout_ms: int) -> None:
        assert timeout_ms > 0
        if self.world.stuck:
            raise HailoRTTimeout("job did not finish")
        if self.done:
            return
        self.done = True
        self.world.in_flight -= 1
        fault = HailoRTException("stream aborted") if self.number == self.world.fails_at else None
        self.world.shut = self.world.shut or fault is not None
        if fault is None:
            said = self.world.network(self.bindings.only_input.get_buffer())
            said = said if isinstance(said, tuple) else (said,)
            for (name, shape), values in zip(self.world.outputs.items(), said, strict=True):
                self.bindings.outputs[name].get_buffer()[:] = values.reshape(shape)
        if self.callback:
            self.callback(completion_info=SimpleNamespace(exception=fault))


@dataclass
class Configured:
    """A configured model."""

    world: World
    model: InferModel
    ready: int = 0

    def __enter__(self) -> Self:
        self.world.entered += 1
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.world.left += 1

    def get_async_queue_size(self) -> int:
        return QUEUE

    def create_bindings(self, output_buffers: dict[str, npt.NDArray[Any]]) -> Bindings:
        kinds = {"UINT8": np.uint8, "FLOAT32": np.float32}
        bindings = Bindings(
            Edge(self.world.frame, kinds[self.model.only_input.kind]),
            {one.name: Edge(one.shape, kinds[one.kind]) for one in self.model.outputs},
        )
        for name, buffer in output_buffers.items():
            bindings.outputs[name].set_buffer(buffer)
        return bindings

    def wait_for_async_ready(self, timeout_ms: int = 1000, frames_count: int = 1) -> None:
        if self.world.deaf or self.world.in_flight + frames_count > QUEUE:
            raise HailoRTTimeout("not ready")
        self.ready = frames_count

    def run_async(self, bindings: list[Bindings], callback: Callable[..., None] | None = None) -> Job:
        if self.world.shut:
            raise HailoRTException("HAILO_STREAM_ABORT(63)")
        if self.ready < len(bindings):
            raise HailoRTException("queue is full: wait_for_async_ready first")
        assert len(bindings) == 1
        assert all(one.only_input.buffer is not None for one in bindings)
        assert all(edge.buffer is not None for one in bindings for edge in one.outputs.values())
        self.ready = 0
        self.world.in_flight += 1
        self.world.most_in_flight = max(self.world.most_in_flight, self.world.in_flight)
        self.world.runs += 1
        self.world.buffers.append(ref(bindings[0]))
        return Job(self.world, bindings[0], callback, self.world.runs - 1)


@dataclass
class InferModel:
    """A model with one input."""

    world: World
    batch_size: int = 0
    only_input: Stream = field(init=False)
    outputs: list[Stream] = field(init=False)

    def __post_init__(self) -> None:
        self.only_input = Stream("embedder/input_layer1", self.world.frame)
        self.outputs = [Stream(name, shape) for name, shape in self.world.outputs.items()]

    def set_batch_size(self, size: int) -> None:
        self.batch_size = size

    def input(self, name: str = "") -> Stream:
        return self.only_input

    def configure(self) -> Configured:
        assert self.batch_size == 1
        self.world.configured += 1
        self.world.shut = False
        return Configured(self.world, self)


class FakeHailo(ModuleType):
    """The module `hailo_platform`."""

    def __init__(self, world: World) -> None:
        super().__init__("hailo_platform")
        self.world = world
        names = (
            "HailoRTException",
            "HailoRTTimeout",
            "HailoRTInvalidHEFException",
            "HailoRTHEFNotCompatibleWithDevice",
        )
        inner = SimpleNamespace(**{name: globals()[name] for name in names})
        members: dict[str, Any] = {
            "pyhailort": SimpleNamespace(pyhailort=inner),
            "HailoSchedulingAlgorithm": SimpleNamespace(ROUND_ROBIN="ROUND_ROBIN"),
            "FormatType": SimpleNamespace(UINT8="UINT8", FLOAT32="FLOAT32"),
            "VDevice": self._device_class(),
        }
        vars(self).update(members)

    def _device_class(self) -> type:
        world = self.world

        class VDevice:
            def __init__(self, params: Any) -> None:
                assert params.scheduling_algorithm == "ROUND_ROBIN"
                if world.missing:
                    raise HailoRTException("HAILO_OUT_OF_PHYSICAL_DEVICES(74)")

            @staticmethod
            def create_params() -> SimpleNamespace:
                return SimpleNamespace(scheduling_algorithm=None)

            def __enter__(self) -> Self:
                world.entered += 1
                return self

            def __exit__(self, *_: object) -> None:
                world.left += 1

            def get_physical_devices(self) -> list[Any]:
                said = SimpleNamespace(device_architecture=SimpleNamespace(name=world.architecture))
                return [SimpleNamespace(control=SimpleNamespace(identify=lambda: said))]

            def create_infer_model(self, source: str) -> InferModel:
                content = Path(source).read_bytes()
                if not content.startswith(b"\x01HEF"):
                    raise HailoRTInvalidHEFException("bad magic")
                if content.endswith(b"other version"):
                    raise HailoRTHEFNotCompatibleWithDevice("HEF version")
                return InferModel(world)

        return VDevice


def write_hef(folder: Path, content: bytes = b"\x01HEF", **changes: Any) -> tuple[Path, ModelSpec]:
    """A file that the fake takes, and its spec; `changes` are other values of the spec."""
    file = folder / "embedder-hailo8.hef"
    file.write_bytes(content)
    plain = {
        "name": "embedder-hailo8",
        "task": "embed",
        "height": FRAME[0],
        "width": FRAME[1],
        "mean": (0.0, 0.0, 0.0),
        "std": (1.0, 1.0, 1.0),
        "stride": 1,
        "digest": hashlib.sha256(content).hexdigest(),
        "runtime": "hailo8",
    }
    file.with_suffix(".json").write_text(json.dumps(plain | changes), encoding="utf-8")
    return file, ModelSpec.load(file.with_suffix(".json"))
