"""What scenes are rendered from for training: the scans that may be learnt from, and grounds to lay them on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cardlens.recognition.facts import bundled_facts
from cardlens.runtimes.base import Bytes
from cardlens.training.embedder_training import split_scans
from cardlens.training.mix import as_met
from cardlens.training.simulator.grounds import open_grounds
from cardlens.training.simulator.scans import Scans, open_scans


@dataclass(frozen=True, slots=True)
class Material:
    """`scans` of the training side of the split, `pictures` of them as often as they are met, and `grounds`."""

    scans: Scans
    pictures: list[Bytes]
    grounds: list[Bytes]


def open_material(data: Path, cache: Path) -> Material:
    """Read scans and backgrounds from `data`, decoded once into `cache`; unnamed faces are learnt from too."""
    scans = open_scans(data, cache)
    learnt = scans.of([*split_scans(scans).train, *(name for name in scans.rows if name.startswith("unnamed-"))])
    return Material(learnt, as_met(learnt, bundled_facts()), open_grounds(data / "backgrounds"))
