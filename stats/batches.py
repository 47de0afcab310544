"""Who stands in the breakdowns of a vintage: late cases and corrections come in together, never one by one.

National totals are exact in every vintage, so whoever keeps two of them sees that a month grew by one person. If the
breakdowns grew with it, region, sex and article of that person could be read off. So each event stands in a breakdown as in
the vintage before (or not), until in every cell that would gain or lose somebody it is none or enough persons together.
What a breakdown lacks (or holds too many) of its whole is UNDIVIDED.

The largest set of changes that fulfils this is found by leaving out, again and again, whatever would change a cell in which too
few others change; each step is forced, so the order doesn't matter. Newcomers come into one breakdown after the other, those by
two dimensions last; corrections of persons who stand in some come into all of them at once, so that breakdowns agree. Compare
"differencing" in Hundepool et al., Statistical Disclosure Control, Wiley 2012, ch. 5.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pandas as pd

from stats import measures
from stats.tables import ALL, CELL_COLUMNS, DIMENSIONS, PARTS, UNDIVIDED, Table

COLUMNS = ["measure", "person_id", "date", "precision", "wave", "region", "sex", "articles", "punishment", "age",
           "organisation"]
"""A person's event as it stands in the breakdowns: columns of stats.measures.EVENT_COLUMNS."""

MEN_OR_UNKNOWN = "male_or_unknown"
"""Men, and those few of whom no list tells the sex: by themselves they would be a handful in nearly every period."""

_EVENT = ["person_id", "measure"]
_PERIOD = ["measure", "time", "period"]
_KEYS = [*_PERIOD, *DIMENSIONS]
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


def begun(events: pd.DataFrame, tables: Sequence[Table]) -> pd.DataFrame:
    """`events` (COLUMNS), all of them in every breakdown: COLUMNS and one column of bool for each of `breakdowns`."""
    return events.assign(**dict.fromkeys(map(_flag, breakdowns(tables)), True))


def breakdowns(tables: Sequence[Table]) -> list[tuple[str, ...]]:
    """The combinations of dimensions by which there are tables, those of one dimension first."""
    return sorted({t.by for t in tables if t.by}, key=lambda by: (len(by), by))


def brought_up_to_date(before: pd.DataFrame, now: pd.DataFrame, tables: Sequence[Table], articles: Collection[str],
                       at_least: int) -> pd.DataFrame:
    """`before` (as `begun`) brought up to `now` (COLUMNS) as far as that may be seen.

    In each cell of `tables` the newcomers, those whom corrections bring in, those whom they take out, and the difference are
    each none or `at_least` many.
    """
    flags = [_flag(by) for by in breakdowns(tables)]
    before = _renamed(before, now)
    places = now[_EVENT].merge(before[[*_EVENT, *flags]], on=_EVENT, how="left")[flags].astype("boolean").fillna(False).astype(bool)
    newest = pd.concat([now.reset_index(drop=True), places], axis=1)
    corrected = before[~pd.Index(_told(before)).isin(_told(now))]["person_id"].unique()
    change = _changes(before, newest, corrected, tables, articles)
    made = change[change["person_id"].isin(_together(change, at_least))]
    waiting = set(change["person_id"]) - set(made["person_id"])
    net = made.groupby("cell")["by"].sum()
    frame = pd.concat([newest[~newest["person_id"].isin(waiting)], before[before["person_id"].isin(waiting)]], ignore_index=True)
    newcomers = _stands_in(frame[~frame["person_id"].isin(waiting) & ~frame[flags].all(axis=1)], tables, articles)
    for by in breakdowns(tables):
        for measure in _wholes_first(tables):
            may = _may_come(frame, by, measure, tables) & ~frame["person_id"].isin(waiting)
            its = newcomers[(newcomers["flag"] == _flag(by)) & (newcomers["measure"] == measure)]
            come = _together(its[its["person_id"].isin(frame.loc[may, "person_id"])].assign(by=1), at_least, net)
            frame.loc[may & frame["person_id"].isin(come), _flag(by)] = True
    return frame


