"""How to take the figures into one's own tools, an example each, and how to cite them: a part of the Data page."""

from __future__ import annotations

from dataclasses import replace

from dash import html
from dash.development.base_component import Component

import settings
import texts
from components import addresses, download, filters, package
from components.charts import CHARTS
from components.filters import View
from components.kept import Kept
from components.markup import data
from components.text import t

CHART = "monthly"
"""The chart whose figures the examples take: the first one of the site."""
_digests = Kept(100_000)


def section(view: View) -> list[Component]:
    """The examples and the citation; nothing in a copy of the site that has no address they could ask."""
    if not addresses.lasting():
        return []
    return [
        html.H2(t("Use these figures in your own tools"), id="use"),
        html.Div([
            html.P(t("Each example takes the figures by month, the newest unless this page is of one vintage. With another address from this "
                     "page, of a chart, with filters, or of a whole table, it works as well; an address with “vintage” in it gives the same "
                     "figures for ever.")),
            html.P(html.A(t("All whole tables and their addresses (JSON)"), href="/table"))], className="prose"),
        _copied(examples(view)),
        html.H2(t("Cite this"), id="cite"), _copied({t("For a text"): cited(view)}),
    ]


def examples(view: View) -> dict[str, str]:
    """Tool → what to write into it, in the language of the page; of the newest vintage, unless `view` is of one that is pinned."""
    place = addresses.root() + addresses.of(CHARTS[CHART], replace(filters.default(view.vintage), pinned=view.pinned), "csv")
    return {
        t("Excel (Data, Get Data, Blank Query, Advanced Editor)"): "\n".join((
            "let", f'  Source = Csv.Document(Web.Contents("{place}"),', '    [Delimiter = ",", Encoding = 65001, QuoteStyle = QuoteStyle.Csv]),',
            "  Figures = Table.PromoteHeaders(Source, [PromoteAllScalars = true])", "in", "  Figures")),
        t("Google Sheets (in cell A1)"): f'=IMPORTDATA("{place}")',
        "Python (pandas)": "\n".join((
            "import pandas as pd", "", f'figures = pd.read_csv("{place}")',
            'print(figures.pivot(index="period", columns="measure", values="persons"))')),
        "R": "\n".join((f'figures <- read.csv("{place}")', "print(xtabs(persons ~ period + measure, figures))")),
        "curl": f'curl --fail --compressed --output {CHART}.csv "{place}"',
    }


def cited(view: View) -> str:
    """What to write where these figures are used: what they are, whose, of which vintage, and the hash by which anybody can check them."""
    return " ".join((f"{settings.load().site.title}.", download.source(view), f"{_whole(view)} (sha256:{digest(view)})"))


def digest(view: View) -> str:
    """The SHA-256 of all public tables of the vintage as they are sent in one file (`/data.zip`) in the language of the page."""
    key = (view.vintage.id, texts.language(), addresses.root(), settings.program())
    return _digests.get(key, lambda: package.digest(view).encode("ascii")).decode("ascii")


def _whole(view: View) -> str:
    return f"{addresses.root()}/data.zip{filters.to_query(filters.default(view.vintage), pinned=True)}"


def _copied(named: dict[str, str]) -> Component:
    """Texts to copy, each under its name."""
    return html.Dl([part for name, text in named.items() for part in (
        html.Dt(name), html.Dd([html.Code(text, tabIndex=0), html.Button(t("Copy"), type="button", className="button copy",
                                                                        **data(copied=t("Copied")))]))], className="shared examples")
