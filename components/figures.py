"""Tidy frames → plain Plotly figure dicts. No Plotly Express, no template of Plotly's own: small, fast, and ours.

Colours are CSS's own (assets/vyrak.css has the same), one meaning each; chosen for contrast of at least 3 to 1 on white
and to be told apart by colour-blind readers (after Okabe and Ito, 2008, "Color Universal Design").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from components import maps
from components.cells import Row, rows_by
from components.text import measure, month_in_short, number, period, t

COLOURS = {"charged": "#9a5b00", "sentenced": "#0b5394", "pardoned": "#00745a", "deported": "#a8326e", "held": "#3d3d3d", "net": "#3d3d3d"}
_LIGHT = {"charged": "#e0c9a6", "sentenced": "#a9c6e3", "pardoned": "#a5d3c6", "deported": "#e2b6cc", "held": "#bcbcbc", "net": "#bcbcbc"}
_INK, _QUIET, _RULE = "#1b1f24", "#57606a", "#d8dee4"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

Figure = dict[str, Any]

CONFIG: Any = {
    # Without these two a button of Plotly's sends the whole chart to its cloud.
    "showSendToCloud": False, "plotlyServerURL": "", "topojsonURL": "",
    "displaylogo": False, "displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False,
}
"""The one configuration of every chart."""


def small_multiples(frame: pd.DataFrame, protected_text: str, key: str = "measure", titles: dict[str, str] | None = None,
                    colour: str = "") -> Figure:
    """One panel for each value of `key`, over time, each with its own axis from zero. `frame`: components.cells.COLUMNS; `titles`:
    of the panels, by default what the measure counts; `colour`: a key of COLOURS, by default the measure's own."""
    panels = rows_by(frame, key)
    height, gap = 1 / len(panels), 0.10
    data, layout = [], blank(height=130 * len(panels) + 60)
    for place, (name, here) in enumerate(panels.items()):
        axis = "" if place == 0 else str(place + 1)
        top = 1 - place * height
        title = titles[name] if titles else measure(name)
        data += [_bars(here, title, colour or name, axis), *_protected(here, f"y{axis}", protected_text)]
        layout[f"yaxis{axis}"] = value_axis() | {"domain": [top - height + gap * height * 2, top - gap * height], "anchor": "x", "nticks": 4}
        layout["annotations"].append(_panel_title(title, COLOURS[colour or name], top))
    layout["xaxis"] |= {"anchor": f"y{'' if len(panels) == 1 else len(panels)}"} | years_as_ticks(frame["period"])
    layout["annotations"] += _provisional(frame)
    return {"data": data, "layout": layout}


def lines(frame: pd.DataFrame) -> Figure:
    """Running sums over time, each line named at its end."""
    data, layout = [], blank(height=400)
    layout["margin"]["r"] = 96
    for name, here in rows_by(frame, "measure").items():
        periods, values = [row.period for row in here], [row.persons for row in here]
        firm = sum(not row.provisional for row in here)
        for part, dash in ((slice(0, firm), "solid"), (slice(max(firm - 1, 0), None), "dot")):
            data.append({"type": "scatter", "mode": "lines" if len(periods) > 1 else "markers", "x": periods[part], "y": values[part],
                         "name": measure(name), "hovertemplate": _hover(measure(name)),
                         "line": {"color": COLOURS[name], "width": 2.5, "dash": dash},
                         "customdata": [period(p) for p in periods[part]]})
        bound = here[-1].protected
        end = t("not published") if bound and not values[-1] else ("≥ " if bound else "") + number(values[-1])
        layout["annotations"].append({
            "x": len(periods) - 1, "y": values[-1], "xanchor": "left", "xshift": 6, "showarrow": False,
            "text": f"<b>{end}</b><br>{measure(name).replace('Persons ', '')}",
            "align": "left",
            "font": {"color": COLOURS[name], "size": 12}})
    layout["yaxis"] = value_axis()
    layout["xaxis"] |= years_as_ticks(frame["period"], "’")
    layout["annotations"] += _provisional(frame)
    return {"data": data, "layout": layout}