def cells(events: pd.DataFrame, divided: pd.DataFrame, tables: Sequence[Table], articles: Collection[str]) -> pd.DataFrame:
    """Exact cells (stats.tables.CELL_COLUMNS): national ones of `events`, breakdowns of `divided`, and the UNDIVIDED.

    In a table by two dimensions they are what its margins hold more, so that every line adds up.
    """
    total = measures.count(events, [t for t in tables if not t.by], articles=articles)
    # At first all breakdowns hold the same events, and are counted once.
    alike: dict[bytes, list[tuple[str, ...]]] = {}
    for by in breakdowns(tables):
        alike.setdefault(divided[_flag(by)].to_numpy(bool).tobytes(), []).append(by)
    broken_down = {by: counts for group in alike.values()
                   for counts in [_counted(divided[divided[_flag(group[0])]], group, tables, articles)] for by in group}
    parts = [total]
    for table in (t for t in tables if t.by):
        parts += [broken_down[table.by][table], *_undivided(table, total, broken_down, tables)]
    return pd.concat([p for p in parts if len(p)] or [total], ignore_index=True)[CELL_COLUMNS].astype(total.dtypes)


def _counted(its: pd.DataFrame, group: Sequence[tuple[str, ...]], tables: Sequence[Table], articles: Collection[str]
             ) -> dict[Table, pd.DataFrame]:
    """Those in breakdowns: their tables, the margins of these, and the same at the times of finer breakdowns."""
    wanted = dict.fromkeys(Table(t.measure, t.time, part) for by in group for t in tables if set(by) <= set(t.by)
                           for part in (by, *((d,) for d in by), ()))
    counts = measures.count(its, [*wanted], articles=articles)
    shape = (counts[list(DIMENSIONS)] != ALL).to_numpy() @ (1 << np.arange(len(DIMENSIONS)))
    found = counts.groupby([counts["measure"], counts["time"], shape]).indices
    bits = {t: sum(1 << DIMENSIONS.index(d) for d in t.by) for t in wanted}
    return {t: counts.iloc[found.get((t.measure, t.time, bits[t]), [])] for t in wanted}


def _undivided(table: Table, total: pd.DataFrame, broken_down: dict[tuple[str, ...], dict[Table, pd.DataFrame]],
               tables: Sequence[Table]) -> Iterator[pd.DataFrame]:
    """The cells of a table with UNDIVIDED in one or all of its dimensions."""
    def counted(of: tuple[str, ...], by: tuple[str, ...]) -> pd.Series:
        return broken_down[of][Table(table.measure, table.time, by)].set_index(_KEYS)["persons"]

    def aside(numbers: pd.Series, dimensions: tuple[str, ...]) -> pd.DataFrame:
        return numbers[numbers != 0].reset_index().assign(protected=False, **dict.fromkeys(dimensions, UNDIVIDED))

    margins = [d for d in table.by if len(table.by) > 1 and _declared((d,), table.measure, tables)]
    for d in (d for d in margins if broken_down[(d,)] is not broken_down[table.by]):
        more = counted((d,), (d,)).sub(counted(table.by, (d,)), fill_value=0)
        yield aside(more, tuple(other for other in table.by if other != d))
    rest = total[(total["measure"] == table.measure) & (total["time"] == table.time)].set_index(_KEYS)["persons"]
    inside = [counted((d,), ()) for d in margins] or [counted(table.by, ())]
    for number in inside:
        rest = rest.sub(number, fill_value=0)
    if len(inside) > 1:
        rest = rest.add(counted(table.by, ()), fill_value=0)
    yield aside(rest, table.by)


def _declared(by: tuple[str, ...], measure: str, tables: Sequence[Table]) -> bool:
    return any(t.by == by and t.measure == measure for t in tables)


def _wholes_first(tables: Sequence[Table]) -> list[str]:
    names = dict.fromkeys(t.measure for t in tables if t.by)
    return sorted(names, key=lambda name: name in {p.part for p in PARTS})


def _may_come(frame: pd.DataFrame, by: tuple[str, ...], measure: str, tables: Sequence[Table]) -> pd.Series:
    """The events of a measure that may come into a breakdown: they stand in those by each of its dimensions, and where all of
    them stand in another measure too, the person does."""
    may = (frame["measure"] == measure) & ~frame[_flag(by)]
    for dimension in by:
        if len(by) > 1 and _declared((dimension,), measure, tables):
            may &= frame[_flag((dimension,))]
    for part in PARTS:
        if part.part == measure and set(by) <= set(part.by) and _declared(by, part.whole, tables):
            may &= frame["person_id"].isin(frame.loc[(frame["measure"] == part.whole) & frame[_flag(by)], "person_id"])
    return may


