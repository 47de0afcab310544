"""Nothing that the server answers, and no file of a vintage's public part, tells a number of persons that is protected.

Two attacks. The search: in a world where every number tells of which cell it is, each number in each answer is held against
all the cells that are hidden or too fine to be published. And the twins: two worlds that differ in hidden cells only must
be answered with the same bytes. Both are shown to find leaks that are planted.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import itertools
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import settings
import texts
from components.cell_charts import CellChart
from components.charts import CHARTS
from components.told import StatisticChart
from etl import compute, publish, store, vintages
from stats import measures, statistics
from stats.source import told
from stats.tables import ALL, DIMENSIONS, PUBLIC_TABLES, Table
from tests.attack import crawl, world

FEWER_THAN, ARTICLE_AT_LEAST = 5, 40
KEYS = ["measure", "time", "period", *DIMENSIONS]
BY_REGION = [table for table in PUBLIC_TABLES if table.by == ("region",) and table.time not in ("year", "wave", "all")]
CROWD = 1000
"""In the world of crowds every group is of so many, or of fewer than FEWER_THAN."""


@pytest.fixture(scope="module")
def crowds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the vintage of the world of crowds, which is in use."""
    data = tmp_path_factory.mktemp("crowds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VYRAK_DATA", str(data))
        vintage = world.imported(world.crowds(), data, tmp_path_factory.mktemp("in"))
        yield data / "vintages" / vintage


@pytest.fixture(scope="module")
def secrets(crowds: Path) -> set[float]:
    """The exact numbers of all cells that are hidden, or finer than any that is published; but for those that are sums of
    published cells over neighbouring periods, or of the pardoned without the deported, or that monitors have printed."""
    public = store.open_public().cells
    finest = [Table(m, t, by) for m in ("charged", "sentenced", "pardoned", "deported") for t in ("month", "year", "wave")
              for n in (0, 1, 2, 3, len(DIMENSIONS)) for by in itertools.combinations(DIMENSIONS, n)]  # three tell one group from the others
    exact = measures.count(events(), finest, ARTICLE_AT_LEAST)
    shown = public[~public["protected"]].set_index(KEYS)["persons"]
    unpublished = exact[~exact.set_index(KEYS).index.isin(shown.index)]
    told_of = {float(n) for n in sums(shown)} | {float(a - b) for a, b in itertools.product(shown, shown.xs("deported"))}
    found = set(unpublished["persons"].astype(float)) - told_of
    assert not unpublished["persons"].between(20, CROWD - 1).any(), "thin groups together, or crowds"
    printed = crawl.numbers((settings.ROOT / "data" / "published_figures.csv").read_bytes())
    printed |= crawl.numbers(store.open_public().contradictions.to_json(orient="split").encode())  # differences of printed ones
    assert {"age", "organisation"} <= {d for d in DIMENSIONS if (public[d] != ALL).any()}
    return {n for n in found if n >= CROWD} - printed


def events() -> pd.DataFrame:
    """The events of the vintage in use, everybody in them."""
    return compute.events_of(vintages.Linked(*(publish.read_private(name) for name in vintages._LINKED)))


def sums(shown: pd.Series) -> set[int]:
    """Every sum of a row of neighbouring periods."""
    found = set()
    for _, series in shown.groupby(["measure", "time", *DIMENSIONS]):
        steps = np.concatenate([[0], np.cumsum(series.to_numpy("int64"))])
        found |= set((steps[None, :] - steps[:, None]).ravel().tolist())
    return found


def leaks(answers: dict[str, bytes], secrets: set[float]) -> list[tuple[str, float]]:
    """Where an answer holds a secret, or a small number in a place of numbers of persons."""
    found = [(address, n) for address, body in answers.items() for n in sorted(crawl.numbers(body) & secrets)]
    found += crawl.small_in_tables(answers, FEWER_THAN)
    return found + [(address, n) for address, body in answers.items() for n in crawl.counted(address, body) if 0 < n < FEWER_THAN]


@pytest.fixture(scope="module")
def told_by_the_server(crowds: Path) -> crawl.Answers:
    """What the server of the world of crowds answers."""
    return crawl.answers(crawl.queries(most=7, windows=2))


