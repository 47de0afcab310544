"""Published lengths and times: terms, years taken, times from one event to the next, and what pardons gave back.

Each is a function of stats.source.Source that gives its numbers, in the unit stats/statistics.py declares.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stats import pardons, survival, terms
from stats.measures import first_of, known_to_month, last_of, year_of
from stats.rule import Rule, of_curve, rests_on, share, total, whole_may_be_shown
from stats.source import EVERYTHING, Source, by_one, hidden, national, told

MONTHS = range(61)
"""At which months a curve is read: each, over five years."""

MOST_UNDATED = 0.1
"""Of those whose wait ended, the share without a date from which on a curve is told as bounds only."""


def terms_total(source: Source) -> pd.DataFrame:
    """Months of each punishment by year of the sentence, and over all years; the note says them as monitors do."""
    return _sums(_first_sentences(source), "punishment", "term_months", source)


def term_length(source: Source) -> pd.DataFrame:
    """The median term of each punishment by year and over all years; `lower` and `upper` are the quartiles."""
    sentences = _first_sentences(source).dropna(subset=["punishment", "term_months"])
    both = pd.concat([sentences, sentences[sentences["told"]].assign(period=EVERYTHING)])
    table = terms.distribution(both, ["period", "punishment"]).merge(both[["period", "punishment", "told"]].drop_duplicates())
    rows = []
    for r in table.itertuples():
        if r.persons < source.rule.at_least or not r.told:
            rows.append(hidden(r.period, r.punishment))
        else:
            rows.append({"period": r.period, "category": r.punishment, "value": round(r.median), "lower": round(r.lower_quartile),
                         "upper": round(r.upper_quartile), "persons": rests_on(r.persons), "status": "rounded"})
    return told(rows)


def _first_sentences(source: Source) -> pd.DataFrame:
    """The first sentence of each person: punishment, period, term_months; `told`: whether the number of those so punished
    in that year is. Where it is hidden, a statistic that rests on ten of them would say that they are ten or more. Those not
    yet broken down by punishment are left out: the growth of a sum would be a late person's term."""
    first = first_of(source.sentences[["person_id", "sentenced_on", "punishment", "term_months"]], "sentenced_on")
    if source.by_punishment is not None:
        first = first[first["person_id"].isin(source.by_punishment)]
    shown = by_one(source.cells, "sentenced", "year", "punishment").dropna()
    first = first.assign(period=year_of(first["sentenced_on"]).astype("str"), term_months=first["term_months"].astype("float64"))
    named = pd.MultiIndex.from_frame(first[["period", "punishment"]])
    return first.assign(told=named.isin(pd.MultiIndex.from_frame(shown[["period", "category"]])))


def _sums(frame: pd.DataFrame, category: str, value: str, source: Source) -> pd.DataFrame:
    """Sums of months by period and category, and over all periods (see `_over_all`)."""
    known = frame.dropna(subset=[category, value])
    rows = []
    for name, of_it in known.groupby(category):
        sums = {str(period): total(part[value], source.rule) if part["told"].all() else None for period, part in of_it.groupby("period")}
        counted, note = _over_all(of_it, sums, source)
        sums[EVERYTHING] = total(counted[value], source.rule)
        persons = {**of_it["period"].value_counts(), EVERYTHING: len(counted)}
        rows += [_told_sum(period, str(name), months, persons[period], note if period == EVERYTHING else "")
                 for period, months in sums.items()]
    return told(rows)


def _over_all(frame: pd.DataFrame, by_period: dict[str, float | None], source: Source) -> tuple[pd.DataFrame, str]:
    """(the persons on whom a figure over all periods may rest, what to say of it): all; or, where it would give away the
    periods that are not shown, those of the periods that are. `frame`: period, `told` (see `_first_sentences`)."""
    shown = pd.Series({period: value is not None for period, value in by_period.items()}, dtype=bool)
    parts = frame["period"].value_counts().reindex(shown.index)
    if frame["told"].all() and whole_may_be_shown(parts, shown, source.rule):
        return frame, ""
    return frame[frame["period"].isin(shown.index[shown])], "; without the periods that are not shown"


