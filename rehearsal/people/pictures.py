"""Pictures of model beside data, as SVG in a page that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 560, 240, 46, 28, 12


def picture(title: str, curves: Mapping[str, Sequence[float]]) -> str:
    """Dots: the data. Line: the model. ``curves``: x, data, model."""
    x, data, model = curves["x"], curves["data"], curves["model"]
    left, right = min(x), max(x)
    high = max(*data, *model) * 1.06 or 1.0

    def place(at: float, value: float) -> str:
        across = LEFT + (WIDTH - LEFT - 8) * (at - left) / ((right - left) or 1)
        return f"{across:.1f},{HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / high:.1f}"

    dots = "".join(_dot(place(at, value)) for at, value in zip(x, data, strict=True))
    line = " ".join(place(at, value) for at, value in zip(x, model, strict=True))
    marks = "".join(_mark(place(left, share * high), share * high) for share in (0.0, 0.5, 0.94))
    ends = "".join(
        f'<text x="{place(at, 0).split(",")[0]}" y="{HEIGHT - 8}" text-anchor="{anchor}">{at:g}</text>'
        for at, anchor in ((left, "start"), ((left + right) / 2, "middle"), (right, "end"))
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f'<path d="M{LEFT},{TOP}V{HEIGHT - BOTTOM}H{WIDTH - 8}" class="axis"/>{marks}{ends}'
        f'<polyline points="{line}" class="model"/>{dots}</svg>'
    )


def _dot(place: str) -> str:
    across, down = place.split(",")
    return f'<circle cx="{across}" cy="{down}" r="2.6" class="data"/>'


def _mark(place: str, value: float) -> str:
    return f'<text x="{LEFT - 6}" y="{place.split(",")[1]}" text-anchor="end">{value:.3g}</text>'