def test_no_answer_holds_a_protected_number(told_by_the_server: crawl.Answers, secrets: set[float]) -> None:
    hidden = store.open_public().cells.query("protected")
    assert len(hidden) > 10 and len(secrets) > 50, "there is something to be found"
    answers = told_by_the_server
    assert {crawl.part(a) for a in answers} >= {*crawl.ENDINGS, "embed", "table", "page", "callback", "second selection", *texts.languages()} - {"en"}
    figures = {a for a in answers.given if crawl.numbers(answers[a])}
    assert {a.partition("?")[0] for a in figures} >= {f"/chart/{chart}.{ending}" for chart in CHARTS for ending in crawl.ENDINGS}
    filtered = [a for a in answers if a.startswith("/chart/") and ".csv?" in a]
    cells = [a for a in filtered if isinstance(CHARTS[a.removeprefix("/chart/").partition(".")[0]], CellChart)]
    assert len(figures & set(cells)) > len(cells) / 2, "what is asked for is mostly there"
    told_of = {float(n) for n in store.open_public().cells["persons"].dropna()}
    assert len(set().union(*map(crawl.numbers, answers.values())) & told_of) > 30, "the search reads what is public"
    assert sum(len(crawl.counted(address, body)) for address, body in answers.items()) > 1000
    assert leaks(answers, secrets) == []


def test_no_public_file_holds_a_protected_number(crowds: Path, secrets: set[float]) -> None:
    files = crawl.published(crowds / "public")
    assert {"cells.parquet", "statistics.parquet", "facts.json"} <= set(files)
    assert leaks(files, secrets) == []


def in_hover(chart, secret):
    def figure(shown, view):
        drawn = chart.figure(shown, view)
        drawn["data"][0]["customdata"] = [f"{text} ({int(secret):,})" for text in drawn["data"][0]["customdata"]]
        return drawn
    return dataclasses.replace(chart, figure=figure)


def in_bytes(chart, secret):
    def figure(shown, view):
        drawn = chart.figure(shown, view)
        packed = base64.b64encode(np.array([0, secret], dtype="i2").tobytes()).decode()
        drawn["data"][0]["meta"] = {"dtype": "i2", "bdata": packed}  # a picture refuses packed values that it would have to draw
        return drawn
    return dataclasses.replace(chart, figure=figure)


def in_finding(chart, secret):
    return dataclasses.replace(chart, finding=lambda shown, view: f"{chart.finding(shown, view)} In Homiel: {int(secret)}.")


def in_rows(chart, secret):
    def select(view):
        shown = chart.select(view)
        return dataclasses.replace(shown, frame=shown.frame.assign(persons=secret, protected=False))
    return dataclasses.replace(chart, select=select)


def small_in_rows(chart, secret):
    return in_rows(chart, 2)


def in_picture(chart, secret):
    def figure(shown, view):
        drawn = chart.figure(shown, view)
        drawn["layout"].setdefault("annotations", []).append(
            {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False, "text": f"{secret:,.0f}", "font": {"size": 12}})
        return drawn
    return dataclasses.replace(chart, figure=figure)


def in_one_language(chart, secret):
    def finding(shown, view):
        return chart.finding(shown, view) + (f" {int(secret)}" if texts.language() == "be" else "")
    return dataclasses.replace(chart, finding=finding)


def in_second_selection(chart, secret):
    """Where sex alone is chosen: `asked` has it in a second selection only."""
    return dataclasses.replace(chart, finding=lambda shown, view: f"{chart.finding(shown, view)}{f' {int(secret)}' if view.sex else ''}")


def _in_table(chart, cell):
    class Leaky(type(chart)):
        def table(self, shown, view):
            frame = super().table(shown, view)
            frame.iloc[0, -1] = cell
            return frame
    return Leaky(**vars(chart))


def in_table(chart, secret):
    return _in_table(chart, f"{secret:,.0f}")


def small_in_table(chart, secret):
    return _in_table(chart, "2")


