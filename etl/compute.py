"""From the linked tables of a vintage to its public statistics, revisions and reconciliation."""

from __future__ import annotations

import pandas as pd

from etl import overlay
from etl.codes import VocabularyError
from etl.link import Linked
from settings import ROOT, Settings
from stats import batches, contradictions, measures, reconciliation, revisions, statistics
from stats.rule import Rule
from stats.source import Source
from stats.tables import ALL

PRINTED = (ROOT / "data" / "published_figures.csv", ROOT / "data" / "published_metrics.csv")
"""What monitors printed, and what of ours it is compared with."""

DATED_SHARE = 0.9
"""An organisation dates its entries if at least this share of its rows says on which day it was taken in."""


def source(linked: Linked, rows: pd.DataFrame, events: pd.DataFrame, cells: pd.DataFrame, settings: Settings, *,
           vintage_id: str, now: pd.Timestamp, before: pd.DataFrame | None, divided: pd.DataFrame | None) -> Source:
    """What the statistics of a vintage are made from; `rows` as kept, `cells` as published, `divided` who stands in their breakdowns
    (stats.batches.begun; None in vintages of before there was such a table)."""
    dated_by, dated_to = _dated(rows, now)
    rule = Rule(settings.disclosure.fewer_than, settings.disclosure.narrowest_interval, settings.disclosure.statistics_at_least)
    # Half as long to compute with as texts.
    by_punishment = events[["person_id"]] if divided is None else batches.standing(divided, events, "sentenced", ("punishment",))
    by_age = None if divided is None or (cells["age"] == ALL).all() else batches.standing(divided, events, "charged", ("age",))
    _, (persons, charges, sentences, releases, events, by_punishment, aged) = measures.numbered(
        linked.persons, linked.charges, linked.sentences, linked.releases, events, by_punishment, events.iloc[:0] if by_age is None else by_age)
    return Source(
        persons, charges, sentences, releases, events, cells, vintage=vintage_id, now=now,
        as_of=reach(rows, now), first_import=rows["first_seen"].min(), first_month=settings.site.first_month, rule=rule,
        organisations=tuple(sorted(rows["organisation"].dropna().unique())), dated_by=dated_by, dated_to=dated_to, before=before,
        by_punishment=by_punishment["person_id"], by_age=None if by_age is None else aged["person_id"])


def reach(rows: pd.DataFrame, now: pd.Timestamp) -> pd.Timestamp:
    """The day the lists reach to: the last date of an event that is not in the future; where none is dated the last day on
    which a list says a row was taken in, else the day of `now`."""
    for names in (list(measures.DATES), ["reported_on"]):
        last = rows[names].where(rows[names] <= now).max().max()
        if not pd.isna(last):
            return last
    return now.normalize()


def _dated(rows: pd.DataFrame, now: pd.Timestamp) -> tuple[tuple[str, ...], pd.Timestamp | None]:
    """The organisations whose rows say when they were taken in, and the last such day."""
    told = rows["reported_on"].notna().groupby(rows["organisation"]).mean()
    names = tuple(sorted(told.index[told >= DATED_SHARE]))
    days = rows.loc[rows["organisation"].isin(names) & (rows["reported_on"] <= now), "reported_on"]
    return names, None if days.empty else days.max()


def tables(made_from: Source, *, synthetic: bool) -> dict[str, pd.DataFrame]:
    """The public tables beside the cells, by name. Raises VocabularyError if a file of PRINTED can't be used."""
    told = statistics.compute(made_from)
    figures, metrics = printed()
    if (laid := overlay.current()) and laid.profile.foreign:
        figures = figures.iloc[:0]  # they are of Belarus
    return {
        "statistics": told, "definitions": statistics.definitions(),
        "revisions": revisions.history(made_from.before, made_from.cells, _stocks(told), made_from.vintage, made_from.now),
        "reconciliation": reconciliation.reconcile(figures, metrics, made_from.cells, told, made_from.as_of,
                                                   made_from.organisations, synthetic=synthetic),
        "contradictions": contradictions.contradictions(figures),
    }


def _stocks(told: pd.DataFrame) -> dict[str, int]:
    """The stocks as of the vintage, by name."""
    here = told[told["statistic"] == "recognised"]
    return dict(zip(here["category"], here["value"].astype("int64"), strict=True))


def printed() -> tuple[pd.DataFrame, pd.DataFrame]:
    """(the printed figures: stats.reconciliation.FIGURE_COLUMNS, `value` a number; what each metric is compared with).

    Raises VocabularyError, naming the file and the line.
    """
    frames = []
    for path, columns in zip(PRINTED, (reconciliation.FIGURE_COLUMNS, reconciliation.METRIC_COLUMNS), strict=True):
        try:
            frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            raise VocabularyError(f"data/{path.name} can't be read: {error}.") from error
        if missing := [name for name in columns if name not in frame]:
            raise VocabularyError(f"data/{path.name} has no column {missing[0]!r}.")
        frames.append(frame[columns])
    figures, metrics = frames
    wrong = reconciliation.wrong_line(figures)
    if wrong is not None:
        raise VocabularyError(f"data/{PRINTED[0].name}, line {wrong[0] + 2}: {wrong[1]}")
    return figures.assign(value=figures["value"].astype("float64")), metrics


def events_of(linked: Linked) -> pd.DataFrame:
    """stats.measures.events of the linked tables."""
    return measures.events(linked.persons, linked.charges, linked.sentences, linked.releases)
