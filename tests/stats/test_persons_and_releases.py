"""Ages, articles, absentia, recognition and grounds of release, on cases small enough to count by hand."""

import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats import ages, measures, recognised, releases, shares


def dated(*texts: str | None) -> tuple[pd.Series, pd.Series]:
    """(dates, precisions) as the linked tables have them."""
    whole = [None if t is None else {4: f"{t}-01-01", 7: f"{t}-01"}.get(len(t), t) for t in texts]
    precision = [None if t is None else {4: "year", 7: "month"}.get(len(t), "day") for t in texts]
    return pd.to_datetime(pd.Series(whole, dtype="str")).astype("datetime64[us]"), pd.Series(precision, dtype="str")


@pytest.mark.parametrize(("event", "birth", "least", "most", "group"), [
    ("2024-03-04", "2006-03-05", 17, 17, "0-17"),
    ("2024-03-05", "2006-03-05", 18, 18, "18-24"),
    ("2024-07-01", "1990", 33, 34, "25-34"),
    ("2024-07-01", "1989", 34, 35, "unknown"),          # 34 or 35: two groups
    ("2024", "1989-12-31", 34, 35, "unknown"),
    ("2024-07", "1960-07-15", 63, 64, "55-64"),
    ("2024-02-28", "2000-02-29", 23, 23, "18-24"),
    ("2024-07-01", "2020-01-01", None, None, "unknown"),  # a mistyped year of birth
    (None, "1989-12-31", None, None, "unknown"), ("2024-07-01", None, None, None, "unknown")])
def test_age_as_far_as_the_dates_tell(event, birth, least, most, group) -> None:
    found = ages.ages(*dated(event), *dated(birth))
    assert [None if pd.isna(v) else v for v in found.iloc[0]] == [least, most]
    assert ages.groups(found).tolist() == [group]


days = st.dates(datetime.date(1940, 1, 1), datetime.date(2005, 12, 31))


@given(days, st.dates(datetime.date(2020, 1, 1), datetime.date(2026, 12, 31)), st.sampled_from([4, 7, 10]),
       st.sampled_from([4, 7, 10]))
def test_the_true_age_lies_within_what_coarser_dates_leave_open(birth, event, birth_length, event_length) -> None:
    exact = ages.ages(*dated(event.isoformat()), *dated(birth.isoformat())).iloc[0]
    coarse = ages.ages(*dated(event.isoformat()[:event_length]), *dated(birth.isoformat()[:birth_length])).iloc[0]
    assert exact["least"] == exact["most"]
    assert coarse["least"] <= exact["least"] <= coarse["most"] <= coarse["least"] + 2


def test_articles_of_a_person_are_counted_once_each() -> None:
    articles = pd.Series(["342.1 342.2", "342 368", "293.1+13.1", "361-4 361 342", "1 2 3 4 5", None], dtype="str")
    assert shares.article_counts(articles).tolist() == ["1", "2", "1", "3", "4+", "unknown"]


def test_absentia_is_a_share_of_those_sentenced_each_once() -> None:
    date, precision = dated("2023-02-01", "2023-05-01", "2023", None, "2024-01-01")
    sentences = pd.DataFrame({"person_id": list("abcda"), "sentenced_on": date, "sentenced_on_precision": precision,
                              "in_absentia": pd.array([True, None, False, True, True], "boolean")})
    found = shares.absentia(sentences).set_index(["period", "category"])
    assert found.loc[("2023", "in absentia"), ["persons", "of", "share"]].tolist() == [1, 3, pytest.approx(1 / 3)]
    assert found.loc[("2023", "not told"), "persons"] == 2
    assert found.loc[("0000", "in absentia"), "persons"] == 1
    assert "2024" not in found.index, "a's second sentence is no second person"
    assert set(shares.absentia(sentences, "month")["period"]) == {"2023-02", "2023-05", "2023-00", "0000-00"}


def test_releases_by_ground_keep_the_undated() -> None:
    date, precision = dated("2025-12-13", "2024", None, None, "2025-01-02")
    facts = pd.DataFrame({"person_id": list("abcda"), "released_on": date, "released_on_precision": precision,
                          "outcome": pd.Series(["pardon", "term_served", None, "pardon", "amnesty"], dtype="str")})
    months = releases.flow(facts).set_index(["period", "outcome"])["persons"].to_dict()
    assert months == {("2025-01", "amnesty"): 1, ("2024-00", "term_served"): 1, ("0000-00", "unknown"): 1, ("0000-00", "pardon"): 1}
    assert releases.flow(facts, "year")["persons"].sum() == 4


def test_recognised_are_the_held_and_the_former() -> None:
    persons = pd.DataFrame({"person_id": list("abcd"), "status": pd.Series(["held", "held", "former", "not_recognised"], dtype="str")})
    found = recognised.recognised(persons, pd.DataFrame({"person_id": ["b"]}))
    assert found.set_index("category")["persons"].to_dict() == {"recognised": 3, "held": 1, "former": 2}


def test_a_person_is_known_from_the_first_report_of_any_fact_of_the_kind() -> None:
    def facts(date: str, *rows: tuple) -> pd.DataFrame:
        columns = ["person_id", date, "articles", "region", "punishment", "first_reported"]
        frame = pd.DataFrame(rows, columns=columns).astype(
            {"person_id": "str", "articles": "str", "region": "str", "punishment": "str"})
        when, precision = dated(*[row[1] for row in rows])
        reported = pd.to_datetime(frame["first_reported"]).astype("datetime64[us]")
        return frame.assign(**{date: when, f"{date}_precision": precision, "first_reported": reported})

    charges = facts("charged_on", ("a", "2024-01-05", "342", None, None, "2024-03-01"))
    charges = charges.assign(detained_on=pd.Series([pd.NaT], dtype="datetime64[us]"), detained_on_precision=pd.Series([None], dtype="str"))
    sentences = facts("sentenced_on", ("a", "2024-02-01", "342", None, "fine", "2024-02-10"),
                      ("a", "2025-02-01", "368", None, "fine", "2024-02-05"), ("b", None, None, None, "fine", "2025-01-01"))
    gone = facts("released_on").assign(outcome=pd.Series(dtype="str"), deported=pd.Series(dtype="boolean"), wave=pd.Series(dtype="str"))
    persons = pd.DataFrame({"person_id": ["a", "b"], "sex": pd.Series([None, "male"], dtype="str")})
    found = measures.events(persons, charges, sentences, gone).set_index(["measure", "person_id"])["first_reported"]
    assert found["sentenced", "a"] == found["charged", "a"] == pd.Timestamp("2024-02-05")
    assert found["charged", "b"] == pd.Timestamp("2025-01-01")
