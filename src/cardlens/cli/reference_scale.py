"""`cardlens reference build --engine ray`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cardlens.cli.reference_work import grow
from cardlens.recognition.facts import bundled_facts
from cardlens.reference.catalogue import Catalogue
from cardlens.scale.database import Build, build_on_ray
from cardlens.scale.engine import Cluster
from cardlens.settings import Settings


def build_and_show(build: Build, metadata: Sequence[Path], cluster: Cluster, *, as_json: bool) -> int:
    """Build on a cluster and tell what became of the scans; returns the exit code."""
    catalogue, settings = Catalogue.open(metadata, bundled_facts()), Settings.from_environment()
    return grow(as_json, lambda progress: build_on_ray(build, catalogue, settings, cluster, progress))