def waves(frame: pd.DataFrame, protected_text: str) -> Figure:
    """One bar a wave: the deported part and the rest."""
    pardoned = frame[frame["measure"] == "pardoned"].set_index("period")
    deported = frame[frame["measure"] == "deported"].set_index("period").reindex(pardoned.index)
    names = [period(p) for p in pardoned.index]
    gone = [int(v) for v in deported["persons"].fillna(0)]
    stayed = [max(int(p) - d, 0) for p, d in zip(pardoned["persons"].fillna(0), gone, strict=True)]
    layout = blank(height=30 * len(names) + 90)
    layout["margin"] |= {"l": 130, "r": 40}
    layout["barmode"] = "stack"
    layout["yaxis"] = {"autorange": "reversed", "automargin": True, "tickfont": {"size": 12}, "fixedrange": True}
    layout["xaxis"] = value_axis()
    layout["legend"] = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"}
    layout["showlegend"] = bool(len(deported["persons"].dropna()))
    sums = [d + s for d, s in zip(gone, stayed, strict=True)]
    data = [_wave_bars(names, gone, "deported", t("deported straight from prison")),
            _wave_bars(names, stayed, "pardoned", t("pardoned, not deported as far as known"))]
    shown = [protected_text if hidden else number(s) for s, hidden in zip(sums, pardoned["protected"], strict=True)]
    data.append({"type": "scatter", "mode": "markers+text", "x": sums, "y": names, "text": shown,
                 "marker": {"symbol": "diamond-open", "color": _QUIET,
                            "size": [8 if hidden else 0 for hidden in pardoned["protected"]]},
                 "textposition": "middle right", "cliponaxis": False, "hoverinfo": "skip", "showlegend": False,
                 "textfont": {"color": _INK, "size": 12}})
    return {"data": data, "layout": layout}


def ranked(frame: pd.DataFrame, labels: dict[str, str], colour: str, protected_text: str, most: int | None = None) -> Figure:
    """One bar a category, the longest first, and not more than `most`. A category of which some part is protected is a lower bound: "≥"."""
    persons = frame["persons"].to_numpy("int64", na_value=0).tolist()
    ordered = sorted(zip(persons, frame["category"], frame["protected"].tolist(), strict=True), key=lambda bar: -bar[0])[:most]
    names, values = [wrapped_words(labels.get(category, category)) for _, category, _ in ordered], [bar[0] for bar in ordered]
    shown = [f"{'≥ ' if hidden else ''}{number(v)}" if v else protected_text if hidden else "0" for v, _, hidden in ordered]
    layout = blank(height=42 * len(names) + 70)
    layout["margin"] |= {"l": 150, "r": 64}
    layout["yaxis"] = {"autorange": "reversed", "automargin": True, "tickfont": {"size": 12}, "fixedrange": True}
    layout["xaxis"] = value_axis()
    return {"data": [{"type": "bar", "orientation": "h", "x": values, "y": names, "marker": {"color": COLOURS[colour]},
                      "text": shown, "textposition": "outside", "cliponaxis": False,
                      "hovertemplate": "%{y}: <b>%{text}</b><extra></extra>"}], "layout": layout}


