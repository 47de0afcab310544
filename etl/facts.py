"""One fact told by several lists becomes one charge, sentence or release of a person; real second cases stay apart."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from etl.agreement import DAYS_APART
from etl.check import LINKED_DTYPES

ONE_CASE_DAYS = 365
"""A detention that one list dates and a charge that another dates are one case if no more than this lies between."""

PRECISION_RANK = {"day": 0, "month": 1, "year": 2}


@dataclass(frozen=True)
class Kind:
    """A kind of fact: its id's prefix, its dates in the order in which they tell facts apart, its other columns,
    and those which only hold together with another (`term_months` is the term of this `punishment`)."""

    name: str
    id: str
    dates: tuple[str, ...]
    values: tuple[str, ...]
    tied: tuple[tuple[str, str], ...] = ()


KINDS = (
    Kind("charges", "charge_id", ("detained_on", "charged_on"), ("articles", "region", "in_custody")),
    Kind("sentences", "sentence_id", ("sentenced_on",),
         ("court", "region", "articles", "punishment", "regime", "term_months", "life", "additional", "fine_base_units",
          "fine_roubles", "in_absentia"),
         tuple((column, "punishment") for column in ("term_months", "regime", "life"))),
    Kind("releases", "release_id", ("released_on",), ("outcome", "deported", "destination", "wave")),
)


def facts(rows: pd.DataFrame, kind: Kind, ids: ExtensionArray) -> pd.DataFrame:
    """The facts of `kind` (etl.check.LINKED) in `rows`: etl.check.ROWS, row_key, first_seen and `person`, the position of
    the person's id in `ids`. Rows stand in the order in which they were first seen."""
    told = rows.loc[_tells(rows, kind.name), _columns(kind)].reset_index(drop=True)
    if kind.name == "releases":
        # "unknown" is no knowledge that could stand against another list's.
        told["outcome"] = told["outcome"].where(told["outcome"] != "unknown")
    number = _numbered(told, kind)
    table = _merged(told, number, kind).assign(person_id=lambda found: ids.take(found["person"].to_numpy()))
    if kind.name == "releases":
        table["outcome"] = table["outcome"].fillna("unknown")
    dtypes = LINKED_DTYPES[kind.name]
    return table[list(dtypes)].astype(dtypes)


def _columns(kind: Kind) -> list[str]:
    dated = [column for date in kind.dates for column in (date, f"{date}_precision")]
    return [*dated, *kind.values, "person", "row_key", "organisation", "list", "table", "reported_on", "first_seen"]


def _tells(rows: pd.DataFrame, name: str) -> pd.Series:
    case = rows["table"] == "cases"
    if name == "charges":
        return case | (rows["table"] == "charges")
    if name == "sentences":
        known = ["sentenced_on", "punishment", "term_months", "fine_base_units", "fine_roubles"]
        said = rows[known].notna().any(axis=1) | rows["life"].fillna(False).astype(bool)
        return (rows["table"] == "sentences") | (case & said)
    deported = rows["deported"].fillna(False).astype(bool)
    said = rows[["released_on", "outcome"]].notna().any(axis=1) | deported | (rows["status"] == "former")
    return (rows["table"] == "releases") | (case & said)


def _numbered(told: pd.DataFrame, kind: Kind) -> np.ndarray:
    """The number of the fact that each row of `told` tells."""
    number = np.full(len(told), -1)
    alone = ~told["person"].duplicated(keep=False).to_numpy()
    number[alone] = np.arange(alone.sum())
    following = int(alone.sum())
    shared = told[~alone].assign(position=np.flatnonzero(~alone))
    dates = [_days(shared, date) for date in kind.dates]
    features = zip(shared["person"], shared["position"], shared["list"] + "/" + shared["table"],
                   _marks(shared, kind), *dates, strict=True)
    tellings: dict[int, list[_Telling]] = {}
    for person, position, source, marks, *when in features:
        tellings.setdefault(person, []).append(_Telling(position, source, marks, tuple(when)))
    for of_person in tellings.values():
        for together in _together(of_person, [DAYS_APART[d] for d in kind.dates]):
            number[[t.position for t in together]] = following
            following += 1
    return number


@dataclass(frozen=True, slots=True)
class _Telling:
    position: int
    source: str
    marks: tuple[object, ...]
    when: tuple[tuple[int, int] | None, ...]


def _days(rows: pd.DataFrame, date: str) -> list[tuple[int, int] | None]:
    """(day since 1970, rank of the precision) of each date, None where unknown."""
    day = (rows[date] - pd.Timestamp(0)).dt.days
    rank = rows[f"{date}_precision"].map(PRECISION_RANK)
    return [None if d != d else (int(d), int(r)) for d, r in zip(day, rank, strict=True)]


def _marks(rows: pd.DataFrame, kind: Kind) -> Iterable[tuple[object, ...]]:
    """What tells two undated facts of one list apart."""
    columns = [rows[c].astype(object).where(rows[c].notna(), None) for c in kind.values]
    return zip(*columns, strict=True)


def _together(tellings: list[_Telling], tolerances: list[int]) -> list[list[_Telling]]:
    """The tellings of one person, grouped by the fact they tell.

    The most precise come first and found the facts; each other joins the first fact it can be about.
    """
    def order(telling: _Telling) -> tuple[tuple[int, int], ...]:
        return tuple((when[1], when[0]) if when else (9, 0) for when in telling.when)

    found: list[list[_Telling]] = []
    for telling in sorted(tellings, key=order):
        home = next((fact for fact in found if all(_same_fact(telling, other, tolerances) for other in fact)), None)
        if home is None:
            found.append([telling])
        else:
            home.append(telling)
    return found


