"""What a statistic must rest on to be shown: the rule for shares, sums, means, medians and curves.

Counts are protected as tables (stats/disclosure.py). What stands here is for numbers that no table holds. So that none
helps to find a hidden cell, they are either made of published counts alone, or rest on enough persons and are rounded.
Sources: Hundepool et al., "Statistical Disclosure Control" (2012), ch. 4, for the p % rule; Eurostat, "Guidelines for
output checking" (2010), for ten units and for order statistics.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

STEPS = (0.01, 0.05, 0.1)
"""To what shares are rounded: the finest of these that leaves open as many persons as the rule demands."""

REST = 5
"""The number of persons a statistic rests on is shown rounded down to a multiple of this."""

DOMINANT = 0.1
"""p % rule: a sum is hidden if, without the two largest, less than this share of the largest is left: whoever had the
second largest could work out the largest to within that share."""


@dataclass(frozen=True)
class Rule:
    """`fewer_than`: a group of fewer persons is not shown; `narrowest`: how many persons a share must leave open;
    `at_least`: how many persons a sum, mean, median or point of a curve must rest on."""

    fewer_than: int
    narrowest: int
    at_least: int


def share(persons: int, of: int, rule: Rule) -> float | None:
    """The rounded share of `persons` among `of`; None if it may not be shown.

    Both those in the group and those not in it are `fewer_than` or more (0 too is not told: it would tell of everybody),
    and the numbers of persons that would be told as the same share reach over `narrowest` at least. The step depends on
    `of` alone, since a step chosen by the number of persons would tell of it.
    """
    step = _step(of, rule)
    return None if step is None or span(persons, of, rule) is None else round(round(persons / of / step) * step, 2)


def span(persons: int, of: int, rule: Rule) -> tuple[int, int] | None:
    """The least and the greatest number of persons that are told as the share of `persons`; None if none is told."""
    step = _step(of, rule)
    if step is None or persons < rule.fewer_than or of - persons < rule.fewer_than:
        return None
    told = round(persons / of / step)
    lowest = max(rule.fewer_than, math.floor((told - 0.5) * step * of) + 1)
    highest = min(of - rule.fewer_than, math.ceil((told + 0.5) * step * of) - 1)
    return None if highest - lowest < rule.narrowest else (lowest, highest)


def _step(of: int, rule: Rule) -> float | None:
    """To what shares of so many are rounded; None if they are too few for any."""
    # Two more than demanded, because the ends of a rounding interval may be whole numbers that are rounded away from it.
    return next((s for s in STEPS if of >= rule.at_least and of * s >= rule.narrowest + 2), None)


def parts(persons: Mapping[str, int], rule: Rule, public: Collection[str] = ()) -> dict[str, float | None]:
    """The shares of all the groups a whole consists of; None where one may not be shown.

    Groups are hidden (the smallest first) until those hidden could together be as few or as many as the rule demands,
    for whoever knows the whole and subtracts what is shown, and the groups whose number is `public` elsewhere.
    """
    of = sum(persons.values())
    spans = {name: span(n, of, rule) for name, n in persons.items()}
    for name in sorted(set(persons) - {*public}, key=lambda n: (persons[n], n)):
        known = {n: (persons[n], persons[n]) if n in public else ends for n, ends in spans.items()}
        told = [ends for ends in known.values() if ends is not None]
        hidden = len(spans) - len(told)
        if not hidden or wide_enough(of, of, told, hidden, rule):
            break
        spans[name] = None
    return {name: None if spans[name] is None else share(n, of, rule) for name, n in persons.items()}


def wide_enough(lowest: int, highest: int, told: Collection[tuple[int, int]], hidden: int, rule: Rule) -> bool:
    """Whether `hidden` groups (of one person at the least) of a whole between `lowest` and `highest` could together be as
    few or as many as the rule demands, by the ends between which the others are `told`."""
    most = highest - sum(least for least, _ in told)
    return most - max(hidden, lowest - sum(most for _, most in told)) >= rule.narrowest


def of_curve(waiting: float, at_risk: int, rule: Rule) -> float | None:
    """To what a point of a curve is rounded where `at_risk` persons are a share `waiting` of all; None if it may not be told.

    One person is 1 / at_risk of those at risk, thus waiting / at_risk of the height of the curve.
    """
    return _step(int(at_risk / waiting), rule) if waiting > 0 and at_risk >= rule.at_least else None


def total(values: pd.Series, rule: Rule) -> float | None:
    """The sum of `values` (none below 0), one a person; None if it rests on too few or one of them dominates it."""
    known = np.sort(values.dropna().to_numpy(float))[::-1]
    if len(known) < rule.at_least or known[2:].sum() < DOMINANT * known[0]:
        return None
    return float(known.sum())


def rests_on(persons: int) -> int:
    """How many persons a statistic rests on, rounded down."""
    return int(persons // REST * REST)


def whole_may_be_shown(parts: pd.Series, shown: pd.Series, rule: Rule) -> bool:
    """Whether a sum over parts may stand beside those of them that are `shown` (bool): the persons (`parts`) of those
    that are not must be none, or enough, since their sum can be worked out."""
    hidden = int(parts[~shown].sum())
    return hidden == 0 or hidden >= rule.at_least
