"""The public statistics beside the tables of counts: their one list, computed at each publication.

A statistic that is not declared here is not published. What each rests on, and when it is hidden: stats/rule.py. What
they mean, and when not to use them: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from stats import counted, estimated, timed
from stats.source import COLUMNS, DTYPES, Source


@dataclass(frozen=True)
class Statistic:
    """`kind`: stock, cumulative, share, sum, time, ratio or estimate; `unit` of value, lower and upper; `counts`: on which
    persons it rests, in words; `make`: its numbers (stats.source.COLUMNS without `statistic` and `unit`)."""

    name: str
    title: str
    kind: str
    unit: str
    counts: str
    make: Callable[[Source], pd.DataFrame]


STATISTICS: tuple[Statistic, ...] = (
    Statistic("cumulative", "Charged, sentenced, pardoned and deported in all by the end of a month", "cumulative", "persons",
              "persons with an event since the first month of the site; those of whom only the year is known are added at its end",
              counted.cumulative),
    Statistic("held", "Held at the end of a month, by regime", "stock", "persons",
              "persons entered by then and not left; the release of many bears no date, and these are in no month", counted.held),
    Statistic("recognised", "Recognised political prisoners as of the vintage", "stock", "persons",
              "persons whom the newest list gives as held or former political prisoners", counted.recognised_persons),
    Statistic("after_charge", "What became of those charged and of those sentenced", "share", "share",
              "everyone charged and not sentenced as far as known; everyone sentenced", counted.after_charge),
    Statistic("released", "Grounds of release by year", "share", "share",
              "everyone known to be released, by the first dated release; 0000: not dated", counted.released),
    Statistic("in_absentia", "Sentenced in absentia", "share", "share",
              "everyone sentenced in the year; that lists are silent does not mean that the accused was in court", counted.in_absentia),
    Statistic("women", "Share of women", "share", "share",
              "persons whose sex is known; by year also those few of whom it is not, as men", counted.women),
    Statistic("age", "Age at the charge", "share", "share",
              "everyone charged; unknown: birth date or date not known closely enough", counted.age_groups),
    Statistic("median_age", "Median age at the charge, with quartiles", "time", "years",
              "persons charged whose age is certain to the year", counted.median_age),
    Statistic("articles", "Articles of the Criminal Code a person", "share", "share", "everyone charged", counted.articles),
    Statistic("terms", "Months of each punishment imposed", "sum", "months",
              "persons sentenced to it with a known term, each at the first sentence; life is in no sum", timed.terms_total),
    Statistic("term_length", "Median term of each punishment, with quartiles", "time", "months",
              "persons sentenced to it with a known term, each at the first sentence; life left out", timed.term_length),
    Statistic("years_taken", "Years of life spent behind walls or in open facilities", "sum", "years",
              "persons held whose entry, and exit if they left, are dated: a least figure", timed.person_years),
    Statistic("detention_to_sentence", "Time from detention to sentence", "time", "share (median: months)",
              "persons whose detention is dated; those not sentenced yet count as waiting", timed.detention_to_sentence),
    Statistic("charge_to_release", "Time from charge to release", "time", "share (median: months)",
              "persons who are or were held and whose charge or detention is dated", timed.charge_to_release),
    Statistic("share_deported", "Share of the pardoned taken out of the country, by wave", "share", "share",
              "everyone pardoned in the wave", timed.share_deported),
    Statistic("share_served", "Share of the term served by the day of the pardon, mean by wave", "share", "share",
              "persons pardoned whose detention (else sentence), term and release are dated", timed.share_served),
    Statistic("given_back", "Months of the terms that pardons gave back, by wave", "sum", "months",
              "persons pardoned whose detention (else sentence), term and release are dated", timed.given_back),
    Statistic("sentenced_per_pardon", "New sentences for each person pardoned, over three months", "ratio", "persons a person",
              "persons sentenced and persons pardoned in the month and the two before, where the month is known",
              timed.sentenced_per_pardon),
    Statistic("nowcast", "What the newest months will probably come to", "estimate", "persons",
              "persons with the event in that month who will be known 18 months later; interval of 80 %", estimated.nowcast),
    Statistic("missing_cases", "Cases that stand on no list, at least", "estimate", "persons",
              "persons charged up to 18 months before the lists end; interval of 95 %", estimated.missing_cases),
)


def compute(source: Source) -> pd.DataFrame:
    """All public statistics of a vintage (stats.source.COLUMNS)."""
    return pd.concat([one(statistic, source) for statistic in STATISTICS], ignore_index=True)


def one(statistic: Statistic, source: Source) -> pd.DataFrame:
    """The numbers of one statistic (stats.source.COLUMNS); "hidden" and "no number" have neither value nor interval."""
    frame = statistic.make(source).assign(statistic=statistic.name, unit=statistic.unit)
    return frame.reindex(columns=COLUMNS).astype(DTYPES)


def named(name: str) -> Statistic:
    """The statistic of that name. Raises KeyError."""
    return {s.name: s for s in STATISTICS}[name]


def definitions() -> pd.DataFrame:
    """What is said of each statistic: statistic, title, kind, unit, counts."""
    return pd.DataFrame([(s.name, s.title, s.kind, s.unit, s.counts) for s in STATISTICS],
                        columns=["statistic", "title", "kind", "unit", "counts"]).astype("str")