def regions_map(frame: pd.DataFrame, labels: dict[str, str], colour: str, protected_text: str) -> Figure:
    """The regions of Belarus, the stronger the colour the more persons, each with its name and number on it; hatched where the number is
    protected. `frame`: as for `ranked`, by the codes of etl/vocabulary/regions.csv; what is no region is told below the map."""
    rows = {str(row["category"]): row for _, row in frame.iterrows()}
    empty = {"persons": 0, "protected": False}
    steps = maps.steps([int(row["persons"]) for row in rows.values() if not pd.isna(row["persons"])])
    layout = blank(height=470) | {"dragmode": False}
    data = []
    for code, region in maps.regions().items():
        row = rows.pop(code, empty)
        persons, hidden = 0 if pd.isna(row["persons"]) else int(row["persons"]), bool(row["protected"])
        shown = protected_text if hidden and not persons else ("≥ " if hidden else "") + number(persons)
        fill, ink = ("#ffffff", _INK) if hidden and not persons else maps.shade(COLOURS[colour], persons, steps)
        name = labels.get(code, code)
        data.append({"type": "scatter", "mode": "lines", "x": region.x, "y": region.y, "fill": "toself", "fillcolor": fill,
                     "line": {"color": _QUIET, "width": 0.75}, "name": name, "text": f"{name}: <b>{shown}</b>", "hoverinfo": "text",
                     "hoveron": "fills", "showlegend": False}
                    | ({"fillpattern": {"shape": "/", "fgcolor": _RULE, "bgcolor": fill, "size": 8}} if fill == "#ffffff" else {}))
        over = maps.shade(COLOURS[colour], 0, steps)[1] if code == maps.CITY else ink
        layout["annotations"].append({
            "x": region.label[0], "y": region.label[1], "showarrow": False, "font": {"size": 11, "color": over},
            "text": f"<b>{wrapped_words(shown, 12)}</b><br>{wrapped_words(name, 10)}"})
    told = [f"{labels.get(c, c)}: {protected_text if pd.isna(r['persons']) else number(int(r['persons']), bool(r['protected']))}"
            for c, r in rows.items()]
    scale = t("The stronger the colour, the more persons: steps at {steps}.", steps=", ".join(number(s) for s in steps)) if steps else ""
    notes = "<br>".join(wrapped_words(note, 56) for note in [scale, "; ".join(told), t("Outlines: © OpenStreetMap contributors.")] if note)
    layout["annotations"].append({"xref": "paper", "yref": "paper", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top", "showarrow": False,
                                  "align": "left", "text": notes, "font": {"size": 11, "color": _QUIET}})
    layout["margin"] = {"l": 6, "r": 6, "t": 8, "b": 10 + 14 * (notes.count("<br>") + 1)}
    layout["xaxis"] = {"visible": False, "range": list(maps.WIDE), "fixedrange": True}
    layout["yaxis"] = {"visible": False, "range": list(maps.HIGH), "fixedrange": True, "scaleanchor": "x", "scaleratio": 1}
    return {"data": data, "layout": layout}


def _bars(here: list[Row], title: str, colour: str, axis: str) -> dict[str, Any]:
    colours = [_LIGHT[colour] if row.provisional else COLOURS[colour] for row in here]
    return {"type": "bar", "x": [row.period for row in here], "y": [row.persons for row in here], "yaxis": f"y{axis}", "name": title,
            "marker": {"color": colours, "line": {"color": COLOURS[colour], "width": [1 if row.provisional else 0 for row in here]}},
            "customdata": [period(row.period) + (" " + t("(provisional)") if row.provisional else "") for row in here],
            "hovertemplate": _hover(title)}


def _protected(here: list[Row], axis: str, text: str) -> list[dict[str, Any]]:
    """Protected cells as hollow marks at the foot of the axis: neither nothing nor a number."""
    hidden = [row.period for row in here if row.protected]
    if not hidden:
        return []
    return [{"type": "scatter", "mode": "markers", "x": hidden, "y": [0] * len(hidden), "yaxis": axis, "name": text,
             "cliponaxis": False, "marker": {"symbol": "diamond-open", "size": 7, "color": _QUIET, "line": {"width": 1.5}},
             "customdata": [period(p) for p in hidden], "hovertemplate": f"%{{customdata}}: {text}<extra></extra>"}]


def _wave_bars(names: list[str], values: list[int], kind: str, title: str) -> dict[str, Any]:
    return {"type": "bar", "orientation": "h", "x": values, "y": names, "name": title,
            "marker": {"color": COLOURS[kind], "line": {"color": "#ffffff", "width": 1}},
            "hovertemplate": f"%{{y}}: <b>%{{x}}</b> {title}<extra></extra>"}


def _hover(title: str) -> str:
    return f"%{{customdata}}: <b>%{{y:,}}</b> {title.lower()}<extra></extra>"


def blank(height: int) -> dict[str, Any]:
    """The layout that every chart begins with."""
    return {
        "height": height, "autosize": True, "margin": {"l": 44, "r": 12, "t": 12, "b": 36},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "showlegend": False, "dragmode": False,
        "font": {"family": FONT, "size": 12, "color": _INK}, "bargap": 0.15, "hovermode": "closest",
        "hoverlabel": {"bgcolor": "#ffffff", "bordercolor": _RULE, "font": {"family": FONT, "size": 13, "color": _INK}},
        "xaxis": {"type": "category", "showgrid": False, "linecolor": _RULE, "ticks": "outside", "tickcolor": _RULE,
                  "nticks": 8, "tickangle": 0, "fixedrange": True, "tickfont": {"color": _QUIET}},
        "yaxis": value_axis(), "annotations": [],
    }