_EVERYWHERE = {"svg", "page", "callback", "second selection", "be", "ru"}
PLANTED = {
    in_hover: ("monthly", {"figure.json"}), in_bytes: ("monthly", {"figure.json"}), in_picture: ("monthly", {"figure.json"} | _EVERYWHERE),
    in_finding: ("monthly", {"metadata.json", "zip"} | _EVERYWHERE), in_one_language: ("monthly", {"be"}),
    in_second_selection: ("monthly", {"second selection", "callback"}), in_table: ("monthly", {"table.html", "page"}),
    in_rows: ("punishments", {"csv", "zip", "table.html", "figure.json", "svg", "page"}), small_in_rows: ("waves", {"csv"}),
    small_in_table: ("cumulative", {"table.html"}),
}
"""What plants a number, the chart it is planted in, and the parts of the server in each of which it must be found."""


@pytest.fixture
def afresh(crowds: Path) -> Iterator[None]:
    """Nothing kept of before."""
    crawl.forget()
    yield


@pytest.fixture(scope="module")
def planted(crowds: Path, secrets: set[float]) -> Iterator[dict]:
    """Where each number of PLANTED is found; each plants a secret of its own."""
    own = dict(zip(PLANTED, sorted(secrets), strict=False))
    crawl.forget()
    with pytest.MonkeyPatch.context() as patch:
        for plant, (chart, _) in PLANTED.items():
            patch.setitem(CHARTS, chart, plant(CHARTS[chart], own[plant]))
        found = leaks(crawl.answers(["", "?sex=female"], ["monthly", "cumulative", "waves", "punishments"]), secrets)
    crawl.forget()
    yield {plant: [address for address, n in found if n == own[plant] or (n == 2 and f"/{chart}." in address)]
           for plant, (chart, _) in PLANTED.items()}


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_number_is_found(planted: dict, plant) -> None:
    addresses = planted[plant]
    if plant is in_second_selection:
        assert not [address for address in addresses if "sex" not in address]
        addresses = [address for address in addresses if "compare=1" in address]
    assert {crawl.part(address) for address in addresses} >= PLANTED[plant][1]


def test_a_planted_statistic_is_found(crowds: Path, secrets: set[float]) -> None:
    def by_region(source):
        charged = source.events[source.events["measure"] == "charged"]
        counts = charged.groupby([charged["date"].dt.year, "region", "sex", "articles"]).size()
        return told([{"period": str(key[0]), "category": " ".join(key[1:]), "value": n} for key, n in counts.items()])
    leaky = statistics.Statistic("leaky", "", "stock", "persons", "", by_region)
    assert leaks({"statistics": statistics.one(leaky, vintages.source()).to_json(orient="split").encode()}, secrets)


def test_the_server_needs_nothing_private(crowds: Path, told_by_the_server: crawl.Answers, afresh) -> None:
    away = (crowds / "private").rename(crowds / "away")
    try:
        again = crawl.answers([""])
    finally:
        away.rename(crowds / "private")
    same = set(again) & set(told_by_the_server)
    assert len(same) > 200
    assert [address for address in same if again[address] != told_by_the_server[address]] == []


def test_charts_of_statistics_show_published_numbers_alone(crowds: Path, told_by_the_server: crawl.Answers) -> None:
    vintage = store.open_public()
    ends = {float(n) for name in ("value", "lower", "upper", "persons") for n in vintage.statistics[name].dropna()}
    counts = {float(n) for n in vintage.revisions["persons"]} | {float(n) for n in vintage.reconciliation["verdict"].value_counts()}
    printed = {float(n) for n in vintage.reconciliation["value"].dropna()}
    seen = 0
    for chart in (c for c in CHARTS.values() if isinstance(c, StatisticChart)):
        rows = told_by_the_server[f"/chart/{chart.id}.csv"]
        drawn = told_by_the_server[f"/chart/{chart.id}.figure.json"]
        if b"There are no such figures" in rows or b"holds no such figures" in rows:
            continue
        table = pd.read_csv(io.BytesIO(rows))
        shown = {float(n) for name in ("value", "lower", "upper", "persons") for n in table[name].dropna()}
        assert shown <= ends | counts | {0.0}, chart.id
        # What is drawn: values and ends of intervals, which are beside bars as distances from the value, and printed figures.
        apart = {round(abs(end - value), 9) for value, *both in table[["value", "lower", "upper"]].dropna().to_numpy() for end in both}
        known = {round(n, 9) for n in ends | counts | printed | {0.0}} | apart
        waited = {float(n) for n in table["period"].astype("str") if n.isdecimal()}
        for trace in crawl._traces(json.loads(drawn)):
            arrays = [trace.get("x"), trace.get("y"), *(trace.get("error_x", {}).get(side) for side in ("array", "arrayminus"))]
            numbers = {round(float(n), 9) for array in arrays for n in array or [] if isinstance(n, int | float)}
            assert numbers <= known | waited, chart.id
            seen += len(numbers)
    assert seen > 50, "there is something to be held against"


