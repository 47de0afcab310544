"""Published stocks, cumulatives and shares: each a function of stats.source.Source that gives its numbers."""

from __future__ import annotations

import pandas as pd

from stats import ages, pipeline, recognised, releases, shares, stocks
from stats.batches import MEN_OR_UNKNOWN
from stats.measures import year_of
from stats.rule import Rule, parts, rests_on, share, span, wide_enough
from stats.source import EVERYTHING, Source, by_one, hidden, national, told

FLOWS = ("charged", "sentenced", "pardoned", "deported")


def cumulative(source: Source) -> pd.DataFrame:
    """By the end of each month since the first one: sums of the published national months. Those of whom only the year is
    known are added at its end (of the running year: in the last month), those without any date never."""
    last = f"{source.as_of:%Y-%m}"
    months = pd.period_range(source.first_month, last, freq="M").astype(str)
    parts = []
    for measure in FLOWS:
        counts = national(source.cells, measure, "month")
        placed = counts.index.str.replace("-00", "-12")
        known = (placed >= source.first_month) & ~placed.str.startswith("0000")
        sums = counts[known].groupby(placed[known].where(placed[known] <= last, last)).sum()
        undated = int(counts.get("0000-00", 0))
        parts.append(pd.DataFrame({
            "period": months, "category": measure, "value": sums.reindex(months, fill_value=0).cumsum().to_numpy(float),
            "status": "exact", "note": f"{undated} more without any date" if undated else None}))
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(persons=frame["value"])


def held(source: Source) -> pd.DataFrame:
    """At the end of each whole month, in all and by regime. Regimes of a month are hidden together if one is small, or if
    the stock would tell of a hidden cell of those sentenced (`_tell_nothing`)."""
    whole = (source.as_of + pd.Timedelta(days=1)).to_period("M") - 1
    months = pd.period_range(source.first_month, max(whole, pd.Period(source.first_month, "M")), freq="M")
    stock = stocks.stock(source.spells, months)
    all_of = stock.groupby("month")["held"].sum()
    small = stock["held"].between(1, source.rule.fewer_than - 1).groupby(stock["month"]).transform("any")
    small |= ~stock["month"].isin(_tell_nothing(stock[~small], source.cells))
    by_regime = pd.DataFrame({
        "period": stock["month"], "category": stock["regime"], "value": stock["held"].where(~small).astype(float),
        "status": small.map({True: "hidden", False: "exact"})})
    total = pd.DataFrame({"period": all_of.index, "category": EVERYTHING, "value": all_of.to_numpy(float), "status": "exact"})
    undated = int(stock["by_status_only"].iloc[0])
    if undated:
        total["note"] = f"{'a few' if undated < source.rule.fewer_than else undated} more are held by status, since when is not known"
    frame = pd.concat([total, by_regime], ignore_index=True)
    return frame.assign(persons=frame["value"])


def _tell_nothing(stock: pd.DataFrame, cells: pd.DataFrame) -> set[str]:
    """The months whose stock by regime (month, regime, held) narrows no hidden cell of those sentenced, by punishment.

    From one month to another no more can have entered an open facility than were sentenced to one, nor a prison than
    were sentenced to anything else: a growth is a least number for these cells. So a month is told only if they are shown,
    at every level of time, in all years since the last month told; or at the end of a year, where the shown cells of these
    years allow for the growth without the hidden ones.
    """
    sentenced = pd.concat([by_one(cells, "sentenced", time, "punishment") for time in dict.fromkeys(["year", *cells["time"]])])
    sentenced = sentenced.assign(year=sentenced["period"].str[:4], regime="prison")
    sentenced = sentenced[sentenced["year"].str.isdigit() & (sentenced["year"] > "0000")]
    sentenced.loc[sentenced["category"] == stocks.OPEN, "regime"] = "open facility"
    closed = set(sentenced.loc[(sentenced["regime"] == "open facility") & sentenced["persons"].isna(), "year"])
    by_year = sentenced[sentenced["period"] == sentenced["year"]].groupby(["year", "regime"])["persons"].sum().unstack(fill_value=0)
    grown_from, since, found = dict.fromkeys(("open facility", "prison"), 0), "", set()
    for month, held in stock.pivot(index="month", columns="regime", values="held").iterrows():
        years = [year for year in sorted({*by_year.index} | closed) if since <= year <= str(month)[:4]]
        allowed = by_year[by_year.index.isin(years)].sum()
        enough = all(held[regime] - before <= allowed.get(regime, 0) for regime, before in grown_from.items())
        if not closed & set(years) or (str(month).endswith("-12") and enough):
            found.add(str(month))
            grown_from, since = {regime: held[regime] for regime in grown_from}, str(pd.Period(month, "M") + 1)[:4]
    return found


def recognised_persons(source: Source) -> pd.DataFrame:
    """As of the vintage: recognised = held + former."""
    frame = recognised.recognised(source.persons, source.releases)
    return told([{"period": source.day, "category": r.category, "value": r.persons, "persons": r.persons}
                 for r in frame.itertuples()])


def after_charge(source: Source) -> pd.DataFrame:
    """The pipeline as rounded shares: of those charged and not sentenced, and of those sentenced, what became of them."""
    states = pipeline.states(source.persons, source.charges, source.sentences, source.releases)
    return _told_shares(shares.shares(states["stage"], states["outcome"]), source, source.day, "{period}: {category}", _PUBLIC)


