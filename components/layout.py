"""The frame of every page: banner, navigation, languages, filters, what is chosen, cards, foot; as a tree of components.

The same tree is sent as HTML, to be read before any script has run (components/markup.py), and drawn again by Dash
whenever the address changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from babel import Locale
from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

import settings
import texts
from components import addresses, download, filters, pages
from components.card import card
from components.charts import CHARTS
from components.filters import OTHER, View
from components.markup import aria, data
from components.text import number, period, t
from components.words import no_filters, promise
from etl import store

FILTER_NAMES = {"region": "Region", "article": "Article", "sex": "Sex", "age": "Age group", "punishment": "Punishment",
                "organisation": "On the lists of"}


def shell() -> Component:
    """What Dash starts from: the address, and an empty page that follows it."""
    return html.Div([dcc.Location(id="url", refresh=False), html.Div(id="page")])


def register(app: Dash) -> None:
    """The one callback: address → page."""
    @app.callback(Output("page", "children"), Input("url", "pathname"), Input("url", "search"))
    def follow(path: Any, search: Any) -> Component:
        return page(path if isinstance(path, str) else "/", search)


def page(path: str, query: object) -> Component:
    """The page at `path` for the query string, in the language it asks for; for a path that leads nowhere, a page that
    says so."""
    with texts.using(filters.language(query)):
        try:
            view, problems = filters.parse(query)
        except store.StoreError as error:
            return _framed(_nothing_yet(str(error)), None, path, query)
        return _framed(_main(path, view, problems), view, path, query)


def title(path: str) -> str:
    """The title of the window: the page, then the site."""
    site, here = settings.load().site.title, pages.find(path)
    if here is not None:
        return f"{t(here.name)} · {site}"
    chart = CHARTS.get(path.removeprefix("/chart/"))
    return f"{t(chart.title)} · {site}" if chart else site


def _framed(main: list[Any], view: View | None, path: str, query: object) -> Component:
    """`query` as it was asked for tells our scripts whether the page is the one of the address."""
    asked = path + (query if isinstance(query, str) else "")
    return html.Div([*header(view, path), html.Main(main, id="figures", tabIndex=-1), foot(view, path) if view else None],
                    className="page", lang=texts.language(), **data(title=title(path), address=asked, failed=t(
                        "The new figures did not come. What is shown is still the selection from before."), again=t("Try again")))


def _main(path: str, view: View, problems: list[str]) -> list[Any]:
    chart = CHARTS.get(path.removeprefix("/chart/")) if path.startswith("/chart/") else None
    if chart is not None:
        return [_banner(view), _older(view), *_chosen(path, view, problems, chart.filters), card(chart, view, eager=True, alone=True)]
    here = pages.find(path)
    if here is None:
        return [html.H1(t("There is no such page")), html.P(dcc.Link(t("To the overview"), href="/" + _kept(view)))]
    names = tuple(name for name in ("period", *filters.FILTERS) if any(name in CHARTS[c].filters for c in here.charts))
    return [_banner(view), _older(view), html.H1(here.question(view)), html.P(t(here.lead), className="lead") if here.lead else None,
            *here.before(view), *_chosen(path, view, problems, names), *_cards(here, view), *here.after(view)]


def _cards(here: pages.Page, view: View) -> list[Component]:
    """The charts of a page; with a second selection, each beside itself."""
    if not here.charts:
        return []
    charts = [CHARTS[name] for name in here.charts]
    if view.other is None:
        shown = [card(chart, view, eager=n == 0) for n, chart in enumerate(charts)]
        return [html.Div(shown, className="cards")]
    first = replace(view, other=None)
    pairs = [(card(chart, first, eager=n == 0), card(chart, view.other, suffix="-b"))
             for n, chart in enumerate(charts) if chart.filters]
    heads = [html.H2(_words(selection), className="side") for selection in (first, view.other)]
    return [html.Div([*heads, *[each for pair in pairs for each in pair]], className="cards pairs")]


def _words(view: View) -> str:
    """What a selection is, in words; a number or a name alone would not say of what it is."""
    parts = [f"{t(FILTER_NAMES[name])}: {words}" if name in store.LATER_DIMENSIONS else words
             for name, code in view.chosen.items() for words in [filters.label(view.vintage, name, code)]]
    return t("{selection}, {first} to {last}", selection=", ".join(parts) or t("Everybody"), first=period(view.first), last=period(view.last))


# Header and foot ----------------------------------------------------------------------------------------------------

def _kept(view: View | None) -> str:
    """The part of the address that stays from page to page: language and vintage."""
    return filters.to_query(filters.default(view.vintage), pinned=view.pinned) if view else ""


def header(view: View | None, path: str) -> list[Component]:
    """The head of the page at `path`: the site, the languages, the pages."""
    site = settings.load().site
    place = view.vintage.facts.get("place") if view else ""  # "" for Belarus; vintages of before don't say
    subtitle = t("Drawn from lists on {place}", place=place) if place else t(site.subtitle)
    brand = html.P(dcc.Link(site.title, href="/" + _kept(view)), className="brand")
    links = [html.Li(dcc.Link(t(each.short or each.name), href=each.path + _kept(view)), **(aria(current="page") if each.path == path else {}))
             for each in pages.PAGES]
    return [
        html.A(t("Skip to the figures"), href="#figures", className="skip"),
        html.Header([html.Div([brand, html.P(subtitle, className="subtitle"), _languages(view, path)], className="top"),
                     html.Nav(html.Ul(links), className="pages", **aria(label=t("Pages")))]),
    ]


def _languages(view: View | None, path: str) -> Component | None:
    """The same view in the other languages, each named in itself."""
    spoken, links = texts.language(), []
    for code in texts.languages():
        with texts.using(code):
            query = filters.page_query(view) if view else f"?lang={code}"
        name = (Locale(code).get_display_name(code) or code).capitalize()
        links.append(html.Li(html.Span(name, lang=code, **aria(current="true")) if code == spoken else
                             dcc.Link(name, href=path + query, className=f"language language-{code}")))
    return html.Ul(links, className="languages", **aria(label=t("Language")))


def _banner(view: View) -> Component | None:
    said = download.synthetic_text(view)
    return html.Div([html.Strong(t("Synthetic data")), " ", said], className="banner") if said else None


def _older(view: View) -> Component | None:
    """That figures from before are shown, where the address asks for the newest and they can't be read."""
    if view.pinned or not store.stands_in():
        return None
    return html.P(t("The newest figures can't be read at this moment. Shown are those from before: the vintage of {day}.",
                    day=period(view.vintage.created[:10])), className="problem", role="status")


