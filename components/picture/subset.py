"""Which part of Plotly's figures can be drawn: `check(figure)` names the first thing that can't.

A figure that has anything else is refused whole, for a chart that leaves out a trace or an axis tells something false.
"""

from __future__ import annotations

from typing import Any

from components.picture.axes import NotDrawable

Spec = dict[str, Any]

_MOUSE = frozenset("hovertemplate hoverinfo hovertext hoverlabel hoveron hovermode customdata dragmode fixedrange uirevision autosize "
                   "clickmode selectdirection meta ids uid captureevents".split())
_FONT = frozenset("family size color weight".split())
_LINE = {"color": None, "width": None, "dash": None, "shape": None, "simplify": None}
_MARKER = {"color": None, "size": None, "symbol": None, "opacity": None, "line": {"color": None, "width": None},
           "pattern": dict.fromkeys(("shape", "fgcolor", "bgcolor", "size", "solidity", "fillmode"))}
_ERROR = dict.fromkeys("type array arrayminus symmetric visible color thickness width value".split())
_TEXT = {"text": None, "textposition": None, "textfont": dict.fromkeys(_FONT), "cliponaxis": None}
_TRACE = {"type": None, "x": None, "y": None, "xaxis": None, "yaxis": None, "name": None, "showlegend": None, "legendgroup": None,
          "opacity": None, "visible": None, "marker": _MARKER, **_TEXT}
_KNOWN: dict[str, Any] = {
    "bar": _TRACE | {"orientation": None, "base": None, "width": None, "constraintext": None},
    "scatter": _TRACE | {"mode": None, "line": _LINE, "fill": None, "fillcolor": None, "connectgaps": None, "error_x": _ERROR,
                         "error_y": _ERROR, "fillpattern": dict.fromkeys(("shape", "fgcolor", "bgcolor", "size", "solidity",
                                                                          "fillmode"))},
    "axis": dict.fromkeys((
        "type range autorange rangemode domain anchor side showgrid gridcolor gridwidth griddash zeroline zerolinecolor zerolinewidth "
        "showline linecolor linewidth ticks tickcolor ticklen tickwidth nticks tickangle tickvals ticktext tickmode tickformat "
        "tickprefix ticksuffix separatethousands showticklabels visible automargin categoryorder categoryarray scaleanchor "
        "scaleratio constrain layer dtick tick0 matches").split())
    | {"tickfont": dict.fromkeys(_FONT), "title": {"text": None, "font": dict.fromkeys(_FONT), "standoff": None}},
    "annotation": dict.fromkeys(("x y xref yref xanchor yanchor xshift yshift showarrow text align textangle opacity bgcolor borderpad "
                                 "ax ay arrowcolor arrowhead arrowwidth arrowsize standoff name visible").split())
    | {"font": dict.fromkeys(_FONT)},
    "shape": dict.fromkeys("type x0 x1 y0 y1 xref yref opacity layer fillcolor name visible".split()) | {"line": _LINE},
    "layout": dict.fromkeys("height width paper_bgcolor plot_bgcolor showlegend bargap barmode annotations shapes".split())
    | {"margin": dict.fromkeys("l r t b pad autoexpand".split()), "font": dict.fromkeys(_FONT),
       "legend": dict.fromkeys("orientation x y xanchor yanchor traceorder bgcolor itemclick itemdoubleclick groupclick".split())
       | {"font": dict.fromkeys(_FONT)}},
}
_CHOICES: dict[str, tuple[object, ...]] = {
    "barmode": ("group", "stack", "relative", "overlay"), "tickmode": ("auto", "array"), "ticks": ("", "outside"),
    "layer": ("above", "below", "above traces", "below traces"), "categoryorder": ("trace", "array"), "side": ("left", "bottom"),
    "autorange": (True, False, "reversed"), "tickangle": (0, "auto"), "traceorder": ("normal",), "xanchor": ("auto", "left", "center", "right"),
    "yanchor": ("auto", "top", "middle", "bottom"), "orientation": ("h", "v"), "rangemode": ("normal", "tozero", "nonnegative"),
}
"""Where a setting has few values: those that can be drawn."""


def check(figure: Spec) -> None:
    """Raises NotDrawable for the first thing in a figure that `svg` doesn't know."""
    _check(figure, {"data": None, "layout": None, "config": None, "frames": None}, "figure")
    for i, trace in enumerate(figure.get("data", [])):
        kind = trace.get("type", "scatter")
        if kind not in ("bar", "scatter"):
            raise NotDrawable(f"data[{i}]: traces of type “{kind}” can't be drawn, only bar and scatter")
        _check(trace, _KNOWN[kind], f"data[{i}]")
    layout = figure.get("layout", {})
    for name, spec in layout.items():
        if name[:5] in ("xaxis", "yaxis"):
            _check(spec, _KNOWN["axis"], name)
            if spec.get("type", "-") not in ("-", "category", "linear", "date"):
                raise NotDrawable(f"{name}: axes of type “{spec['type']}” can't be drawn")
    _check({k: v for k, v in layout.items() if k[:5] not in ("xaxis", "yaxis")}, _KNOWN["layout"], "layout")
    for name, kind in (("annotations", "annotation"), ("shapes", "shape")):
        for i, spec in enumerate(layout.get(name, [])):
            _check(spec, _KNOWN[kind], f"layout.{name}[{i}]")


def _check(spec: Any, known: Spec, where: str) -> None:
    if not isinstance(spec, dict):
        return
    for name, value in spec.items():
        if name in _MOUSE:
            continue
        if name not in known:
            raise NotDrawable(f"{where}: “{name}” can't be drawn")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise NotDrawable(f"{where}.{name}: “{value}” can't be drawn, only {', '.join(map(str, _CHOICES[name]))}")
        if known[name]:
            _check(value, known[name], f"{where}.{name}")
