"""A chart as SVG: for web pages, and for any size."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from cardlens.collection.chart import Box, Chart, Words

_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"


def as_svg(chart: Chart) -> str:
    """Draw the chart; a text longer than its room is drawn together."""
    shapes = "\n".join(_box(shape) if isinstance(shape, Box) else _words(shape) for shape in chart.shapes)
    size = f'viewBox="0 0 {chart.width} {chart.height}" width="{chart.width}" height="{chart.height}"'
    label = f'role="img" aria-label={quoteattr(chart.title)} font-family="{_FONT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>\n{shapes}\n</svg>\n'


def _box(box: Box) -> str:
    edge = f' stroke="{box.edge}"' if box.edge else ""
    start = f'<rect x="{box.left:g}" y="{box.top:g}" width="{box.width:g}" height="{box.height:g}" rx="{box.radius:g}"'
    title = f"><title>{escape(box.title)}</title></rect>" if box.title else "/>"
    return f'{start} fill="{box.fill}"{edge}{title}'


def _words(words: Words) -> str:
    anchor = ' text-anchor="end"' if words.right else ""
    weight = ' font-weight="600"' if words.bold else ""
    # About half its size is what a letter takes: only then the browser is asked to squeeze.
    long = len(words.text) * words.size * 0.52 > words.room
    squeeze = f' textLength="{words.room:g}" lengthAdjust="spacingAndGlyphs"' if long else ""
    place = f'x="{words.left:g}" y="{words.baseline:g}" font-size="{words.size}" fill="{words.colour}"'
    return f"<text {place}{anchor}{weight}{squeeze}>{escape(words.text)}</text>"
