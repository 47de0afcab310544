"""Every page and embed under the headers of the server: all of it works without a word in the console, and leaves no trace of its reader.

Every other test of this folder ends by looking for traces too (conftest.py).
"""

import pytest

import app as entry
import texts
from components.charts import CHARTS
from components.pages import PAGES
from tests.browser.conftest import Reader
from tests.fire.hostile import addresses

pytestmark = pytest.mark.browser

EMBEDS = [address for address in addresses(entry.server) if address.startswith("/embed/")]


@pytest.mark.parametrize("language", texts.languages())
def test_every_chart_can_be_touched_on_every_page(reader: Reader, language: str) -> None:
    """Each page in one of the languages, each chart with Plotly laid over it."""
    touched = set()
    for page in PAGES[texts.languages().index(language)::len(texts.languages())]:
        reader.open(f"{page.path}?lang={language}")
        assert set(reader.page.eval_on_selector_all("#page [data-figure]", "all => all.map(f => f.id)")) >= {f"{name}-body" for name in page.charts}
        for name in page.charts:
            reader.touch(name)
            touched.add(name)
        reader.leaves_no_trace()
    assert touched and reader.console == []


@pytest.mark.skipif(not EMBEDS, reason="there are no embeds yet")
def test_embeds_leave_no_trace_either(reader: Reader) -> None:
    """Embeds in three languages, in turn."""
    for number, address in enumerate(EMBEDS):
        reader.page.goto(f"{reader.site}{address}?lang={texts.languages()[number % len(texts.languages())]}")
        assert reader.text("body").strip(), address
        reader.leaves_no_trace()
    assert len(EMBEDS) >= len(CHARTS) and reader.console == []


@pytest.mark.parametrize("path", ["/reconciliation", "/nothing", "/chart/monthly.table.html", "/chart/monthly.svg", "/health"])
def test_what_is_no_page_of_the_dashboard_leaves_none(reader: Reader, path: str) -> None:
    reader.page.goto(reader.site + path)
    assert not [line for line in reader.console if "404" not in line], "a browser says itself that a page is not there"
