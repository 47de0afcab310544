"""How long: the years taken by sentences, and their distribution. What a pardon gives back: stats/pardons.py.

Units are in the column names: persons, months (of a twelfth of a year), years. Life terms have no length: they are
counted apart and enter no sum and no median.
"""

from __future__ import annotations

import pandas as pd

DAYS_PER_MONTH = 365.25 / 12


def totals(sentences: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Persons and length of each punishment, as monitors print them ("895 years and 6 months").

    Columns: `by`, punishment, persons, of_them_with_term, years, months (0 to 11, with fractions), life. One
    sentence a person (the first) is expected in `sentences`, with the columns of `by`.
    """
    frame = sentences.assign(punishment=sentences["punishment"].fillna("unknown"),
                             life=sentences["life"].fillna(False).astype(bool))
    grouped = frame.groupby([*by, "punishment"], observed=True)
    result = grouped.agg(persons=("person_id", "nunique"), of_them_with_term=("term_months", "count"),
                         total=("term_months", "sum"), life=("life", "sum")).reset_index()
    total = result.pop("total").astype("float64")
    return result.assign(years=(total // 12).astype("int64"), months=(total % 12).round(2))


def distribution(sentences: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Length of terms: `by`, persons, lower_quartile, median, upper_quartile, longest (months)."""
    terms = sentences.dropna(subset=["term_months"])
    grouped = terms.astype({"term_months": "float64"}).groupby(by, observed=True)["term_months"]
    parts = {"persons": grouped.count(), "lower_quartile": grouped.quantile(0.25), "median": grouped.median(),
             "upper_quartile": grouped.quantile(0.75), "longest": grouped.max()}
    return pd.DataFrame(parts).reset_index()


def person_years(spells: pd.DataFrame, as_of: pd.Timestamp) -> float:
    """Years already taken: the sum over all dated spells of being held up to their end, or `as_of` if open.

    A lower bound: spells without a date of entry or of exit are not in it. `spells`: stats.stocks.spells.
    """
    end = spells["left"].fillna(spells["open"].map({True: as_of, False: pd.NaT})).clip(upper=as_of)
    days = (end - spells["entered"]).dt.days
    return float(days[days > 0].sum() / 365.25)