def _told_sum(period: str, category: str, months: float | None, persons: int, note: str) -> dict:
    if months is None:
        return hidden(period, category)
    whole = round(months)
    return {"period": period, "category": category, "value": whole, "persons": rests_on(persons), "status": "rounded",
            "note": f"{whole // 12:,} years and {whole % 12} months{note}"}


def person_years(source: Source) -> pd.DataFrame:
    """Years taken up to the day the lists reach to, whole ones."""
    spells = source.spells
    dated = spells["entered"].notna() & (spells["left"].notna() | spells["open"])
    persons, without = int(dated.sum()), int((~dated).sum())
    if persons < source.rule.at_least:
        return told([hidden(source.day, "")])
    note = f"of {rests_on(without)} or more others who were held the time is not known" if rests_on(without) else None
    return told([{"period": source.day, "value": round(terms.person_years(spells, source.as_of)), "note": note,
                  "persons": rests_on(persons), "status": "rounded"}])


def detention_to_sentence(source: Source) -> pd.DataFrame:
    """From the first detention to the first sentence: the curve by month (category "still waiting") and its median."""
    start = known_to_month(source.charges, "detained_on").groupby(source.charges["person_id"]).min()
    first = first_of(source.sentences[["person_id", "sentenced_on", "sentenced_on_precision"]], "sentenced_on").set_index("person_id")
    end = known_to_month(first, "sentenced_on").reindex(start.index)
    ended = pd.Series(start.index.isin(first.index), index=start.index)
    return _curve(start, end, ended, start, source)


def charge_to_release(source: Source) -> pd.DataFrame:
    """From the charge (else the detention) to the release, of those who are or were held: curve and median."""
    spells = source.spells.set_index("person_id")
    charged = source.events[(source.events["measure"] == "charged") & source.events["basis"].isin(["charge", "detention"])]
    start = charged[charged["precision"] != "year"].set_index("person_id")["date"].reindex(spells.index)
    ended = pd.Series(spells.index.isin(source.releases["person_id"]), index=spells.index)
    last = last_of(source.releases[["person_id", "released_on", "released_on_precision"]], "released_on").set_index("person_id")
    earliest = spells["sentenced"].where(spells["sentenced"] > start, start)
    return _curve(start, known_to_month(last, "released_on").reindex(spells.index), ended, earliest, source)


def _curve(start: pd.Series, end: pd.Series, ended: pd.Series, earliest: pd.Series, source: Source) -> pd.DataFrame:
    """The curve with its interval, or, where too many ends are undated, the bounds within which it lies: as if all undated
    ends had come at the `earliest` day they can, and as if none had come yet."""
    waits = survival.durations(start, end, source.as_of, ended)
    undated = waits["left_out"] == "end without a date"
    of_ended = undated.sum() / max(1, (ended & start.notna()).sum())
    note = f"left out: {_left_out(waits, source.rule)}"
    rule = source.rule
    if of_ended <= MOST_UNDATED:
        line = survival.curve(waits)
        middle = survival.median(line)
        read = survival.read_at(line, MONTHS, rule.at_least)
        rows = _read(read, read["waiting"], read["lower"], read["upper"], "estimate", _steps(read, rule))
        ends = (middle.months, middle.lower, middle.upper)
    else:
        told_share = share(int(undated.sum()), int((ended & start.notna()).sum()), rule)
        note = f"{'many' if told_share is None else f'{told_share:.0%}'} of those whose wait ended bear no date of it; {note}"
        soon = survival.curve(survival.durations(start, end.where(~undated, earliest), source.as_of))
        late = survival.curve(survival.durations(start, end, source.as_of))
        low, high = (survival.read_at(line, MONTHS, rule.at_least) for line in (soon, late))
        low, high = low.iloc[:len(high)], high.iloc[:len(low)]
        rows = _read(low, pd.Series(np.nan, low.index), low["waiting"], high["waiting"], "bounds", np.maximum(_steps(low, rule), _steps(high, rule)))
        ends = (np.nan, survival.median(soon).months, survival.median(late).months)
    status = rows[0]["status"] if rows else "hidden"
    # Read at whole months, as the curve is: nearer, it would be the day of one person.
    median = dict(zip(("value", "lower", "upper"), (np.round(m) for m in ends), strict=True)) if rows else {}
    return told([*rows, {"period": "median", "category": "months", "status": status, "note": note,
                         "persons": rests_on(int(waits["months"].notna().sum())), **median}])


