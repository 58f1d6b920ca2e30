"""Several processes training one network, as `torchrun` starts them; alone, all of it does nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among `count`: its `rank`, and `local`, its rank on its own machine. Rank 0 leads and writes."""

    rank: int = 0
    count: int = 1
    local: int = 0

    @classmethod
    def started(cls, environment: Mapping[str, str] | None = None) -> Processes:
        """Read what `torchrun` says; one process where it says nothing."""
        env = os.environ if environment is None else environment
        return cls(*(int(env.get(name, plain)) for name, plain in (("RANK", 0), ("WORLD_SIZE", 1), ("LOCAL_RANK", 0))))

    @property
    def leads(self) -> bool:
        """Whether this one writes files and speaks."""
        return self.rank == 0

    def meet(self, device: torch.device) -> None:
        """Connect to the others, once: over NCCL between GPUs, over gloo between CPUs."""
        if self.count == 1 or distributed.is_initialized():
            return
        if device.type == "cuda":
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")

    def share(self, module: nn.Module) -> nn.Module:
        """Wrap a module so that its gradients become the mean over all processes."""
        if self.count == 1:
            return module
        # a loss need not use every part of a network
        return DistributedDataParallel(module, find_unused_parameters=True)

    def apart(self, module: nn.Module) -> AbstractContextManager[None]:
        """Gradients of `share`d modules stay each process's own in here: for all but the last part of a step."""
        return module.no_sync() if isinstance(module, DistributedDataParallel) else nullcontext()

    def agreed(self, wish: bool, device: torch.device) -> bool:
        """What the leader wishes: processes that do not stop at the same step wait for one another for ever."""
        if self.count == 1:
            return wish
        word = torch.tensor([float(wish)], device=device)
        distributed.broadcast(word, 0)
        return bool(word.item())

    def gathered(self, rows: Tensor) -> Tensor:
        """(n, ...) of each process, n may differ -> all rows, in the order of ranks."""
        if self.count == 1:
            return rows
        counts = [torch.zeros(1, dtype=torch.int64, device=rows.device) for _ in range(self.count)]
        distributed.all_gather(counts, torch.tensor([len(rows)], device=rows.device))
        longest = max(1, *(int(count) for count in counts))  # nothing at all cannot be sent
        padded = rows.new_zeros(longest, *rows.shape[1:])
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in range(self.count)]
        distributed.all_gather(parts, padded)
        return torch.cat([part[: int(count)] for part, count in zip(parts, counts, strict=True)])

    @contextmanager
    def leader_first(self) -> Iterator[None]:
        """The leader goes in first, the others when it is done: it leaves files that they then find."""
        if self.count > 1 and not self.leads:
            distributed.barrier()
        yield
        if self.count > 1 and self.leads:
            distributed.barrier()

    def part(self) -> None:
        """Leave the others."""
        if self.count > 1 and distributed.is_initialized():
            distributed.destroy_process_group()
