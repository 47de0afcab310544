"""The axes of a figure laid out in a frame: what each must have room for, and at which pixels its range lies."""

from __future__ import annotations

from dataclasses import dataclass

from components.picture import marks
from components.picture.axes import Axis, kind_of
from components.picture.lettering import LINE, lines, width
from components.picture.marks import Shown
from components.picture.subset import Spec


@dataclass(frozen=True)
class Frame:
    """The size of a picture and its margins, in pixels."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    def wider(self, left: float, right: float, top: float, bottom: float, taller: float) -> Frame:
        """The same with larger margins, and `taller` between them. What is added above, below and between makes it higher."""
        left, right, top, bottom, taller = (max(0.0, more) for more in (left, right, top, bottom, taller))
        return Frame(self.width, self.height + top + bottom + taller, self.left + left, self.right + right, self.top + top,
                     self.bottom + bottom)

    def x(self, part: float) -> float:
        """The pixel of a part (0 to 1) of what lies between the margins, from the left."""
        return self.left + part * (self.width - self.left - self.right)

    def y(self, part: float) -> float:
        """The same from below."""
        return self.height - self.bottom - part * (self.height - self.top - self.bottom)

    def pixels(self, axis: Axis) -> tuple[float, float]:
        """Where an axis begins and ends."""
        first, last = axis.spec.get("domain", (0, 1))
        return (self.x(first), self.x(last)) if axis.horizontal else (self.y(first), self.y(last))


def scaled(figure: Spec, frame: Frame) -> tuple[dict[str, Axis], list[Shown]]:
    """The axes with their ranges and pixels, and the traces on them."""
    layout = figure.get("layout", {})
    traces = [{"type": "scatter"} | t for t in figure.get("data", []) if t.get("visible", True) is True]
    ids = dict.fromkeys(["x", "y", *(t.get(f"{c}axis", c) for t in traces for c in "xy"),
                         *(k[0] + k[5:] for k in layout if k[:5] in ("xaxis", "yaxis"))])
    axes = {i: Axis(i, layout.get(f"{i[0]}axis{i[1:]}", {})) for i in ids}
    for axis in axes.values():
        given = [v for t in traces if t.get(f"{axis.id[0]}axis", axis.id[0]) == axis.id for v in t.get(axis.id[0], [])]
        kind = axis.spec.get("type", "-")
        axis.kind = kind_of(given) if kind == "-" else kind
        order = axis.spec.get("categoryarray") or []
        axis.places = {name: i for i, name in enumerate(dict.fromkeys(str(v) for v in [*order, *given]))}
        axis.start, axis.end = frame.pixels(axis)
    shown = [Shown(t, axes[t.get("xaxis", "x")], axes[t.get("yaxis", "y")]) for t in traces]
    marks.place_bars(shown, layout)
    for axis in axes.values():
        _range(axis, shown)
    for axis in axes.values():
        if other := axes.get(axis.spec.get("matches", "")):
            axis.low = other.low = min(axis.low, other.low)
            axis.high = other.high = max(axis.high, other.high)
    for axis in axes.values():
        if other := axes.get(axis.spec.get("scaleanchor", "")):
            _same_scale(axis, other, axis.spec.get("scaleratio", 1))
    return axes, shown


def _range(axis: Axis, shown: list[Shown]) -> None:
    if given := axis.spec.get("range"):
        axis.low, axis.high = (axis.value(v) or 0.0 for v in given)
        return
    letter = axis.id[0]
    here = [one for one in shown if getattr(one, letter) is axis]
    found = [v for one in here for at, v in marks.values(one) if at == letter]
    low, high = min(found, default=0), max(found, default=1)
    along = [one for one in here if one.trace["type"] == "bar" and one.upright == (letter == "y")]
    dots = any(one.trace.get("mode", "lines") != "lines" for one in here if one.trace["type"] == "scatter")
    if axis.kind == "category":
        edge = 0.5 if dots or any(one.trace["type"] == "bar" for one in here) else 0
        low, high = -edge, max(len(axis.places) - 1 + edge, edge or 1)
    else:
        if along or axis.spec.get("rangemode") in ("tozero", "nonnegative"):
            low, high = min(low, 0), max(high, 0)
        span = (high - low) or 1
        pad = span * 0.05 if axis.kind == "linear" and (letter == "y" or dots or along) else 0
        low, high = low - (pad if low else 0), high + (pad if high or not low else 0) + (0 if high > low else 1)
    axis.low, axis.high = low, high
    _room_for_words(axis, here)
    if axis.spec.get("autorange") == "reversed":
        axis.low, axis.high = axis.high, axis.low


def _room_for_words(axis: Axis, here: list[Shown]) -> None:
    """Make the range longer until what is written past the bars' ends lies within the panel. What is written to the right of them
    needs none of it: it may go into the margin, which grows."""
    most = abs(axis.end - axis.start)
    for one in here:
        if one.trace.get("textposition", "none") not in ("outside", "auto") or one.upright == axis.horizontal:
            continue
        size = marks.each(one.trace.get("textfont", {}).get("size"), 0, 12)
        for bar in one.bars:
            room = 8 + (width(lines(marks.bar_words(one, bar.number))[0], size) if axis.horizontal else size * LINE)
            if bar.tip < 0:
                axis.low = min(axis.low, axis.high - (axis.high - bar.tip) * most / max(most - room, 20))
            elif not axis.horizontal:
                axis.high = max(axis.high, axis.low + (bar.tip - axis.low) * most / max(most - room, 20))


def _same_scale(axis: Axis, other: Axis, ratio: float) -> None:
    """Make one unit as long on both axes (times `ratio` on the first), by showing more of the one that is too long."""
    one, two = (abs(a.end - a.start) / abs(a.high - a.low) for a in (axis, other))
    scale = min(one / ratio, two)
    for each, want in ((axis, scale * ratio), (other, scale)):
        middle, half = (each.low + each.high) / 2, abs(each.end - each.start) / want / 2
        each.low, each.high = (middle - half, middle + half) if each.low < each.high else (middle + half, middle - half)