def foot(view: View, path: str) -> Component:
    """The foot of the page at `path`: what the figures can't tell, the last import, a lasting link."""
    rows = view.vintage.facts["rows"]
    pinned = path + filters.page_query(view, pinned=True)
    return html.Footer([
        html.P(t("Lists are incomplete. These are numbers of persons whom lists name, not of all there are.") if
               view.vintage.facts.get("place") else
               t("Lists are incomplete: courts are closed, many cases become known only months later, and about a fifth is "
                 "thought to be missed. These are numbers of persons whom lists name, not of all who were prosecuted.")),
        html.P([t("Last import: {read} rows read, {quarantined} in quarantine.", read=number(rows["read"]),
                  quarantined=number(rows["quarantined"])), " ", promise()]),
        html.P([html.A(t("Link to this view as it is today"), href=pinned, id="permanent"), " ",
                t("(it will show vintage {id} for ever)", id=view.vintage.id)]) if addresses.lasting() else
        html.P(t("Public figures of vintage {id}", id=view.vintage.id)),
    ])


def _nothing_yet(reason: str) -> list[Any]:
    return [html.H1(t("No figures yet")), html.P(t(reason)),
            html.P([t("Import spreadsheets, then load this page again:"), " ", html.Code("python -m etl import FILES")])]


# Filters ------------------------------------------------------------------------------------------------------------

def _chosen(path: str, view: View, problems: list[str], names: tuple[str, ...]) -> list[Any]:
    """The filters that the charts of a page follow, and what is to be said of those chosen."""
    said = html.Div(_messages(path, view, problems), id="messages", role="status", **aria(live="polite"))
    if addresses.in_copy():
        return [no_filters(path + filters.page_query(view))] if names else []
    return [_form(path, view, names), said] if names else [said]


def _form(path: str, view: View, names: tuple[str, ...]) -> Component:
    """The filters as plain fields, which every phone, keyboard and screen reader knows; assets/page.js writes what is
    chosen into the address, and without scripts the button does."""
    both = [(view, "")] + ([(view.other, OTHER)] if view.other else [])
    rows = [html.Div([box for name in names for box in _boxes(name, selection.vintage, _values(name, selection), prefix)], className="boxes",
                     role="group", **aria(label=t("Second selection") if prefix else t("Filters"))) for selection, prefix in both]
    return html.Form([*rows, html.Div([_presets(path, view) if "period" in names else None, _actions(path, view)], className="below")],
                     id="filters", className="filters", method="get", action=path)


def _actions(path: str, view: View) -> Component:
    """What can be done with the filters; what stays as it is goes along unseen where the form is sent without scripts."""
    kept = {"lang": "" if texts.language() == settings.load().site.language else texts.language(),
            "vintage": view.vintage.id if view.pinned else "", "compare": "1" if view.other else ""}
    if view.other:
        compare = t("Back to one selection"), filters.page_query(view, other=None)
    else:
        compare = t("Compare two selections"), filters.page_query(view, other=filters.default(view.vintage))
    return html.Div([
        *[dcc.Input(type="hidden", name=name, value=value) for name, value in kept.items() if value],
        html.Button(t("Show"), type="submit", className="button apply"),
        dcc.Link(compare[0], href=path + compare[1], className="button", id="compare"),
        dcc.Link(t("Clear"), href=path + _kept(view), id="clear", className="button"),
    ], className="actions")


