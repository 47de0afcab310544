"""What the overlap of several lists says of the cases that stand on none of them. Unit: persons.

Never added to a count: an estimate stands beside it, with its interval and its assumptions (docs/methods.md). In short:
lists are taken as drawn independently, or dependent only in pairs. Monitors' lists aren't: they copy each other, and a
case that is known is known to all. Such lists overlap too much, and the answer comes out too low. It is a least
estimate, and it says nothing of cases that no list could ever have held.

Sources: D. G. Chapman, "Some properties of the hypergeometric distribution with applications to zoological sample
censuses" (1951); G. A. F. Seber, "The effects of trap response on tag recapture estimates", Biometrics 26 (1970), for
the variance; A. Chao, "Estimating population size for sparse data in capture-recapture experiments", Biometrics 45
(1989), for the log-normal interval; S. E. Fienberg, "The multiple recapture census for closed populations and
incomplete 2^k contingency tables", Biometrika 59 (1972), for the log-linear models; R. M. Cormack and P. E. Jupp,
"Inference for Poisson and multinomial models for capture-recapture experiments", Biometrika 78 (1991), for their
variance; K. P. Burnham and D. R. Anderson, "Model selection and multimodel inference" (2002), for averaging them.
More in docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, product

import numpy as np
import pandas as pd
from scipy.special import gammaln, ndtr, ndtri, xlogy

MOST_LISTS = 4
"""Four lists have 64 models, five 1,024, most of them with no data to tell them apart."""

LEAST_BOTH = 7
"""Persons that two lists must share: Chapman's estimate has a bias under 2 % from 7 on (D. S. Robson and H. A. Regier,
"Sample size in Petersen mark-recapture experiments", Transactions of the American Fisheries Society 93, 1964)."""

LIKELY_TOO_LOW = (
    "Lists that copy each other, or that all hold the well-known cases and all miss the same hidden ones, overlap more"
    " than independent lists would. The number of missing cases then comes out too low: read it as at least so many."
)


@dataclass(frozen=True)
class Estimate:
    """How many persons there are in all (`total`, with the interval `lower` to `upper` of probability `level`), of
    whom `observed` stand on a list and about `missing` on none. Without a number the four are missing (NaN) and
    `reason` says why."""

    observed: int
    total: float
    missing: float
    lower: float
    upper: float
    level: float
    method: str
    variance: float = float("nan")
    reason: str | None = None


def _no_number(observed: int, level: float, method: str, reason: str) -> Estimate:
    nothing = float("nan")
    return Estimate(observed, nothing, nothing, nothing, nothing, level, method, reason=reason)


def membership(*facts: pd.DataFrame) -> pd.DataFrame:
    """Who is on whose lists: one row a person (index person_id), one bool column an organisation.

    `facts`: linked tables with `person_id` and `organisations` (joined by a space). By organisation and not by list,
    because two lists of one organisation are one witness.
    """
    told = pd.concat([table[["person_id", "organisations"]] for table in facts]).dropna()
    # Few texts are different, so each is split once.
    text, texts = pd.factorize(told["organisations"])
    names = sorted({name for one in texts for name in one.split()})
    on = np.array([[name in one.split() for name in names] for one in texts], dtype=bool).reshape(len(texts), len(names))
    person, persons = pd.factorize(told["person_id"])
    found = np.zeros((len(persons), len(names)), dtype=bool)
    np.logical_or.at(found, person, on[text])
    return pd.DataFrame(found, index=pd.Index(persons, name="person_id"), columns=pd.Index(names, name="organisations")).sort_index()


def overlap(membership: pd.DataFrame) -> pd.DataFrame:
    """Persons by capture history: one row for each combination of lists but "on none", a bool column a list, `persons`.

    `membership`: one row a person, one bool column a list. Persons on none of the lists (on lists left out here) are
    not counted.
    """
    lists = list(membership.columns)
    histories = pd.DataFrame([h for h in product([False, True], repeat=len(lists)) if any(h)], columns=lists)
    counts = membership.astype(bool).value_counts()
    keys = histories.itertuples(index=False, name=None)
    return histories.assign(persons=[int(counts.get(key, 0)) for key in keys])


def estimate(membership: pd.DataFrame, level: float = 0.95) -> Estimate:
    """The cases on none of the lists: Chapman for two lists, log-linear models for three and more.

    `membership` as for `overlap`. Put lists of one organisation together first (`membership[[…]].any(axis=1)`): a list
    drawn from another one is no second witness, and is refused.
    """
    histories = overlap(membership)
    lists = [c for c in histories if c != "persons"]
    if (reason := _not_comparable(histories, lists)) is not None:
        return _no_number(int(histories["persons"].sum()), level, "none", reason)
    if len(lists) == 2:
        a, b = (int(histories.loc[histories[x], "persons"].sum()) for x in lists)
        return chapman(a, b, int(histories.loc[histories[lists].all(axis=1), "persons"].sum()), level)
    return loglinear(histories, level)


def _not_comparable(histories: pd.DataFrame, lists: list[str]) -> str | None:
    """Why these lists can't be compared, if one is too few or one lies wholly within another; else None."""
    if len(lists) < 2:
        return "One list alone says nothing of the cases it misses; at least two are needed."
    if len(lists) > MOST_LISTS:
        return f"{len(lists)} lists are too many for the models; put lists of one organisation together."
    for inner, outer in product(lists, lists):
        only = histories.loc[histories[inner] & ~histories[outer], "persons"].sum()
        if inner != outer and not only:
            return (f"Every person on the list {inner!r} is also on {outer!r}: it is part of it and no second witness."
                    " Put the two together.")
    return None