def released(source: Source) -> pd.DataFrame:
    """By year of the release, its ground, as rounded shares of those released."""
    return _told_shares(releases.flow(source.releases, "year").rename(columns={"outcome": "category"}), source, public=_PUBLIC)


def in_absentia(source: Source) -> pd.DataFrame:
    """By year of the sentence, the rounded share tried in absentia as far as any list says so."""
    frame = _told_shares(shares.absentia(source.sentences), source)
    return frame[frame["category"] == "in absentia"]


def women(source: Source) -> pd.DataFrame:
    """The share of women by year, from the published counts by sex; and among the recognised and the held, rounded."""
    parts = []
    for measure in ("charged", "sentenced", "pardoned"):
        cells = by_one(source.cells, measure, "year", "sex").pivot(index="period", columns="category", values="persons")
        both = cells.reindex(columns=["female", MEN_OR_UNKNOWN if MEN_OR_UNKNOWN in cells else "male"]).dropna().astype("int64")
        both = both[both.sum(axis=1) > 0]
        parts += [{"period": str(year), "category": measure, "value": round(f / (f + m), 3), "persons": f + m}
                  for year, f, m in zip(both.index, both.iloc[:, 0], both.iloc[:, 1], strict=True)]
    known = source.persons[source.persons["sex"].notna() & source.persons["status"].isin(["held", "former"])]
    free = known["person_id"].isin(source.releases["person_id"])
    for category, frame in (("recognised", known), ("held", known[(known["status"] == "held") & ~free])):
        parts.append(_told_share(source, source.day, category, int((frame["sex"] == "female").sum()), len(frame)))
    return told(parts)


def age_groups(source: Source) -> pd.DataFrame:
    """The age at the charge, as rounded shares of all persons charged: over all years, and by year."""
    charged = source.charged
    group = ages.groups(charged)
    by_year = shares.shares(year_of(charged["date"]), group)
    over_all = shares.shares(pd.Series(EVERYTHING, index=charged.index), group)
    told = _told_shares(by_year, source)
    return pd.concat([_unless_it_tells(_told_shares(over_all, source), told, over_all, by_year, source.rule), told], ignore_index=True)


def _unless_it_tells(all_told: pd.DataFrame, told: pd.DataFrame, over_all: pd.DataFrame, by_period: pd.DataFrame, rule: Rule
                     ) -> pd.DataFrame:
    """The shares over all periods (`all_told`), all hidden if one of them leaves too little open, minus the periods of
    its group that are shown (`told`), of the periods that are not. `over_all`, `by_period`: stats.shares.SHARE_COLUMNS."""
    both = by_period.merge(told[["period", "category", "value"]], on=["period", "category"])
    for name, (persons, of) in over_all.set_index("category")[["persons", "of"]].iterrows():
        its, here = span(persons, of, rule), both[both["category"] == name]
        shown = [span(n, m, rule) or (n, n) for n, m in here.loc[here["value"].notna(), ["persons", "of"]].itertuples(index=False)]
        silent = len(here) - len(shown)
        if its and silent and not wide_enough(*its, shown, silent, rule):
            return all_told.assign(value=None, persons=pd.NA, status="hidden")
    return all_told


def median_age(source: Source) -> pd.DataFrame:
    """The median age at the charge by year, with the quartiles; of those whose age is certain to the year."""
    charged = source.charged
    certain = charged[charged["least"] == charged["most"]]
    years = pd.concat([certain.assign(period=year_of(certain["date"]).astype("str")), certain.assign(period=EVERYTHING)])
    grouped = years.astype({"least": "float64"}).groupby("period")["least"]
    table = grouped.quantile([0.25, 0.5, 0.75]).unstack().assign(n=grouped.size())
    enough = table["n"] >= source.rule.at_least
    return told([{"period": r.Index, "value": round(r[2]), "lower": round(r[1]), "upper": round(r[3]),
                  "persons": rests_on(r.n), "status": "rounded"} for r in table[enough].itertuples()]
                + [hidden(str(p), "") for p in table.index[~enough]])


def articles(source: Source) -> pd.DataFrame:
    """Under how many articles people are charged, as rounded shares: by how much counts by article overlap."""
    charged = source.charged
    number = shares.article_counts(charged["articles"])
    return _told_shares(shares.shares(pd.Series(EVERYTHING, index=charged.index), number), source)


_PUBLIC = ("pardon",)
"""Grounds of release whose numbers are published: the persons pardoned."""


def _told_shares(frame: pd.DataFrame, source: Source, period: str | None = None, category: str = "{category}",
                 public: tuple[str, ...] = ()) -> pd.DataFrame:
    """The groups of each whole (period, category, persons of a period are all its groups) as rounded shares, or hidden;
    `public`: groups whose number is published elsewhere."""
    rows = []
    for whole, groups in frame.groupby("period"):
        persons = dict(zip(groups["category"], groups["persons"].tolist(), strict=True))
        for name, value in parts(persons, source.rule, public).items():
            place = {"period": period or whole, "category": category.format(period=whole, category=name)}
            rows.append(hidden(**place) if value is None else
                        {**place, "value": value, "persons": rests_on(sum(persons.values())), "status": "rounded"})
    return told(rows)


def _told_share(source: Source, period: str, category: str, persons: int, of: int) -> dict:
    value = share(persons, of, source.rule)
    if value is None:
        return hidden(period, category)
    return {"period": period, "category": category, "value": value, "persons": rests_on(of), "status": "rounded"}