def _together(change: pd.DataFrame, at_least: int, already: pd.Series | None = None) -> set[str]:
    """The persons whose changes (person_id, cell, by) can be made: in no cell too few at once, also not together with the
    net change that a cell has had `already`."""
    while True:
        sums = change.groupby(["cell", "by"]).size().unstack(fill_value=0).reindex(columns=[-1, 1], fill_value=0)
        net = sums[1] - sums[-1] if already is None else sums[1] - sums[-1] + already.reindex(sums.index, fill_value=0)
        few = sums.index[((sums > 0) & (sums < at_least)).any(axis=1) | net.abs().between(1, at_least - 1)]
        if few.empty:
            return set(change["person_id"])
        change = change[~change["person_id"].isin(change.loc[change["cell"].isin(few), "person_id"])]


def _renamed(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """`before` with the id of somebody new for each person who is gone and was the same in all that is published."""
    gone, new = (_states(one[~one["person_id"].isin(other["person_id"])]) for one, other in ((before, now), (now, before)))
    pairs = gone.merge(new, on=["state", "place"], suffixes=("_before", ""))
    names = dict(zip(pairs["person_id_before"], pairs["person_id"], strict=True))
    return before.assign(person_id=before["person_id"].replace(names)) if names else before


def _states(events: pd.DataFrame) -> pd.DataFrame:
    """person_id, `state` (all events of the person as one number) and `place` (its number among those of the same state)."""
    state = _told(events, person=False).groupby(events["person_id"]).sum().rename("state").rename_axis("person_id").reset_index()
    return state.sort_values(["state", "person_id"]).assign(place=lambda f: f.groupby("state").cumcount())


def _told(events: pd.DataFrame, *, person: bool = True) -> pd.Series:
    """All that breakdowns can tell of an event, and of whom, as one number."""
    month = measures.month_of(events["date"], events["precision"])
    told = [name for name in COLUMNS if name not in ("person_id", "date", "precision")]
    rest = events[[*(["person_id"] if person else []), *told]].astype("str")
    return pd.util.hash_pandas_object(rest.assign(month=month.astype("str")), index=False)


def _changes(before: pd.DataFrame, now: pd.DataFrame, persons: Collection[str], tables: Sequence[Table],
             articles: Collection[str]) -> pd.DataFrame:
    """person_id, cell, `by` (1 or -1): each cell that one of the persons would come into or go out of."""
    parts = []
    for by, frame in ((-1, before), (1, now)):
        its = frame[frame["person_id"].isin(persons)]
        stands = _stands_in(its, tables, articles)
        for flag, here in stands.groupby("flag"):
            there = pd.MultiIndex.from_frame(its.loc[its[flag], _EVENT])
            parts.append(here[pd.MultiIndex.from_frame(here[_EVENT]).isin(there)].assign(by=by))
    both = pd.concat(parts, ignore_index=True) if parts else stands.assign(by=1)
    return both[~both.duplicated(["person_id", "cell"], keep=False)]


def _stands_in(events: pd.DataFrame, tables: Sequence[Table], articles: Collection[str]) -> pd.DataFrame:
    """person_id, measure, flag (of the breakdown) and cell, one row for each cell that could count the person."""
    parts = [pd.DataFrame({name: [] for name in (*_EVENT, "flag", "cell")}, dtype="str")]
    for table, frame in measures.by_table(events, [t for t in tables if t.by], articles):
        cell = pd.Series(f"{table.measure} {table.time} {' '.join(table.by)}", index=frame.index)
        for column in (table.time, *table.by):
            cell = cell + " " + frame[column].astype("str")
        parts.append(pd.DataFrame({"person_id": frame["person_id"], "measure": table.measure, "flag": _flag(table.by), "cell": cell}))
    return pd.concat(parts, ignore_index=True)


def standing(divided: pd.DataFrame, events: pd.DataFrame, measure: str, by: tuple[str, ...]) -> pd.DataFrame:
    """person_id of those whose event of a measure stands in a breakdown, and stands there as it is now.

    What rests on the others would tell between two vintages what the breakdown holds back: a late case, or a correction.
    """
    keys = ["person_id", "date", *by]
    if _flag(by) not in divided:
        return events.loc[[], ["person_id"]]
    there = divided.loc[(divided["measure"] == measure) & divided[_flag(by)], keys]
    return events.loc[events["measure"] == measure, keys].merge(there, on=keys)[["person_id"]]


def _flag(by: tuple[str, ...]) -> str:
    return f"by {' '.join(by)}"