def chapman(a: int, b: int, both: int, level: float = 0.95) -> Estimate:
    """The total from two lists of `a` and `b` persons of whom `both` are on the two.

    (a + 1)(b + 1) / (both + 1) - 1, Seber's variance, and an interval that is log-normal in the number missing, so that
    it never falls below what was observed. Raises ValueError if `both` exceeds a list.
    """
    if not 0 <= both <= min(a, b):
        raise ValueError(f"{both} persons can't be on two lists of {a} and {b}.")
    observed = a + b - both
    if both < LEAST_BOTH:
        return _no_number(observed, level, "Chapman", f"The lists share fewer than {LEAST_BOTH} persons, which are"
                          " needed for an estimate.")
    total = (a + 1) * (b + 1) / (both + 1) - 1
    variance = (a + 1) * (b + 1) * (a - both) * (b - both) / ((both + 1) ** 2 * (both + 2))
    missing = total - observed
    if missing <= 0:
        return Estimate(observed, total, 0.0, observed, observed, level, "Chapman", variance)
    factor = float(np.exp(ndtri(0.5 + level / 2) * np.sqrt(np.log1p(variance / missing ** 2))))
    return Estimate(observed, total, missing, observed + missing / factor, observed + missing * factor, level,
                    "Chapman", variance)


MODEL_COLUMNS = ["interactions", "parameters", "deviance", "aic", "bic", "weight", "missing", "log_variance"]
"""A log-linear model: the pairs of lists it lets depend ("A×B, A×C"), its fit, its `weight` in the average, the number
`missing` by it, and the variance of that number's logarithm."""


