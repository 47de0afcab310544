"""How long: the years taken by sentences, their distribution, and what a pardon gives back.

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
    return grouped.agg(persons="count", lower_quartile=lambda x: x.quantile(0.25), median="median",
                       upper_quartile=lambda x: x.quantile(0.75), longest="max").reset_index()


def person_years(spells: pd.DataFrame, as_of: pd.Timestamp) -> float:
    """Years already taken: the sum over all dated spells of being held up to their end, or `as_of` if open.

    A lower bound: spells without a date of entry or of exit are not in it. `spells`: stats.stocks.spells.
    """
    end = spells["left"].fillna(spells["open"].map({True: as_of, False: pd.NaT})).clip(upper=as_of)
    days = (end - spells["entered"]).dt.days
    return float(days[days > 0].sum() / 365.25)


def pardons(releases: pd.DataFrame, sentences: pd.DataFrame, charges: pd.DataFrame) -> pd.DataFrame:
    """By wave: persons, deported, share_deported, with_dates, share_served, months_given_back.

    share_served: the part of the term served by the day of the pardon, mean over those whose detention (else
    sentence), term and release are dated (`with_dates`); time is counted from the detention, as Belarusian courts do
    for general-regime custody, without the coefficients for other regimes. months_given_back: what was left, summed.
    """
    pardoned = releases[releases["outcome"] == "pardon"].drop_duplicates("person_id").set_index("person_id")
    verdict = sentences.sort_values("sentenced_on").drop_duplicates("person_id", keep="last").set_index("person_id")
    start = charges.groupby("person_id")["detained_on"].min().reindex(pardoned.index)
    start = start.fillna(verdict["sentenced_on"].reindex(pardoned.index))
    term = verdict["term_months"].reindex(pardoned.index).astype("float64")
    served = (pardoned["released_on"] - start).dt.days / DAYS_PER_MONTH
    share = (served / term).where((served >= 0) & (term > 0)).clip(upper=1)
    frame = pardoned.assign(wave=pardoned["wave"].fillna("none"), share=share, left=(term * (1 - share)),
                            deported=pardoned["deported"].fillna(False).astype(bool))
    result = frame.groupby("wave").agg(persons=("share", "size"), deported=("deported", "sum"),
                                       with_dates=("share", "count"), share_served=("share", "mean"),
                                       months_given_back=("left", "sum")).reset_index()
    return result.assign(share_deported=result["deported"] / result["persons"])


def sentenced_per_pardon(sentenced: pd.Series, pardoned: pd.Series, window: int = 3) -> pd.Series:
    """New sentences for each person pardoned, over `window` months to and including each month.

    Both series are persons by month on one index; missing where nobody was pardoned in the window.
    """
    new = sentenced.rolling(window, min_periods=window).sum()
    free = pardoned.rolling(window, min_periods=window).sum()
    return (new / free.where(free > 0)).rename("sentenced_per_pardon")