def test_the_net_change_tells_no_more_than_the_stock(crowds: Path, told_by_the_server: crawl.Answers) -> None:
    told = store.open_public().statistics.query("statistic == 'held' and category == 'all'").set_index("period")["value"]
    assert list(told.index) == list(pd.period_range(told.index[0], told.index[-1], freq="M").astype(str)), "every month is told"
    rows = pd.read_csv(io.BytesIO(told_by_the_server["/chart/balance.csv"]))
    net = rows[rows["measure"] == "net"].set_index("period")["persons"]
    before = [str(pd.Period(month, "M") - 1) for month in net.index]
    assert len(net) > 20 and (net.to_numpy() == told[net.index].to_numpy() - told[before].to_numpy()).all()


def test_revisions_are_of_national_totals(crowds: Path, told_by_the_server: crawl.Answers) -> None:
    cells = store.open_public().cells
    national = cells[(cells[[*DIMENSIONS]] == ALL).all(axis=1) & (cells["time"] == "month") & (cells["measure"] == "charged")]
    rows = pd.read_csv(io.BytesIO(told_by_the_server["/chart/revisions.csv"]))
    now = rows[rows["category"] == "now"].set_index("period")["value"]
    assert len(now) and (now == national.set_index("period")["persons"].reindex(now.index).astype(float)).all()


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Path]]:
    """(vintage, data folder) of two worlds that are published alike: in the second two persons have exchanged regions."""
    frame = world.cases()
    with pytest.MonkeyPatch.context() as patch:
        def imported(cases: pd.DataFrame) -> tuple[str, Path]:
            data = tmp_path_factory.mktemp("twin")
            patch.setenv("VYRAK_DATA", str(data))
            return world.imported(cases, data, tmp_path_factory.mktemp("in")), data

        first = imported(frame)
        public = store.open_public().cells
        # All of them first: they are looked for in the vintage in use.
        for other in [*itertools.islice(exchanged(frame), 4)]:
            second = imported(other)
            if same_cells(store.open_public().cells, public):
                return [first, second]
    raise AssertionError("no two persons were found whose regions are hidden")