def _same_fact(one: _Telling, other: _Telling, tolerances: list[int]) -> bool:
    compared = [_compatible(a, b, days) for a, b, days in zip(one.when, other.when, tolerances, strict=True)
                if a and b]
    if compared:
        return any(compared)
    known = [when[0] for telling in (one, other) for when in telling.when if when]
    if any(one.when) and any(other.when) and max(known) - min(known) > ONE_CASE_DAYS:
        return False
    # Nothing dates both. Two lists tell one fact; one list that tells two things means two.
    return one.source != other.source or all(a is None or b is None or a == b
                                             for a, b in zip(one.marks, other.marks, strict=True))


def _compatible(one: tuple[int, int], other: tuple[int, int], days: int) -> bool:
    """Whether two dates may be the same: within `days`, or within the month or year that the coarser one names."""
    rank = max(one[1], other[1])
    if rank == 0:
        return abs(one[0] - other[0]) <= days
    unit = "M" if rank == 1 else "Y"
    a, b = (np.datetime64(when[0], "D").astype(f"datetime64[{unit}]") for when in (one, other))
    return bool(a == b)


def _merged(told: pd.DataFrame, number: np.ndarray, kind: Kind) -> pd.DataFrame:
    """One row a fact: of each attribute the most precise value, then the most frequent, then the earliest list's."""
    several = pd.Series(number).duplicated(keep=False).to_numpy()
    many, of = told[several], number[several]
    if "punishment" in kind.values:
        many = many.assign(punishment=_spelled_out(many["punishment"], of))
    best = pd.DataFrame(index=pd.Index(np.unique(of)))
    for column in (*kind.dates, *kind.values):
        usable = _going_with(many, dict(kind.tied).get(column), best, of)
        chosen = _unions(many["articles"], of) if column == "articles" else _chosen(many[usable], of[usable], column)
        best[list(chosen.columns)] = chosen.reindex(best.index)
    single = told.loc[~several, best.columns].set_axis(number[~several])
    table = pd.concat([part for part in (single, best) if len(part)] or [single]).sort_index()
    first = told.iloc[np.unique(number, return_index=True)[1]]
    table["person"] = first["person"].to_numpy()
    table[kind.id] = (kind.id[0].upper() + first["row_key"]).array
    table["organisations"] = joined(told["organisation"], number, " ")
    table["first_reported"] = told["reported_on"].fillna(told["first_seen"]).groupby(number).min()
    table["row_keys"] = joined(told["row_key"], number, " ")
    return table.reset_index(drop=True)


def _going_with(rows: pd.DataFrame, anchor: str | None, table: pd.DataFrame, of: np.ndarray) -> np.ndarray:
    """Rows whose `anchor` is the one chosen for their fact, or unknown: the term of another punishment is no term."""
    if anchor is None:
        return np.ones(len(rows), dtype=bool)
    own, chosen = rows[anchor].to_numpy(dtype=object), table[anchor].reindex(of).to_numpy(dtype=object)
    return (own == chosen) | pd.isna(own) | pd.isna(chosen)


def _chosen(rows: pd.DataFrame, of: np.ndarray, column: str) -> pd.DataFrame:
    """The value of each fact, indexed by its number; facts of which no row knows a value are left out."""
    precision = f"{column}_precision"
    columns = [column, precision] if precision in rows else [column]
    known = rows[column].notna().to_numpy()
    frame = rows.loc[known, columns].assign(fact=of[known])
    if frame.empty:
        return frame[columns]
    frame["rank"] = frame[precision].map(PRECISION_RANK) if precision in rows else 0
    frame["votes"] = frame.groupby(["fact", "rank", column])[column].transform("size")
    ordered = frame.sort_values(["fact", "rank", "votes"], ascending=[True, True, False], kind="stable")
    return ordered.drop_duplicates("fact").set_index("fact")[columns]


def _spelled_out(codes: pd.Series, of: np.ndarray) -> pd.Series:
    """Each code, or the longer one of the same fact that says more ("restricted_liberty_open" for its beginning)."""
    more = {(fact, code): other for fact, told in gathered(codes, of).items() for code in told for other in told
            if other.startswith(f"{code}_")}
    return pd.Series([more.get((fact, code), code) for fact, code in zip(of, codes, strict=True)], codes.index, "str")


def _unions(articles: pd.Series, of: np.ndarray) -> pd.DataFrame:
    told = gathered(articles, of)
    return pd.DataFrame({"articles": pd.Series({fact: union(" ".join(texts)) for fact, texts in told.items()},
                                               dtype="str")})


def union(articles: str) -> str:
    """Space-joined codes, each once; an article without its part is left out where another list names the part."""
    codes = dict.fromkeys(articles.split())
    with_part = {code.split(".")[0] for code in codes if "." in code.split("+")[0]}
    return " ".join(code for code in codes if code not in with_part)


def gathered(texts: pd.Series, by: Iterable[Hashable]) -> dict[Hashable, list[str]]:
    """The distinct known texts under each of `by`, in the order of the rows."""
    found: dict[Hashable, dict[str, None]] = {}
    for key, text in zip(by, texts.to_numpy(dtype=object), strict=True):
        if text == text and text is not None:
            found.setdefault(key, {})[text] = None
    return {key: list(distinct) for key, distinct in found.items()}


def joined(texts: pd.Series, by: np.ndarray, separator: str) -> pd.Series:
    """The distinct known texts under each of `by`, as one text; indexed by what is in `by`, in order."""
    several = pd.Series(by).duplicated(keep=False).to_numpy()
    single = texts[~several].set_axis(by[~several]).dropna()
    more = {key: separator.join(found) for key, found in gathered(texts[several], by[several]).items()}
    return pd.concat([single, pd.Series(more, dtype="str")]).sort_index() if more else single.sort_index()
