"""A plain Plotly figure dict → one standalone SVG picture, without a browser and in a few milliseconds.

For readers before any script has run, for pages of others, for feeds and for print: the same dicts that Plotly draws
(components/figures.py), drawn on the server. Why no library does this: docs/dependencies.md, "Written here".

It draws what figures.py uses and no more, listed in subset.py: whatever else a figure has raises `NotDrawable` with the name of it,
so that no chart is ever drawn wrongly. Where Plotly lets words overlap or leave the picture on a narrow screen, this does not: it
takes fewer ticks, breaks words anew, moves labels apart and makes the picture higher. Only what concerns the mouse is ignored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from components.picture import marks
from components.picture.axes import Axis, NotDrawable
from components.picture.canvas import Box, Canvas, n, text_box, through
from components.picture.lettering import LINE, Line, lines, width, wrapped
from components.picture.marks import INK, Shown
from components.picture.scales import Frame, scaled
from components.picture.subset import Spec, check

__all__ = ["NotDrawable", "svg"]

THEMES = ("auto", "light", "dark")

_GAP = 4
"""The least distance of two words, in pixels."""
_NAME_LINES = 5
"""A name beside an axis has so many lines at least before it is cut; the picture grows for them."""


def svg(figure: Spec, width: int, *, title: str, description: str, language: str, theme: str = "auto") -> str:
    """The picture of `figure` as an SVG document `width` pixels wide and at least as high as `layout.height`.

    `title` and `description` are its text alternative; `language` (a code of texts.languages()) writes numbers and dates; `theme` is
    "light", "dark", or "auto", which follows the reader's system. Raises NotDrawable for what it can't draw.
    """
    if theme not in THEMES:
        raise ValueError(f"theme {theme!r} is none of {', '.join(THEMES)}")
    layout = figure.get("layout", {})
    check(figure)
    sheet = Sheet.of(figure, width, language)
    for _ in range(5):  # words that need more room make the margins wider; then all is placed anew
        canvas, lacking = sheet.drawn()
        if not any(more > 0.5 for more in lacking):
            break
        sheet = replace(sheet, frame=sheet.frame.wider(*lacking))
    return canvas.document(title, description, language, theme, layout.get("font", {}).get("family", "sans-serif"))


@dataclass(frozen=True)
class Sheet:
    """A figure laid out in a frame."""

    figure: Spec
    frame: Frame
    language: str

    @classmethod
    def of(cls, figure: Spec, width: float, language: str) -> Sheet:
        layout = figure.get("layout", {})
        margin = {"l": 80, "r": 80, "t": 100, "b": 80} | layout.get("margin", {})
        left, right = min(margin["l"], width * 0.42), min(margin["r"], width * 0.3)
        high = min(layout.get("height", 450) - margin["t"] - margin["b"], (width - left - right) * _shape(layout))
        return cls(figure, Frame(width, high + margin["t"] + margin["b"], left, right, margin["t"], margin["b"]), language)

    @property
    def layout(self) -> Spec:
        return self.figure.get("layout", {})

    @property
    def font(self) -> Spec:
        return {"size": 12, "color": INK} | self.layout.get("font", {})

    def drawn(self) -> tuple[Canvas, tuple[float, ...]]:
        """The picture, and the room that is lacking: left, right, above, below, and between the panels' top and foot."""
        canvas = Canvas(self.frame.width, self.frame.height)
        axes, shown = scaled(self.figure, self.frame)
        self._shapes(canvas, axes, "below")
        self._grids(canvas, axes)
        for number, one in enumerate(shown):
            same = [o for o in shown[:number] if (o.x.id, o.y.id) == (one.x.id, one.y.id) and o.trace["type"] == "scatter"]
            marks.draw(canvas, one, same[-1] if same else None)
        left, taller = self._axes(canvas, axes)
        self._shapes(canvas, axes, "above")
        legend = self._legend(canvas, shown)
        self._annotations(canvas, axes, legend)
        boxes = canvas.boxes
        return canvas, (left, max((b.right for b in boxes), default=0) - self.frame.width + 2,
                        2 - min((b.top for b in boxes), default=2), max((b.bottom for b in boxes), default=0) - self.frame.height + 2, taller)

    # Axes ---------------------------------------------------------------------------------------------------------

    def _grids(self, canvas: Canvas, axes: dict[str, Axis]) -> None:
        for axis in axes.values():
            if axis.hidden or axis.spec.get("showgrid") is False or (axis.kind == "category" and "gridcolor" not in axis.spec):
                continue
            paint = canvas.paint(stroke=axis.spec.get("gridcolor", "#d8dee4"), thick=axis.spec.get("gridwidth", 1),
                                 dash=axis.spec.get("griddash", "solid"))
            canvas.path("".join(self._across(axis, axes, v) for v, _ in axis.ticks(self._tick_room(axis), self.language)), paint)

    def _across(self, axis: Axis, axes: dict[str, Axis], value: float) -> str:
        """A line at a value over the whole of the panel."""
        at, other = axis.pixel(value), axes.get(axis.spec.get("anchor", "")) or axes["y" if axis.horizontal else "x"]
        if axis.horizontal:
            others = [a for a in axes.values() if a.id[0] == "y" and a.spec.get("anchor", "x") == axis.id] or [other]
            return f"M{n(at)} {n(max(a.start for a in others))}V{n(min(a.end for a in others))}"
        return f"M{n(other.start)} {n(at)}H{n(other.end)}"

    def _tick_room(self, axis: Axis) -> float:
        """The pixels for a tick: enough for its words, and never more than seven ticks upwards or nine across."""
        long = abs(axis.end - axis.start)
        return max(34 if axis.kind == "category" else 42, long / 9) if axis.horizontal else max(20, long / 7)

    def _axes(self, canvas: Canvas, axes: dict[str, Axis]) -> tuple[float, float]:
        """Draw zero lines, axis lines and the words of the ticks; how much room those on the left lack, across and upwards."""
        left = taller = 0.0
        for axis in axes.values():
            if axis.hidden:
                continue
            low, high = min(axis.low, axis.high), max(axis.low, axis.high)
            if axis.kind == "linear" and axis.spec.get("zeroline", True) and low <= 0 <= high:
                canvas.path(self._across(axis, axes, 0), canvas.paint(stroke=axis.spec.get("zerolinecolor", "#57606a")))
            if axis.horizontal:
                self._bottom(canvas, axis, axes)
            else:
                more, higher = self._side(canvas, axis, axes)
                left, taller = max(left, more), max(taller, higher)
        return left, taller

    def _bottom(self, canvas: Canvas, axis: Axis, axes: dict[str, Axis]) -> None:
        """The line, ticks and words of a horizontal axis. Where words would meet, only every second, third, … is written."""
        foot = (axes.get(axis.spec.get("anchor", "y")) or axes["y"]).start
        if "linecolor" in axis.spec or axis.spec.get("showline"):
            canvas.path(f"M{n(axis.start)} {n(foot)}H{n(axis.end)}", canvas.paint(stroke=axis.spec.get("linecolor", "#d8dee4")))
        ticks, font = axis.ticks(self._tick_room(axis), self.language), self.font | axis.spec.get("tickfont", {})
        long = axis.spec.get("ticklen", 5) if axis.spec.get("ticks") == "outside" else 0
        if axis.spec.get("showticklabels") is not False:
            words = [(self._inside(axis.pixel(v), lines(w), font["size"]), lines(w)) for v, w in ticks]
            every = next(k for k in range(1, len(words) + 2) if not _crowded(words[::k], font["size"]))
            ticks = ticks[::every]
            for x, said in words[::every]:
                canvas.text(x, foot + long + 2, said, font["size"], font["color"], anchor="middle")
        if long:
            canvas.path("".join(f"M{n(axis.pixel(v))} {n(foot)}v{n(long)}" for v, _ in ticks),
                        canvas.paint(stroke=axis.spec.get("tickcolor", "#57606a")))
        if words_of := _title(axis):
            canvas.text((axis.start + axis.end) / 2, foot + long + font["size"] * 1.6, wrapped(words_of, 12, abs(axis.end - axis.start)),
                        12, font["color"], anchor="middle")

    def _inside(self, x: float, said: list[Line], size: float) -> float:
        """The middle of words that should stand at x, moved so that they stay in the picture."""
        half = max((width(line, size) for line in said), default=0) / 2 + 2
        return min(max(x, half), self.frame.width - half)

    def _side(self, canvas: Canvas, axis: Axis, axes: dict[str, Axis]) -> tuple[float, float]:
        """The words of a vertical axis, broken into lines; the room they lack on the left and upwards."""
        if "linecolor" in axis.spec or axis.spec.get("showline"):
            at = (axes.get(axis.spec.get("anchor", "x")) or axes["x"]).start
            canvas.path(f"M{n(at)} {n(axis.start)}V{n(axis.end)}", canvas.paint(stroke=axis.spec.get("linecolor", "#d8dee4")))
        if axis.spec.get("showticklabels") is False:
            return 0, 0
        ticks, font = axis.ticks(self._tick_room(axis), self.language), self.font | axis.spec.get("tickfont", {})
        edge = (axes.get(axis.spec.get("anchor", "x")) or axes["x"]).start - 6
        band, line = abs(axis.end - axis.start) / max(len(ticks), 1), font["size"] * LINE
        most = max(_NAME_LINES if axis.kind == "category" else 1, math.floor((band - 1) / line))
        said = [(v, wrapped(w, font["size"], self.frame.width * 0.4, most)) for v, w in ticks]
        for value, words in said:
            canvas.text(edge, axis.pixel(value), words, font["size"], font["color"], anchor="end", from_top=0.5)
        if title := _title(axis):  # above the axis and level, where it is read with ease
            canvas.text(2, axis.end - font["size"], wrapped(title, 12, self.frame.width - 8), 12, font["color"], from_top=1)
        highest = max((len(words) for _, words in said), default=0) * line + 2
        first, last = axis.spec.get("domain", (0, 1))
        return (max((width(one, font["size"]) for _, words in said for one in words), default=0) + 2 - edge,
                (highest - band) * len(ticks) / (last - first) if axis.kind == "category" else 0)

    # What is written over it -----------------------------------------------------------------------------------------

    def _place(self, given: Any, ref: str, axes: dict[str, Axis]) -> float:
        """The pixel of a place that refers to the paper, a panel ("y2 domain") or the values of an axis."""
        letter, _, domain = ref.partition(" ")
        if letter not in axes:
            raise NotDrawable(f"“{ref}” is not an axis of this figure")
        axis = axes[letter]
        if domain:
            return axis.start + given * (axis.end - axis.start)
        value = axis.value(given)
        if value is None:
            raise NotDrawable(f"“{str(given)[:40]}” is not a place on the axis {letter}")
        return axis.pixel(value)

    def _at(self, spec: Spec, name: str, axes: dict[str, Axis]) -> float:
        ref = spec.get(f"{name[0]}ref", name[0])
        if ref == "paper":
            return self.frame.x(spec[name]) if name[0] == "x" else self.frame.y(spec[name])
        return self._place(spec[name], ref, axes)

    def _shapes(self, canvas: Canvas, axes: dict[str, Axis], layer: str) -> None:
        for spec in self.layout.get("shapes", []):
            if spec.get("layer", "above") != layer or spec.get("visible") is False:
                continue
            x0, x1, y0, y1 = (self._at(spec, name, axes) for name in ("x0", "x1", "y0", "y1"))
            line, kind = spec.get("line", {}), spec.get("type", "rect")
            if kind not in ("line", "rect"):
                raise NotDrawable(f"shapes of type “{kind}” can't be drawn")
            paint = canvas.paint(spec.get("fillcolor", "") if kind == "rect" else "", line.get("color", INK) if line.get("width", 2) else "",
                                 line.get("width", 2), line.get("dash", "solid"), spec.get("opacity", 1))
            canvas.path(f"M{n(x0)} {n(y0)}L{n(x1)} {n(y1)}" if kind == "line" else f"M{n(x0)} {n(y0)}H{n(x1)}V{n(y1)}H{n(x0)}z", paint)

    def _legend(self, canvas: Canvas, shown: list[Shown]) -> Box | None:
        """The legend, in as many rows as it needs, above or below the panels; where it lies."""
        named = [one.trace for one in shown if one.trace.get("showlegend", True) and one.trace.get("name")]
        if not self.layout.get("showlegend", len(shown) > 1) or not named:
            return None
        spec, places, row, high = self.layout.get("legend", {}), [], 0, 18
        whole = sum(width(lines(trace["name"])[0], 12) + 36 for trace in named)
        first = x = self.frame.left if self.frame.left + whole <= self.frame.width else 6.0
        for trace in named:
            words = wrapped(trace["name"], 12, self.frame.width - first - 30)
            wide = max(width(line, 12) for line in words) + 36
            if x > first and x + wide > self.frame.width:
                x, row = first, row + 1
            places.append((x, row, words, trace))
            row += len(words) - 1
            x += wide
        above = spec.get("y", 1) >= 0.5
        top = self.frame.y(spec.get("y", 1)) - (row + 1) * high if above else self.frame.height - self.frame.bottom + 26
        for x, row, words, trace in places:
            middle = top + row * high + high / 2
            _swatch(canvas, trace, x, middle)
            canvas.text(x + 22, middle - 12 * LINE / 2, words, 12, self.font["color"])
        return Box(first, top, self.frame.width, top + (row + 1) * high)

    def _annotations(self, canvas: Canvas, axes: dict[str, Axis], legend: Box | None) -> None:
        for spec in self.layout.get("annotations", []):
            if spec.get("visible") is False or not spec.get("text"):
                continue
            self._annotation(canvas, axes, legend, spec)

    def _annotation(self, canvas: Canvas, axes: dict[str, Axis], legend: Box | None, spec: Spec) -> None:
        font, at_x, at_y = self.font | spec.get("font", {}), self._at(spec, "x", axes), self._at(spec, "y", axes)
        arrow = spec.get("showarrow", True)
        if spec.get("xref") == "paper" and spec["x"] == 0 and spec.get("xshift", 0) < 0:
            at_x = min(self.layout.get("margin", {}).get("l", 80), self.frame.left)  # it stands by the picture's edge, not by the panel
        x = at_x + spec.get("xshift", 0) + (spec.get("ax", -10) if arrow else 0)
        y = at_y - spec.get("yshift", 0) + (spec.get("ay", -30) if arrow else 0)
        anchor = {"left": "start", "center": "middle", "right": "end"}[_side_of(spec, "x", ("left", "center", "right"))]
        above = {"top": 0.0, "middle": 0.5, "bottom": 1.0}[_side_of(spec, "y", ("bottom", "middle", "top"))]
        size, angle, opacity = font["size"], spec.get("textangle", 0), spec.get("opacity", 1)
        if opacity < 0.4:  # a mark behind the picture, in a size at which it fits
            wide = max(width(line, size) for line in lines(spec["text"]))
            size = min(size, size * (self.frame.width - 24) / wide)
            reach = wide / 2 * size / font["size"] + 12 if anchor == "middle" else 0
            canvas.text(min(max(x, reach), self.frame.width - reach), y, lines(spec["text"]), size, font["color"], anchor=anchor,
                        from_top=above, opacity=opacity, angle=angle, keep=False)
            return
        if angle:
            raise NotDrawable("slanted annotations can't be drawn")
        words = wrapped(spec["text"], size, self._room(x, anchor, spec))
        box = text_box(x, y, words, size, anchor, above)
        if spec.get("xref") == "paper" or spec.get("xref", "x").endswith("domain") or anchor != "start":
            shift = max(0, 2 - box.left) - max(0, box.right - self.frame.width + 2)
            x, box = x + shift, box.moved(shift, 0)
        if legend and box.meets(legend):
            y -= box.bottom - legend.top + 2
        elif not arrow:
            y += _apart(box, canvas.boxes, self.frame.height)
        if arrow:
            ink, tip = spec.get("arrowcolor", font["color"]), math.atan2(at_y - y, at_x - x)
            canvas.line([(x, y), (at_x, at_y)], canvas.paint(stroke=ink, thick=spec.get("arrowwidth", 1)))
            if spec.get("arrowhead", 1):
                wings = [(at_x - 7 * math.cos(tip + turn), at_y - 7 * math.sin(tip + turn)) for turn in (-0.4, 0.4)]
                canvas.path(through([(at_x, at_y), *wings]) + "z", canvas.paint(ink))
        if spec.get("bgcolor"):
            box = text_box(x, y, words, size, anchor, above)
            canvas.path(f"M{n(box.left - 2)} {n(box.top)}H{n(box.right + 2)}V{n(box.bottom)}H{n(box.left - 2)}z", canvas.paint(spec["bgcolor"]))
        canvas.text(x, y, words, size, font["color"], anchor=anchor, from_top=above)

    def _room(self, x: float, anchor: str, spec: Spec) -> float:
        """How wide an annotation may be before it is broken into lines."""
        if spec.get("xref") == "paper":
            return self.frame.width - 12
        if anchor == "start":
            return max(self.frame.width - x - 2, self.frame.width * 0.26)
        return self.frame.width * 0.6


