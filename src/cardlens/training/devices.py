"""What a run computes on, and in which half precision."""

from __future__ import annotations

import torch

from cardlens.errors import CardlensError


def choose_device(name: str, local_rank: int = 0) -> torch.device:
    """Give the GPU of this process for "cuda", the CPU for "cpu", and for "auto" a GPU where there is one.

    Raises:
        CardlensError: another name, or "cuda" where PyTorch sees no such GPU.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise CardlensError(f"{name!r}: no device; give auto, cpu or cuda")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cuda" and local_rank >= count:
        raise CardlensError(f"cuda: process {local_rank} finds {count} GPUs here; give cpu, or start fewer processes")
    return torch.device("cuda", local_rank) if name != "cpu" and local_rank < count else torch.device("cpu")


def half_precision(device: torch.device) -> torch.dtype:
    """Give bfloat16, or float16 on GPUs older than Ampere, such as T4: they only imitate bfloat16, slowly."""
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    return torch.bfloat16
