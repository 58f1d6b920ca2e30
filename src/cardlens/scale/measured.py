"""What was measured, and plans rest on. A core is what Ray and AWS count as one: a hardware thread, a vCPU."""

from __future__ import annotations

from decimal import Decimal

# photos a second and core: 19.3 of two workers on two cores, small photos of a card (docs/explanation/scale.md, Rows)
RATE = Decimal("9.65")
RATE_SOURCE = "small photos of a card, `python -m cardlens.scale.trial --photos 0`"
# seconds of a core for a photo: one card at 12 megapixels takes two cores 0.19 s (docs/reference/figures.md)
CORE_SECONDS = 0.4
# kept of a photo of a card: its line of JSON, as if nothing compressed it; Parquet took 217 bytes of each of 64 photos
# that show nine cards between them, and other cards repeat less
ANSWER_BYTES = 800
