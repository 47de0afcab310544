"""What is counted, and how: persons charged, sentenced, pardoned and deported, in one frame of events.

Unit: persons, each counted once in a measure, at the first event of that kind that any list tells of. So months add
up to years and years to the total; a second sentence of the same person is reported beside the figure, not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from stats import ages
from stats.tables import ALL, AND, CELL_COLUMNS, DIMENSIONS, ONLY, OVERLAPPING, UNKNOWN, Table

_CELL_DTYPES = dict.fromkeys(CELL_COLUMNS, "str") | {"persons": "Int64", "protected": "bool"}
OTHER = "other"

EVENT_COLUMNS = ["measure", "person_id", "date", "precision", "basis", "wave", "region", "sex", "articles",
                 "punishment", "age", "organisation", "further", "first_reported"]
"""One event: `date` (datetime64[us]) with `precision` day, month, year or missing; `basis`: which date it is;
`articles`: space-joined numbers; `age`: the group at the event
(stats.ages.GROUPS), missing where it is not known; `organisation`: on whose lists the person stands (stats.tables.DIMENSIONS);
`further`: how many more events of this kind the same person has; `first_reported`:
the earliest day on which a list told of any event of this kind of the person (missing if the tables don't say)."""

DATES = ("charged_on", "detained_on", "sentenced_on", "released_on")
_NEEDED = {*EVENT_COLUMNS, *DATES, *(f"{date}_precision" for date in DATES), "birth_date", "birth_date_precision",
           "organisations", "outcome", "deported"}


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
    frame = pd.concat([p.reindex(columns=[c for c in EVENT_COLUMNS if c not in ("sex", "age", "organisation")]) for p in parts], ignore_index=True)
    person = persons.set_index("person_id").reindex(columns=["sex", "birth_date", "birth_date_precision"])
    person = person.astype({"birth_date": "datetime64[us]"}).reindex(frame["person_id"]).set_axis(frame.index)
    frame["sex"] = person["sex"]
    group = ages.groups(ages.ages(frame["date"], frame["precision"], person["birth_date"], person["birth_date_precision"]))
    frame["age"] = group.where(group != UNKNOWN)
    frame["organisation"] = frame["person_id"].map(_lists(charges, sentences, releases)).astype("str")
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
    first["articles"] = first["person_id"].map(_union(pd.concat([charges, sentenced], ignore_index=True), "articles"))
    reported = pd.concat([by_charge["first_reported"], by_verdict["first_reported"]]).groupby(level=0).min()
    first["first_reported"] = reported.reindex(first["person_id"]).to_numpy()
    first["punishment"], first["wave"] = None, None
    return first


def _reported(facts: pd.DataFrame) -> pd.Series:
    """The earliest report of each person's facts, by person_id."""
    told = facts if "first_reported" in facts else facts.assign(first_reported=pd.NaT)
    return told.groupby("person_id")["first_reported"].min().astype("datetime64[us]")


def _lists(*tables: pd.DataFrame) -> pd.Series:
    """On whose lists each person stands, by person_id, as a value of the dimension `organisation`."""
    told = [table.reindex(columns=["person_id", "organisations"]) for table in tables]
    on = _union(pd.concat(told, ignore_index=True).astype({"organisations": "str"}), "organisations")
    code, texts = pd.factorize(on)
    found = [sorted(set(text.split())) for text in texts]
    names = [AND.join(names) if len(names) > 1 else ONLY + names[0] for names in found]
    return pd.Series(pd.array(names, dtype="str").take(code), index=on.index)


def _union(facts: pd.DataFrame, column: str) -> pd.Series:
    """All codes that a column holds of each person, joined by a space as there, by person_id."""
    # By number, because few texts are written many times.
    code, texts = pd.factorize(facts[column].to_numpy(dtype=object))
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


def count(events: pd.DataFrame, tables: Sequence[Table], article_at_least: int = 1, *, articles: Collection[str] | None = None
          ) -> pd.DataFrame:
    """Exact cells (stats.tables.CELL_COLUMNS) of the declared tables; cells of no person are left out.

    The `articles` named, by default those `with_figures`, are counted each; all others as "other".
    """
    kept = with_figures(events, article_at_least) if articles is None else articles
    counted = {table: _cells(frame, table) for table, frame in by_table(events, tables, kept)}
    nothing = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in _CELL_DTYPES.items()})
    return pd.concat([nothing, *(counted[t] for t in tables if t in counted)], ignore_index=True)[CELL_COLUMNS]


