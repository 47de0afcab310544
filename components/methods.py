"""The Methods page: what docs/methods.md says, as far as whoever quotes a figure needs it; the events on charts; what each statistic counts."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from components.filters import View
from components.markup import aria
from components.text import labels, period, t


def methods(view: View) -> list[Component]:
    """How figures are made, section by section, with the tables of events and of statistics at the end."""
    sections = {**_counting(), **_completeness(), **_publication(view), **_limits()}
    contents = html.Ul([html.Li(html.A(head, href=f"#method-{n}")) for n, head in enumerate(sections, start=1)], className="contents")
    parts = [part for n, (head, said) in enumerate(sections.items(), start=1)
             for part in (html.H2(head, id=f"method-{n}"), html.Div([html.P(each) for each in said], className="prose"))]
    return [html.Nav(contents, **aria(label=t("On this page"))), *parts, *_events(view), *_statistics(view)]


def _counting() -> dict[str, Sequence[str]]:
    return {
        t("What is counted"): (
            t("Persons whom at least one list of monitors names, each once in a measure. Charged: in the month of the first charge, else of the "
              "detention, else of the verdict. Sentenced: at the first sentence. Pardoned: on the day of the pardon."),
            t("Prosecuted, sentenced, recognised as political prisoners and held are four different groups, and no figure mixes them."),
            t("So months add up to years, and years to the total. A second sentence of the same person is in no count. Figures by article overlap: "
              "who is charged under three articles stands under three."),
            t("The age group is that of the day of the charge, the sentence or the pardon, told where birth date and date leave but one. “On "
              "the lists of” an organisation are all whom its lists name, whether others name them too or not; many stand on several."),
            t("What is known only to the year is shown as such and never put into a month; what is not known at all is “unknown”, and counted.")),
        t("Who is counted once"): (
            t("The same person stands in several lists, in several spellings. Entries are linked by names, dates and places with a method whose "
              "every step can be explained; unsure pairs are left apart until a person has decided. So the same person may now and then be "
              "counted twice."),
            t("A name alone never makes two entries one person. What one list leaves out of a case is taken from the others.")),
        t("Who is held"): (
            t("Held at the end of a month: entered custody by then, and not left it. Many who were released bear no date of release, so sums of "
              "entries and exits would drift upwards. Who is held now is what the newest list says; those known to be free since an unknown day "
              "are in no month."),
            t("Years taken, shares served and shares tried in absentia are least figures: what lists don't say is not in them.")),
        t("Times from one step to the next"): (
            t("Those still waiting count as waiting until now: the mean of those already free would be far too short (Kaplan and Meier's estimate). "
              "Where many ends bear no date, two lines are drawn, between which the truth lies whatever these dates are."),),
    }


def _completeness() -> dict[str, Sequence[str]]:
    return {
        t("Late cases"): (
            t("The newest {count} months are provisional. Where enough history has been watched, an estimate of what they will come to is given with "
              "its interval, beside the count and never in it.", count=3),
            t("The estimate (nowcast) takes how many cases of earlier months came how late, over the last twelve months, and holds if reporting "
              "goes on like that. Four times out of five the truth should lie in the interval. After six months of watching and thirty persons "
              "at least; otherwise no number is given.")),
        t("Cases that stand on no list"): (
            t("Lists that were made independently overlap less, the more cases all of them miss; from that the number on no list is estimated "
              "(capture and recapture: Chapman's formula for two lists, a mean of log-linear models for more). Monitors read each other and all miss "
              "the same hidden cases, so the estimate is too low rather than too high: read it as “at least”. It is never added to a count."),),
        t("Beside printed figures"): (
            t("Every figure that organisations have printed is set beside the computed one, with the difference and its likely reasons: another day, "
              "another definition, a list that is not loaded, later cases. Figures of several organisations are never averaged, and where printed "
              "ones contradict each other both are shown."),),
    }


def _publication(view: View) -> dict[str, Sequence[str]]:
    facts = view.vintage.facts
    rule = facts.get("rule", [])  # vintages of before don't say
    audit = (t("At each import this is tested: whoever knows every published number and works out each hidden one must be left with a range of at "
               "least {width} persons, or nothing is published.", width=rule[1]),) if len(rule) > 1 else ()
    return {
        t("Nobody exposed"): (
            t("A number of fewer than {limit} persons in a breakdown is never shown, and enough others are hidden with it that nobody can work it "
              "out. National totals are exact. Every page, file and picture is made of these protected tables alone.", limit=facts["fewer_than"]),
            *audit,
            t("Means, medians, shares and curves rest on more persons still, and are rounded. The finer a breakdown, the longer the time over which "
              "it is told: months, quarters, years.")),
        t("Why breakdowns lag a little"): (
            t("Two vintages compared would tell of a single late person: where, of which sex, under which article. So late cases enter the "
              "breakdowns only once several come together; until then they are in the national totals alone, and charts call them “not yet broken "
              "down”."),),
        t("Vintages"): (
            t("Each import makes a vintage, which never changes. Any figure can be asked for as of any vintage; the link at the foot of a "
              "page does."),
            t("Figures of past months are restated when more becomes known; “How complete is this?” shows by how much. Quote the vintage with "
              "the figure.")),
    }


def _limits() -> dict[str, Sequence[str]]:
    return {
        t("What not to do with these figures"): (
            t("Don't read the fall of the newest months as less repression: their cases are still coming in."),
            t("Don't compare a stock (people held) with a flow (people sentenced in a month), and don't add figures by article."),
            t("Don't reckon who is held from pardons and sentences: many leave otherwise. Don't read sums of terms as time that will be served."),
            t("Don't call what lists name all there is: a low number may mean that little happened, or that little is known."),
            t("Formulas, assumptions and literature stand in docs/methods.md, which comes with the program.")),
    }


def _events(view: View) -> list[Component]:
    """The public events that charts mark, each with its source: as words, since no page leads readers elsewhere unasked."""
    told = view.vintage.events
    if told.empty:
        return []
    rows = [html.Tr([html.Th(period(day), scope="row"), html.Td(label), html.Td(source, className="address")])
            for day, label, source in zip(told["date"], labels(told), told["source"], strict=True)]
    return _table(t("Events on the charts"), (t("Day"), t("Event"), t("Source")), rows)


def _statistics(view: View) -> list[Component]:
    definitions = view.vintage.definitions
    rows = [html.Tr([html.Th(t(row.title), scope="row"), html.Td(t(row.kind)), html.Td(t(row.unit)), html.Td(t(row.counts))])
            for row in definitions.itertuples()]
    return _table(t("The public statistics"), (t("Statistic"), t("Kind"), t("Unit"), t("Whom it counts")), rows) if rows else []


def _table(title: str, heads: Sequence[str], rows: Sequence[Component]) -> list[Component]:
    body = html.Table([html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(rows)])
    return [html.H2(title), html.Div(body, className="table-box whole", role="region", tabIndex=0, **aria(label=title))]