def _values(name: str, view: View) -> tuple[str, ...]:
    """What is chosen of one filter."""
    return (view.first, view.last) if name == "period" else (getattr(view, name),)


@texts.kept(512)
def _boxes(name: str, vintage: store.PublicVintage, chosen: tuple[str, ...], prefix: str) -> list[Component]:
    """The fields of one filter. They are half of the parts of a page, and the same on many."""
    if name == "period":
        usual, months = filters.default(vintage), filters.months(vintage)
        spans = (("from", t("From"), months, chosen[0], usual.first), ("to", t("To"), months[::-1], chosen[1], usual.last))
        return [_box(prefix + end, words, {"" if m == standard else m: period(m) for m in choices},
                     "" if now == standard else now) for end, words, choices, now, standard in spans]
    choices = filters.options(vintage, name)
    if not choices:
        why = filters.why_none(vintage, name)
        return [html.P(t("{filter}: {why}.", filter=t(FILTER_NAMES[name]), why=why), className="unit without")] if why else []
    if name == "article":
        return [_search(prefix + name, t(FILTER_NAMES[name]), choices, chosen[0])]
    return [_box(prefix + name, t(FILTER_NAMES[name]), {"": t("all"), **choices}, chosen[0])]


def _box(name: str, words: str, choices: dict[str, str], chosen: str) -> Component:
    options = [html.Option(label, value=code, selected=code == chosen) for code, label in choices.items()]
    return html.Div([html.Label(words, htmlFor=f"filter-{name}"), html.Select(options, id=f"filter-{name}", name=name)],
                    className=f"box box-{name}")


def _search(name: str, words: str, choices: dict[str, str], chosen: str) -> Component:
    """A field that finds a value by its number or by a word of its title."""
    field = dcc.Input(id=f"filter-{name}", name=name, type="text", list=f"choices-{name}", value=chosen, debounce=True, autoComplete="off",
                      placeholder=t("all: type a number or a word"))
    options = html.Datalist([html.Option(label, value=code) for code, label in choices.items()], id=f"choices-{name}")
    return html.Div([html.Label(words, htmlFor=f"filter-{name}"), field, options], className=f"box box-{name}")


def _presets(path: str, view: View) -> Component:
    """Periods that are often asked for."""
    usual = filters.default(view.vintage)
    months = filters.months(view.vintage)
    years = sorted({month[:4] for month in months})
    spans = {t("whole period"): (usual.first, usual.last), t("last 12 months"): (months[-12:][0], usual.last)}
    spans |= {year: (max(f"{year}-01", usual.first), min(f"{year}-12", usual.last)) for year in years}
    links = [dcc.Link(words, href=path + filters.page_query(view, first=first, last=last),
                      className="preset here" if (view.first, view.last) == (first, last) else "preset")
             for words, (first, last) in spans.items()]
    return html.P([html.Span(t("Period:")), *links], className="presets")


def _messages(path: str, view: View, problems: list[str]) -> list[Any]:
    chips = _chips(path, view, view, "") + (_chips(path, view, view.other, OTHER) if view.other else [])
    if view.pinned and view.vintage.id != store.open_public().id:
        newest = filters.default(store.open_public())
        chips.append(dcc.Link(t("An older vintage is shown. See the newest."), href=path + filters.page_query(newest),
                              className="chip chip-warning"))
    return [*[html.P(said, className="problem") for said in problems], html.P(chips, className="chips") if chips else None]


def _chips(path: str, view: View, selection: View, prefix: str) -> list[Component]:
    """What is chosen, each with a cross that takes it away."""
    usual = filters.default(view.vintage)
    parts = [({name: ""}, f"{t(FILTER_NAMES[name])}: {filters.label(view.vintage, name, code)}") for name, code in selection.chosen.items()]
    if (selection.first, selection.last) != (usual.first, usual.last):
        parts.append(({"first": usual.first, "last": usual.last}, t("{first} to {last}", first=period(selection.first), last=period(selection.last))))
    said: list[Component] = []
    for change, words in parts:
        other = replace(selection, **change)  # type: ignore[arg-type]
        query = filters.page_query(view, other=other) if prefix else filters.page_query(view, **change)
        mark = t("second:") + " " if prefix else ""
        said.append(dcc.Link([f"{mark}{words} ", html.Span("×")], href=path + query, className="chip", title=t("Remove this filter")))
    return said
