"""Numbers with intervals → plain Plotly figure dicts: curves over time, rankings, ranges. Beside components/figures.py, which draws counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import texts
from components.figures import COLOURS, Figure, blank, provisional_mark, value_axis, wrapped_words, years_as_ticks
from components.text import percent

QUIET = "#57606a"
SERIES = (COLOURS["sentenced"], COLOURS["charged"], COLOURS["pardoned"], COLOURS["deported"], COLOURS["held"])
"""Colours of series that are no measure, in this order."""
GROUND = "#ffffff"
"""Of a picture on a light page; it parts what touches."""
ORDERED = ("#302259", "#0f3a74", "#005186", "#006791", "#007c94", "#008f90", "#2ca28a")
"""Colours of groups that have an order, all of which stand out from the ground, light and dark (canvas.DARK), by 3 to 1: evenly lighter in
CIELAB, from violet to green, so that neighbours are told apart by more than lightness."""
UNKNOWN = "#818b95"


@dataclass(frozen=True)
class Curve:
    """A line over `x` (periods, or numbers): values with None where there is no number, its interval if it has one, and `hidden`: where
    a number stands that is not shown."""

    name: str
    colour: str
    x: Sequence[str] | Sequence[float]
    values: Sequence[float | None]
    lower: Sequence[float | None] = ()
    upper: Sequence[float | None] = ()
    hidden: Sequence[str] = ()
    dotted: bool = False
    marks: bool = False
    stepped: bool = False
    symbol: str = "circle"


@dataclass(frozen=True)
class Bar:
    """One bar of a ranking: its name, value (None: none is shown), the words at its end, its interval if it has one."""

    name: str
    value: float | None
    words: str
    lower: float | None = None
    upper: float | None = None
    colour: str = ""
    group: str = field(default="")


def curves(lines: Sequence[Curve], *, shares: bool = False, most: float = 1, x_title: str = "", provisional: bool = False, words: str = ""
           ) -> Figure:
    """Lines over time or over months waited, each named at its end; bands are intervals. `most`: the greatest share on the axis; `words`:
    what a hidden number is called."""
    layout = blank(height=400)
    layout["margin"] |= {"r": 110, "l": 48}
    layout["yaxis"] = value_axis() | ({"tickformat": ".0%", "range": [0, 1.02 * most]} if shares else {})
    data = []
    for line in lines:
        data += [*_band(line), *_line(line, shares), *_hollow(line, words)]
    layout["annotations"] += _names_at_the_end(lines, shares)
    if lines and lines[0].x and isinstance(lines[0].x[0], str):
        layout["xaxis"] |= years_as_ticks([str(x) for x in lines[0].x], "’")
    else:
        layout["xaxis"] |= {"type": "linear", "title": {"text": x_title, "font": {"size": 12, "color": QUIET}}}
        layout["margin"]["b"] = 52
    if provisional and lines:
        layout["annotations"] += provisional_mark(len(lines[0].x))
    return {"data": data, "layout": layout}


def _line(line: Curve, shares: bool) -> list[dict]:
    hover = f"%{{x}}: <b>%{{y:{'.0%' if shares else ','}}}</b> {line.name}<extra></extra>"
    marks = line.marks or sum(value is not None for value in line.values) == 1
    return [{"type": "scatter", "mode": "markers" if line.marks else "lines+markers" if marks else "lines", "x": list(line.x), "y": list(line.values),
             "name": line.name, "hovertemplate": hover, "connectgaps": False, "showlegend": False,
             "line": {"color": line.colour, "width": 2.5, "dash": "dot" if line.dotted else "solid", "shape": "hv" if line.stepped else "linear"},
             "marker": {"color": line.colour, "size": 7, "symbol": line.symbol}}]


def _band(line: Curve) -> list[dict]:
    known = [(x, low, high) for x, low, high in zip(line.x, line.lower, line.upper, strict=False) if low is not None and high is not None]
    if not known:
        return []
    common = {"type": "scatter", "mode": "lines", "x": [x for x, _, _ in known], "hoverinfo": "skip", "showlegend": False,
              "line": {"color": line.colour, "width": 0.75, "shape": "hv" if line.stepped else "linear"}}
    return [common | {"y": [low for _, low, _ in known], "name": f"{line.name} –"},
            common | {"y": [high for _, _, high in known], "name": f"{line.name} +", "fill": "tonexty", "fillcolor": _pale(line.colour)}]


def _hollow(line: Curve, words: str) -> list[dict]:
    if not line.hidden:
        return []
    return [{"type": "scatter", "mode": "markers", "x": list(line.hidden), "y": [0] * len(line.hidden), "name": words, "showlegend": False,
             "cliponaxis": False, "marker": {"symbol": "diamond-open", "size": 7, "color": QUIET, "line": {"width": 1.5}},
             "hovertemplate": f"%{{x}}: {words}<extra></extra>"}]


def _names_at_the_end(lines: Sequence[Curve], shares: bool) -> list[dict]:
    """Each line's name and last number, those that would meet moved apart."""
    ends = []
    for line in lines:
        shown = [(place, value) for place, value in enumerate(line.values) if value is not None]
        if shown and line.name:
            ends.append((shown[-1][1], shown[-1][0], line))
    top = max((value for value, _, _ in ends), default=1) or 1
    said: list[dict] = []
    last = float("-inf")
    for value, place, line in sorted(ends, key=lambda end: end[0]):
        at = max(value, last + top * 0.105)
        last = at
        words = percent(value) if shares else texts.number(round(value, 1))
        x = place if isinstance(line.x[0], str) else line.x[place]
        said.append({"x": x if not isinstance(line.x[0], str) else len(line.x) - 1, "y": at, "xanchor": "left", "xshift": 6, "showarrow": False,
                     "align": "left", "text": f"<b>{words}</b><br>{wrapped_words(line.name, 16)}", "font": {"color": line.colour, "size": 12}})
    return said


