"""Estimates of the cases on no list: right where formulas and published figures say, silent where lists say nothing."""

import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import coverage


def histories(lists: str, *persons: int) -> pd.DataFrame:
    """Capture histories in the order 001, 010, 011, 100, …"""
    rows = [h for h in product([False, True], repeat=len(lists.split())) if any(h)]
    return pd.DataFrame(rows, columns=lists.split()).assign(persons=persons)


def drawn(seed: int, persons: int, *chances: float) -> pd.DataFrame:
    """Independent lists, each holding a person with its chance."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({f"list {i}": rng.random(persons) < chance for i, chance in enumerate(chances)})


SPINA_BIFIDA = histories("birth death rehabilitation", 60, 49, 4, 247, 112, 142, 12)
"""Children with spina bifida in upstate New York on three registers (Hook, Albright and Cross, American Journal of
Epidemiology 112, 1980)."""


def test_membership_is_by_organisation_over_all_facts() -> None:
    charges = pd.DataFrame({"person_id": ["p", "q", "r"], "organisations": ["one", "one two", None]}, dtype="str")
    sentences = pd.DataFrame({"person_id": ["p", "p", "s"], "organisations": ["two", "one", "two"]}, dtype="str")
    on = coverage.membership(charges, sentences)
    assert on.to_dict("index") == {
        "p": {"one": True, "two": True}, "q": {"one": True, "two": True}, "s": {"one": False, "two": True}}
    assert coverage.overlap(on)["persons"].tolist() == [1, 0, 2]


def test_overlap_counts_each_history_and_nobody_on_no_list() -> None:
    on = pd.DataFrame({"a": [True, True, True, False, False], "b": [False, False, True, True, False]})
    assert coverage.overlap(on).values.tolist() == [[False, True, 1], [True, False, 2], [True, True, 1]]


def test_chapman_and_seber() -> None:
    result = coverage.chapman(100, 150, 50)
    assert result.total == pytest.approx(101 * 151 / 51 - 1)
    assert result.variance == pytest.approx(101 * 151 * 50 * 100 / (51 ** 2 * 52))
    assert result.observed == 200
    spread = math.exp(1.959964 * math.sqrt(math.log(1 + result.variance / result.missing ** 2)))
    assert result.lower == pytest.approx(200 + result.missing / spread)
    assert result.upper == pytest.approx(200 + result.missing * spread)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 3000))
def test_chapman_never_falls_below_what_was_observed(only_a: int, only_b: int, both: int) -> None:
    result = coverage.chapman(only_a + both, only_b + both, both)
    if both < coverage.LEAST_BOTH:
        assert result.reason
        assert math.isnan(result.total)
    else:
        assert result.observed == only_a + only_b + both
        assert result.observed <= result.lower <= result.total <= result.upper
        mirrored = coverage.chapman(only_b + both, only_a + both, both)
        assert mirrored.total == pytest.approx(result.total)


@pytest.mark.parametrize("lists", [(5, 9, 6), (5, 9, -1)])
def test_chapman_refuses_impossible_lists(lists: tuple) -> None:
    with pytest.raises(ValueError, match="can't be on two lists"):
        coverage.chapman(*lists)


def test_two_lists_without_interaction_are_lincoln_and_petersen() -> None:
    result = coverage.loglinear(histories("a b", 100, 50, 50))
    assert result.missing == pytest.approx(100 * 50 / 50)


def test_models_of_published_registers() -> None:
    """With both dependences found by Hook et al., the registers held 68, 27 and 25 % of the cases, as they printed."""
    table = coverage.models(SPINA_BIFIDA).set_index("interactions")
    assert len(table) == 8
    total = 626 + table.loc["birth×death, death×rehabilitation", "missing"]
    shares = [round(100 * n / total) for n in (513, 207, 188)]
    assert shares == [68, 27, 25]
    assert 626 / total == pytest.approx(0.8, abs=0.05)
    assert table.index[0] == "birth×death, death×rehabilitation"
    assert table["weight"].sum() == pytest.approx(1)


def test_saturated_model_has_its_closed_form() -> None:
    """Without a three-way interaction: the product of the odd cells over that of the pairs."""
    saturated = coverage.models(SPINA_BIFIDA).set_index("parameters").loc[7]
    assert saturated["missing"] == pytest.approx(247 * 49 * 60 * 12 / (142 * 112 * 4))
    assert saturated["log_variance"] == pytest.approx(sum(1 / n for n in SPINA_BIFIDA["persons"]))
    assert saturated["deviance"] == pytest.approx(0, abs=1e-8)


def test_aic_and_bic_punish_parameters() -> None:
    table = coverage.models(SPINA_BIFIDA)
    likelihood = table["parameters"] - table["aic"] / 2
    assert (table["bic"] + 2 * likelihood).tolist() == pytest.approx((table["parameters"] * math.log(626)).tolist())
    constant = table["deviance"] + 2 * likelihood
    assert constant.tolist() == pytest.approx([constant[0]] * 8)


def test_four_lists_have_64_models() -> None:
    on = drawn(1, 3000, 0.5, 0.4, 0.3, 0.3)
    table = coverage.models(coverage.overlap(on))
    assert len(table) == 64
    result = coverage.estimate(on)
    assert result.lower < 3000 < result.upper


def test_a_pair_that_shares_nobody_gets_no_interaction() -> None:
    table = coverage.models(histories("a b c", 60, 50, 20, 240, 40, 0, 0))
    assert not any("a×b" in name for name in table["interactions"])
    assert np.isfinite(table["missing"]).all()


def test_intervals_hold_the_truth_as_often_as_promised() -> None:
    """60 worlds of 2,000 with three independent lists: 95 % of them, within what chance allows."""
    held = [coverage.estimate(drawn(seed, 2000, 0.5, 0.35, 0.25)) for seed in range(60)]
    assert sum(e.lower <= 2000 <= e.upper for e in held) >= 53
    assert abs(np.mean([e.total for e in held]) - 2000) < 40


def test_dependence_of_a_pair_is_found() -> None:
    rng = np.random.default_rng(20)
    on = drawn(2, 4000, 0.5, 0.35)
    on["copy"] = rng.random(4000) < np.where(on["list 0"], 0.5, 0.15)
    assert coverage.models(coverage.overlap(on))["interactions"].iloc[0].startswith("list 0×copy")
    assert coverage.estimate(on).lower < 4000 < coverage.estimate(on).upper
    assert coverage.estimate(on[["list 0", "copy"]]).upper < 4000, "two dependent lists alone tell too little"


@pytest.mark.parametrize(("on", "words"), [
    (drawn(3, 50, 0.5), "One list alone"),
    (drawn(3, 50, 0.5, 0.5, 0.5, 0.5, 0.5), "5 lists are too many"),
    (drawn(3, 500, 0.5, 0.4).assign(part=lambda on: on["list 0"] & (on.index < 250)), "'part' is also on 'list 0'"),
    (drawn(3, 20, 0.3, 0.3), "share"),
    (drawn(3, 20, 0.2, 0.2, 0.2), "share"),
    (drawn(3, 0, 0.5, 0.5), "is also on"),
])
def test_lists_that_say_nothing_get_no_number(on: pd.DataFrame, words: str) -> None:
    result = coverage.estimate(on)
    assert words in (result.reason or "")
    assert math.isnan(result.total) and math.isnan(result.lower) and math.isnan(result.upper)
    assert result.observed == on.any(axis=1).sum()


counts = st.lists(st.integers(0, 400), min_size=7, max_size=7)


@settings(max_examples=60, deadline=None)
@given(counts, st.sampled_from([0.5, 0.8, 0.95]))
def test_any_three_lists_give_an_ordered_interval_or_a_reason(persons: list[int], level: float) -> None:
    result = coverage.loglinear(histories("a b c", *persons), level)
    if result.reason:
        assert math.isnan(result.total)
    else:
        assert result.observed <= result.lower <= result.total <= result.upper
