"""A Hailo-8 or Hailo-8L beside the CPU, by HailoRT 4.23.

The device is configured once, and again after a frame that failed, as HailoRT ends the pipeline then. Frames go
through its asynchronous pipeline: while it works on some, others are handed over. HailoRT's Python package
(`hailo_platform`) comes with `apt install hailo-all` on Raspberry Pi OS, or from Hailo.
"""

from __future__ import annotations

import hashlib
import importlib
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from cardlens.errors import BadDevice, BadModel, MissingExtra
from cardlens.runtimes.base import Bytes, Floats, ModelSpec

Architecture = Literal["hailo8", "hailo8l"]
_TIMEOUT = 1000  # milliseconds
_MOST_IN_FLIGHT = 8


@dataclass(slots=True)
class _Flight:
    """A frame on its way: its buffers must live until it is done; `faults` is filled by HailoRT's thread."""

    bindings: Any
    job: Any = None
    faults: list[Exception] = field(default_factory=list)


class HailoRuntime:
    """An embedder in a `.hef` file. Its spec has no normalisation (that is in the network): raw pixels go in."""

    def __init__(self, file: Path, spec: ModelSpec, platform: Any = None) -> None:
        """Check `file` against its spec and the device, and configure the device.

        `platform` is the module `hailo_platform`, imported where it is not given. Raises `BadModel` where file, spec
        and device do not belong together, `BadDevice` where there is no device.
        """
        self._file, self._spec = file, spec
        self._platform = platform or _load_platform()
        _check_file(file, spec)
        self._lock, self._open = Lock(), ExitStack()
        self._stranded: list[_Flight] = []
        self._is_open = False
        with self._translated():
            self._configure()

    def run(self, batch: Floats) -> list[Floats]:
        """(n, 3, h, w) float32, pixels 0..255 -> (n, 768), and local maps (n, 16, 14, 14) where the file has them."""
        frames = self._frames(batch)
        said: list[list[Floats]] = []
        flying: deque[_Flight] = deque()
        with self._lock, self._translated():
            self._wait_out(())
            if not self._is_open:
                self._configure()
            try:
                for frame in frames:
                    if len(flying) == self._depth:
                        said.append(self._land(flying))
                    flying.append(self._start(frame))
                while flying:
                    said.append(self._land(flying))
            finally:
                self._wait_out(flying)
        if not said:
            return [np.zeros((0, *in_our_order(np.zeros(shape)).shape), np.float32) for shape in self._outputs.values()]
        return [np.stack(output) for output in zip(*said, strict=True)]

    def close(self) -> None:
        """Give the device back; a call after that takes it again."""
        self._is_open = False
        self._open.close()

    def _configure(self) -> None:
        try:
            self._configure_device()
        except BaseException:
            self.close()
            raise
        self._is_open = True

    def _configure_device(self) -> None:
        hailo = self._platform
        params = hailo.VDevice.create_params()
        params.scheduling_algorithm = hailo.HailoSchedulingAlgorithm.ROUND_ROBIN
        device = self._open.enter_context(hailo.VDevice(params))
        self._check_device(device)
        model = device.create_infer_model(str(self._file))
        model.set_batch_size(1)
        model.input().set_format_type(hailo.FormatType.UINT8)
        for output in model.outputs:
            output.set_format_type(hailo.FormatType.FLOAT32)
        self._check_shape(tuple(model.input().shape))
        shapes = {output.name: tuple(output.shape) for output in model.outputs}
        # the embedding is one cell, local maps are many
        self._outputs = dict(sorted(shapes.items(), key=lambda output: np.prod(output[1][:-1])))
        self._configured = self._open.enter_context(model.configure())
        self._depth = max(1, min(int(self._configured.get_async_queue_size()), _MOST_IN_FLIGHT))

    def _check_device(self, device: Any) -> None:
        """A HEF for one architecture may load on another and fail later: refuse it now."""
        said = device.get_physical_devices()[0].control.identify().device_architecture
        there = str(getattr(said, "name", said)).rpartition(".")[2].lower()
        if there != self._spec.runtime:
            step = "cardlens has no models for it; use the CPU"
            if there in get_args(Architecture):
                step = f"compile it for this one: cardlens export hailo --arch {there}"
            raise BadModel(f"{self._file}: compiled for {self._spec.runtime}, this device is a {there}; {step}")

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        wanted = (self._spec.height, self._spec.width, 3)
        if shape != wanted:
            raise BadModel(f"{self._file}: takes {shape}, its spec says {wanted}; export it again")

    def _frames(self, batch: Floats) -> Bytes:
        """(n, 3, h, w) float32 -> (n, h, w, 3) uint8, contiguous."""
        if batch.shape[1:] != (3, self._spec.height, self._spec.width):
            raise BadModel(f"{self._file}: given {batch.shape}, takes (n, 3, {self._spec.height}, {self._spec.width})")
        return np.ascontiguousarray(np.clip(np.rint(batch), 0, 255).astype(np.uint8).transpose(0, 2, 3, 1))

    def _start(self, frame: Bytes) -> _Flight:
        buffers = {name: np.empty(shape, np.float32) for name, shape in self._outputs.items()}
        flight = _Flight(self._configured.create_bindings(output_buffers=buffers))
        flight.bindings.input().set_buffer(frame)

        def done(*, completion_info: Any) -> None:
            if completion_info.exception:
                flight.faults.append(completion_info.exception)

        self._configured.wait_for_async_ready(timeout_ms=_TIMEOUT, frames_count=1)
        flight.job = self._configured.run_async([flight.bindings], done)
        return flight

    def _land(self, flying: deque[_Flight]) -> list[Floats]:
        """Wait for the first of `flying`, and say what it says; one that does not end stays among them."""
        flight = flying[0]
        flight.job.wait(_TIMEOUT)
        flying.popleft()
        if flight.faults:
            raise flight.faults[0]
        return [in_our_order(flight.bindings.output(name).get_buffer()) for name in self._outputs]

    def _wait_out(self, flying: Iterable[_Flight]) -> None:
        """Wait for frames that nobody asks for any more; the buffers of those that do not end are kept."""
        until = time.monotonic() + _TIMEOUT / 1000
        self._stranded = [flight for flight in (*self._stranded, *flying) if not self._ends(flight, until)]

    def _ends(self, flight: _Flight, until: float) -> bool:
        errors = self._platform.pyhailort.pyhailort
        try:
            flight.job.wait(max(1, int((until - time.monotonic()) * 1000)))
        except errors.HailoRTTimeout:
            return False
        except errors.HailoRTException:  # ended badly, but ended
            return True
        return True

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """HailoRT's exceptions in our words."""
        errors = self._platform.pyhailort.pyhailort
        try:
            yield
        except errors.HailoRTInvalidHEFException as error:
            raise BadModel(f"{self._file}: damaged, or no HEF ({error}); compile it again") from error
        except errors.HailoRTHEFNotCompatibleWithDevice as error:
            raise BadModel(
                f"{self._file}: for another device or version ({error}); compile it for this one: "
                "cardlens export hailo --arch hailo8 or hailo8l"
            ) from error
        except errors.HailoRTTimeout as error:
            raise BadDevice(
                f"{self._file.name}: the Hailo device did not answer within {_TIMEOUT / 1000:g} s ({error}); "
                "see whether another program uses it, then try again"
            ) from error
        except errors.HailoRTException as error:
            self.close()
            raise BadDevice(
                f"{self._file.name}: the Hailo device failed ({error}); is it there? `hailortcli scan`"
            ) from error


