"""Invented figures in every form that components/picture/drawing.py draws; for the tests of pictures, with and without a browser."""

import math
from typing import Any

import pandas as pd

from components import figures

Figure = dict[str, Any]
REGIONS = {"BY-HM": "Minsk city", "BY-MI": "Minsk region", "BY-BR": "Brest region", "BY-HO": "Homiel region", "BY-HR": "Hrodna region",
           "BY-MA": "Mahilioŭ region", "BY-VI": "Viciebsk region", "unknown": "unknown"}
IN_RUSSIAN = {"BY-HM": "г. Минск", "BY-MI": "Минская область", "BY-BR": "Брестская область", "BY-HO": "Гомельская область",
              "BY-HR": "Гродненская область", "BY-MA": "Могилёвская область", "BY-VI": "Витебская область", "unknown": "неизвестно"}
HIDDEN = "fewer than 5 or hidden"
_X = {"showgrid": False, "linecolor": "#d8dee4", "ticks": "outside", "tickcolor": "#d8dee4"}
_Y = {"rangemode": "tozero", "gridcolor": "#d8dee4", "zeroline": True, "zerolinecolor": "#57606a", "tickformat": ",d",
      "tickfont": {"color": "#57606a"}}


def _layout(height: int, **more: Any) -> Figure:
    return {"height": height, "margin": {"l": 44, "r": 12, "t": 12, "b": 36}, "showlegend": False, "annotations": [],
            "font": {"family": figures.FONT, "size": 12, "color": "#1b1f24"}, "xaxis": dict(_X), "yaxis": dict(_Y)} | more


