"""Published estimates: what the newest months will come to, and how many cases no list holds. Never part of a count.

Each is a function of stats.source.Source that gives its numbers, in persons.
"""

from __future__ import annotations

import pandas as pd

from stats import coverage, delay
from stats.measures import year_of
from stats.source import Source, by_one, hidden, national, told

MEASURES = ("charged", "sentenced")
LEVEL = 0.8
ALL_LISTS, DATED_LISTS = "all lists", "lists that date their entries"


def nowcast(source: Source) -> pd.DataFrame:
    """What the last months will come to, for each of MEASURES: over all lists, by the delays seen since the first import;
    and for the cases on lists that say when they took them in, by those dates."""
    parts = []
    for measure in MEASURES:
        known = national(source.cells, measure, "month")
        events = source.events[source.events["measure"] == measure]
        views = [(ALL_LISTS, events, source.now, source.first_import)]
        if source.dated_by and source.dated_to is not None:
            views.append((DATED_LISTS, _on_lists(events, source), source.dated_to, None))
        parts += [_told(view, measure, delay.nowcast(delay.triangle(its, as_of, since), LEVEL), known, source)
                  for view, its, as_of, since in views]
    return pd.concat(parts, ignore_index=True)


def _on_lists(events: pd.DataFrame, source: Source) -> pd.DataFrame:
    """The events of persons whom a list that dates its entries charges or sentences, first reported by one of these."""
    kinds = [source.sentences] if (events["measure"] == "sentenced").all() else [source.charges, source.sentences]
    facts = pd.concat([table[["person_id", "organisations", "first_reported"]] for table in kinds])
    theirs = [text for text in facts["organisations"].dropna().unique() if set(text.split()) & set(source.dated_by)]
    their = facts[facts["organisations"].isin(theirs)]
    first = their.groupby("person_id")["first_reported"].min()
    on_them = events[events["person_id"].isin(first.index)]
    return on_them.assign(first_reported=first.reindex(on_them["person_id"]).to_numpy())


def _told(view: str, measure: str, table: pd.DataFrame, known: pd.Series, source: Source) -> pd.DataFrame:
    """The numbers of one view. A month is hidden where the lists of the view hold few, or few of the `known` (persons by
    month, published) are not on them: a month that is complete is estimated at its very number. So the months of a year would tell
    of its hidden numbers by organisation; they are hidden too."""
    everybody = view == ALL_LISTS
    others = known.reindex(table["month"], fill_value=0).to_numpy(float) - table["reported"].astype(float)
    few = (table["reported"] < source.rule.fewer_than) | others.between(1, source.rule.fewer_than - 1)
    few = (few | table["month"].str[:4].isin(_silent_on_organisations(source, measure))) & (not everybody)
    status = pd.Series("estimate", table.index).mask(~table["enough_history"], "no number").mask(few, "hidden")
    numbers = table[["estimate", "lower", "upper"]].where(status == "estimate").rename(columns={"estimate": "value"})
    persons = table["reported"] if everybody else pd.NA
    return numbers.assign(period=table["month"], category=f"{measure}: {view}", persons=persons, status=status, note=table["reason"])


def missing_cases(source: Source) -> pd.DataFrame:
    """How many persons charged in all, and how many of them on no list, by the overlap of the organisations' lists.

    Over those charged at least delay.COMPLETE_AFTER months before the lists end: younger cases are late, not missing.
    """
    until = (source.as_of.to_period("M") - delay.COMPLETE_AFTER).to_timestamp(how="end")
    charged = source.events[(source.events["measure"] == "charged") & (source.events["date"] <= until)]
    members = coverage.membership(source.charges, source.sentences)
    members = members[members.index.isin(charged["person_id"])]
    found = coverage.estimate(members)
    period = f"{source.first_month}/{until:%Y-%m}" if charged.empty else f"{charged['date'].min():%Y-%m}/{until:%Y-%m}"
    if found.reason is not None:
        return told([{"period": period, "category": c, "status": "no number", "note": found.reason} for c in ("in all", "on no list")])
    if _tells_of_few(members, source) or _tells_of_a_year(charged, until, source):
        return told([hidden(period, c) for c in ("in all", "on no list")])
    rest = {"period": period, "persons": found.observed, "status": "estimate", "note": coverage.LIKELY_TOO_LOW}
    return told([
        {"category": "in all", "value": round(found.total), "lower": round(found.lower), "upper": round(found.upper), **rest},
        {"category": "on no list", "value": round(found.missing), "lower": round(found.lower) - found.observed,
         "upper": round(found.upper) - found.observed, **rest}])


def _silent_on_organisations(source: Source, measure: str) -> set[str]:
    """The years in which some number by organisation is hidden."""
    by_year = by_one(source.cells, measure, "year", "organisation")
    return set(by_year.loc[by_year["persons"].isna(), "period"])


def _tells_of_a_year(charged: pd.DataFrame, until: pd.Timestamp, source: Source) -> bool:
    """Whether the overlap, which can be worked out of the estimate, tells with the numbers by organisation of those that are hidden,
    or of few before or after the month in which it ends. `charged`: the events it is of."""
    if by_one(source.cells, "charged", "year", "organisation").empty:
        return False
    everybody = source.events[(source.events["measure"] == "charged") & (year_of(source.events["date"]) == f"{until:%Y}")]
    parts = everybody.groupby([everybody["organisation"], everybody.index.isin(charged.index)]).size()
    return bool(_silent_on_organisations(source, "charged")) or bool(parts.between(1, source.rule.fewer_than - 1).any())


def _tells_of_few(members: pd.DataFrame, source: Source) -> bool:
    """Whether few stand on one of two lists alone: these two numbers can be worked out of the estimate and its interval."""
    if members.shape[1] != 2:
        return False
    return bool(coverage.overlap(members)["persons"].between(1, source.rule.fewer_than - 1).any())