def in_our_order(output: npt.NDArray[Any]) -> Floats:
    """What a Hailo says of one frame, (h, w, c) -> (c, h, w), and (1, 1, c) -> (c,)."""
    maps = np.asarray(output, np.float32)
    if np.prod(maps.shape[:-1]) == 1:
        return maps.reshape(-1)
    return np.ascontiguousarray(maps.transpose(2, 0, 1))


def _load_platform() -> Any:
    try:
        return importlib.import_module("hailo_platform")
    except ImportError as error:
        raise MissingExtra(
            f"a model for Hailo: needs HailoRT's hailo_platform ({error}); on a Raspberry Pi: "
            "sudo apt install hailo-all, elsewhere HailoRT 4.23 from https://hailo.ai/developer-zone/"
        ) from error


def _check_file(file: Path, spec: ModelSpec) -> None:
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise BadModel(f"{file}: cannot be read ({error.strerror}); compile it: cardlens export hailo") from error
    if digest != spec.digest:
        raise BadModel(f"{file}: damaged or not the file its spec describes; export it again")
    check_raw(file, spec)
    if spec.task != "embed":
        raise BadModel(f"{file}: a model to {spec.task}; only embedders run on a Hailo device")


def check_raw(file: Path, spec: ModelSpec) -> None:
    """Raise `BadModel` where a compiled model, which normalises by itself, would be given normalised pixels."""
    if (*spec.mean, *spec.std) != (0.0, 0.0, 0.0, 1.0, 1.0, 1.0):
        raise BadModel(f"{file}: its spec normalises, and so does the network: twice is wrong; export it again")