def survival() -> Figure:
    """Steps with their interval, an axis in per cent, a title of an axis and an arrow."""
    x = list(range(0, 37, 2))
    y = [math.exp(-i / 30) for i in x]
    edge = {"type": "scatter", "mode": "lines", "x": x, "line": {"width": 0, "shape": "hv"}}
    layout = _layout(320, xaxis={"type": "linear", "title": {"text": "Months since detention"}},
                     yaxis=_Y | {"tickformat": ".0%", "range": [0, 1], "title": {"text": "Share still held"}})
    layout["annotations"] = [
        {"x": 36, "y": y[-1], "text": "<b>men</b>", "showarrow": False, "xanchor": "left", "xshift": 6},
        {"x": 12, "y": 0.67, "text": "a third is free<br>after a year", "ax": 40, "ay": -40, "arrowcolor": "#57606a"}]
    return {"data": [edge | {"y": [v - .07 for v in y]},
                     edge | {"y": [v + .07 for v in y], "fill": "tonexty", "fillcolor": "rgba(11,83,148,0.2)"},
                     {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": {"color": "#0b5394", "width": 2.5, "shape": "hv"}}],
            "layout": layout}


def stock() -> Figure:
    """Days, events with their names, marks of several kinds, error bars and a legend."""
    months = [f"{2020 + (i + 7) // 12}-{(i + 7) % 12 + 1:02d}" for i in range(72)]
    events = {"2020-08-09": "Election of 9 August", "2021-05-23": "A flight is diverted", "2024-07-03": "First wave of pardons",
              "2025-06-21": "Envoys visit Minsk"}
    layout = _layout(360, xaxis=_X | {"type": "date"}, showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"})
    layout["margin"] |= {"t": 40}
    layout["shapes"] = [{"type": "line", "x0": day, "x1": day, "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
                         "line": {"color": "#57606a", "width": 1, "dash": "dot"}} for day in events]
    layout["shapes"].append({"type": "rect", "x0": "2026-05", "x1": "2026-07", "yref": "paper", "y0": 0, "y1": 1,
                             "fillcolor": "rgba(87,96,106,0.12)", "line": {"width": 0}})
    layout["annotations"] = [{"x": day, "yref": "paper", "y": 1, "yanchor": "top", "xanchor": "left", "xshift": 3, "showarrow": False,
                              "text": text, "font": {"size": 11, "color": "#57606a"}} for day, text in events.items()]
    return {"data": [
        {"type": "scatter", "mode": "lines", "x": months, "y": [100 + i * 20 - (i > 50) * (i - 50) * 40 for i in range(72)],
         "name": "Computed from lists", "line": {"color": "#3d3d3d", "width": 2.5}},
        {"type": "scatter", "mode": "markers", "x": ["2021-01-15", "2022-03-01"], "y": [169, 1050], "name": "One organisation",
         "marker": {"symbol": "diamond", "size": 9, "color": "#a8326e"}},
        {"type": "scatter", "mode": "markers", "x": ["2021-06-15", "2022-09-01"], "y": [500, 1300], "name": "Another organisation",
         "marker": {"symbol": "circle-open", "size": 9, "color": "#00745a"},
         "error_y": {"type": "data", "array": [80, 120], "arrayminus": [40, 60], "color": "#00745a"}}], "layout": layout}


def net() -> Figure:
    """Bars up and down, with numbers past their ends, and a line over them."""
    years = ["2021", "2022", "2023", "2024", "2025"]
    layout = _layout(320, xaxis=_X | {"type": "category"}, barmode="relative", showlegend=True, legend={"orientation": "h", "y": -0.2})
    layout["yaxis"].pop("rangemode")
    return {"data": [
        {"type": "bar", "x": years, "y": [900, 1200, 1300, 1000, 600], "name": "newly sentenced", "marker": {"color": "#0b5394"}},
        {"type": "bar", "x": years, "y": [-20, -30, -80, -300, -700], "name": "pardoned", "marker": {"color": "#00745a"},
         "text": ["20", "30", "80", "300", "700"], "textposition": "outside"},
        {"type": "scatter", "mode": "lines+markers", "x": years, "y": [880, 1170, 1220, 700, -100], "name": "net change",
         "line": {"color": "#1b1f24", "dash": "dash"}, "marker": {"size": 7, "color": "#1b1f24"}}], "layout": layout}


def articles() -> Figure:
    """Long names, hatched bars, and the longest bar with the longest number."""
    names = ["Art. 342 — Organising or taking part in group actions that grossly violate public order", "Art. 368 — Insulting the president",
             "Art. 361-1 — Creating an extremist formation or taking part in it", "Art. 130 — Incitement of hatred", "Art. 364"]
    layout = _layout(400, xaxis=dict(_Y), yaxis={"autorange": "reversed", "automargin": True})
    return {"data": [{"type": "bar", "orientation": "h", "y": names, "x": [3100, 1200, 900, 640, 250], "textposition": "outside",
                      "marker": {"color": "#9a5b00", "pattern": {"shape": ["", "", "", "", "/"], "fgcolor": "#9a5b00"}},
                      "text": ["3,100", "≥ 1,200", "900", "640", HIDDEN]}], "layout": layout}


def forest() -> Figure:
    """Names beside intervals."""
    return {"data": [{"type": "scatter", "mode": "markers", "y": ["Women", "Men", "Under 30", "30–44", "45 and older"],
                      "x": [2.5, 3.1, 2.2, 3.3, 3.0], "marker": {"color": "#0b5394", "size": 8},
                      "error_x": {"type": "data", "array": [.4, .2, .5, .3, .6], "color": "#0b5394"}}],
            "layout": _layout(300, xaxis=_Y | {"tickformat": ".1f"}, yaxis={"autorange": "reversed", "automargin": True})}


def persons_by_region() -> pd.DataFrame:
    """Persons by region: one hidden, one a lower bound, some without a region."""
    return pd.DataFrame({"category": list(REGIONS), "persons": [4210, 900, 780, 1120, 640, None, 388, 213],
                         "protected": [False, True, False, False, False, True, False, False]})


def regions(labels: dict[str, str] | None = None) -> Figure:
    """The map, as it is handed on."""
    figure = figures.regions_map(persons_by_region(), labels or REGIONS, "sentenced", HIDDEN)
    return figures.framed(figure, "Persons by region of the court. Flow.", "Vyrak; an invented list; vintage 2026", "SYNTHETIC DATA")


def map_in_russian() -> Figure:
    """The map with longer names."""
    return regions(IN_RUSSIAN)


FORMS = {make.__name__: make for make in (survival, stock, net, articles, forest, regions, map_in_russian)}