def with_figures(events: pd.DataFrame, at_least: int) -> set[str]:
    """The articles that at least so many persons are charged under: those that get figures of their own."""
    long = _long(events.loc[events["measure"] == "charged", "articles"])
    persons = long.groupby("article").size()
    return set(persons.index[persons >= at_least]) - {UNKNOWN}


def by_table(events: pd.DataFrame, tables: Sequence[Table], articles: Collection[str]) -> Iterator[tuple[Table, pd.DataFrame]]:
    """For each table whose measure there is: its events, with person_id and a column for each time and dimension."""
    date, precision = events["date"], events["precision"]
    told = events.assign(age=events["age"].where(date.notna()))
    known = {d: told[d].fillna(UNKNOWN).astype("category") for d in ("region", "sex", "punishment", "age", "organisation")}
    frame = pd.DataFrame({
        "measure": events["measure"], "person_id": events["person_id"], "month": month_of(date, precision),
        "quarter": quarter_of(date, precision), "year": year_of(date), **known,
        "all": pd.Categorical.from_codes(np.zeros(len(events), "int8"), [ALL]),
        "wave": events["wave"].fillna("none").astype("category")}).reset_index(drop=True)
    exploded = _by_article(frame, events["articles"], articles) if any("article" in t.by for t in tables) else frame.iloc[:0]
    by_measure, by_article = ({str(m): f for m, f in each.groupby("measure")} for each in (frame, exploded))
    for table in tables:
        its = (by_article if set(table.by) & set(OVERLAPPING) else by_measure).get(table.measure)
        if its is not None:
            yield table, its


def month_of(date: pd.Series, precision: pd.Series) -> pd.Series:
    """ "2024-07"; "2024-00" where only the year is known; "0000-00" without a date. A category."""
    month = date.dt.month.mask(precision == "year", 0)
    return _texts((date.dt.year * 100 + month).fillna(0), lambda n: f"{n // 100:04}-{n % 100:02}")


def quarter_of(date: pd.Series, precision: pd.Series) -> pd.Series:
    """ "2024-Q3"; "2024-Q0" where only the year is known; "0000-Q0" without a date. A category."""
    quarter = date.dt.quarter.mask(precision == "year", 0)
    return _texts((date.dt.year * 10 + quarter).fillna(0), lambda n: f"{n // 10:04}-Q{n % 10}")


def year_of(date: pd.Series) -> pd.Series:
    """ "2024"; "0000" without a date. A category."""
    return _texts(date.dt.year.fillna(0), lambda n: f"{n:04}")


def _texts(numbers: pd.Series, text: Callable[[int], str]) -> pd.Series:
    code, found = pd.factorize(numbers, sort=True)
    return pd.Series(pd.Categorical.from_codes(code, pd.Index([text(int(n)) for n in found], dtype="str")), index=numbers.index)


def _long(articles: pd.Series) -> pd.DataFrame:
    """event (its position) and article, one row for each two: who is under three articles stands in three rows."""
    code, texts = pd.factorize(articles.fillna(UNKNOWN))
    numbers = [list(dict.fromkeys(map(article_number, text.split(" ")))) for text in texts]
    of_text = pd.DataFrame({"text": np.repeat(np.arange(len(numbers)), [len(n) for n in numbers]),
                            "article": pd.Series([number for found in numbers for number in found], dtype="str")})
    # Numbered by text first, because few texts are written many times.
    long = pd.DataFrame({"text": code, "event": np.arange(len(articles))}).merge(of_text, on="text").sort_values("event")
    return long[["event", "article"]]


def _by_article(frame: pd.DataFrame, articles: pd.Series, kept: Collection[str]) -> pd.DataFrame:
    """One row an event and article."""
    long = _long(articles)
    article = long["article"].where(long["article"].isin({*kept, UNKNOWN}), OTHER)
    long = long.assign(article=article.astype("category")).drop_duplicates(["event", "article"])
    return frame.iloc[long["event"].to_numpy()].assign(article=long["article"].array)


def _cells(events: pd.DataFrame, table: Table) -> pd.DataFrame:
    keys = [events[name].cat for name in (table.time, *table.by)]
    sizes = [len(key.categories) for key in keys]
    counts = np.bincount(np.ravel_multi_index([key.codes for key in keys], sizes), minlength=np.prod(sizes))
    filled = np.flatnonzero(counts)
    values = [key.categories.take(at) for key, at in zip(keys, np.unravel_index(filled, sizes), strict=True)]
    cells = dict(zip(("period", *table.by), values, strict=True)) | {"persons": counts[filled]}
    rest = {d: ALL for d in DIMENSIONS if d not in table.by}
    return pd.DataFrame(cells).assign(measure=table.measure, time=table.time, protected=False, **rest)[CELL_COLUMNS].astype(_CELL_DTYPES)
