"""Public events on charts: lines, numbers that never meet, and the same in words; those of the vintage that is shown."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import texts
from components import event_marks, filters, statistic_figures
from components.charts import CHARTS
from components.filters import View
from components.picture import drawing
from components.statistic_figures import Curve
from components.told import Told

MARKED = ("monthly", "cumulative", "balance", "held", "ratio")
MONTHS = [str(month) for month in pd.period_range("2020-08", "2026-10", freq="M")]


@pytest.fixture
def view(sample: Path, monkeypatch: pytest.MonkeyPatch) -> View:
    """The usual view of the sample."""
    monkeypatch.setenv("VYRAK_DATA", str(sample))
    return filters.parse("")[0]


def with_events(view: View, events: list[tuple[str, str]]) -> View:
    """The same view of a vintage with these events (day, label)."""
    told = pd.DataFrame([(day, *[label] * 3, "source") for day, label in events], columns=["date", "label_be", "label_ru", "label_en", "source"])
    return replace(view, vintage=replace(view.vintage, events=told))


def lines(figure: dict) -> list[float]:
    """Where the lines of events stand, those of one panel."""
    shapes = [s for s in figure["layout"].get("shapes", []) if s["yref"] == "y domain"]
    return [s["x0"] for s in shapes if s["y0"] == 0]


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("language", texts.languages())
def test_events_are_drawn_and_told_in_words(view: View, name: str, language: str) -> None:
    with texts.using(language):
        shown = CHARTS[name].select(view)
        figure = CHARTS[name].figure(shown, view)
        drawn = lines(figure)
        axis = list(dict.fromkeys(x for trace in figure["data"] for x in trace["x"]))
        labels = list(dict.fromkeys(event[f"label_{language}"] for event in view.vintage.events.to_dict("records") if event["date"][:7] in axis))
        [note] = [note for note in shown.notes if labels[0] in note]
        assert all(f"{n}. {label} (" in note for n, label in enumerate(labels, start=1)) and len(labels) > 4
        first = {event["date"][:7] for event in view.vintage.events.drop_duplicates("label_en").to_dict("records")}
        assert sorted(axis[int(place)] for place in drawn) == sorted(first & set(axis))


def test_a_vintage_shows_the_events_of_its_own_time(view: View) -> None:
    for events in ([], [("2022-02-03", "Invented")]):
        then = with_events(view, events)
        shown = CHARTS["monthly"].select(then)
        assert len(lines(CHARTS["monthly"].figure(shown, then))) == len(events)
        assert [note for note in shown.notes if "Invented" in note] == [f"Dotted lines, by number: {n}. {label} (3 February 2022)."
                                                                        for n, (_, label) in enumerate(events, start=1)]


def test_years_bear_no_events(view: View) -> None:
    by_year = filters.parse("?region=BY-HM&sex=female")[0]
    shown = CHARTS["monthly"].select(by_year)
    assert shown.level == "year" and not lines(CHARTS["monthly"].figure(shown, by_year))
    assert not [note for note in shown.notes if "Dotted" in note]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2027-01-01").date()),
                          st.sampled_from(["an election", "a law", "another law", "<b>a wave</b>"])), max_size=40))
def test_numbers_never_meet_on_a_phone(events: list) -> None:
    told = pd.DataFrame([(f"{day}", f"{label} {n % 15}") for n, (day, label) in enumerate(events)], columns=["date", "label_en"], dtype="str")

    class Vintage:
        events = told

    view = View(vintage=Vintage(), first="2020-08", last="2026-10")  # type: ignore[arg-type]

    def plain(shown: Told, view: View) -> dict:
        return statistic_figures.curves([Curve("all", "#3d3d3d", MONTHS, [float(n) for n in range(len(MONTHS))])])

    figure = event_marks.marked(plain, lambda shown: MONTHS)(Told(pd.DataFrame()), view)
    numbers = [a for a in figure["layout"]["annotations"] if a["text"].isdigit()]
    across = (340 - 48 - 102) / len(MONTHS)
    for one in numbers:
        for other in numbers:
            if one is not other and one["yshift"] == other["yshift"]:
                assert abs(one["x"] - other["x"]) * across >= 12
    assert len({a["yshift"] for a in numbers}) <= 2
    # Those that have no number keep their line.
    inside = told[told["date"].str[:7].isin(MONTHS)]
    assert set(lines(figure)) == {MONTHS.index(day[:7]) for day in inside.groupby("label_en")["date"].min()}
    picture = drawing.svg(figure, 340, title="t", description="d", language="en", theme="dark")
    assert "wave" not in picture, "what staff write is only ever in notes, never in a picture"
