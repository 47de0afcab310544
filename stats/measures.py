"""What is counted, and how: persons charged, sentenced, pardoned and deported, in one frame of events.

Unit: persons, each counted once in a measure, at the first event of that kind that any list tells of. So months add
up to years and years to the total; a second sentence of the same person is reported beside the figure, not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from stats.tables import ALL, CELL_COLUMNS, DIMENSIONS, OVERLAPPING, Table

_CELL_DTYPES = dict.fromkeys(CELL_COLUMNS, "str") | {"persons": "Int64", "protected": "bool"}
UNKNOWN = "unknown"
OTHER = "other"

EVENT_COLUMNS = ["measure", "person_id", "date", "precision", "basis", "wave", "region", "sex", "articles",
                 "punishment", "further", "first_reported"]
"""One event: `date` (datetime64[us]) with `precision` day, month, year or missing; `basis`: which date it is;
`articles`: space-joined numbers; `further`: how many more events of this kind the same person has; `first_reported`:
the earliest day on which a list told of any event of this kind of the person (missing if the tables don't say)."""

DATES = ("charged_on", "detained_on", "sentenced_on", "released_on")
_NEEDED = {*EVENT_COLUMNS, *DATES, *(f"{date}_precision" for date in DATES), "outcome", "deported"}


def events(persons: pd.DataFrame, charges: pd.DataFrame, sentences: pd.DataFrame, releases: pd.DataFrame
           ) -> pd.DataFrame:
    """The counted events (EVENT_COLUMNS), from the linked tables (etl.check.LINKED)."""
    # Numbers instead of ids: they are grouped and looked up many times.
    ids, (persons, charges, sentences, releases) = numbered(*map(_needed, (persons, charges, sentences, releases)))
    sentenced = _first(sentences, "sentenced_on", "verdict")
    charged = _charged(charges, sentenced)
    pardoned = _first(releases[releases["outcome"] == "pardon"], "released_on", "release")
    deported = pardoned[pardoned["deported"].fillna(False).astype(bool)]
    parts = [part.assign(measure=name) for name, part in
             (("charged", charged), ("sentenced", sentenced), ("pardoned", pardoned), ("deported", deported))]
    frame = pd.concat([p.reindex(columns=[c for c in EVENT_COLUMNS if c != "sex"]) for p in parts], ignore_index=True)
    frame["sex"] = frame["person_id"].map(persons.set_index("person_id")["sex"])
    frame = _fill_from_other_events(frame)
    return frame.assign(person_id=ids.take(frame["person_id"].to_numpy()))[EVENT_COLUMNS]


def _needed(table: pd.DataFrame) -> pd.DataFrame:
    return table[[column for column in table if column in _NEEDED]]


def numbered(*tables: pd.DataFrame) -> tuple[ExtensionArray, list[pd.DataFrame]]:
    """(ids, the tables with the position of an id among them instead of it)."""
    code, ids = pd.factorize(pd.concat([table["person_id"] for table in tables]))
    parts = np.split(code, np.cumsum([len(table) for table in tables])[:-1])
    return ids.array, [table.assign(person_id=part) for table, part in zip(tables, parts, strict=True)]


def first_of(facts: pd.DataFrame, date: str) -> pd.DataFrame:
    """The first fact of each person by `date`, one row a person; undated ones only where the person has no other."""
    return facts.iloc[_of_each_person(facts, date, "first")]


def last_of(facts: pd.DataFrame, date: str) -> pd.DataFrame:
    """The last fact of each person by `date`, one row a person; an undated one counts as later than all others."""
    return facts.iloc[_of_each_person(facts, date, "last")]


def _of_each_person(facts: pd.DataFrame, date: str, keep: Literal["first", "last"]) -> np.ndarray:
    """The positions of the first or last fact of each person by `date`, in its order; undated ones come last."""
    order = facts[date].array.argsort(kind="stable", na_position="last")
    return order[~facts["person_id"].take(order).duplicated(keep=keep).to_numpy()]


def known_to_month(facts: pd.DataFrame, date: str) -> pd.Series:
    """The dates known at least to the month; a year is no end of a time."""
    precision = f"{date}_precision"
    return facts[date].where(facts[precision] != "year") if precision in facts else facts[date]


def _first(facts: pd.DataFrame, date: str, basis: str) -> pd.DataFrame:
    """The first fact of each person by `date`; undated ones come last."""
    told = [name for name in facts if name in (*EVENT_COLUMNS, "deported", date, f"{date}_precision")]
    first = first_of(facts[told], date).copy()
    first["first_reported"] = _reported(facts).reindex(first["person_id"]).to_numpy()
    first["further"] = first["person_id"].map(facts["person_id"].value_counts()).astype("Int64") - 1
    first["date"], first["precision"], first["basis"] = first[date], first[f"{date}_precision"], basis
    first.loc[first["date"].isna(), "basis"] = None
    return first


def _charged(charges: pd.DataFrame, sentenced: pd.DataFrame) -> pd.DataFrame:
    """Everyone prosecuted: charged by a list, or sentenced; dated by charge, else detention, else verdict."""
    by_charge = _first(charges, "charged_on", "charge").set_index("person_id")
    by_arrest = _first(charges, "detained_on", "detention").set_index("person_id")
    by_verdict = sentenced.set_index("person_id")
    dated = [frame[frame["date"].notna()] for frame in (by_charge, by_arrest, by_verdict)]
    parts, found = [], by_charge.index[:0]
    for frame in (*dated, by_charge, by_verdict):
        parts.append(frame[~frame.index.isin(found)])
        found = found.append(parts[-1].index)
    first = pd.concat([part for part in parts if len(part)] or parts).reset_index()
    first["articles"] = first["person_id"].map(_union(pd.concat([charges, sentenced], ignore_index=True)))
    reported = pd.concat([by_charge["first_reported"], by_verdict["first_reported"]]).groupby(level=0).min()
    first["first_reported"] = reported.reindex(first["person_id"]).to_numpy()
    first["punishment"], first["wave"] = None, None
    return first


def _reported(facts: pd.DataFrame) -> pd.Series:
    """The earliest report of each person's facts, by person_id."""
    told = facts if "first_reported" in facts else facts.assign(first_reported=pd.NaT)
    return told.groupby("person_id")["first_reported"].min().astype("datetime64[us]")


def _union(facts: pd.DataFrame) -> pd.Series:
    """All articles of each person, by person_id."""
    # By number, because few texts are written many times.
    code, texts = pd.factorize(facts["articles"].to_numpy(dtype=object))
    known = code >= 0
    pairs = pd.unique(facts["person_id"].to_numpy()[known] * len(texts) + code[known])
    person, text = np.divmod(pairs, max(len(texts), 1))
    several = pd.Series(person).duplicated(keep=False).to_numpy()
    more: dict[int, list[str]] = {}
    for number, one in zip(person[several].tolist(), texts[text[several]], strict=True):
        more.setdefault(number, []).append(one)
    joined = pd.Series({number: " ".join(sorted(set(" ".join(its).split()))) for number, its in more.items()}, dtype="str")
    return pd.concat([pd.Series(texts[text[~several]], index=person[~several], dtype="str"), joined])


def _fill_from_other_events(frame: pd.DataFrame) -> pd.DataFrame:
    """Region and articles of an event that lacks them, from the same person's charge: one case, told in parts."""
    for column in ("region", "articles"):
        # Of each person the charge stands first.
        known = frame[["person_id", column]].dropna().drop_duplicates("person_id").set_index("person_id")[column]
        lacking = frame[column].isna()
        frame.loc[lacking, column] = frame.loc[lacking, "person_id"].map(known).astype(known.dtype)
    return frame


def article_number(code: str) -> str:
    """The article without its part and without the inchoate form: "293.1+13.1" is "293", "361-4" stays."""
    return code.split("+")[0].split(".")[0]


def count(events: pd.DataFrame, tables: Sequence[Table], article_at_least: int) -> pd.DataFrame:
    """Exact cells (stats.tables.CELL_COLUMNS) of the declared tables; cells of no person are left out.

    An article with fewer than `article_at_least` persons charged or sentenced in all is counted as "other".
    """
    known = {d: events[d].fillna(UNKNOWN).astype("category") for d in ("region", "sex", "punishment")}
    events = pd.DataFrame({"measure": events["measure"], "articles": events["articles"],
                           "month": month_of(events["date"], events["precision"]), "year": year_of(events["date"]), **known,
                           "wave": events["wave"].fillna("none").astype("category")})
    exploded = _by_article(events, article_at_least)
    by_measure = {str(m): frame for m, frame in events.groupby("measure")}
    by_article = {str(m): frame for m, frame in exploded.groupby("measure")}
    parts = [_cells((by_article if set(table.by) & set(OVERLAPPING) else by_measure).get(table.measure), table)
             for table in tables]
    return pd.concat(parts, ignore_index=True)[CELL_COLUMNS]


def month_of(date: pd.Series, precision: pd.Series) -> pd.Series:
    """ "2024-07"; "2024-00" where only the year is known; "0000-00" without a date. A category."""
    month = date.dt.month.mask(precision == "year", 0)
    return _texts((date.dt.year * 100 + month).fillna(0), lambda n: f"{n // 100:04}-{n % 100:02}")


def year_of(date: pd.Series) -> pd.Series:
    """ "2024"; "0000" without a date. A category."""
    return _texts(date.dt.year.fillna(0), lambda n: f"{n:04}")


def _texts(numbers: pd.Series, text: Callable[[int], str]) -> pd.Series:
    code, found = pd.factorize(numbers, sort=True)
    return pd.Series(pd.Categorical.from_codes(code, pd.Index([text(int(n)) for n in found], dtype="str")), index=numbers.index)


def _by_article(events: pd.DataFrame, at_least: int) -> pd.DataFrame:
    """One row an event and article: a person under three articles stands in three rows."""
    code, texts = pd.factorize(events["articles"].fillna(UNKNOWN))
    numbers = [list(dict.fromkeys(map(article_number, text.split(" ")))) for text in texts]
    of_text = pd.DataFrame({"text": np.repeat(np.arange(len(numbers)), [len(n) for n in numbers]),
                            "article": [number for found in numbers for number in found]})
    # Numbered by text first, because few texts are written many times.
    long = pd.DataFrame({"text": code, "event": np.arange(len(events))}).merge(of_text, on="text").sort_values("event")
    charged = (events["measure"] == "charged").to_numpy()[long["event"]]
    persons = long[charged].groupby("article").size()
    kept = set(persons.index[persons >= at_least]) | {UNKNOWN}
    article = long["article"].where(long["article"].isin(kept), OTHER)
    long = long.assign(article=article.astype("category")).drop_duplicates(["event", "article"])
    return events.iloc[long["event"].to_numpy()].assign(article=long["article"].array)


def _cells(events: pd.DataFrame | None, table: Table) -> pd.DataFrame:
    if events is None:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in _CELL_DTYPES.items()})
    keys = [events[name].cat for name in (table.time, *table.by)]
    sizes = [len(key.categories) for key in keys]
    counts = np.bincount(np.ravel_multi_index([key.codes for key in keys], sizes), minlength=np.prod(sizes))
    filled = np.flatnonzero(counts)
    values = [key.categories.take(at) for key, at in zip(keys, np.unravel_index(filled, sizes), strict=True)]
    cells = dict(zip(("period", *table.by), values, strict=True)) | {"persons": counts[filled]}
    rest = {d: ALL for d in DIMENSIONS if d not in table.by}
    return pd.DataFrame(cells).assign(measure=table.measure, time=table.time, protected=False, **rest)[CELL_COLUMNS].astype(_CELL_DTYPES)
