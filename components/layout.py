"""The page and its parts. What changes with the view is filled in by the callbacks below, one for each card."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from dash import Dash, Input, Output, dcc, html

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
    place = vintage.facts.get("place")  # "" for Belarus; vintages of before don't say
    subtitle = t("Drawn from lists on {place}", place=place) if place else subtitle
    return html.Div([
        dcc.Location(id="url", refresh=False),
        html.A(t("Skip to the figures"), href="#figures", className="skip"),
        html.Header([html.Div([html.P(site_title, className="brand"), html.P(subtitle, className="subtitle")]),
                     ], className="top"),
        html.Main([
            _banner(vintage),
            html.H1(t("Charges, sentences and pardons: {place}", place=place) if place else
                    t("Repression in Belarus: charges, sentences and pardons")),
            _headline(vintage),
            html.Form(_controls(filters.default(vintage)), id="filters", className="filters", **_aria(label=t("Filters"))),
            html.Div(id="messages", role="status", **_aria(live="polite")),
            html.Div([_card(chart) for chart in CHARTS.values()], className="cards"),
        ], id="figures"),
        _foot(vintage),
    ], className="page")


def register(app: Dash) -> None:
    """The callbacks: one for the filters and what there is to say of them, one for each card. All follow the address."""
    @app.callback(Output("messages", "children"), Input("url", "search"))
    def follow(search: Any) -> list[Any]:
        return _messages(*filters.parse(search))

    for chart in CHARTS.values():
        _register_card(app, chart)


def _register_card(app: Dash, chart: Chart) -> None:
    outputs = {name: Output(part(chart.id, name), "children")
               for name in ("title", "finding", "message", "notes", "source", "links")}
    outputs |= {"figure": Output(part(chart.id, "graph"), "figure"), "style": Output(part(chart.id, "graph"), "style")}

    @app.callback(output=outputs, inputs=[Input("url", "search")])
    def fill(search: Any) -> dict[str, Any]:
        view, _ = filters.parse(search)
        return _contents(chart.id, filters.to_query(view), view.vintage.id)

    # Dash takes a second to draw four long tables, so each is made only once it has been opened.
    @app.callback(Output(part(chart.id, "table"), "children"), Input("url", "search"),
                  Input(part(chart.id, "open"), "n_clicks"))
    def fill_table(search: Any, opened: Any) -> Any:
        view, _ = filters.parse(search)
        return _table(chart.id, filters.to_query(view), view.vintage.id) if opened else []


@lru_cache(maxsize=256)
def _contents(chart_id: str, query: str, vintage_id: str) -> dict[str, Any]:
    """What a card shows for a view. Kept by view and vintage, neither of which ever changes what it means."""
    chart, (view, _) = CHARTS[chart_id], filters.parse(query)
    common = {"title": download.title(chart, view), "source": _source(view)}
    try:
        shown = chart.select(view)
    except NotPublished as error:
        message = html.P(str(error), className="not-published")
        return common | {"finding": "", "message": message, "notes": [], "links": [], "figure": {},
                         "style": {"display": "none"}}
    figure = figures.framed(chart.figure(shown, view), t(chart.unit), download.short_source(view),
                            t("SYNTHETIC DATA") if view.vintage.synthetic else "")
    return common | {
        "finding": chart.finding(shown, view), "message": [], "notes": [html.Li(note) for note in shown.notes],
        "links": _links(chart, view), "figure": figure,
        "style": {"height": f"{figure['layout']['height']}px"},
    }


def _aria(**words: str) -> dict[str, Any]:
    return {f"aria-{name}": text for name, text in words.items()}


def _card(chart: Chart) -> html.Section:
    return html.Section([
        html.H2(t(chart.title), id=part(chart.id, "title")),
        html.P("\u00a0", id=part(chart.id, "finding"), className="finding"),
        html.P(t(chart.counts), className="counts"),
        html.Div([
            html.Div(id=part(chart.id, "message")),
            html.Div(dcc.Graph(id=part(chart.id, "graph"), config=figures.CONFIG, responsive=True), role="img",
                     **_aria(labelledby=f"{part(chart.id, 'title')} {part(chart.id, 'finding')}")),
        ], id=part(chart.id, "body"), className=f"figure figure-{chart.id}"),
        html.Ul(id=part(chart.id, "notes"), className="notes"),
        html.P(id=part(chart.id, "source"), className="source"),
        html.Details([html.Summary(t("The same numbers as a table"), id=part(chart.id, "open"), n_clicks=0),
                      html.Div(id=part(chart.id, "table"), className="table-box", tabIndex=0, role="region",
                               **_aria(label=t("Table: {title}", title=t(chart.title))))]),
        html.P(id=part(chart.id, "links"), className="links"),
    ], className="card", id=chart.id, **_aria(labelledby=part(chart.id, "title")))


@lru_cache(maxsize=64)
def _table(chart_id: str, query: str, vintage_id: str) -> html.Table | list[Any]:
    chart, (view, _) = CHARTS[chart_id], filters.parse(query)
    try:
        frame = table(chart, chart.select(view), view)
    except NotPublished:
        return []
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
    return html.Div([html.Strong(t("Synthetic data")), " ", text], className="banner") if text else None


def _headline(vintage: store.PublicVintage) -> html.Dl:
    numbers = vintage.facts["headline"]
    return html.Dl([html.Div([
        html.Dt(t(title)), html.Dd(number(numbers[code]["persons"]), className="big"),
        html.Dd([t("as of {day}. ", day=period(numbers[code]["as_of"])), t(numbers[code]["counts"]).capitalize(), "."],
                className="small")], className=f"headline headline-{code}") for code, title in HEADLINE.items()
        if code in numbers],
        className="headlines", **_aria(label=t("Headline numbers")))


def _controls(view: View) -> list[Any]:
    """The filters as plain selects, which every phone, keyboard and screen reader knows; assets/filters.js writes what is
    chosen into the address. The value of "no filter" is empty."""
    months = filters.months(view.vintage)
    usual = filters.default(view.vintage)
    spans = (("from", t("From"), months, view.first, usual.first), ("to", t("To"), months[::-1], view.last, usual.last))
    boxes = [_box(name, title, {"" if m == standard else m: period(m) for m in choices}, "" if now == standard else now)
             for name, title, choices, now, standard in spans]
    for name, title in FILTER_NAMES.items():
        boxes.append(_box(name, t(title), {"": t("all"), **filters.options(view.vintage, name)}, getattr(view, name)))
    kept = filters.to_query(filters.default(view.vintage), pinned=view.pinned) or "/"
    return [*boxes, dcc.Link(t("Clear"), href=kept, id="clear", className="button")]


def _box(name: str, title: str, choices: dict[str, str], chosen: str) -> html.Div:
    options = [html.Option(text, value=code, selected=code == chosen) for code, text in choices.items()]
    return html.Div([html.Label(title, htmlFor=f"filter-{name}"),
                     html.Select(options, id=f"filter-{name}", name=name)], className=f"box box-{name}")


def _messages(view: View, problems: list[str]) -> list[Any]:
    chips = [dcc.Link([f"{t(FILTER_NAMES[name])}: {filters.label(view.vintage, name, code)} ", html.Span("×")],
                      href=filters.to_query(view, **{name: ""}) or "/", className="chip",
                      title=t("Remove this filter")) for name, code in view.chosen.items()]
    newest = store.current_id()
    if view.pinned and view.vintage.id != newest:
        chips.append(dcc.Link(t("An older vintage is shown. See the newest."), href=filters.to_query(
            filters.default(store.open_public())) or "/", className="chip chip-warning"))
    return [*[html.P(text, className="problem") for text in problems], html.P(chips, className="chips") if chips else None]


def _foot(vintage: store.PublicVintage) -> html.Footer:
    rows = vintage.facts["rows"]
    return html.Footer([
        html.P(t("Lists are incomplete. These are numbers of persons whom lists name, not of all there are.") if
               vintage.facts.get("place") else
               t("Lists are incomplete: courts are closed, many cases become known only months later, and about a fifth is "
                 "thought to be missed. These are numbers of persons whom lists name, not of all who were prosecuted.")),
        html.P(t("Last import: {read} rows read, {quarantined} in quarantine. This site sets no cookie, keeps no log of "
                 "readers and loads nothing from elsewhere.", read=number(rows["read"]),
                 quarantined=number(rows["quarantined"]))),
        html.P(html.A(t("How these figures compare with those that monitors have printed"), href="/reconciliation")),
    ])


def _nothing_yet(site_title: str, reason: str) -> html.Div:
    return html.Div([
        html.Header(html.P(site_title, className="brand"), className="top"),
        html.Main([html.H1(t("No figures yet")), html.P(reason),
                   html.P([t("Import spreadsheets with "), html.Code("python -m etl import FILES"),
                           t(", then load this page again.")])]),
    ], className="page")
