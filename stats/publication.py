"""The public cells of a vintage: who stands in the breakdowns, counted, protected and audited; over vintages too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from stats import batches, measures
from stats.audit import DisclosureError
from stats.disclosure import protect
from stats.system import KEYS
from stats.tables import ALL, DIMENSIONS, UNDIVIDED, UNKNOWN, Table, organisations_of


@dataclass(frozen=True)
class Published:
    """`cells`: as published (stats.tables.CELL_COLUMNS), of these `tables`; `divided`: who stands in the breakdowns
    (stats.batches.begun), never public, and needed to make the next vintage."""

    cells: pd.DataFrame
    divided: pd.DataFrame
    tables: tuple[Table, ...]


AGE_KNOWN_FROM = 0.5
"""A measure is broken down by age if the age is known of at least this share of its persons: of fewer the breakdown would claim more
than the lists carry. Once it is, it stays so, since each beginning anew is a step that is not protected."""

BROKEN_DOWN_FROM = 100
"""A measure of fewer persons in all is published in total only: nearly every cell of a breakdown would be small."""


def publish(events: pd.DataFrame, tables: Sequence[Table], fewer_than: int, narrowest_interval: int, article_at_least: int,
            previous: Published | None = None) -> Published:
    """The cells of `tables` for these events (stats.measures.EVENT_COLUMNS), but no breakdown of fewer persons than
    BROKEN_DOWN_FROM, nor one by age where few ages are known (AGE_KNOWN_FROM), nor by organisation where there is but one.
    `previous`: of the vintage before, if it was made by the same rule; of other tables it counts for nothing.

    Breakdowns change in batches (stats/batches.py). A cell whose number is as before stays shown or hidden as before: were it
    hidden now, readers would know it; were it shown now, they would know what it was when it guarded another. If that
    can't be, breakdowns stay as they were. Which articles have figures of their own, and whether unknown sex has, is as
    in the first vintage, since people moved from one category to another would be seen. Raises DisclosureError.
    """
    tables = _broken_down(events, tables, previous)
    if previous is None or previous.tables != tables:
        articles = measures.with_figures(events, article_at_least)
        divided = batches.begun(batches.divisible(events, merge_sexes=batches.sexes_to_merge(events)), tables)
        exact = batches.cells(events, divided, tables, articles)
        return Published(protect(exact, tables, fewer_than, narrowest_interval), divided, tables)
    articles = set(previous.cells["article"]) - {ALL, UNKNOWN, UNDIVIDED, measures.OTHER}
    now = batches.divisible(events, merge_sexes=batches.MEN_OR_UNKNOWN in set(previous.cells["sex"]))
    newest = batches.brought_up_to_date(previous.divided, now, tables, articles, fewer_than)
    try:
        return _as_before(events, newest, fewer_than, narrowest_interval, articles, previous)
    except DisclosureError:
        return _as_before(events, previous.divided, fewer_than, narrowest_interval, articles, previous)


def _broken_down(events: pd.DataFrame, tables: Sequence[Table], previous: Published | None) -> tuple[Table, ...]:
    """Those of `tables` that enough persons, and enough persons of known age, are counted in, and lists of two organisations."""
    persons = events["measure"].value_counts()
    known = events["age"].notna().groupby(events["measure"]).mean()
    had = previous.tables if previous else ()
    one_list = len({name for value in events["organisation"].dropna().unique() for name in organisations_of(value)}) < 2
    idle = {t for t in tables if t not in had and (("age" in t.by and known.get(t.measure, 0) < AGE_KNOWN_FROM)
                                                   or ("organisation" in t.by and one_list))}
    return tuple(t for t in tables if not t.by or (persons.get(t.measure, 0) >= BROKEN_DOWN_FROM and t not in idle))


def _as_before(events: pd.DataFrame, divided: pd.DataFrame, fewer_than: int, narrowest_interval: int,
               articles: set[str], previous: Published) -> Published:
    """Protected so that no cell whose number is as before is hidden or shown for the first time."""
    tables = previous.tables
    exact = batches.cells(events, divided, tables, articles)
    was = batches.cells(events, previous.divided, tables, articles)
    keys = pd.MultiIndex.from_frame(exact[KEYS])
    same = exact["persons"] == was.set_index(KEYS)["persons"].reindex(keys).to_numpy()
    before = previous.cells.set_index(KEYS)["protected"].reindex(keys)
    same = same.fillna(False).to_numpy(bool) & before.notna().to_numpy() & (exact[list(DIMENSIONS)] != ALL).any(axis=1).to_numpy()
    hidden = before.fillna(False).to_numpy(bool)
    return Published(protect(exact.assign(protected=same & hidden), tables, fewer_than, narrowest_interval,
                             settled=exact.loc[same & ~hidden, KEYS]), divided, previous.tables)