def exchanged(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """`frame`, which is the world of the vintage in use, with the regions of two persons exchanged, so that hidden cells alone
    change: the two are alike in all but the region and the month. Which cells guard the small ones may be others, but seldom are."""
    everything, public = events(), store.open_public().cells
    persons = publish.read_private("assignments").set_index("row_key")["person_id"]
    rows = publish.read_private("rows")
    of_url = dict(zip(rows["url"], rows["row_key"].map(persons), strict=True))
    alike = frame[frame["outcome"] == ""].reset_index()
    alike = alike.assign(year=alike["detained_on"].str[:4], until=alike["sentenced_on"].str[:4])
    pairs = alike.merge(alike, on=["sex", "articles", "punishment_code", "year", "until"])
    pairs = pairs[(pairs["index_x"] < pairs["index_y"]) & (pairs["region_x"] != pairs["region_y"])]
    hidden = set(public[public["protected"]][KEYS].itertuples(index=False, name=None))
    regions, exact = everything.set_index("person_id")["region"].to_dict(), of_region(everything)
    # Hidden cells are those of regions with few.
    common = frame["region"].value_counts()
    pairs = pairs.sample(frac=1, random_state=1).assign(persons=lambda f: f["region_x"].map(common) + f["region_y"].map(common))
    for pair in pairs.sort_values("persons", kind="stable").head(300).itertuples():
        one, other = of_url[pair.url_x], of_url[pair.url_y]
        swapped = {one: regions[other], other: regions[one]}
        theirs = everything[everything["person_id"].isin(swapped)]
        change = of_region(theirs.assign(region=theirs["person_id"].map(swapped))).sub(of_region(theirs), fill_value=0)
        change = change[change != 0]
        if not len(change) or not set(change.index) <= hidden:
            continue
        # What is small stays so, and nobody's cell becomes somebody's: then the same cells are likely to be hidden.
        was = exact[change.index]
        if ((was + change > 0) & ((was < FEWER_THAN) == (was + change < FEWER_THAN))).all():
            changed = frame.copy()
            changed.loc[[pair.index_x, pair.index_y], "region"] = [pair.region_y, pair.region_x]
            yield changed


def of_region(its: pd.DataFrame) -> pd.Series:
    return measures.count(its, BY_REGION, 1).set_index(KEYS)["persons"]


def same_cells(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    sort = [frame.sort_values(KEYS, ignore_index=True)[[*KEYS, "persons", "protected"]] for frame in (one, other)]
    return len(one) == len(other) and sort[0].astype(sort[1].dtypes).equals(sort[1])


def differences(twins: list[tuple[str, Path]], patch: pytest.MonkeyPatch, most: int, charts: Collection[str] = tuple(CHARTS)) -> list[str]:
    """The addresses and public files in which the two worlds are told apart; what names a vintage left out."""
    found = []
    for vintage, data in twins:
        patch.setenv("VYRAK_DATA", str(data))
        created = store.open_public().created
        answers = crawl.answers(crawl.queries(most), charts) | crawl.published(data / "vintages" / vintage / "public")
        found.append({address.replace(vintage, "-"): _without(body, [vintage, vintage.lower(), created, created[:19]])
                      for address, body in answers.items() if ".zip" not in address})
    assert set(found[0]) == set(found[1]) and len(found[0]) > 20
    return [address for address, body in found[0].items() if body != found[1][address]]


def test_worlds_that_differ_in_hidden_cells_only_are_answered_alike(twins, monkeypatch) -> None:
    assert differences(twins, monkeypatch, most=2) == []


def test_facts_hold_no_small_number_of_those_dated_alike(twins, monkeypatch) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(twins[0][1]))
    facts = store.open_public().facts
    assert facts["placed"]["charged"]["by"] == {"detention": None, "charge": None}, "three are dated by their charge"
    assert facts["placed"]["sentenced"]["by"] == {"verdict": world.PERSONS}


def test_a_planted_difference_is_found(twins, monkeypatch) -> None:
    def finding(shown, view):
        charged = events().query("measure == 'charged'")
        return str(charged.groupby([charged["date"].dt.to_period("M"), "region"]).size().to_dict())
    monkeypatch.setitem(CHARTS, "monthly", dataclasses.replace(CHARTS["monthly"], finding=finding))
    assert "/chart/monthly.metadata.json" in differences(twins, monkeypatch, 0, ["monthly"])


def _words(picture: bytes) -> bytes:
    return b"".join(re.sub(rb"<style>.*?</style>|<[^>]+>", b" ", picture).split())


def _without(body: bytes, texts: list[str]) -> bytes:
    # Where a picture breaks its lines depends on the letters of the vintage's id; what it draws is in the figure.
    body = crawl.unpacked(body).replace(rb"\u002f", b"/")
    # A hash is of a file with the vintage's id in it, which is compared by itself.
    body = re.sub(rb"sha256:[0-9a-f]{64}", b"-", body)
    body = re.sub(rb"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", lambda found: _words(base64.b64decode(found[1])), body)
    body = re.sub(rb"<svg .*</svg>", lambda found: _words(found[0]), body, flags=re.DOTALL)
    body = b"".join(body.split())  # and where a PDF breaks its own
    for text in texts:
        body = body.replace("".join(text.split()).encode(), b"-")
    return body
