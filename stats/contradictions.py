"""Printed figures that can't all be right: they are listed with who printed them, never settled here.

Unit: as printed. A figure is a range: exact is one number, at least is from it up, about is within a twentieth of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from stats.reconciliation import ABOUT

COLUMNS = ["kind", "metric", "span", "dimension", "category", "as_of", "figures", "explanation"]
"""`kind`: one of KINDS; `figures`: the printed ones with qualifier and organisation, joined by "; "."""

KINDS = {
    "same organisation": "one organisation printed two figures for the same thing and day that can't both be right",
    "across organisations": "two organisations printed figures for the same thing and day that can't both be right",
    "listed twice": "one page gives the same line twice, with different numbers",
    "total falls": "a total since 2020 is lower on a later day",
    "parts and whole": "the printed parts don't add up to the printed whole, or exceed it",
    "restated": "a year's figure is not the difference between the totals at its two ends: cases became known later",
    "noted": "whoever collected the figure noted that it contradicts another",
}

RESTATED = 0.05
"""A year is restated if the totals grew by more than this share more or less than was printed for it."""

_KEY = ["metric", "span", "since", "dimension", "category", "as_of"]
_NOTED = r"CONFLICT|differs from|contradict|mislabelled|not consistent|wrongly says"


def contradictions(figures: pd.DataFrame) -> pd.DataFrame:
    """COLUMNS, from the printed figures (stats.reconciliation.FIGURE_COLUMNS, `value` a number)."""
    frame = figures.assign(low=_low(figures), high=_high(figures), who=figures["organisation"].map(_who), day=figures["as_of"].map(_day))
    found = [*_same_day(frame), *_falling(frame), *_parts(frame), *_restated(frame), *_noted(frame)]
    return pd.DataFrame(found, columns=COLUMNS).astype("str")


def _low(figures: pd.DataFrame) -> pd.Series:
    return figures["value"].where(figures["qualifier"] != "approx", figures["value"] * (1 - ABOUT))


def _high(figures: pd.DataFrame) -> pd.Series:
    about = figures["value"].where(figures["qualifier"] != "approx", figures["value"] * (1 + ABOUT))
    return about.where(figures["qualifier"] != "at_least", np.inf)


def _who(organisation: str) -> str:
    """One name for an organisation, whoever speaks for it."""
    for name in ("Viasna", "Dissidentby", "OHCHR", "HRW", "Pozirk"):
        if name in organisation:
            return name
    return organisation


def _day(text: str) -> str:
    """A date to sort by: a month stands for its end, so that "2024-12" follows "2024-12-09"."""
    end = text.rpartition("/")[2]
    return f"{end}-99" if len(end) == 7 else f"{end}-99-99" if len(end) == 4 else end


def _line(rows: pd.DataFrame, kind: str, explanation: str) -> tuple[str, ...]:
    first = rows.iloc[0]
    words = {"exact": "", "at_least": "at least ", "approx": "about "}
    told = [f"{words[r.qualifier]}{r.value:,.10g} ({r.organisation}{f' via {r.reported_by}' if r.reported_by else ''}, {r.as_of})"
            for r in rows.itertuples()]
    days = "/".join(dict.fromkeys(rows["as_of"]))
    return (kind, first["metric"], first["span"], first["dimension"], first["category"], days, "; ".join(told), explanation)


def _same_day(frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Figures for the same thing and day whose ranges don't meet."""
    # A month may have had several waves.
    dated = frame[~((frame["span"] == "wave") & (frame["as_of"].str.len() < 10))]
    for _, rows in dated[dated.duplicated(_KEY, keep=False)].groupby(_KEY):
        for _, page in rows.groupby(["source", "who"]):
            if page["value"].nunique() > 1:
                yield _line(page, "listed twice", "")
        apart = [pair for pair in combinations(rows.index, 2) if _apart(rows["low"], rows["high"], *pair)]
        if apart:
            whose = [rows.loc[list(pair), "who"].nunique() == 1 for pair in apart]
            yield _line(rows.loc[sorted({i for pair in apart for i in pair})],
                        "same organisation" if any(whose) else "across organisations", "")


def _apart(low: pd.Series, high: pd.Series, one: int, other: int) -> bool:
    return bool(max(low[one], low[other]) > min(high[one], high[other]))


def _falling(frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Totals of one organisation that are lower on a later day than on the one before."""
    # A print that names its year alone can't be put before or after another.
    totals = frame[(frame["span"] == "cumulative") & (frame["as_of"].str.len() > 4)].sort_values("day", kind="stable")
    for _, rows in totals.groupby(["metric", "since", "dimension", "category", "who"]):
        for before, after in zip(rows.index, rows.index[1:], strict=False):
            if rows.at[before, "low"] > rows.at[after, "high"] and rows.at[before, "day"] < rows.at[after, "day"]:
                yield _line(rows.loc[[before, after]], "total falls", "")


def _parts(frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Women and men that don't make the whole; regions or punishments that exceed it."""
    key = ["metric", "span", "since", "as_of", "who"]
    split = frame[frame["dimension"].isin(["sex", "region", "punishment"])].drop_duplicates([*key, "dimension", "category"], keep="last")
    parts = split.groupby([*key, "dimension"]).agg(low=("low", "sum"), high=("high", "sum"), several=("category", "size")).reset_index()
    whole = frame[frame["dimension"] == ""].groupby(key).agg(least=("low", "min"), most=("high", "max")).reset_index()
    both = parts.merge(whole, on=key)
    complete = (both["dimension"] == "sex") & (both["several"] == 2)
    for part in both[(both["low"] > both["most"]) | complete & (both["high"] < both["least"])].itertuples():
        rows = frame[(frame[key] == [getattr(part, name) for name in key]).all(axis=1) & frame["dimension"].isin(["", part.dimension])]
        yield _line(rows, "parts and whole", f"the parts add up to {part.low:,.10g}")


def _restated(frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Years whose printed figure is not the growth of the printed totals."""
    of_all = frame[frame["dimension"] == ""]
    totals = of_all[(of_all["span"] == "cumulative") & of_all["as_of"].str.endswith("-12-31")]
    at_end = {(r.metric, r.who, r.as_of): r.Index for r in totals.itertuples()}
    for year in of_all[of_all["span"] == "year"].itertuples():
        ends = [at_end.get((year.metric, year.who, f"{int(year.as_of[:4]) - before}-12-31")) for before in (1, 0)]
        if None in ends:
            continue
        grown = frame.at[ends[1], "value"] - frame.at[ends[0], "value"]
        if abs(grown - year.value) > RESTATED * year.value:
            yield _line(frame.loc[[year.Index, *ends]], "restated", f"the totals differ by {grown:,.10g}")


def _noted(frame: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    """Figures whose note tells of a contradiction."""
    for place in frame.index[frame["note"].str.contains(_NOTED)]:
        yield _line(frame.loc[[place]], "noted", frame.at[place, "note"])
