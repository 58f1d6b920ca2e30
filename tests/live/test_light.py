"""A Raspberry Pi with its own camera needs the core install only."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import sys
import cardlens.live, cardlens.cameras.latest, cardlens.cameras.pi, cardlens.cli.watch_loop
sys.exit(", ".join({"cv2", "torch", "fastapi", "tkinter"} & set(sys.modules)))
"""


def test_watching_imports_nothing_that_only_webcams_or_training_need() -> None:
    ended = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert ended.stderr.strip() == ""