def value_axis() -> dict[str, Any]:
    """An axis of numbers, from zero."""
    return {"rangemode": "tozero", "gridcolor": _RULE, "zeroline": True, "zerolinecolor": _QUIET, "fixedrange": True,
            "tickformat": ",d", "separatethousands": True, "tickfont": {"color": _QUIET}, "side": "left"}


def years_as_ticks(periods: Iterable[str], short: str = "") -> dict[str, Any]:
    """A tick a year, at its January or first quarter, with `short` in the place of the century; where less than two years are shown, some
    months or quarters in words."""
    known = list(dict.fromkeys(periods))
    januaries = [p for p in known if p[4:] in ("-01", "-Q1")]
    if len(januaries) > 1:
        return {"tickvals": januaries, "ticktext": [f"{short}{p[2:4]}" if short else p[:4] for p in januaries]}
    if known == ["all"]:
        return {"tickvals": known, "ticktext": [period("all")]}
    if not known or len(known[0]) != 7:
        return {}
    some = known[::max(len(known) // 4, 1)]
    return {"tickvals": some, "ticktext": [month_in_short(p) for p in some]}


def framed(figure: Figure, unit: str, source: str, watermark: str) -> Figure:
    """The figure with what a reader needs when only the picture is passed on: unit and kind of number above, source and
    vintage below, and the mark of synthetic data behind. What is empty takes no room."""
    layout = figure["layout"]
    above, below = {"x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}, {"x": 0, "y": 0, "xanchor": "left",
                                                                             "yanchor": "top"}
    words = {"xref": "paper", "yref": "paper", "showarrow": False, "align": "left"}
    quiet = {"size": 11, "color": _QUIET}
    unit, source = wrapped_words(unit, 48), wrapped_words(source, 56)
    above_height = 20 + 14 * (unit.count("<br>") + 1) if unit else 0
    below_height = 10 + 14 * (source.count("<br>") + 1) if source else 0
    over = layout["margin"]["t"] + 12  # above what stands there already
    layout["height"] += above_height + below_height
    layout["margin"] = layout["margin"] | {"t": layout["margin"]["t"] + above_height,
                                           "b": layout["margin"]["b"] + below_height}
    layout["annotations"] += [
        words | above | {"text": unit, "yshift": over, "xshift": -layout["margin"]["l"] + 6, "font": quiet},
        words | below | {"text": source, "yshift": -layout["margin"]["b"] + below_height,
                         "xshift": -layout["margin"]["l"] + 6, "font": quiet},
    ]
    if watermark:
        layout["annotations"].append(words | {
            "x": 0.5, "y": 0.5, "text": f"<b>{watermark}</b>", "opacity": 0.13, "textangle": -20,
            "font": {"size": 34, "color": _INK}})
    return figure


def _panel_title(text: str, colour: str, top: float) -> dict[str, Any]:
    return {"xref": "paper", "yref": "paper", "x": 0, "y": top, "xanchor": "left", "yanchor": "top", "showarrow": False,
            "text": f"<b>{text}</b>", "font": {"size": 13, "color": colour}}


def _provisional(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The word beside the newest periods, if they are still filling up."""
    return provisional_mark(frame["period"].nunique()) if frame["provisional"].any() else []


def provisional_mark(count: int) -> list[dict[str, Any]]:
    """The word above the last of `count` periods."""
    # On an axis of categories a place is the number of the category: "2026" would be the two thousandth.
    return [{"x": count - 1, "yref": "paper", "y": 1, "xanchor": "right", "yanchor": "bottom", "showarrow": False,
             "text": t("provisional ▾"), "yshift": -4, "font": {"size": 11, "color": _QUIET}}]


def wrapped_words(text: str, width: int = 22) -> str:
    """`text` broken into lines of about `width` letters."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return "<br>".join([*lines, line])
