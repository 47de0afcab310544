"""What part of a population has some trait: absentia, age, number of articles, ground of release.

Units: persons, and shares of 0 to 1.
"""

from __future__ import annotations

import pandas as pd

from stats.measures import article_number, first_of, month_of, year_of

SHARE_COLUMNS = ["period", "category", "persons", "of", "share"]


def shares(period: pd.Series, category: pd.Series) -> pd.DataFrame:
    """SHARE_COLUMNS: of all persons in a period, those in each category; `period` and `category` one value a person."""
    frame = pd.DataFrame({"period": period, "category": category}).astype("category")
    counts = frame.groupby(["period", "category"], observed=True).size().rename("persons").reset_index()
    counts = counts.astype({"period": "str", "category": "str"})
    whole = counts.groupby("period")["persons"].transform("sum")
    return counts.assign(of=whole, share=counts["persons"] / whole)[SHARE_COLUMNS]


def absentia(sentences: pd.DataFrame, time: str = "year") -> pd.DataFrame:
    """SHARE_COLUMNS of everyone sentenced, each at the first sentence: "in absentia" (any list says so of that
    sentence) or "not told". That a list is silent does not mean that the accused was in court."""
    first = first_of(sentences, "sentenced_on")
    told = first["in_absentia"].fillna(False).astype(bool).map({True: "in absentia", False: "not told"})
    dates = first["sentenced_on"]
    return shares(year_of(dates) if time == "year" else month_of(dates, first["sentenced_on_precision"]), told)


MANY_ARTICLES = 4


def article_counts(articles: pd.Series) -> pd.Series:
    """Under how many articles of the Criminal Code each person stands: "1", "2", "3", "4+" or "unknown".

    `articles`: codes joined by a space; two parts of one article are one article.
    """
    # Few texts are written many times.
    code, texts = pd.factorize(articles.to_numpy(dtype=object))
    numbers = (len({article_number(one) for one in text.split()}) for text in texts)
    told = [str(n) if n < MANY_ARTICLES else f"{MANY_ARTICLES}+" for n in numbers]
    return pd.Series(pd.array([*told, "unknown"], dtype="str").take(code), index=articles.index)
