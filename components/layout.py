"""The page and its parts. What changes with the view is filled in by the callbacks below, one for each card."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from components import download, figures, filters
from components.charts import CHARTS, Chart, NotPublished, table
from components.filters import View
from components.text import number, period, t
from etl import store

FILTER_NAMES = {"region": "Region", "article": "Article of the Criminal Code", "sex": "Sex"}
HEADLINE = {"charged": "charged", "sentenced": "sentenced", "pardoned": "pardoned",
            "deported": "deported from prison", "held": "held now"}


def part(chart_id: str, name: str) -> str:
    """The id of one part of a chart's card."""
    return f"{chart_id}-{name}"


def page(site_title: str, subtitle: str) -> html.Div:
    """The overview. Called at each page load, so that a new vintage is shown without a restart."""
    try:
        vintage = store.open_public()
    except store.StoreError as error:
        return _nothing_yet(site_title, str(error))
    return html.Div([
        dcc.Location(id="url", refresh=False),
        html.A(t("Skip to the figures"), href="#figures", className="skip"),
        html.Header([html.Div([html.P(site_title, className="brand"), html.P(subtitle, className="subtitle")]),
                     ], className="top"),
        _banner(vintage),
        html.Main([
            html.H1(t("Repression in Belarus: charges, sentences and pardons")),
            _headline(vintage),
            _filters(vintage),
            html.Div(id="messages", role="status", **_aria(live="polite")),
            html.Div([_card(chart) for chart in CHARTS.values()], className="cards"),
        ], id="figures"),
        _foot(vintage),
    ], className="page")


def register(app: Dash) -> None:
    """The callbacks: one that keeps filters and address in step, and one a card."""
    controls = ["from", "to", *filters.FILTERS]

    @app.callback(
        [Output("url", "search"), Output("messages", "children"), *[Output(f"filter-{c}", "value") for c in controls]],
        [Input("url", "search"), *[Input(f"filter-{c}", "value") for c in controls], Input("clear", "n_clicks")],
    )
    def keep_in_step(search: Any, *values: Any) -> list[Any]:
        view, problems = filters.parse(search)
        if ctx.triggered_id == "clear":
            view = filters.default(view.vintage)
        elif str(ctx.triggered_id).startswith("filter-"):
            asked = dict(zip(controls, values[:-1], strict=True))
            query = filters.as_query({**asked, "vintage": view.vintage.id if view.pinned else ""})
            view, problems = filters.parse(query)
        query = filters.to_query(view)
        shown = [view.first, view.last, *[getattr(view, name) or "" for name in filters.FILTERS]]
        return [no_update if query == search else query, _messages(view, problems), *shown]

    for chart in CHARTS.values():
        _register_card(app, chart)


def _register_card(app: Dash, chart: Chart) -> None:
    names = ("title", "finding", "body", "notes", "source", "table", "links")

    @app.callback([Output(part(chart.id, name), "children") for name in names], Input("url", "search"),
                  State(part(chart.id, "title"), "children"))
    def fill(search: Any, _title: Any) -> list[Any]:
        view, _ = filters.parse(search)
        return _contents(chart, view)


def _contents(chart: Chart, view: View) -> list[Any]:
    """Title, finding, body, notes, source, table and links of a card."""
    head = download.title(chart, view)
    try:
        shown = chart.select(view)
    except NotPublished as error:
        return [head, "", html.P(str(error), className="not-published"), [], _source(view), [], []]
    figure = figures.framed(chart.figure(shown, view), t(chart.unit), download.short_source(view),
                            t("SYNTHETIC DATA") if view.vintage.synthetic else "")
    graph = dcc.Graph(figure=figure, config=figures.CONFIG, responsive=True,
                      style={"height": f"{figure['layout']['height']}px"})
    picture = html.Div(graph, role="img", **_aria(label=f"{head}. {chart.finding(shown, view)}"))
    return [head, chart.finding(shown, view), picture, [html.Li(note) for note in shown.notes],
            _source(view), _table(chart, shown, view), _links(chart, view)]


def _aria(**words: str) -> dict[str, Any]:
    return {f"aria-{name}": text for name, text in words.items()}


def _card(chart: Chart) -> html.Section:
    return html.Section([
        html.H2(t(chart.title), id=part(chart.id, "title")),
        html.P("\u00a0", id=part(chart.id, "finding"), className="finding"),
        html.P(t(chart.counts), className="counts"),
        html.Div(id=part(chart.id, "body"), className=f"figure figure-{chart.id}"),
        html.Ul(id=part(chart.id, "notes"), className="notes"),
        html.P(id=part(chart.id, "source"), className="source"),
        html.Details([html.Summary(t("The same numbers as a table")),
                      html.Div(id=part(chart.id, "table"), className="table-box", tabIndex=0, role="region",
                               **_aria(label=t("Table: {title}", title=t(chart.title))))]),
        html.P(id=part(chart.id, "links"), className="links"),
    ], className="card", id=chart.id, **_aria(labelledby=part(chart.id, "title")))


