"""Who stands in the breakdowns of a vintage: late cases and corrections come in together, never one by one.

National totals are exact in every vintage, so whoever keeps two of them sees that a month grew by one person. If the
breakdowns grew with it, region, sex and article of that person could be read off. So each person stands in all breakdowns as
in the vintage before (or in none), until in every cell that would gain or lose somebody it is none or enough persons together.
What a national total holds more (or less) than its breakdown is UNDIVIDED.

The largest set of persons that fulfils this is found by leaving out, again and again, whoever would change a cell in which too
few others change; each step is forced, so the order doesn't matter. Compare "differencing" in Hundepool et al., Statistical
Disclosure Control, Wiley 2012, ch. 5.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pandas as pd

from stats import measures
from stats.tables import ALL, CELL_COLUMNS, DIMENSIONS, UNDIVIDED, Table

COLUMNS = ["measure", "person_id", "date", "precision", "wave", "region", "sex", "articles", "punishment"]
"""A person's event as it stands in the breakdowns: columns of stats.measures.EVENT_COLUMNS."""

MEN_OR_UNKNOWN = "male_or_unknown"
"""Men, and those few of whom no list tells the sex: by themselves they would be a handful in nearly every period."""

_FEW = 0.05
"""The share of persons charged up to which unknown sex has no cells of its own."""


def divisible(events: pd.DataFrame, *, merge_sexes: bool) -> pd.DataFrame:
    """The events (COLUMNS) that breakdowns can hold: of persons all of whose events are dated to the month or not at all.

    Those of whom only the year is known would be a handful in each cell of a quarter that is not known.
    """
    by_year = events.loc[events["precision"] == "year", "person_id"]
    found = events.loc[~events["person_id"].isin(by_year), COLUMNS].reset_index(drop=True)
    return found.assign(sex=found["sex"].where(found["sex"] == "female", MEN_OR_UNKNOWN)) if merge_sexes else found


def sexes_to_merge(events: pd.DataFrame) -> bool:
    """Whether those of unknown sex are some, and too few for cells of their own."""
    sex = events.loc[events["measure"] == "charged", "sex"]
    return bool(0 < sex.isna().mean() <= _FEW)


def brought_up_to_date(before: pd.DataFrame, now: pd.DataFrame, tables: Sequence[Table], articles: Collection[str],
                       at_least: int) -> pd.DataFrame:
    """`now` for the persons whose change is taken over, `before` for all others (COLUMNS, as `divisible` gives them).

    In each cell of a breakdown in `tables` the persons who come in, those who go out, and the difference are each none or
    `at_least` many; persons whose events are the same are one to whoever sees cells only.
    """
    before = _renamed(before, now)
    differing = _differing(before, now)
    change = _changes(*(frame[frame["person_id"].isin(differing)] for frame in (before, now)), tables, articles)
    while True:
        sums = change.groupby(["cell", "by"]).size().unstack(fill_value=0).reindex(columns=[-1, 1], fill_value=0)
        sums["net"] = (sums[1] - sums[-1]).abs()
        few = sums.index[((sums > 0) & (sums < at_least)).any(axis=1)]
        if few.empty:
            break
        stay = change.loc[change["cell"].isin(few), "person_id"]
        change = change[~change["person_id"].isin(stay)]
    waiting = differing - set(change["person_id"])
    return pd.concat([before[before["person_id"].isin(waiting)], now[~now["person_id"].isin(waiting)]], ignore_index=True)


def cells(events: pd.DataFrame, divided: pd.DataFrame, tables: Sequence[Table], articles: Collection[str]) -> pd.DataFrame:
    """Exact cells (stats.tables.CELL_COLUMNS): national ones of `events`, breakdowns of `divided`, and the UNDIVIDED."""
    national = [t for t in tables if not t.by]
    total = measures.count(events, national, articles=articles)
    broken_down = measures.count(divided, [t for t in tables if t.by], articles=articles)
    keys = ["measure", "time", "period"]
    placed = measures.count(divided, national, articles=articles).set_index(keys)["persons"]
    rest = total.set_index(keys)["persons"].sub(placed, fill_value=0)
    rest = rest[rest != 0].reset_index()
    parts = [rest[(rest["measure"] == t.measure) & (rest["time"] == t.time)].assign(
        protected=False, **{d: UNDIVIDED if d in t.by else ALL for d in DIMENSIONS}) for t in tables if t.by]
    return pd.concat([total, broken_down, *parts], ignore_index=True)[CELL_COLUMNS].astype(total.dtypes)


def _renamed(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """`before` with the id of somebody new for each person who is gone and was the same in all that is published."""
    gone, new = (_states(one[~one["person_id"].isin(other["person_id"])]) for one, other in ((before, now), (now, before)))
    pairs = gone.merge(new, on=["state", "place"], suffixes=("_before", ""))
    names = dict(zip(pairs["person_id_before"], pairs["person_id"], strict=True))
    return before.assign(person_id=before["person_id"].replace(names)) if names else before


def _states(events: pd.DataFrame) -> pd.DataFrame:
    """person_id, `state` (all events of the person as one number) and `place` (its number among those of the same state)."""
    state = _told(events).groupby(events["person_id"]).sum().rename("state").rename_axis("person_id").reset_index()
    return state.sort_values(["state", "person_id"]).assign(place=lambda f: f.groupby("state").cumcount())


def _told(events: pd.DataFrame) -> pd.Series:
    """All that breakdowns can tell of an event, as one number."""
    quarter = measures.quarter_of(events["date"], events["precision"])
    rest = events[["measure", "wave", "region", "sex", "articles", "punishment"]].astype("str")
    return pd.util.hash_pandas_object(rest.assign(quarter=quarter.astype("str")), index=False)


def _differing(before: pd.DataFrame, now: pd.DataFrame) -> set[str]:
    """The persons whose events differ."""
    both = pd.concat([frame[["person_id"]].assign(told=_told(frame)) for frame in (before, now)])
    return set(both.loc[~both.duplicated(keep=False), "person_id"])


def _changes(before: pd.DataFrame, now: pd.DataFrame, tables: Sequence[Table], articles: Collection[str]) -> pd.DataFrame:
    """person_id, cell, `by` (1 or -1): each cell of a breakdown that the person would come into or go out of."""
    old, new = (_stands_in(frame, tables, articles) for frame in (before, now))
    both = pd.concat([old.assign(by=-1), new.assign(by=1)], ignore_index=True)
    return both[~both.duplicated(["person_id", "cell"], keep=False)]


def _stands_in(events: pd.DataFrame, tables: Sequence[Table], articles: Collection[str]) -> pd.DataFrame:
    """person_id and cell, one row for each cell of a breakdown that counts the person."""
    parts = []
    for table, frame in measures.by_table(events, [t for t in tables if t.by], articles):
        cell = pd.Series(f"{table.measure} {table.time} {' '.join(table.by)}", index=frame.index)
        for column in (table.time, *table.by):
            cell = cell + " " + frame[column].astype("str")
        parts.append(pd.DataFrame({"person_id": frame["person_id"], "cell": cell}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"person_id": [], "cell": []}, dtype="str")
