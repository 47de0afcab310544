"""The marks of a picture: bars, lines, areas, points and their error bars, from traces of a Plotly figure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from components.picture.axes import Axis, NotDrawable
from components.picture.canvas import Canvas, Point, n, text_box, through
from components.picture.lettering import lines, width, wrapped

Trace = dict[str, Any]
INK = "#1b1f24"


@dataclass(frozen=True)
class Bar:
    """One bar in values of its axes: `place` and `thick` along the one, `base` to `tip` along the other."""

    place: float
    thick: float
    base: float
    tip: float
    number: int


@dataclass
class Shown:
    """A trace with its axes and, for bars, its bars."""

    trace: Trace
    x: Axis
    y: Axis
    bars: list[Bar] = field(default_factory=list)

    @property
    def upright(self) -> bool:
        return self.trace.get("orientation", "v") == "v"

    @cached_property
    def points(self) -> list[tuple[float | None, float | None]]:
        """The places of its data, in numbers of its axes."""
        xs, ys = list(self.trace.get("x", [])), list(self.trace.get("y", []))
        return [(self.x.value(x), self.y.value(y)) for x, y in zip(xs, ys, strict=True)]


def each(given: Any, number: int, default: Any = None) -> Any:
    """The setting of one mark: that of all, or its own where there is a list."""
    if isinstance(given, list | tuple):
        return given[number] if number < len(given) else default
    return default if given is None else given


def place_bars(shown: list[Shown], layout: dict[str, Any]) -> None:
    """Give each trace of bars its bars: beside each other, on top of each other or over each other, as `barmode` says."""
    mode, gap = layout.get("barmode", "group"), layout.get("bargap", 0.2)
    by_panel: dict[tuple[str, str, bool], list[Shown]] = defaultdict(list)
    for one in shown:
        if one.trace["type"] == "bar":
            by_panel[(one.x.id, one.y.id, one.upright)].append(one)
    for here in by_panel.values():
        sums: dict[tuple[float, bool], float] = defaultdict(float)
        side = len(here) if mode == "group" else 1
        unit = _distance(here)
        for number, one in enumerate(here):
            wide = unit * (1 - gap) / side
            shift = (number - (side - 1) / 2) * wide if side > 1 else 0
            for i, (x, y) in enumerate(one.points):
                place, size = (x, y) if one.upright else (y, x)
                if place is None or size is None:
                    continue
                key = (place, size >= 0)
                base = sums[key] if mode in ("stack", "relative") else float(each(one.trace.get("base"), i, 0))
                sums[key] += size
                thick = float(each(one.trace.get("width"), i, wide))
                one.bars.append(Bar(place + shift, thick, base, base + size, i))


def _distance(here: list[Shown]) -> float:
    """The least distance of two places of bars."""
    places = sorted({place for one in here for x, y in one.points if (place := x if one.upright else y) is not None})
    return min((b - a for a, b in pairwise(places)), default=1.0)


def values(one: Shown) -> Iterator[tuple[str, float]]:
    """("x" or "y", value) for everything that the axes must have room for."""
    if one.trace["type"] == "bar":
        for bar in one.bars:
            along, across = ("y", "x") if one.upright else ("x", "y")
            yield from ((along, bar.base), (along, bar.tip), (across, bar.place - bar.thick / 2), (across, bar.place + bar.thick / 2))
        return
    for i, (x, y) in enumerate(one.points):
        for letter, value in (("x", x), ("y", y)):
            if value is not None:
                yield letter, value
                less, more = _error(one.trace, letter, i, value)
                yield from ((letter, value - less), (letter, value + more))


def _error(trace: Trace, letter: str, number: int, value: float) -> tuple[float, float]:
    """How far the error bar of a point reaches below and above it."""
    spec = trace.get(f"error_{letter}")
    if not spec or spec.get("visible") is False:
        return 0, 0
    if spec.get("type", "data") == "constant":
        return float(spec["value"]), float(spec["value"])
    if spec.get("type", "data") != "data":
        raise NotDrawable(f"error bars of type “{spec['type']}” can't be drawn")
    more = each(spec.get("array"), number) or 0
    less = each(spec.get("arrayminus"), number) if spec.get("arrayminus") is not None else more
    return float(less or 0), float(more)


def draw(canvas: Canvas, one: Shown, before: Shown | None) -> None:
    """Draw one trace; `before` is the one that "tonexty" fills to. What lies outside of a given range is cut off."""
    drawn = len(canvas.parts)
    _draw(canvas, one, before)
    shows = {axis.id[0]: sorted((axis.low, axis.high)) for axis in (one.x, one.y) if axis.spec.get("range")}
    if shows and any(not shows[at][0] <= v <= shows[at][1] for at, v in values(one) if at in shows):
        left, right = sorted((one.x.start, one.x.end))
        top, bottom = sorted((one.y.start, one.y.end))
        size = f"{n(left)} {n(top)} {n(right - left)} {n(bottom - top)}"  # a picture within the picture cuts without an id
        x, y, wide, high = size.split()
        canvas.parts[drawn:] = [f'<svg x="{x}" y="{y}" width="{wide}" height="{high}" viewBox="{size}">', *canvas.parts[drawn:], "</svg>"]


def _draw(canvas: Canvas, one: Shown, before: Shown | None) -> None:
    if one.trace["type"] == "bar":
        _draw_bars(canvas, one)
    else:
        _draw_scatter(canvas, one, before)


def _draw_bars(canvas: Canvas, one: Shown) -> None:
    marker = one.trace.get("marker", {})
    edge, pattern = marker.get("line", {}), marker.get("pattern", {})
    alike: dict[str, list[str]] = defaultdict(list)
    hatched: dict[str, list[list[Point]]] = defaultdict(list)
    for bar in one.bars:
        thick = each(edge.get("width"), bar.number, 0)
        stroke = each(edge.get("color"), bar.number, "") if thick else ""
        fill = each(marker.get("color"), bar.number, INK)
        shape = _bar_corners(one, bar)
        if abs(shape[0][0] - shape[2][0]) < 0.05 or abs(shape[0][1] - shape[2][1]) < 0.05:
            continue
        over = each(pattern.get("shape"), bar.number, "")
        if over:
            hatched[each(pattern.get("fgcolor"), bar.number, fill)].append(shape)
            stroke, fill = stroke or fill, each(pattern.get("bgcolor"), bar.number, "")
        opacity = each(marker.get("opacity"), bar.number, 1) * one.trace.get("opacity", 1)
        if stroke:  # inside of the bar, so that a bar with an edge is not larger than one without
            shape = _shrunk(shape, thick / 2)
        (left, top), (right, bottom) = shape[0], shape[2]
        alike[canvas.paint(fill, stroke, thick, opacity=opacity)].append(f"M{n(left)} {n(top)}H{n(right)}V{n(bottom)}H{n(left)}z")
    for paint, paths in alike.items():
        canvas.path("".join(paths), paint)
    for ink, shapes in hatched.items():
        canvas.path(hatching(shapes), canvas.paint(stroke=ink))
    for bar in one.bars:
        if words := bar_words(one, bar.number):
            _bar_text(canvas, one, bar, words)


def _bar_corners(one: Shown, bar: Bar) -> list[Point]:
    (a, b), (c, d) = (bar.place - bar.thick / 2, bar.place + bar.thick / 2), sorted((bar.base, bar.tip))
    xs, ys = ((a, b), (c, d)) if one.upright else ((c, d), (a, b))
    left, right = sorted(one.x.pixel(x) for x in xs)
    top, bottom = sorted(one.y.pixel(y) for y in ys)
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def _shrunk(shape: list[Point], by: float) -> list[Point]:
    (left, top), (right, bottom) = shape[0], shape[2]
    by = min(by, (right - left) / 2, (bottom - top) / 2)
    return [(left + by, top + by), (right - by, top + by), (right - by, bottom - by), (left + by, bottom - by)]


def bar_words(one: Shown, number: int) -> str:
    """What is written at a bar."""
    return "" if one.trace.get("textposition", "none") == "none" else str(each(one.trace.get("text"), number, ""))


def _bar_text(canvas: Canvas, one: Shown, bar: Bar, words: str) -> None:
    font = one.trace.get("textfont", {})
    size, said = each(font.get("size"), bar.number, 12), lines(words)
    (left, top), (right, bottom) = (corners := _bar_corners(one, bar))[0], corners[2]
    wide, position = max(width(line, size) for line in said), one.trace["textposition"]
    inside = position == "inside" or (position == "auto" and wide + 8 <= right - left and size * 1.3 <= bottom - top)
    ink = each(font.get("color"), bar.number, "#ffffff" if inside else INK)
    if inside and (wide > right - left or size > bottom - top):
        return  # a word wider than its bar says nothing
    if inside:
        canvas.text((left + right) / 2, (top + bottom) / 2, said, size, ink, anchor="middle", from_top=0.5)
    elif one.upright:
        canvas.text((left + right) / 2, top - 2 if bar.tip >= 0 else bottom + 2, said, size, ink, anchor="middle",
                    from_top=1 if bar.tip >= 0 else 0)
    else:
        canvas.text(right + 4 if bar.tip >= 0 else left - 4, (top + bottom) / 2, said, size, ink,
                    anchor="start" if bar.tip >= 0 else "end", from_top=0.5)


def _runs(one: Shown) -> list[list[Point]]:
    """The points in pixels, in a run for each part between gaps."""
    runs: list[list[Point]] = [[]]
    for x, y in one.points:
        if x is None or y is None:
            runs += [[]] if not one.trace.get("connectgaps") else []
        else:
            runs[-1].append((one.x.pixel(x), one.y.pixel(y)))
    return [_shaped(run, one.trace.get("line", {}).get("shape", "linear")) for run in runs if run]


def _shaped(run: list[Point], shape: str) -> list[Point]:
    if shape == "linear":
        return run
    if shape not in ("hv", "vh"):
        raise NotDrawable(f"lines of shape “{shape}” can't be drawn")
    steps = run[:1]
    for (x0, y0), (x1, y1) in pairwise(run):
        steps += [(x1, y0) if shape == "hv" else (x0, y1), (x1, y1)]
    return steps


def _draw_scatter(canvas: Canvas, one: Shown, before: Shown | None) -> None:
    trace, line = one.trace, one.trace.get("line", {})
    modes, opacity = trace.get("mode", "lines").split("+"), trace.get("opacity", 1)
    runs = _runs(one)
    area = _area(one, runs, before)
    if area:
        pattern = trace.get("fillpattern", {})
        fill = trace.get("fillcolor", line.get("color", INK))
        canvas.path("".join(through(ring) + "z" for ring in area), canvas.paint(
            pattern.get("bgcolor", "") if pattern.get("shape") else fill, opacity=opacity))
        if pattern.get("shape"):
            canvas.path(hatching(area), canvas.paint(stroke=pattern.get("fgcolor", fill)))
    if "lines" in modes and line.get("width", 2):
        canvas.path("".join(through(run) for run in runs if len(run) > 1), canvas.paint(
            stroke=line.get("color", INK), thick=line.get("width", 2), dash=line.get("dash", "solid"), opacity=opacity)
            + ' stroke-linejoin="round"')
    _draw_errors(canvas, one)
    if "markers" in modes:
        _draw_markers(canvas, one)
    if "text" in modes:
        _draw_texts(canvas, one)


def _area(one: Shown, runs: list[list[Point]], before: Shown | None) -> list[list[Point]]:
    """The rings to be filled."""
    fill = one.trace.get("fill", "none")
    if fill == "none" or not runs:
        return []
    if fill == "toself":
        return [run for run in runs if len(run) > 2]
    if fill == "tozeroy":
        foot = one.y.pixel(min(max(0, one.y.low), one.y.high))
        return [[(run[0][0], foot), *run, (run[-1][0], foot)] for run in runs]
    if fill == "tonexty" and before:
        return [run + other[::-1] for run, other in zip(runs, _runs(before), strict=True)]
    raise NotDrawable(f"an area of fill “{fill}” can't be drawn here")


def outside(one: Shown, x: float, y: float) -> bool:
    """Whether a point lies outside of what its axes show."""
    return any(not min(a.low, a.high) <= v <= max(a.low, a.high) for a, v in ((one.x, x), (one.y, y)))


def _draw_errors(canvas: Canvas, one: Shown) -> None:
    for letter in ("x", "y"):
        spec = one.trace.get(f"error_{letter}")
        if not spec:
            continue
        cap, parts = spec.get("width", 4), []
        for i, (x, y) in enumerate(one.points):
            if x is None or y is None:
                continue
            less, more = _error(one.trace, letter, i, x if letter == "x" else y)
            if not less + more:
                continue
            if letter == "y":
                at, a, b = one.x.pixel(x), one.y.pixel(y - less), one.y.pixel(y + more)
                parts.append(f"M{n(at)} {n(a)}V{n(b)}" + "".join(f"M{n(at - cap)} {n(e)}h{n(2 * cap)}" for e in (a, b) if cap))
            else:
                at, a, b = one.y.pixel(y), one.x.pixel(x - less), one.x.pixel(x + more)
                parts.append(f"M{n(a)} {n(at)}H{n(b)}" + "".join(f"M{n(e)} {n(at - cap)}v{n(2 * cap)}" for e in (a, b) if cap))
        ink = spec.get("color") or each(one.trace.get("marker", {}).get("color"), 0) or one.trace.get("line", {}).get("color", INK)
        canvas.path("".join(parts), canvas.paint(stroke=ink, thick=spec.get("thickness", 1.5)))


_SHAPES = {
    "circle": "M{l} {y}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z", "square": "M{l} {t}h{d}v{d}h-{d}z",
    "diamond": "M{x} {T}L{R} {y}L{x} {B}L{L} {y}z", "triangle-up": "M{x} {t}L{e} {b}L{l} {b}z",
    "triangle-down": "M{x} {b}L{e} {t}L{l} {t}z", "line-ns": "M{x} {t}V{b}", "line-ew": "M{l} {y}H{e}",
    "x": "M{l} {t}L{e} {b}M{e} {t}L{l} {b}", "cross": "M{x} {t}V{b}M{l} {y}H{e}",
}
_STROKED = ("line-ns", "line-ew", "x", "cross")


def symbol(kind: str, x: float, y: float, size: float) -> str:
    """The path of a marker."""
    r, q = size / 2, size / 2 * 1.3
    shape = _SHAPES.get(kind.removesuffix("-open"))
    if not shape:
        raise NotDrawable(f"markers of symbol “{kind}” can't be drawn")
    return shape.format(x=n(x), y=n(y), r=n(r), d=n(2 * r), l=n(x - r), t=n(y - r), e=n(x + r), b=n(y + r),
                        L=n(x - q), T=n(y - q), R=n(x + q), B=n(y + q))


def symbol_paint(canvas: Canvas, marker: dict[str, Any], number: int, otherwise: str) -> str:
    """How a marker is painted: an open one is hollow, a cross or a stroke is a line."""
    kind, ink = each(marker.get("symbol"), number, "circle"), each(marker.get("color"), number, otherwise)
    line, opacity = marker.get("line", {}), each(marker.get("opacity"), number, 1)
    thick = each(line.get("width"), number, 0)
    if kind.endswith("-open") or kind in _STROKED:
        return canvas.paint(stroke=ink, thick=thick or 1.5, opacity=opacity)
    return canvas.paint(ink, each(line.get("color"), number, "") if thick else "", thick, opacity=opacity)


def _draw_markers(canvas: Canvas, one: Shown) -> None:
    marker, alike = one.trace.get("marker", {}), defaultdict(list)
    for i, (x, y) in enumerate(one.points):
        size = each(marker.get("size"), i, 6)
        if x is None or y is None or not size:
            continue
        kind = each(marker.get("symbol"), i, "circle")
        paint = symbol_paint(canvas, marker, i, one.trace.get("line", {}).get("color", INK))
        alike[paint].append(symbol(kind, one.x.pixel(x), one.y.pixel(y), size))
    for paint, paths in alike.items():
        canvas.path("".join(paths), paint)


def text_place(position: str) -> tuple[str, float, int, int]:
    """(anchor, part of the height above, direction across, direction down) of Plotly's "middle right" and such."""
    down, _, across = position.partition(" ")
    if down not in ("top", "middle", "bottom") or across not in ("left", "center", "right"):
        raise NotDrawable(f"texts at “{position}” can't be drawn")
    return ({"left": "end", "center": "middle", "right": "start"}[across], {"top": 1, "middle": 0.5, "bottom": 0}[down],
            {"left": -1, "center": 0, "right": 1}[across], {"top": -1, "middle": 0, "bottom": 1}[down])


