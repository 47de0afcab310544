"""A made-up world whose monthly numbers follow what monitors published: the truth behind the sample.

Nobody in it exists. Sources of the proportions: data/published_figures.csv (convicted_criminal_month, _year and its
breakdowns, pardoned_wave, released_wave_deported, political_prisoners_current, names known in the Viasna export).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.sample_names import Person, invent

END = pd.Timestamp("2026-10-31")
PUBLISHED = Path(__file__).with_name("published_figures.csv")
SENTENCED = {2020: 103, 2021: 1285, 2022: 1242, 2023: 1603, 2024: 1721, 2025: 1254, 2026: 792}
"""Persons sentenced a year in the union of the lists: as first published; 2026 goes on at the pace of late 2025."""
NOT_SENTENCED = 1300
HIDDEN_SHARE = 0.2  # of all cases are on no list: "about a fifth is thought to be missed"
ON_VIASNA, RECOGNISED, HELD = 8696, 4842, 889
ON_DISSIDENTBY = 4000
PARDONS_BEFORE_WAVES = {"2021-09-16": 13, "2022-09-17": 12, "2023-09-15": 2, "2024-03-08": 2}
WAVES = {
    "2024-07-03": 18, "2024-08-16": 30, "2024-09-04": 30, "2024-09-16": 37, "2024-11-07": 31, "2024-11-20": 32,
    "2024-12-09": 29, "2024-12-28": 20, "2025-01-18": 23, "2025-05-07": 42, "2025-06-21": 14, "2025-07-02": 16,
    "2025-09-11": 52, "2025-09-16": 25, "2025-11-20": 2, "2025-11-22": 31, "2025-12-13": 123, "2025-12-30": 22,
}
DEPORTED = {"2025-06-21": "LT", "2025-09-11": "LT", "2025-12-13": "UA"}
WOMEN = {2020: 0.12, 2021: 0.14, 2022: 0.19, 2023: 0.19, 2024: 0.25, 2025: 0.26, 2026: 0.25}
REGIONS = {"BY-HM": 0.45, "BY-BR": 0.13, "BY-HO": 0.12, "BY-HR": 0.10, "BY-MI": 0.08, "BY-MA": 0.06, "BY-VI": 0.06}
PUNISHMENTS = {  # imprisonment, home, open, arrest, fine, treatment, suspended, unknown
    2020: (.44, .20, .26, .04, .03, .01, .01, .01), 2021: (.48, .20, .24, .03, .02, .01, .01, .01),
    2022: (.51, .30, .15, .02, .01, .005, .005, 0), 2023: (.33, .28, .04, .015, .01, .005, 0, .32),
    2024: (.50, .27, .04, .01, .02, .01, 0, .15), 2025: (.25, .44, .035, .01, .015, .01, 0, .24),
    2026: (.27, .42, .04, .01, .02, .01, 0, .23),
}
KINDS = ("imprisonment", "restricted_liberty_home", "restricted_liberty_open", "arrest", "fine", "compulsory_treatment",
         "suspended_sentence", None)
ARTICLES = {"342.1": .40, "368.1": .13, "369": .12, "130.1": .10, "361-4.1": .06, "361-1.3": .05, "361.3": .04,
            "364": .05, "339.2": .05, "293.2": .05, "370": .04, "341": .03, "361-2.2": .03, "391": .02, "188.2": .02,
            "366.1": .02, "367.1": .02, "411.1": .01, "243.2": .01, "356.1": .01, "415": .01, "289.2": .01,
            "293.1+13.1": .01, "203-1.3": .01, "290": .005, "358.1": .005, "426.3": .005, "369-1": .004}
PROTEST_SHARE = {2024: 1.45, 2025: 1.3}  # 342 was 1,019 of 1,721 in 2024


@dataclass(frozen=True)
class World:
    """The truth. `persons`, one row each, index person_key: names (Person), woman, born, region, articles, charged_on,
    detained_on, sentenced_on, punishment, regime, term_months, in_absentia, fine_base_units, released_on, outcome,
    wave, deported, destination, held, recognised, on_viasna, on_dissidentby (a list will hold the person, once
    reported), reported_viasna, reported_dissidentby (when). Persons on no list are in it."""

    persons: pd.DataFrame
    names: list[Person]


def world(seed: int = 20260831, scale: float = 1.0) -> World:
    """The world of `seed`; `scale` multiplies all numbers (1.0: 9,300 on the lists)."""
    rng = np.random.default_rng(seed)
    sentenced = _sentence_days(rng, scale)
    pending = _pending_days(rng, round(NOT_SENTENCED * scale))
    frame = pd.DataFrame({"sentenced_on": np.concatenate([sentenced, np.full(len(pending), np.datetime64("NaT", "D"))]),
                          "year": [pd.Timestamp(d).year for d in np.concatenate([sentenced, pending])],
                          "anchor": np.concatenate([sentenced, pending])})
    known = len(frame)
    hidden = frame.sample(round(known * HIDDEN_SHARE / (1 - HIDDEN_SHARE)), random_state=rng)
    frame = pd.concat([frame, hidden], ignore_index=True)
    frame["known"] = np.arange(len(frame)) < known
    frame = _people(_cases(frame, rng), rng)
    frame = _releases(frame, rng, scale)
    frame = _lists(frame, rng, scale)
    frame.index.name = "person_key"
    return World(frame.drop(columns=["year", "anchor"]), invent(rng, len(frame), frame["woman"].to_numpy()))


def monthly_sentences() -> pd.Series:
    """Persons sentenced in each month, index "2020-11" …: the month's published figure scaled to the year's, and what
    is left of a year spread over its other months, unevenly as months are."""
    figures = pd.read_csv(PUBLISHED)
    of_month = figures[figures["printed_metric"] == "convicted_criminal_month"].groupby("as_of")["value"].max()
    uneven = np.random.default_rng(1)
    result: dict[str, float] = {}
    for year, total in SENTENCED.items():
        months = [f"{year}-{m:02}" for m in range(1, 13)]
        months = months[10:] if year == 2020 else months[:10] if year == 2026 else months
        told = {m: float(of_month[m]) for m in months if m in of_month and year != 2023}
        rest = [m for m in months if m not in told]
        weights = uneven.uniform(0.8, 1.2, len(rest))
        result |= told | dict(zip(rest, (total - sum(told.values())) * weights / weights.sum(), strict=True))
    return pd.Series(result)


def _sentence_days(rng: np.random.Generator, scale: float) -> np.ndarray:
    days = []
    for month, persons in monthly_sentences().items():
        first = np.datetime64(f"{month}-01", "D")
        days.append(first + rng.integers(0, 28, round(persons * scale)))
    return np.concatenate(days)


def _pending_days(rng: np.random.Generator, count: int) -> np.ndarray:
    """Detentions of those charged and not sentenced as far as known: most of them late."""
    span = (END - pd.Timestamp("2020-08-09")).days
    return np.datetime64("2020-08-09", "D") + (span * rng.beta(1.6, 1.0, count)).astype(int)


def _cases(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(frame)
    lag = rng.lognormal(np.log(150), 0.6, n).clip(20, 900).astype(int)
    sentenced = frame["sentenced_on"].notna().to_numpy()
    start = frame["anchor"].to_numpy() - np.where(sentenced, lag, 0).astype("timedelta64[D]")
    start = np.maximum(start, np.datetime64("2020-08-09", "D") + rng.integers(0, 60, n).astype("timedelta64[D]"))
    kinds = np.empty(n, dtype=object)
    for year, weights in PUNISHMENTS.items():
        here = (frame["year"] == year).to_numpy() & sentenced
        kinds[here] = rng.choice(np.array(KINDS, dtype=object), here.sum(), p=np.array(weights) / sum(weights))
    prison = kinds == "imprisonment"
    term = np.where(prison, rng.lognormal(np.log(32), 0.6, n), rng.choice([12, 18, 24, 30, 36], n))
    term = np.where(kinds == "arrest", rng.integers(1, 4, n), (term / 6).round() * 6).clip(1, 240)
    has_term = np.isin(kinds, ["imprisonment", "restricted_liberty_home", "restricted_liberty_open", "arrest",
                               "suspended_sentence"])
    regime = rng.choice(np.array(["general", "reinforced", "strict", "prison"], object), n, p=[.72, .2, .04, .04])
    regime[~prison] = None
    absent = sentenced & (frame["year"] >= 2023).to_numpy() & (rng.random(n) < 0.05)
    charged = np.minimum(start + rng.integers(0, 10, n).astype("timedelta64[D]"), np.datetime64(END, "D"))
    return frame.assign(
        charged_on=charged, detained_on=start,
        punishment=kinds, term_months=np.where(has_term, term, np.nan), regime=regime, in_absentia=absent,
        fine_base_units=np.where(kinds == "fine", rng.choice([100, 150, 200, 300, 500], n),
                                 np.where(sentenced & (rng.random(n) < 0.1), rng.choice([100, 150, 500], n), np.nan)),
    )


def _people(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(frame)
    woman = rng.random(n) < frame["year"].map(WOMEN).to_numpy()
    age = rng.gamma(9, 4.2, n).clip(16, 80).astype(int)
    born = [pd.Timestamp(year=int(d.astype("datetime64[Y]").astype(int) + 1970 - a), month=int(m), day=int(k))
            for d, a, m, k in zip(frame["detained_on"].to_numpy().astype("datetime64[D]"), age,
                                  rng.integers(1, 13, n), rng.integers(1, 29, n), strict=True)]
    region = rng.choice(list(REGIONS), n, p=list(REGIONS.values()))
    return frame.assign(woman=woman, born=born, region=region, articles=_articles(frame["year"], rng))


def _days(frame: pd.DataFrame, name: str) -> np.ndarray:
    return frame[name].to_numpy().astype("datetime64[D]")


def _articles(years: pd.Series, rng: np.random.Generator) -> list[tuple[str, ...]]:
    codes, base = np.array(list(ARTICLES)), np.array(list(ARTICLES.values()))
    result = []
    for year in years:
        weights = base.copy()
        weights[0] *= PROTEST_SHARE.get(year, 1.0)
        count = rng.choice([1, 2, 3, 4, 5], p=[.70, .18, .07, .03, .02])
        result.append(tuple(rng.choice(codes, count, replace=False, p=weights / weights.sum())))
    return result


def _releases(frame: pd.DataFrame, rng: np.random.Generator, scale: float) -> pd.DataFrame:
    """Pardons in the true waves, terms served; HELD of those known are held at the end."""
    n = len(frame)
    columns = {"released_on": np.full(n, np.datetime64("NaT", "D")), "outcome": np.full(n, None, object),
               "wave": np.full(n, None, object), "deported": np.zeros(n, bool), "destination": np.full(n, None, object)}
    custody = frame["punishment"].isin(["imprisonment", "restricted_liberty_open"]).to_numpy()
    sentenced, known = _days(frame, "sentenced_on"), frame["known"].to_numpy()
    for day, count in {**PARDONS_BEFORE_WAVES, **WAVES}.items():
        date = np.datetime64(day, "D")
        may = np.flatnonzero(custody & known & (sentenced < date - np.timedelta64(60, "D"))
                             & (sentenced > date - np.timedelta64(1500, "D")) & (columns["outcome"] == None)  # noqa: E711
                             & ~frame["in_absentia"].to_numpy())
        chosen = rng.choice(may, min(round(count * scale) or 1, len(may)), replace=False)
        columns["released_on"][chosen], columns["outcome"][chosen] = date, "pardon"
        columns["wave"][chosen] = day if day in WAVES else None
        if day in DEPORTED:
            columns["deported"][chosen] = True
            columns["destination"][chosen] = np.where(rng.random(len(chosen)) < 0.93, DEPORTED[day], "LT")
    locked = custody | np.isnan(frame["term_months"].to_numpy()) & frame["sentenced_on"].isna().to_numpy()
    free = pd.Series(columns["outcome"]).isna().to_numpy()
    held = np.zeros(n, bool)
    waiting = np.flatnonzero(locked & free & known & ~frame["in_absentia"].to_numpy())
    # The later detained, the likelier still held.
    weight = np.exp((_days(frame, "detained_on")[waiting] - np.datetime64("2026-10-31", "D")).astype(int) / 500.0)
    held[rng.choice(waiting, min(round(HELD * scale), len(waiting)), replace=False, p=weight / weight.sum())] = True
    served = free & ~held & custody & frame["sentenced_on"].notna().to_numpy()
    end = _days(frame, "detained_on") + (frame["term_months"].fillna(24).to_numpy() * 30 * rng.uniform(.75, 1.0, n)
                                             ).astype("timedelta64[D]")
    end = np.minimum(np.maximum(end, sentenced + np.timedelta64(5, "D")),
                     np.datetime64("2026-10-20", "D") - rng.integers(0, 200, n).astype("timedelta64[D]"))
    columns["released_on"][served] = end[served]
    columns["outcome"][served] = rng.choice(["term_served", "sentence_changed", "amnesty"], served.sum(), p=[.88, .08, .04])
    return frame.assign(**columns, held=held)


def _lists(frame: pd.DataFrame, rng: np.random.Generator, scale: float) -> pd.DataFrame:
    """Who is on which list, and when each case was reported there: a fifth only months later."""
    n = len(frame)
    known = frame["known"].to_numpy()
    only_other = np.zeros(n, bool)
    may = known & ~frame["held"].to_numpy() | known & (rng.random(n) < .1)
    on_viasna, on_other = round(ON_VIASNA * scale), round(ON_DISSIDENTBY * scale)
    only_other[rng.choice(np.flatnonzero(may), max(known.sum() - on_viasna, 0), replace=False)] = True
    viasna = known & ~only_other
    both = np.zeros(n, bool)
    pardoned = (frame["outcome"] == "pardon").to_numpy()
    weight = np.where(pardoned, 3.0, 1.0)[viasna]
    both[rng.choice(np.flatnonzero(viasna), on_other - only_other.sum(), replace=False, p=weight / weight.sum())] = True
    likely = frame["held"].to_numpy() * 50 + pardoned * 20 + (frame["punishment"] == "imprisonment").to_numpy() * 6 \
        + (frame["punishment"] == "restricted_liberty_open").to_numpy() * 3 + 0.4
    recognised = np.zeros(n, bool)
    recognised[rng.choice(np.flatnonzero(viasna), min(round(RECOGNISED * scale), viasna.sum()), replace=False,
                          p=(likely / likely[viasna].sum())[viasna])] = True
    first = _days(frame, "sentenced_on")
    first = np.where(np.isnat(first), _days(frame, "detained_on"), first)
    late = rng.random(n) < 0.2
    delay = np.where(late, rng.integers(90, 540, n), rng.exponential(18, n)).astype(int)
    other = np.where(late, rng.integers(60, 540, n), rng.exponential(30, n)).astype(int)
    # Whoever is on a list was reported by the end: a long delay of a late case is cut to a part of the time there was.
    left = (END.to_datetime64().astype("datetime64[D]") - first).astype(int) * rng.random(n)
    delay, other = np.minimum(delay, left).astype(int), np.minimum(other, left).astype(int)
    return frame.assign(
        on_viasna=viasna, on_dissidentby=both | only_other, recognised=recognised,
        reported_viasna=first + delay.astype("timedelta64[D]"),
        reported_dissidentby=first + other.astype("timedelta64[D]"),
    )