def _table(chart: Chart, shown: Any, view: View) -> html.Table:
    frame = table(chart, shown, view)
    return html.Table([
        html.Caption(download.title(chart, view)),
        html.Thead(html.Tr([html.Th(name, scope="col") for name in frame.columns])),
        html.Tbody([html.Tr([html.Th(row[0], scope="row"), *[html.Td(cell) for cell in row[1:]]])
                    for row in frame.itertuples(index=False)]),
    ])


def _links(chart: Chart, view: View) -> list[Any]:
    places = (("csv", t("CSV"), ""), ("csv", t("CSV for Excel"), "bom"), ("metadata.json", t("Metadata"), ""),
              ("zip", t("Both as ZIP"), ""))
    links: list[Any] = [t("Download: ")]
    for ending, text, option in places:
        address = download.address(chart, view, ending, pinned=True)
        links += [html.A(text, href=address + ("&bom=1" if option else ""), className="download"), " "]
    return links


def _source(view: View) -> str:
    vintage = view.vintage
    lists = ", ".join(label.capitalize() for label in vintage.organisations) or t("organisation not told")
    text = t("Source: lists of {lists}, reaching to {day}. Vintage {id}. {publisher}, {licence}.", lists=lists,
             day=period(vintage.facts["as_of"]), id=vintage.id, publisher=vintage.facts["publisher"],
             licence=vintage.facts["licence"])
    return f"{download.synthetic_text(view)} {text}".strip()


def _banner(vintage: store.PublicVintage) -> html.Div | None:
    text = download.synthetic_text(filters.default(vintage))
    return html.Div([html.Strong(t("Synthetic data")), " ", text], className="banner", role="note") if text else None


def _headline(vintage: store.PublicVintage) -> html.Dl:
    numbers = vintage.facts["headline"]
    return html.Dl([html.Div([
        html.Dt(t(title)), html.Dd(number(numbers[code]["persons"]), className="big"),
        html.Dd([t("as of {day}. ", day=period(numbers[code]["as_of"])), t(numbers[code]["counts"]).capitalize(), "."],
                className="small")], className=f"headline headline-{code}") for code, title in HEADLINE.items()],
        className="headlines", **_aria(label=t("Headline numbers")))


def _filters(vintage: store.PublicVintage) -> html.Form:
    months = filters.months(vintage)
    choices = [{"label": period(m), "value": m} for m in months]
    boxes = [_box("from", t("From"), choices, months[0]), _box("to", t("To"), choices[::-1], months[-1])]
    for name, title in FILTER_NAMES.items():
        every = [{"label": t("all"), "value": ""}]
        values = [{"label": text, "value": code} for code, text in filters.options(vintage, name).items()]
        boxes.append(_box(name, t(title), every + values, ""))
    clear = html.Button(t("Clear"), id="clear", type="button", n_clicks=0)
    return html.Form([*boxes, clear], className="filters", **_aria(label=t("Filters")))


def _box(name: str, title: str, choices: list[dict[str, str]], value: str) -> html.Div:
    return html.Div([html.Label(title, htmlFor=f"filter-{name}"),
                     dcc.Dropdown(id=f"filter-{name}", options=choices, value=value, clearable=False,
                                  searchable=name == "article", labels={"search": t("Search")})],
                    className=f"box box-{name}")


def _messages(view: View, problems: list[str]) -> list[Any]:
    chips = [html.A([f"{t(FILTER_NAMES[name])}: {filters.label(view.vintage, name, code)} ", html.Span("×")],
                    href=filters.to_query(view, **{name: ""}) or "/", className="chip",
                    title=t("Remove this filter")) for name, code in view.chosen.items()]
    newest = store.current_id()
    if view.pinned and view.vintage.id != newest:
        chips.append(html.A(t("An older vintage is shown. See the newest."), href=filters.to_query(
            filters.default(store.open_public())) or "/", className="chip chip-warning"))
    return [*[html.P(text, className="problem") for text in problems], html.P(chips, className="chips") if chips else None]


def _foot(vintage: store.PublicVintage) -> html.Footer:
    rows = vintage.facts["rows"]
    return html.Footer([
        html.P(t("Lists are incomplete: courts are closed, many cases become known only months later, and about a fifth is "
                 "thought to be missed. These are numbers of persons whom lists name, not of all who were prosecuted.")),
        html.P(t("Last import: {read} rows read, {quarantined} in quarantine. This site sets no cookie, keeps no log of "
                 "readers and loads nothing from elsewhere.", read=number(rows["read"]),
                 quarantined=number(rows["quarantined"]))),
    ])


def _nothing_yet(site_title: str, reason: str) -> html.Div:
    return html.Div([
        html.Header(html.P(site_title, className="brand"), className="top"),
        html.Main([html.H1(t("No figures yet")), html.P(reason),
                   html.P([t("Import spreadsheets with "), html.Code("python -m etl import FILES"),
                           t(", then load this page again.")])]),
    ], className="page")