def _steps(curve: pd.DataFrame, rule: Rule) -> np.ndarray:
    """To what each point of a curve is rounded; missing where it may not be told."""
    return np.array([of_curve(w, n, rule) for w, n in zip(curve["waiting"], curve["at_risk"], strict=True)], dtype=float)


def _read(curve: pd.DataFrame, value: pd.Series, lower: pd.Series, upper: pd.Series, status: str, steps: np.ndarray) -> list[dict]:
    """The points of a curve, rounded to `steps`, the ends of an interval outwards; up to the first that has no step."""
    enough = np.logical_and.accumulate(~np.isnan(steps))
    points = {"value": np.round(value / steps), "lower": np.floor((lower / steps).round(9)), "upper": np.ceil((upper / steps).round(9))}
    table = pd.DataFrame({name: (point * steps).round(2).to_numpy() for name, point in points.items()}).assign(
        period=curve["months"].map("{:.0f}".format).to_numpy(), persons=[rests_on(n) for n in curve["at_risk"]],
        category="share still waiting", status=status)
    return table[enough].to_dict("records")


def _left_out(waits: pd.DataFrame, rule: Rule) -> str:
    """Of all persons, which share can't be used, by reason."""
    shares = {reason: share(int(n), len(waits), rule) for reason, n in waits["left_out"].value_counts().items()}
    return ", ".join(f"{reason} {told:.0%}" if told else f"{reason} few" for reason, told in shares.items()) or "nobody"


def share_deported(source: Source) -> pd.DataFrame:
    """By wave, from the published counts of the pardoned and the deported."""
    pardoned, deported = (national(source.cells, m, "wave") for m in ("pardoned", "deported"))
    return told([{"period": wave, "value": round(deported.get(wave, 0) / n, 3), "persons": n} for wave, n in pardoned.items()])


def share_served(source: Source) -> pd.DataFrame:
    """By wave and over all, the mean share of the term that was served by the day of the pardon."""
    served = _served(source).dropna(subset=["share_served"]).rename(columns={"wave": "period"}).assign(told=True)
    means = {str(period): part["share_served"].mean() if len(part) >= source.rule.at_least else None
             for period, part in served.groupby("period")}
    counted, note = _over_all(served, means, source)
    persons = {**served["period"].value_counts(), EVERYTHING: len(counted)}
    means[EVERYTHING] = counted["share_served"].mean() if len(counted) >= source.rule.at_least else None
    return told([hidden(period, "") if mean is None else
                 {"period": period, "value": round(mean, 2), "persons": rests_on(persons[period]), "status": "rounded",
                  "note": note.lstrip("; ") or None if period == EVERYTHING else None} for period, mean in means.items()])


def given_back(source: Source) -> pd.DataFrame:
    """By wave and over all, the months of the terms that were left on the day of the pardon."""
    # How many were pardoned in each wave is a national total: every number of persons there is told.
    return _sums(_served(source).assign(category="", period=lambda x: x["wave"], told=True), "category", "months_left", source)


def _served(source: Source) -> pd.DataFrame:
    return pardons.served(source.releases, source.sentences, source.charges)


def sentenced_per_pardon(source: Source) -> pd.DataFrame:
    """By month, the sentenced of three months for each person pardoned in them, from the published national counts."""
    months = _months(source)
    new, free = (national(source.cells, m, "month").reindex(months, fill_value=0) for m in ("sentenced", "pardoned"))
    ratio = pardons.sentenced_per_pardon(new, free)
    both = (new + free).rolling(3).sum()
    return told([{"period": month, "value": round(value, 1), "persons": int(both[month])} for month, value in ratio.dropna().items()])


def _months(source: Source) -> Sequence[str]:
    return pd.period_range(source.first_month, source.as_of, freq="M").astype(str)