def ranking(bars: Sequence[Bar], *, colour: str, shares: bool = False) -> Figure:
    """One bar each, in the order given; an interval is a thin line with ends; one that is not shown says so in words."""
    layout = blank(height=38 * len(bars) + 70)
    layout["margin"] |= {"l": 150, "r": 84}
    layout["yaxis"] = {"autorange": "reversed", "automargin": True, "tickfont": {"size": 12}, "fixedrange": True}
    layout["xaxis"] = value_axis() | ({"tickformat": ".0%"} if shares else {})
    names = [wrapped_words(bar.name, 22) for bar in bars]
    values = [bar.value or 0 for bar in bars]
    trace = {"type": "bar", "orientation": "h", "x": values, "y": names, "text": [bar.words for bar in bars], "textposition": "outside",
             "cliponaxis": False, "marker": {"color": [bar.colour or colour for bar in bars]}, "hovertemplate": "%{y}: <b>%{text}</b><extra></extra>"}
    data = [trace]
    if any(bar.upper is not None for bar in bars):
        # The words would lie on the interval: they stand at its end.
        trace["textposition"], trace["text"] = "none", [""] * len(bars)
        reach = [bar.upper if bar.upper is not None else bar.value or 0 for bar in bars]
        data += [_intervals(bars, names), {
            "type": "scatter", "mode": "text", "x": reach, "y": names, "text": [f" {bar.words}" for bar in bars], "textposition": "middle right",
            "cliponaxis": False, "hoverinfo": "skip", "showlegend": False, "textfont": {"size": 12, "color": "#1b1f24"}}]
    return {"data": data, "layout": layout}


def _intervals(bars: Sequence[Bar], names: Sequence[str]) -> dict:
    known = [(name, bar.value, bar.lower, bar.upper) for name, bar in zip(names, bars, strict=True)
             if bar.value is not None and bar.lower is not None and bar.upper is not None]
    return {"type": "scatter", "mode": "markers", "x": [value for _, value, _, _ in known], "y": [name for name, *_ in known], "hoverinfo": "skip",
            "showlegend": False, "marker": {"color": "#1b1f24", "size": 5},
            "error_x": {"type": "data", "symmetric": False, "array": [high - value for _, value, _, high in known],
                        "arrayminus": [value - low for _, value, low, _ in known], "color": "#1b1f24", "thickness": 1.5, "width": 5}}


def stacked(periods: Sequence[str], parts: Sequence[tuple[str, str, Sequence[float | None]]], labels: Callable[[str], str]) -> Figure:
    """Shares that make up a whole, one bar a period: (name, colour, values) for each part, from the bottom up."""
    layout = blank(height=430) | {"barmode": "stack", "showlegend": True}
    layout["legend"] = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
    layout["margin"] |= {"l": 48, "t": 46}
    # Rounded shares may add up to a little more than the whole.
    highest = max([1.0, *(sum(values[n] or 0 for _, _, values in parts) for n in range(len(periods)))])
    layout["yaxis"] = value_axis() | {"tickformat": ".0%", "range": [0, highest]}
    data = [{"type": "bar", "x": [labels(p) for p in periods], "y": [value or 0 for value in values], "name": name,
             "marker": {"color": colour, "line": {"color": GROUND, "width": 1}},
             "hovertemplate": f"%{{x}}: <b>%{{y:.0%}}</b> {name}<extra></extra>"} for name, colour, values in parts]
    return {"data": data, "layout": layout}


def _pale(colour: str) -> str:
    """A colour as the ground of its interval."""
    parts = (int(colour[i:i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - part) * 0.22):02x}" for part in parts)