def _draw_texts(canvas: Canvas, one: Shown) -> None:
    marker, font = one.trace.get("marker", {}), one.trace.get("textfont", {})
    for i, (x, y) in enumerate(one.points):
        words = str(each(one.trace.get("text"), i, ""))
        if x is None or y is None or not words or outside(one, x, y):
            continue
        anchor, above, across, down = text_place(each(one.trace.get("textposition"), i, "middle center"))
        gap = (each(marker.get("size"), i, 6) / 2 if "markers" in one.trace.get("mode", "") else 2) + 4
        size, ink = each(font.get("size"), i, 12), each(font.get("color"), i, INK)
        at = one.x.pixel(x) + across * gap
        said = lines(words)
        box = text_box(at, 0, said, size, anchor, above)
        if anchor == "start" and box.right > canvas.width - 2:
            said = wrapped(words, size, max(canvas.width - 4 - at, 40))
        elif anchor == "middle":
            at += max(0, 2 - box.left) - max(0, box.right - canvas.width + 2)
        canvas.text(at, one.y.pixel(y) + down * gap, said, size, ink, anchor=anchor, from_top=above)


def hatching(rings: Sequence[Sequence[Point]], every: float = 6) -> str:
    """Slanted lines that fill rings, as a path. Computed, since a pattern of SVG needs an id, and a picture has none."""
    edges = [(a, b) for ring in rings for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)]
    sums = [x + y for ring in rings for x, y in ring]
    step, parts = every * math.sqrt(2), []
    at = math.floor(min(sums, default=0) / step) * step + step / 2
    while at < max(sums, default=0):
        cuts = []
        for (x0, y0), (x1, y1) in edges:
            s0, s1 = x0 + y0 - at, x1 + y1 - at
            if (s0 < 0) != (s1 < 0):
                cuts.append(x0 + (x1 - x0) * s0 / (s0 - s1))
        cuts.sort()
        parts += [f"M{n(a)} {n(at - a)}L{n(b)} {n(at - b)}" for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
        at += step
    return "".join(parts)
