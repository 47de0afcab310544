"""How often the nowcast's interval holds the truth, and how much nearer than the bare count its estimate comes."""

import numpy as np
import pandas as pd

from data.sample_world import world
from stats.delay import back_test, score

VIEWS = pd.date_range("2023-02-28", "2025-02-28", freq="ME")
MONTHS = 57
LEVEL = 0.8
SEED = 20260831


def sample(seed: int) -> pd.DataFrame:
    """The sentences of the sample's world that any list will tell of, first reported by whichever list is first."""
    persons = world(seed).persons
    told = persons[persons["known"] & persons["sentenced_on"].notna()]
    reports = [told[f"reported_{name}"].where(told[f"on_{name}"]) for name in ("viasna", "dissidentby")]
    dates = {"date": told["sentenced_on"], "first_reported": pd.concat(reports, axis=1).min(axis=1)}
    return pd.DataFrame(dates).astype("datetime64[us]").assign(precision="day")


def simulated(kind: str, seed: int) -> pd.DataFrame:
    """Events from August 2020 on, four fifths reported within weeks, a fifth after 3 to 18 months; with
    delays that by `kind` differ from month to month, grow over the years, or wait for a round-up every second month."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(130 * rng.gamma(20, 1 / 20, MONTHS))
    month = np.repeat(np.arange(MONTHS), counts)
    first = pd.period_range("2020-08", periods=MONTHS, freq="M").start_time
    date = pd.Series(first[month]).astype("datetime64[us]") + pd.to_timedelta(rng.integers(0, 28, len(month)), "D")
    weeks = {"months differ": rng.gamma(6, 20 / 6, MONTHS), "delays grow": np.linspace(12, 45, MONTHS)}
    late = rng.beta(4, 16, MONTHS) if kind == "months differ" else np.full(MONTHS, 0.2)
    soon = rng.exponential(weeks.get(kind, np.full(MONTHS, 20.0))[month])
    lag = np.where(rng.random(len(month)) < late[month], rng.uniform(90, 540, len(month)), soon)
    reported = (date + pd.to_timedelta(lag, "D")).dt.floor("D")
    if kind == "round-ups":
        period = reported.dt.to_period("M")
        round_up = (period + period.dt.month % 2).dt.end_time.dt.floor("D")
        reported = reported.where(rng.random(len(month)) > 0.4, round_up)
    return pd.DataFrame({"date": date, "precision": "day", "first_reported": reported.astype("datetime64[us]")})


def truth(events: pd.DataFrame) -> pd.Series:
    """Persons by month ("2024-07"), however late they became known."""
    return events["date"].dt.strftime("%Y-%m").value_counts()


def table(worlds: dict[str, list[pd.DataFrame]]) -> pd.DataFrame:
    """The scores (stats.delay.score) of the last three months as seen in VIEWS, by kind of world."""
    parts = []
    for kind, frames in worlds.items():
        told = pd.concat([back_test(events, VIEWS, truth(events), level=LEVEL) for events in frames])
        parts.append(score(told).assign(world=kind))
    return pd.concat(parts, ignore_index=True).set_index(["world", "age"])


def main() -> None:
    worlds = {"the sample": [sample(SEED)], "four more of its kind": [sample(seed) for seed in range(1, 5)]}
    for kind in ("months differ", "delays grow", "round-ups"):
        worlds[kind] = [simulated(kind, seed) for seed in range(3)]
    print(f"{len(VIEWS)} monthly views, the last three months of each; interval of {LEVEL:.0%}; errors in persons")
    print(table(worlds).round(2).to_string())


if __name__ == "__main__":
    main()