def _crowded(words: list[tuple[float, list[Line]]], size: float) -> bool:
    """Whether words whose middles are given meet their neighbours."""
    boxes = [text_box(x, 0, said, size, "middle", 0) for x, said in words]
    return any(a.meets(b, _GAP) for a, b in pairwise(boxes))


def _side_of(spec: Spec, letter: str, sides: tuple[str, str, str]) -> str:
    """The anchor of an annotation; "auto" depends on the third of the paper it is in, as with Plotly."""
    given = spec.get(f"{letter}anchor", "auto")
    if given != "auto":
        return str(given)
    if spec.get(f"{letter}ref", letter) != "paper":
        return sides[1]
    return sides[0] if spec[letter] <= 1 / 3 else sides[2] if spec[letter] >= 2 / 3 else sides[1]


def _apart(box: Box, others: list[Box], height: float) -> float:
    """How far down (or, negative, up) a text must go not to meet another: the least way, none where there is no room."""
    for way in range(0, 90, 2):
        for y in (way, -way):
            moved = box.moved(0, y)
            if moved.top >= 0 and moved.bottom <= height and not any(moved.meets(other, 1) for other in others):
                return y
    return 0


def _shape(layout: Spec) -> float:
    """How many times as high as wide the panels are at most: a map has a shape of its own, and what it lacks is not left empty."""
    x, y = layout.get("xaxis", {}), layout.get("yaxis", {})
    if y.get("scaleanchor") != "x" or "range" not in x or "range" not in y:
        return math.inf
    return (y["range"][1] - y["range"][0]) * y.get("scaleratio", 1) / (x["range"][1] - x["range"][0])


def _swatch(canvas: Canvas, trace: Spec, x: float, y: float) -> None:
    """The sign of a trace in the legend."""
    marker, line = trace.get("marker", {}), trace.get("line", {})
    if trace["type"] == "bar" or trace.get("fill", "none") != "none":
        fill = marks.each(marker.get("color"), 0) or trace.get("fillcolor", INK)
        canvas.path(f"M{n(x)} {n(y - 6)}h16v12h-16z", canvas.paint(fill))
        return
    if "lines" in trace.get("mode", "lines"):
        canvas.line([(x, y), (x + 16, y)], canvas.paint(stroke=line.get("color", INK), thick=line.get("width", 2),
                                                        dash=line.get("dash", "solid")))
    if "markers" in trace.get("mode", "lines"):
        canvas.path(marks.symbol(marks.each(marker.get("symbol"), 0, "circle"), x + 8, y, 8),
                    marks.symbol_paint(canvas, marker, 0, line.get("color", INK)))


def _title(axis: Axis) -> str:
    given = axis.spec.get("title", "")
    return str(given.get("text", "") if isinstance(given, dict) else given)