def loglinear(histories: pd.DataFrame, level: float = 0.95) -> Estimate:
    """The total from the capture histories (`overlap`) of two to four lists, averaged over the models of `models`.

    By each model the number missing is log-normal, with the variance of Cormack and Jupp (Poisson scatter of the number
    itself, and of its estimate); the average is the mixture, of which `total` takes the median and the interval the
    middle `level`. So it holds the doubt about which lists depend, which a single chosen model hides.
    """
    observed = int(histories["persons"].sum())
    lists = histories.columns.drop("persons")
    shared = int(histories.loc[histories[lists].sum(axis=1) > 1, "persons"].sum())
    if shared < LEAST_BOTH:
        return _no_number(observed, level, "log-linear", f"The lists share fewer than {LEAST_BOTH} persons, which"
                          " are needed for an estimate.")
    from scipy.optimize import brentq  # takes a fifth of a second to load, and most vintages have two lists

    table = models(histories)
    if table.empty:
        return _no_number(observed, level, "log-linear", "No model of these lists can be estimated: too many"
                          " combinations of lists hold nobody.")
    weight, centre = table["weight"].to_numpy(), np.log(table["missing"].to_numpy())
    spread = np.sqrt(np.log1p(1 / table["missing"] + table["log_variance"])).to_numpy()
    ends = centre.min() - 10 * spread.max(), centre.max() + 10 * spread.max()

    def quantile(p: float) -> float:
        return float(np.exp(brentq(lambda x: weight @ ndtr((x - centre) / spread) - p, *ends)))

    missing = quantile(0.5)
    lower, upper = (observed + quantile(0.5 + side * level / 2) for side in (-1, 1))
    return Estimate(observed, observed + missing, missing, lower, upper, level, "log-linear")


def models(histories: pd.DataFrame) -> pd.DataFrame:
    """Every hierarchical Poisson log-linear model with main effects and any interactions of two lists, best AIC first.

    Columns MODEL_COLUMNS. A pair of lists that share nobody gets no interaction (its effect would be minus infinity),
    and a model without a finite estimate is left out. The weights are exp(-AIC/2), summing to 1. BIC is given too; it
    holds too fast to the simple models: weighted by it, intervals miss weak dependence between lists.
    """
    lists = [str(c) for c in histories if c != "persons"]
    on = histories.drop(columns="persons").to_numpy(bool)
    persons = histories["persons"].to_numpy(float)
    rows = []
    for pairs in _interactions(on, persons):
        design = np.column_stack([np.ones(len(on)), on, *(on[:, a] & on[:, b] for a, b in pairs)]).astype(float)
        if (fit := _fit(design, persons)) is None:
            continue
        log_missing, log_variance, likelihood, deviance = fit
        k = design.shape[1]
        rows.append((", ".join(f"{lists[a]}×{lists[b]}" for a, b in pairs), k, deviance, 2 * k - 2 * likelihood,
                     k * np.log(persons.sum()) - 2 * likelihood, np.nan, np.exp(log_missing), log_variance))
    table = pd.DataFrame(rows, columns=MODEL_COLUMNS).sort_values("aic", kind="stable", ignore_index=True)
    relative = np.exp(-(table["aic"] - table["aic"].min()) / 2)
    return table.assign(weight=relative / relative.sum())


def _interactions(on: np.ndarray, persons: np.ndarray) -> Iterator[tuple[tuple[int, int], ...]]:
    """Every set of pairs of lists that may interact, as long as there are no more parameters than histories."""
    pairs = [pair for pair in combinations(range(on.shape[1]), 2) if persons[on[:, pair].all(axis=1)].sum() > 0]
    most = len(on) - 1 - on.shape[1]
    return chain.from_iterable(combinations(pairs, size) for size in range(min(len(pairs), most) + 1))


def _fit(design: np.ndarray, persons: np.ndarray) -> tuple[float, float, float, float] | None:
    """(intercept, its variance, log-likelihood, deviance) of a Poisson regression with a log link, by iteratively
    reweighted least squares; None if it doesn't converge. The intercept is the logarithm of the count expected on no
    list."""
    mean = persons + 0.5
    linear, last = np.log(mean), np.zeros(design.shape[1])
    for _ in range(100):
        weighted = design.T * mean
        try:
            effects = np.linalg.solve(weighted @ design, weighted @ (linear + (persons - mean) / mean))
        except np.linalg.LinAlgError:
            return None
        if np.abs(effects - last).max() < 1e-9:
            variance = np.linalg.inv(weighted @ design)[0, 0]
            likelihood, saturated = ((xlogy(persons, m) - m - gammaln(persons + 1)).sum() for m in (mean, persons))
            return effects[0], variance, likelihood, 2 * (saturated - likelihood)
        linear, last = np.clip(design @ effects, -30, 30), effects
        mean = np.exp(linear)
    return None
