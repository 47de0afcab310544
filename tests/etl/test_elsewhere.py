"""Lists from elsewhere: every chart is drawn or says why not, says what is counted, and claims nothing of Belarus."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from components import filters, layout, markup, pages
from components.chart import NotPublished
from components.charts import CHARTS
from etl import store
from etl.__main__ import main
from tests.etl.test_profiles import events


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[filters.View]:
    """Invented detentions in Russia, none of which tells of sex, age, sentence or release."""
    folder = tmp_path_factory.mktemp("elsewhere")
    rows = [{"Id": str(n), "place": "Нижегородская область, Нижний Новгород", "number_of_detentions": "7"} for n in range(1, 9)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VYRAK_DATA", str(folder / "data"))
        CliRunner().invoke(main, ["import", "--profile", "ovdinfo_detentions", str(events(folder, *rows))], catch_exceptions=False)
        yield filters.parse("")[0]


def test_every_chart_is_drawn_or_says_why_not(view: filters.View) -> None:
    drawn = set()
    for name, chart in CHARTS.items():
        try:
            shown = chart.select(view)
        except NotPublished as why:
            assert str(why).endswith(".")
            continue
        assert chart.figure(shown, view)["data"] is not None and chart.finding(shown, view)
        assert "detentions at public events" in chart.said_unit(view) or "charged" not in chart.of, name
        drawn.add(name)
    assert "monthly" in drawn and not drawn & {"map", "sex", "held", "recognised", "reconciliation-summary"}


def test_a_list_of_detentions_claims_no_sentences_and_no_charges(view: filters.View) -> None:
    shown = CHARTS["monthly"].select(view)
    assert set(shown.frame["measure"]) == {"charged"}, "a list that is silent on sentences does not say none"
    assert "sentenced" not in CHARTS["monthly"].finding(shown, view) + CHARTS["cumulative"].finding(shown, view)
    assert "detentions at public events" in markup.text(layout.page("/charges", ""))
    for page in pages.PAGES:
        if page.charts:
            assert page.question(view).endswith(("Russia", "Russia tell"))


def test_nothing_printed_on_belarus_stands_beside_it(view: filters.View) -> None:
    assert view.vintage.events.empty and view.vintage.reconciliation.empty and view.vintage.contradictions.empty
    assert store.open_public().facts["place"] == "Russia"
