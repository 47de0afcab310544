"""The pages that are made of words: how to read, the data, about (the methods: methods.py). Everything a reader is told passes t()."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from components import addresses, download, filters, own_tools
from components.charts import CHARTS
from components.filters import View
from components.markup import aria
from components.text import t
from etl import store

_MOST_VINTAGES = 50


def guide() -> Component:
    """How to read the charts, for somebody here for the first time."""
    return html.Ul([html.Li(said) for said in (
        t("Each figure counts persons, each once in a measure: charged, sentenced, pardoned. A flow counts what happened in a month; a "
          "stock, how many were held at its end."),
        t("Pale bars are provisional: monitors hear of many cases only months later, and the number will grow."),
        t("A hollow mark, or “fewer than {limit} or hidden”, stands where a number could point at a person. It is never a zero.", limit=5),
        t("Touch a chart for its numbers; the table behind it is one click away, and every figure can be downloaded."))])


def data(view: View) -> list[Component]:
    """What can be downloaded: one line a chart; and the vintages there are."""
    kept = filters.to_query(filters.default(view.vintage), pinned=view.pinned)
    rows = [html.Tr([html.Th(html.A(t(chart.title), href=f"/chart/{chart.id}{kept}"), scope="row"), html.Td(t(chart.unit)),
                     html.Td(_files(chart.id, kept))]) for chart in CHARTS.values()]
    return [
        _paragraphs(
            t("Each chart's figures can be had as CSV, with metadata that say what is counted, from which lists, and as of which vintage. The "
              "address of a file takes the same filters as the page, and with “vintage” in it gives the same figures for ever."),
            t("These tables are all there is in public: no list of names lies behind them that the site could give away.")),
        html.Div(html.Table([html.Caption(t("Public figures of vintage {id}", id=view.vintage.id)), html.Thead(html.Tr([
            html.Th(head, scope="col") for head in (t("Chart"), t("What a number is"), t("Files"))])), html.Tbody(rows)]),
            className="table-box whole", role="region", tabIndex=0, **aria(label=t("Public figures of vintage {id}", id=view.vintage.id))),
        html.H2(t("What the columns mean")),
        html.Dl([part for name, meaning in _columns().items() for part in (html.Dt(html.Code(name)), html.Dd(t(meaning)))], className="terms"),
        *own_tools.section(view),
        html.H2(t("Vintages")), _paragraphs(t("The data as they were after each import, the newest first.")), _vintages(),
    ]


def _columns() -> dict[str, str]:
    """The columns of all CSVs, with what they mean."""
    return {name: meaning for chart in CHARTS.values() for name, meaning in download.columns(chart).items()}


def _files(chart_id: str, kept: str) -> list[Any]:
    links: list[Any] = []
    for ending, words in (("csv", "CSV"), ("metadata.json", t("metadata")), ("zip", "ZIP"), ("svg", "SVG")):
        links += [html.A(words, href=f"/chart/{chart_id}.{ending}{kept}"), " "]
    return links


def about(view: View) -> list[Component]:
    """What Vyrak is, and how it treats those in the lists and those who read."""
    facts = view.vintage.facts
    sections = {
        t("What this is"): (
            t("Vyrak (вырак, “verdict”) turns the lists of human-rights monitors into a public record of repression."),
            t("These figures come from {read} rows that were read at the last import; {quarantined} of them could not be understood and wait "
              "in quarantine, counted nowhere.", read=facts["rows"]["read"], quarantined=facts["rows"]["quarantined"])),
        t("The people in the lists"): (
            t("No name, no place smaller than a region and no group so small that somebody could be recognised is ever published."),),
        t("You who read this"): (
            promise(), t("It works without scripts. Still, the network you use may see that you were here: where reading this is a crime, use Tor "
                         "Browser or ask somebody abroad."),),
        t("What these figures can't tell"): (
            t("Courts are closed, lists are incomplete, and cases come late. A low number may mean that little happened or that little is known."),),
        t("Citing"): (
            t("{publisher}, vintage {id}, {licence}. Say the day the lists reach to, and that the figures count persons whom lists name.",
              publisher=facts["publisher"], id=view.vintage.id, licence=facts["licence"]),),
    }
    return [part for head, said in sections.items() for part in (html.H2(head), _paragraphs(*said))]


def promise() -> str:
    """What readers can rely on; of a copy, nobody knows who serves it."""
    if addresses.in_copy():
        return t("This is a copy of the site as files. It sets no cookie and loads nothing from elsewhere; whether a log of readers is kept is up to "
                 "whoever serves it.")
    return t("This site sets no cookie, keeps no log of readers and loads nothing from elsewhere.")


def no_filters(address: str) -> Component:
    """What stands in a copy where the site at work has its filters."""
    said = t("These pages are a copy as files: they show everybody, over the whole period.")
    live = addresses.root()
    return html.P([said, " ", html.A(t("Filters are on the live site."), href=live + address, rel="external") if live else
                   t("Only the live site has filters.")], className="unit")


def _paragraphs(*said: str) -> Component:
    return html.Div([html.P(each) for each in said], className="prose")


def _vintages() -> Component:
    """Links to the vintages there are. None of them is opened for it: one that can't be read any more must not take this page with it."""
    try:
        there = store.history()[:_MOST_VINTAGES]
    except store.StoreError:
        there = [store.open_public().id]
    return html.Ul([html.Li(html.A(name, href="/data" + filters.vintage_query(name))) for name in there], className="vintages")
