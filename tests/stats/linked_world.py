"""Linked tables of an invented world of any size, with dates missing and known to the month or year only."""

import numpy as np
import pandas as pd

from etl.check import LINKED_DTYPES
from stats import measures, publication
from stats.rule import Rule
from stats.source import Source
from stats.tables import PUBLIC_TABLES

RULE = Rule(fewer_than=5, narrowest=3, at_least=10)
END = pd.Timestamp("2026-10-31")


def table(name: str, count: int, **columns: object) -> pd.DataFrame:
    """A linked table (etl.check.LINKED) with these columns, the others missing."""
    frame = pd.DataFrame(columns, index=range(count))
    return frame.reindex(columns=list(LINKED_DTYPES[name])).astype(LINKED_DTYPES[name])


def dates(rng: np.random.Generator, first: pd.Series | str, span: int, count: int, known: float) -> tuple[pd.Series, pd.Series]:
    """(dates, precisions) up to `span` days after `first`; a share `known` of them, a tenth of these to the month or year."""
    start = pd.Series(pd.to_datetime(first), index=range(count)) + pd.to_timedelta(rng.integers(0, span, count), "D")
    precision = pd.Series(rng.choice(["day", "month", "year"], count, p=[0.9, 0.06, 0.04]), dtype="str")
    coarse = {"month": start.dt.to_period("M").dt.start_time, "year": start.dt.to_period("Y").dt.start_time}
    for name, value in coarse.items():
        start = start.where(precision != name, value)
    there = pd.Series(rng.random(count) < known) & (start <= END)
    return start.where(there).astype("datetime64[us]"), precision.where(there)


def world(count: int, seed: int = 0) -> dict[str, pd.DataFrame]:
    """persons, charges, sentences, releases."""
    rng = np.random.default_rng(seed)
    ids = [f"P{i}" for i in range(count)]
    born, born_precision = dates(rng, "1955-01-01", 18_000, count, 0.9)
    persons = table("persons", count, person_id=ids, birth_date=born, birth_date_precision=born_precision,
                    sex=rng.choice(["female", "male", None], count, p=[.2, .75, .05]),
                    status=rng.choice(["held", "former", "not_recognised"], count, p=[.2, .4, .4]))
    detained, detained_precision = dates(rng, "2020-08-01", 2200, count, 0.7)
    reported = (detained.fillna(pd.Timestamp("2026-11-01")) + pd.Timedelta(days=20)).astype("datetime64[us]")
    shared = {"person_id": ids, "first_reported": reported, "row_keys": "k",
              "organisations": rng.choice(["viasna", "dissidentby", "viasna dissidentby"], count),
              "region": rng.choice(["BY-HM", "BY-BR", None], count), "articles": rng.choice(["342.1", "342 368", "361-4"], count)}
    charges = table("charges", count, charge_id=ids, detained_on=detained, detained_on_precision=detained_precision, **shared)
    sentenced, sentenced_precision = dates(rng, detained.fillna(pd.Timestamp("2022-01-01")), 500, count, 0.9)
    sentences = table("sentences", count, sentence_id=ids, sentenced_on=sentenced, sentenced_on_precision=sentenced_precision,
                      punishment=rng.choice(["imprisonment", "fine", "restricted_liberty_open", None], count, p=[.6, .1, .2, .1]),
                      term_months=rng.integers(3, 120, count), in_absentia=rng.choice([True, None], count, p=[.1, .9]), **shared)
    released, released_precision = dates(rng, sentenced.fillna(pd.Timestamp("2023-01-01")), 900, count, 0.6)
    pardon = rng.random(count) < 0.5
    wave = pd.Series(rng.choice(["2024-07-03", "2025-09-11", "2025-11-20"], count, p=[.6, .35, .05]), dtype="str").where(pardon)
    outcome = pd.Series("unknown", index=range(count), dtype="str").mask(pardon, "pardon")
    releases = table("releases", count, release_id=ids, released_on=released, released_on_precision=released_precision, wave=wave,
                     outcome=outcome, deported=pd.Series(rng.random(count) < 0.3).astype("boolean").where(pardon), **{
                         k: v for k, v in shared.items() if k not in ("region", "articles")})
    keep = {"persons": [1.0, persons], "charges": [0.95, charges], "sentences": [0.85, sentences], "releases": [0.4, releases]}
    return {name: frame[rng.random(count) < share].reset_index(drop=True) for name, (share, frame) in keep.items()}


def source(tables: dict[str, pd.DataFrame], **changed: object) -> Source:
    """The Source of such tables, protected as in publication."""
    events = measures.events(*(tables[n] for n in ("persons", "charges", "sentences", "releases")))
    cells = publication.publish(events, PUBLIC_TABLES, RULE.fewer_than, RULE.narrowest, 40).cells
    rest = {"vintage": "v", "now": pd.Timestamp("2026-11-10 12:00"), "as_of": END, "first_import": pd.Timestamp("2026-11-10"),
            "first_month": "2020-08", "rule": RULE, "dated_by": ("dissidentby",), "dated_to": END}
    return Source(**tables, events=events, cells=cells, **(rest | changed))
