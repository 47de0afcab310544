"""Published stocks, cumulatives and shares: each a function of stats.source.Source that gives its numbers."""

from __future__ import annotations

import pandas as pd

from stats import ages, pipeline, recognised, releases, shares, stocks
from stats.batches import MEN_OR_UNKNOWN
from stats.measures import year_of
from stats.rule import parts, rests_on, share
from stats.source import EVERYTHING, Source, by_one, hidden, national, told
from stats.tables import UNDIVIDED

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
    """The age at the charge by year and over all years: the published counts by age, as shares of all who are broken down. Over all
    years a group has no share where one of its years is hidden. Nothing where no table by age is published."""
    by_year = by_one(source.cells, "charged", "year", "age")
    by_year = by_year[by_year["category"] != UNDIVIDED]
    if by_year.empty:
        return told([])
    of = national(source.cells, "charged", "year") - _undivided_by_age(source)
    over_all = by_year.groupby("category")["persons"].agg(lambda persons: persons.sum(skipna=False)).rename("persons").reset_index()
    both = pd.concat([over_all.assign(period=EVERYTHING, of=of.sum()), by_year.assign(of=by_year["period"].map(of))], ignore_index=True)
    return told([hidden(r.period, r.category) if pd.isna(r.persons) else
                 {"period": r.period, "category": r.category, "value": round(r.persons / r.of, 3), "persons": r.of}
                 for r in both.sort_values(["period", "category"]).itertuples()])


def _undivided_by_age(source: Source) -> pd.Series:
    """How many of the charged are not broken down by age, by year."""
    by_year = by_one(source.cells, "charged", "year", "age")
    aside = by_year[by_year["category"] == UNDIVIDED].set_index("period")["persons"]
    return aside.reindex(national(source.cells, "charged", "year").index).fillna(0).astype("int64")


def median_age(source: Source) -> pd.DataFrame:
    """The median age at the charge by year, with the quartiles; of those whose age is certain to the year, and who stand in the
    breakdown by age if there is one. Hidden where it would narrow a hidden number of that breakdown."""
    charged = source.charged
    certain = charged[charged["least"] == charged["most"]]
    if source.by_age is not None:
        certain = certain[certain.index.isin(source.by_age)]
    years = pd.concat([certain.assign(period=year_of(certain["date"]).astype("str")), certain.assign(period=EVERYTHING)])
    grouped = years.astype({"least": "float64"}).groupby("period")["least"]
    table = grouped.quantile([0.25, 0.5, 0.75]).unstack().assign(n=grouped.size())
    cells = by_one(source.cells, "charged", "year", "age")
    cells = cells[cells["category"] != UNDIVIDED]
    rows = []
    for r in table.itertuples():
        here = cells if r.Index == EVERYTHING else cells[cells["period"] == r.Index]
        silent = r.n < source.rule.at_least or not _said_already((round(r[1]), round(r[2]), round(r[3])), r.n, here)
        rows.append(hidden(str(r.Index), "") if silent else {
            "period": r.Index, "value": round(r[2]), "lower": round(r[1]), "upper": round(r[3]), "persons": rests_on(r.n), "status": "rounded"})
    return told(rows)


def _said_already(quartiles: tuple[int, int, int], persons: int, cells: pd.DataFrame) -> bool:
    """Whether all that quartiles of so many `persons` say of the numbers by age group (category, persons) follows from those that are
    shown: that a quarter, a half, three quarters are of that age or younger, and the others of that age or older; and that their ages are
    known, whose number is what those of unknown age leave."""
    shown, silent = cells.groupby("category")["persons"].sum(), set(cells.loc[cells["persons"].isna(), "category"])
    if not silent:
        return True
    # A year more, since a quartile between two ages is rounded.
    younger = [shown.reindex([g for g, (low, _) in ages.SPANS.items() if low <= age + 1]).sum() for age in quartiles]
    older = [shown.reindex([g for g, (_, high) in ages.SPANS.items() if high > age - 1]).sum() for age in quartiles]
    enough_known = ages.UNKNOWN not in silent or shown.reindex(ages.GROUPS).sum() >= persons
    return bool(enough_known and all(y >= share * persons and o >= (1 - share) * persons
                                               for y, o, share in zip(younger, older, (0.25, 0.5, 0.75), strict=True)))


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


