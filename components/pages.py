"""The registry of pages: each answers one question, with charts of the registry (components/charts.py) and words.

Adding a page is an entry here; address, navigation, filters, the page without scripts and the tests follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from components import filters, methods, words
from components.filters import View
from components.markup import aria
from components.text import number, period, t

Body = Callable[[View], list[Component]]


def _nothing(view: View) -> list[Component]:
    return []


@dataclass(frozen=True)
class Page:
    """`path`: its address; `name`: in the title of the window, `short`: in the navigation, where all stand in one line; `asks`: the
    question it answers, its heading (of lists from elsewhere, whose measures may count other things, its name with their {place}, or
    `asks_of`); `lead`: what to know first; `charts`: ids in reading order; `before` and `after`: what stands above the filters and
    below the charts."""

    path: str
    name: str
    asks: str
    lead: str = ""
    charts: tuple[str, ...] = ()
    before: Body = _nothing
    after: Body = _nothing
    asks_of: str = ""
    short: str = ""

    def question(self, view: View) -> str:
        """The heading of the page."""
        place = view.vintage.facts.get("place")
        if not place or not self.charts:
            return t(self.asks)
        return t(self.asks_of, place=place) if self.asks_of else t("{page}: {place}", page=t(self.name), place=place)


HEADLINE = {"charged": "charged", "sentenced": "sentenced", "pardoned": "pardoned",
            "deported": "deported from prison", "held": "held now"}


def _headline(view: View) -> list[Component]:
    """The numbers of the day, each with what it counts and as of when."""
    numbers = view.vintage.facts["headline"]
    boxes = [html.Div([
        html.Dt(t(title)), html.Dd(number(numbers[code]["persons"]), className="big"),
        html.Dd([t("as of {day}.", day=period(numbers[code]["as_of"])), " ", _sentence(t(numbers[code]["counts"])), "."],
                className="small")], className=f"headline headline-{code}") for code, title in HEADLINE.items() if code in numbers]
    guide = html.Details([html.Summary(t("New here? How to read these charts, in half a minute")), words.guide()], id="guide", className="guide",
                         open=filters.to_query(view) == "")
    return [html.Dl(boxes, className="headlines", **aria(label=t("Headline numbers"))), guide]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _to_reconciliation(view: View) -> list[Component]:
    if view.vintage.reconciliation.empty:  # of a vintage made before figures were compared
        return []
    return [html.P(html.A(t("How these figures compare with those that monitors have printed, figure by figure"),
                          href="/reconciliation" + filters.to_query(filters.default(view.vintage), pinned=view.pinned)))]


PAGES: tuple[Page, ...] = (
    Page("/", "Overview", "Repression in Belarus: charges, sentences and pardons", "", ("monthly", "cumulative", "waves", "punishments"),
         _headline, asks_of="What lists on {place} tell"),
    Page("/side-by-side", "Repression and pardons", "Are people being pardoned while more are jailed?",
         "New charges and sentences beside pardons and other releases, month by month.", ("balance", "ratio"), short="Balance"),
    Page("/behind-bars", "Behind bars", "How many people are held?",
         "A stock, counted at the end of each month, beside what organisations have printed. Prosecuted, sentenced, recognised and held "
         "are four different groups of people.", ("held", "recognised")),
    Page("/charges", "Charges", "Who is charged, where, and under which articles?",
         "One person may be charged under several articles, so that figures by article overlap and don't add up.",
         ("articles", "articles-by-year", "map", "regions", "sex", "age", "median-age")),
    Page("/sentences", "Sentences", "Which punishments do courts impose, and how long are they?", "",
         ("punishments", "term-length", "terms", "years-taken", "in-absentia", "women")),
    Page("/pardons", "Pardons and releases", "Who comes out, when, and how?",
         "A pardon is not the end of persecution: some people are taken out of the country straight from prison.",
         ("waves", "share-deported", "share-served", "given-back", "released"),
         short="Pardons"),
    Page("/freedom", "From charge to freedom", "How long is the way from charge to freedom?",
         "", ("after-charge", "detention-to-sentence", "charge-to-release"), short="Time to freedom"),
    Page("/completeness", "How complete is this?", "How complete are these figures?",
         "Cases come late, and some never. What is still to come, what is missing, and where figures differ from those printed.",
         ("nowcast", "revisions", "missing-cases", "reconciliation-summary"), after=_to_reconciliation, short="Completeness"),
    Page("/data", "Data", "All public figures, to take away", "", before=words.data),
    Page("/methods", "Methods", "How are these figures made?", "", before=methods.methods),
    Page("/about", "About", "What is this, and who makes it?", "", before=words.about),
)


def find(path: str) -> Page | None:
    """The page at an address; None if there is none."""
    return next((page for page in PAGES if page.path == path), None)
