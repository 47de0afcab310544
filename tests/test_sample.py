"""The synthetic sample: the same bytes every time, numbers as published, dirt as real lists have it, nobody real."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.make_sample import END, FOLDER, MACHINE, OTHER, PEOPLE, SEED, Sheets, lists, write
from data.sample_world import HELD, NOT_SENTENCED, ON_VIASNA, PUBLISHED, RECOGNISED, World, world
from etl.intake import take_in

PLACE = ["file", "sheet", "row"]


@pytest.fixture(scope="module")
def truth() -> World:
    return world(SEED)


@pytest.fixture(scope="module")
def made(truth: World) -> tuple[dict[str, Sheets], pd.DataFrame]:
    return lists(truth)


@pytest.fixture(scope="module")
def small() -> World:
    return world(7, scale=0.03)


@pytest.fixture(scope="module")
def listed(truth: World) -> pd.DataFrame:
    """Those on a list."""
    return truth.persons[truth.persons["known"]]


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    return pd.read_csv(PUBLISHED)


def texts(files: dict[str, Sheets]) -> list[str]:
    return [str(cell) for sheets in files.values() for rows in sheets.values() for row in rows for cell in row]


# The same files from the same seed --------------------------------------------------------------------------------

def test_committed_files_are_what_the_generator_writes(made: tuple, tmp_path: Path) -> None:
    write(tmp_path, made[0])
    fresh = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert fresh.keys() == {path.name for path in FOLDER.iterdir()} - {"README.md"}
    for name, data in fresh.items():
        assert data == (FOLDER / name).read_bytes(), f"{name} is out of date: run `make sample`"
    assert sum(map(len, fresh.values())) < 6_000_000


def test_another_seed_is_another_world_of_the_same_size(small: World) -> None:
    other, again = world(8, scale=0.03), world(7, scale=0.03)
    pd.testing.assert_frame_equal(small.persons, again.persons)
    assert small.names == again.names
    assert len(other.persons) == len(small.persons)
    assert not other.persons.equals(small.persons)


# Numbers as published ---------------------------------------------------------------------------------------------

def test_totals(listed: pd.DataFrame, truth: World, made: tuple) -> None:
    assert len(listed) == pytest.approx(9300, rel=0.01)
    assert listed["sentenced_on"].notna().sum() == pytest.approx(8000, rel=0.01)
    assert listed["sentenced_on"].isna().sum() == NOT_SENTENCED
    assert (listed["outcome"] == "pardon").sum() == pytest.approx(600, rel=0.015)
    assert 1 - len(listed) / len(truth.persons) == pytest.approx(0.2, abs=0.01), "on no list"
    assert len(made[1]) == pytest.approx(21_000, rel=0.05)
    assert (listed["on_viasna"] | listed["on_dissidentby"]).all()


def test_the_viasna_list_has_its_published_make_up(listed: pd.DataFrame, made: tuple) -> None:
    status = pd.Series([row[3] for row in made[0][MACHINE][""][1:]]).value_counts()
    assert status.sum() == ON_VIASNA
    assert status["np"] == ON_VIASNA - RECOGNISED == 3854
    assert status["active"] == pytest.approx(HELD, rel=0.03)
    only_other = listed["on_dissidentby"] & ~listed["on_viasna"]
    assert only_other.sum() == pytest.approx(600, rel=0.02)


def test_sentences_of_a_year(listed: pd.DataFrame, figures: pd.DataFrame) -> None:
    published = figures[figures["printed_metric"] == "convicted_criminal_year"]
    assert len(published) == 6
    counted = listed["sentenced_on"].dt.year.value_counts()
    for year, value in zip(published["as_of"].str[:4].astype(int), published["value"], strict=True):
        assert counted[year] == pytest.approx(value, rel=0.01), year


def test_sentences_of_a_month(listed: pd.DataFrame, figures: pd.DataFrame) -> None:
    """As published; in 2023, whose months were told of in part only, no fewer."""
    published = figures[figures["printed_metric"] == "convicted_criminal_month"].groupby("as_of")["value"].max()
    counted = listed["sentenced_on"].dt.strftime("%Y-%m").value_counts()
    assert len(published) > 20
    for month, value in published.items():
        assert counted[month] >= value if month.startswith("2023") else counted[month] == value, month


def test_pardons_by_wave(listed: pd.DataFrame, figures: pd.DataFrame) -> None:
    pardoned = listed[listed["outcome"] == "pardon"]
    waves = pardoned.groupby("wave").size()
    told = figures[figures["printed_metric"].isin(["pardoned_wave", "released_wave"])].groupby("as_of")["value"].agg(set)
    # 2024-12-28 was published with its month only.
    assert {day: told[day] for day in waves.index if day != "2024-12-28"} == {
        day: {float(count)} for day, count in waves.items() if day != "2024-12-28"}
    assert float(waves["2024-12-28"]) in told["2024-12"]
    before = figures.loc[figures["printed_metric"] == "pardoned_cumulative_since_2020", "value"].item()
    assert (pardoned["released_on"] < "2024-07-01").sum() == before


def test_deportations_of_2025(listed: pd.DataFrame, figures: pd.DataFrame) -> None:
    deported = listed[listed["deported"]]
    assert len(deported) == figures.loc[figures["printed_metric"] == "deported_year", "value"].item()
    assert (deported["outcome"] == "pardon").all()
    assert set(deported["destination"]) == {"LT", "UA"}
    told = figures[(figures["printed_metric"] == "released_wave_deported") & figures["as_of"].str.startswith("2025")]
    assert len(told) == 2
    for day, value in zip(told["as_of"], told["value"], strict=True):
        assert (deported["wave"] == day).sum() == value, day


def test_who_is_sentenced(listed: pd.DataFrame, figures: pd.DataFrame) -> None:
    sentenced = listed[listed["sentenced_on"].notna()]
    year = sentenced["sentenced_on"].dt.year
    assert 0.19 < sentenced["woman"].mean() < 0.25, "a fifth are women"
    whole = figures[figures["printed_metric"] == "convicted_criminal_year"].set_index("as_of")["value"]
    women = figures[figures["printed_metric"] == "convicted_criminal_year_women"].set_index("as_of")["value"]
    for late in ("2024", "2025"):
        assert sentenced["woman"][year == int(late)].mean() == pytest.approx(women[late] / whole[late], abs=0.03)
    minsk = (sentenced["region"] == "BY-HM").groupby(year).mean()
    assert minsk[[2022, 2023, 2024]].between(0.40, 0.57).all()
    assert sentenced["in_absentia"].groupby(year).sum()[[2023, 2024, 2025]].gt(20).all()
    assert not sentenced["in_absentia"][year < 2022].any(), "special proceedings began in 2022"


def test_articles(listed: pd.DataFrame) -> None:
    count = listed["articles"].map(len)
    assert set(count) == {1, 2, 3, 4, 5}
    articles = listed["articles"].explode().str.extract(r"^(\d+(?:-\d+)?)")[0].value_counts()
    assert articles.index[0] == "342"
    assert {"368", "369", "130", "361-4", "361-1", "361"} <= set(articles.index[:12])
    assert all(len(set(codes)) == len(codes) for codes in listed["articles"])


def test_about_a_fifth_of_cases_are_reported_months_later(listed: pd.DataFrame) -> None:
    first = listed["sentenced_on"].fillna(listed["detained_on"])
    for name in ("viasna", "dissidentby"):
        here = listed[f"on_{name}"]
        days = (listed[f"reported_{name}"] - first)[here].dt.days
        assert days.min() >= 0 and (first + pd.to_timedelta(days, "D")).max() <= END
        assert 0.15 < (days > 90).mean() < 0.25, name
        assert days.median() < 35, "most within weeks"


def test_the_readme_gives_the_true_numbers(listed: pd.DataFrame, made: tuple) -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    numbers = [*made[1].groupby(["file", "sheet"]).size(), len(listed), listed["sentenced_on"].notna().sum(),
               (listed["sentenced_on"] < "2025-01-01").sum()]
    assert [number for number in numbers if f"{number:,}" not in readme] == []
    assert f"{made[1]['bad'].sum()} rows hold a cell that nobody can understand" in readme


# Dirt as real lists have it ---------------------------------------------------------------------------------------

DIRT = {
    "the word FALSE for nothing": r"FALSE", "the word unknown": r"unknown", "a space that does not break": "\u00a0",
    "two spaces": r"\w  \w", "a space at the end": r"\w $", "Latin in a Cyrillic word": r"[а-яё][ao][а-яё]",
    "several articles in a cell": r"ст\. ?\d.*\n.*ст\. ?\d", "an article in small letters": r"art\. 188 of",
    "an article with a colon": r"Art\. [\d-]+:", "half a year as a fraction": r"^\d+ 1/2 years$",
    "half a year as a decimal": r"^\d+,5 года$", "only months": r"^\d+ месяцаў$", "base rates": r"^150 base rates$",
    "base value": r"^500 base value$", "a word in brackets": r"\(заочно\)", "preparation": r"Article 13 and",
    "an impossible day": r"30\.02\.|-02-30", "two judges": r"^Судья .*\nСудья ",
    "someone without a name": r"^Гражданин [КП]\.$", "ё": r"ё", "months by name": r"^(january|april|december) 20\d\d$",
    "a day by name": r"^\d+ [A-Z][a-z]+ 20\d\d$", "recognised afterwards": r"\nRecognized ex post facto$",
    "another form of a given name": r"Зміцер", "another transliteration": r"Dzmitryi", "a third one": r"Dmitriy",
}


@pytest.mark.parametrize("kind", DIRT)
def test_every_kind_of_dirt_occurs(kind: str, made: tuple) -> None:
    assert sum(bool(re.search(DIRT[kind], text)) for text in texts(made[0])) >= 3


def test_rows_of_the_machine_export_are_as_odd_as_real_ones(made: tuple) -> None:
    head, *rows = made[0][MACHINE][""]
    widths = pd.Series([len(row) for row in rows]).value_counts()
    assert set(widths.index) == {len(head), len(head) - 1}
    assert all(row[21] for row in rows if len(row) < len(head)), "the town stands under `died`"
    frame = pd.DataFrame([dict(zip(head, row, strict=False)) for row in rows]).replace("", np.nan)
    assert frame["arrested"].notna().mean() == pytest.approx(4050 / 8465, abs=0.05), "most at liberty lack it"
    assert frame.loc[frame["status"] == "former", "release_date"].isna().mean() > 0.6
    assert (frame["arrested"] == frame["verdict_date"]).any()
    assert frame["name"].duplicated().any(), "namesakes"


def test_the_workbook_of_three_sheets(made: tuple) -> None:
    sheets = made[0][OTHER]
    assert len(sheets) == 4
    for title, rows in sheets.items():
        assert "СІНТЭТЫЧНЫЯ" in rows[0][0], title
    assert all("Дата дадання" in rows[1] for rows in list(sheets.values())[:3])
    assert sheets["Абвінавачванні"][-1] == ["Усяго", len(sheets["Абвінавачванні"]) - 3], "a subtotal"


def test_exactly_the_spoilt_rows_wait_in_quarantine(made: tuple) -> None:
    """And the import finds every other row, and nothing that is not one."""
    read = take_in(sorted(FOLDER.glob("SYNTHETIC*")), END)
    who = made[1]
    place = {bad: set(map(tuple, rows[PLACE].to_numpy())) for bad, rows in who.groupby("bad")}
    assert len(place[True]) == pytest.approx(0.003 * len(who), rel=0.3)
    assert set(map(tuple, read.quarantined[PLACE].to_numpy())) == place[True]
    assert set(map(tuple, read.accepted[PLACE].to_numpy())) == place[False]
    assert all(line.balanced for line in read.lines)


# Whom the rows are of, and when -----------------------------------------------------------------------------------

def test_nobody_can_be_taken_for_real(made: tuple) -> None:
    assert all(name.startswith("SYNTHETIC") for name in made[0])
    links = [text for text in texts(made[0]) if "://" in text]
    assert len(links) == 2 * ON_VIASNA
    assert all(link.startswith("https://synthetic.invalid/") for link in links)


def test_one_person_is_spelt_in_several_ways(made: tuple) -> None:
    files, who = made
    names = who.assign(name=[files[file][sheet][row - 1][2 if file == MACHINE else 0]
                             for file, sheet, row in who[PLACE].itertuples(index=False)])
    for file, letters in ((MACHINE, r"[А-Яа-яё]"), (PEOPLE, r"[A-Za-z]"), (OTHER, r"[А-Яа-яіў]")):
        assert names.loc[names["file"] == file, "name"].str.contains(letters).all()
    people = names.groupby("person_key").agg(lists=("file", "nunique"), names=("name", "nunique"))
    on_all = people[people["lists"] == 3]
    assert len(on_all) > 1500
    assert (on_all["names"] >= 3).mean() > 0.95


@settings(max_examples=12, deadline=None)
@given(st.integers(200, (END - pd.Timestamp("2020-08-09")).days))
def test_a_past_export_knows_nothing_of_what_came_later(small: World, days: int) -> None:
    as_of = pd.Timestamp("2020-08-09") + pd.Timedelta(days=days)
    files, who = lists(small, as_of)
    readable = who.loc[(who["file"] == MACHINE) & ~who["bad"], "row"]
    for row in (files[MACHINE][""][number - 1] for number in readable):
        assert all(row[column] <= f"{as_of:%Y-%m-%d}" for column in (8, 17, 18)), "arrested, released, sentenced"
    for sheet, column in (("Абвінавачванні", 8), ("Прысуды", 8), ("Памілаванні", 7)):
        for row in files[OTHER][sheet][2:]:
            assert row[0] == "Усяго" or pd.to_datetime(row[column], format="%d.%m.%Y") <= as_of
    for name, file in (("viasna", MACHINE), ("dissidentby", OTHER)):
        here = small.persons[small.persons[f"on_{name}"] & (small.persons[f"reported_{name}"] <= as_of)]
        sheet = "" if file == MACHINE else "Абвінавачванні"
        assert set(who.loc[(who["file"] == file) & (who["sheet"] == sheet), "person_key"]) == set(here.index)


def test_a_record_keeps_its_number_from_one_export_to_the_next(small: World) -> None:
    def numbers(as_of: pd.Timestamp) -> dict[int, str]:
        files, who = lists(small, as_of)
        who = who[who["file"] == MACHINE]
        return {key: files[MACHINE][""][row - 1][0] for key, row in zip(who["person_key"], who["row"], strict=True)}

    early, late = numbers(pd.Timestamp("2023-06-30")), numbers(END)
    assert 50 < len(early) < len(late)
    assert early.items() <= late.items()
