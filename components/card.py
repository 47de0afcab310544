"""One chart as a reader meets it: finding, picture, notes, source, the table behind it, downloads.

The picture is drawn on the server (components/picture/drawing.py), so that it is there before any script has run; assets/page.js
lays the chart that answers to a pointer over it once a reader touches it, and fetches the table once it is opened.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from typing import Any

from babel import Locale
from dash import html
from dash.development.base_component import Component

import texts
from components import addresses, download, drawn, figures, sharing
from components.chart import Chart, NotPublished
from components.charts import CHARTS
from components.filters import View
from components.markup import aria, data
from components.picture import canvas, drawing
from components.text import t
from etl import store

WIDE, NARROW = 560, 340
"""The widths in pixels that pictures are drawn for: a card on a desk, and on a phone."""
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def part(chart_id: str, name: str) -> str:
    """The id of one part of a chart's card."""
    return f"{chart_id}-{name}"


def card(chart: Chart[Any], view: View, *, suffix: str = "", eager: bool = False, alone: bool = False) -> Component:
    """The card of a chart. `suffix`: of its ids, where a page shows the chart twice; `eager`: with the picture inside, not
    at an address of its own; `alone`: on a page of its own, with the table opened."""
    return _card(chart.id, replace(view, other=None), view.vintage, addresses.root(), suffix, eager, alone)


@texts.kept(512)
def _card(chart_id: str, asked: View, vintage: store.PublicVintage, root: str, suffix: str, eager: bool, alone: bool) -> Component:
    """Kept by view, vintage (which views don't compare), language and the address of this site, none of which ever changes what it means."""
    chart = CHARTS[chart_id]
    view, name = chart.heeded(asked), chart_id + suffix
    body, finding, notes, below = _contents(chart, view, name, eager, alone)
    heading = html.H1 if alone else html.H2
    return html.Section([
        heading(download.title(chart, view) if alone else html.A(
            download.title(chart, view), href=addresses.of(chart, view)), id=part(name, "title"), className="kicker"),
        html.P(finding, id=part(name, "finding"), className="finding"),
        html.P(chart.said_unit(view), id=part(name, "unit"), className="unit"),
        body,
        html.Ul([html.Li(note) for note in [*_unheeded(asked, view), *notes]], id=part(name, "notes"), className="notes"),
        html.P(download.source(view), id=part(name, "source"), className="source"),
        *below,
    ], className="card", id=name, **aria(labelledby=part(name, "title")))


def _contents(chart: Chart[Any], view: View, name: str, eager: bool, alone: bool) -> tuple[Component, str, list[str], list[Component]]:
    """(the picture or why there is none, the finding, the notes, what stands below)."""
    try:
        shown = drawn.of(chart, view)
    except NotPublished as error:
        return html.Div(html.P(str(error), className="not-published"), id=part(name, "body"), className="figure"), "", [], []
    wide, narrow = (_size(shown.figure, width) for width in (WIDE, NARROW))
    big, small = (_picture(chart, view, width, eager) for width in (WIDE, NARROW))
    body = html.Div(html.Picture([
        html.Source(media="(max-width: 40rem)", srcSet=small),
        _image(big, shown.description, later=not eager),
    ]), id=part(name, "body"), className="figure", style={"--wide": wide, "--narrow": narrow},
        **data(figure=addresses.of(chart, pinned(view), "figure.json")))
    return body, shown.finding, shown.notes, [_table_box(chart, view, name, alone), sharing.panel(chart, view, name, alone)]


def pinned(view: View) -> View:
    """The view of the parts of a page that are loaded later: of the vintage that the page shows, though a newer one may come meanwhile."""
    return replace(view, pinned=True)


def _unheeded(asked: View, view: View) -> list[str]:
    """What was asked and this chart does not follow."""
    names = [t(name) for name in asked.chosen if name not in view.chosen]
    said = [t("This chart does not follow the filter: {list}.", list=", ".join(names))] if names else []
    return said + ([t("This chart is over all years.")] if (asked.first, asked.last) != (view.first, view.last) else [])


def live(chart: Chart[Any], view: View, theme: str) -> dict[str, Any]:
    """The chart that answers to a pointer, for Plotly: data, layout and config. Raises NotPublished."""
    figure = drawn.of(chart, view).figure
    # It fills the place of the picture.
    layout = {key: value for key, value in figure["layout"].items() if key != "height"}
    symbols = Locale(texts.language()).number_symbols["latn"]
    layout["separators"] = symbols["decimal"] + symbols["group"]
    told = {"data": figure["data"], "layout": layout, "config": figures.CONFIG}
    return _on_dark(told) if theme == "dark" else told


def _on_dark(part: Any) -> Any:
    """A figure, or a part of it, with the colours that pictures have on a dark ground."""
    if isinstance(part, dict):
        return {key: _on_dark(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_on_dark(value) for value in part]
    return canvas.on_dark(part) if isinstance(part, str) and _COLOUR.fullmatch(part) else part


def svg(chart: Chart[Any], view: View, width: int, theme: str = "auto") -> str:
    """The picture of a chart, as SVG. Raises NotPublished."""
    shown = drawn.of(chart, view)
    title = ". ".join(part for part in (download.title(chart, view), download.chosen(view), shown.finding) if part)
    return drawing.svg(shown.figure, width, title=title, description=shown.description, language=texts.language(), theme=theme)


def _image(src: str, alt: str, later: bool) -> Component:
    """An image; with `later` one that is loaded when it comes near the window, which Dash's renderer passes on but its
    Python class does not know."""
    image = html.Img(src=src, alt=alt)
    if later:
        image._prop_names = [*image._prop_names, "loading"]
        vars(image)["loading"] = "lazy"
    return image


def _size(figure: figures.Figure, width: int) -> str:
    """Width and height of the picture, as CSS has a ratio."""
    return f"{width}/{figure['layout']['height']}"


def _picture(chart: Chart[Any], view: View, width: int, eager: bool) -> str:
    """The picture itself, or its address."""
    if not eager:
        return addresses.of(chart, pinned(view), "svg", width=width)
    return "data:image/svg+xml;base64," + b64encode(svg(chart, view, width).encode()).decode()


def table(chart: Chart[Any], view: View) -> Component:
    """What a chart shows as a table. Raises NotPublished."""
    frame = chart.table(chart.select(view), view)
    return html.Table([
        html.Caption(download.title(chart, view)),
        html.Thead(html.Tr([html.Th(name, scope="col") for name in frame.columns])),
        html.Tbody([html.Tr([html.Th(row[0], scope="row"), *[html.Td(cell) for cell in row[1:]]])
                    for row in frame.itertuples(index=False)]),
    ])


def _table_box(chart: Chart[Any], view: View, name: str, alone: bool) -> Component:
    box: dict[str, Any] = {"role": "region", "tabIndex": 0} | aria(label=t("Table: {title}", title=t(chart.title)))
    if alone:
        return html.Div(table(chart, view), id=part(name, "table"), className="table-box long", **box)
    return html.Details([
        html.Summary(t("The same numbers as a table"), id=part(name, "open")),
        html.Div(html.A(t("The table is on the page of this chart."), href=addresses.of(chart, view)), id=part(name, "table"),
                 className="table-box", **data(table=addresses.of(chart, pinned(view), "table.html")), **box)], id=part(name, "more"))
