"""The report of an import: what a person reads of it, in three languages, and the workbook that mends what it found."""

import csv
import datetime
import json
import random
import re
import stat
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.make_sample import FOLDER as SAMPLE
from etl import mend, problems, publish, read, recognise, revise
from etl.intake import take_in
from tests.etl.conftest import record, write_export

HOSTILE = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u202egnihtyna\u202c", "{{ 7777 * 7 }}", "=cmd|'/C calc'!A0",
           "</td></table><h1>", "javascript:alert(1)", "a\x07b\u200bc", "&amp;lt;b&gt;"]
BAD = {"row3": {"verdict_date": "30.02.2024"}, "row5": {"articles": "someone's words", "decision": "long"}, "row7": {"verdict_date": "soon"}}
RIGHT = {"row3": {"verdict_date": "29.02.2024"}, "row5": {"articles": "ст. 130", "decision": "3 года"}, "row7": {"verdict_date": "2024-07-01"}}


def export(folder: Path, changed: dict, count: int = 12, name: str = "SYNTHETIC viasna_export_2026-08-30.csv") -> Path:
    folder.mkdir(exist_ok=True)
    return write_export(folder / name, [record(n) | changed.get(f"row{n}", {}) for n in range(1, count + 1)])


def newest(data: Path) -> Path:
    return max((data / "reports").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)


def report_of(folder: Path) -> dict:
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))


def workbook(folder: Path) -> Path:
    [path] = folder.glob("*.xlsx")
    return path


def coloured(page: openpyxl.worksheet.worksheet.Worksheet) -> dict[str, object]:
    return {cell.coordinate: cell for row in page.iter_rows() for cell in row if cell.comment}


def mended(path: Path, right: dict[tuple[int, str], object], to: Path | None = None) -> Path:
    """The workbook at `path` with the coloured cells filled from {(row of the original, header): value}, saved as a person
    saves it."""
    book = openpyxl.load_workbook(path)
    for page in (p for p in book if p.sheet_state == "visible"):
        header = {cell.value: cell.column for row in page.iter_rows(max_row=page.max_row) for cell in row if isinstance(cell.value, str)}
        last = header["Row in the original"]
        for cell in coloured(page).values():
            named = [key for key, column in header.items() if column == cell.column]
            for name in named:
                place = page.cell(cell.row, last).value, name
                if place in right:
                    cell.value = right[place]
    book.save(to or path)
    return to or path


def rows_of_vintage() -> pd.DataFrame:
    """What is kept of every row but when and from which file it came."""
    rows = publish.read_private("rows").sort_values("row_key").reset_index(drop=True)
    return rows.drop(columns=["file", "sha256", "sheet", "row", "first_seen"])


class Page(HTMLParser):
    """The tags, addresses and words of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


# The page ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("language", "words"), [
    ("en", ["13 rows were read. 9 were taken. 3 wait to be mended.", "Waits to be mended", "Write a date such as", "This was a check only"]),
    ("be", ["Прачытана 13 радкоў. Прынята 9. Чакаюць выпраўлення: 3.", "Чакае выпраўлення", "Напішыце дату, напрыклад", "Гэта была толькі праверка"]),
    ("ru", ["Прочитано 13 строк. Принято 9. Ждут исправления: 3.", "Ждёт исправления", "Напишите дату, например", "Это была только проверка"])])
def test_the_report_speaks_the_language_asked(run, data, tmp_path, language, words) -> None:
    result = run("check", export(tmp_path / "in", BAD), "--language", language, "--report", tmp_path / "reports")
    [folder] = (tmp_path / "reports").iterdir()
    assert result.exit_code == 1 and str(folder / "report.html") in result.stdout
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert f'<html lang="{language}" dir="ltr">' in html
    text = " ".join(" ".join(Page(html).words).split())
    assert all(word in text for word in words)
    assert words[1].upper() in result.stdout and words[2] in result.stdout
    comments = [cell.comment.text for cell in coloured(openpyxl.load_workbook(workbook(folder)).worksheets[0]).values()]
    assert len(comments) == 4 and sum(words[2] in comment for comment in comments) == 2


def test_the_language_of_the_settings_is_the_default(run, data, tmp_path, monkeypatch) -> None:
    import settings as ours

    config = tmp_path / "config.toml"
    config.write_text((ours.ROOT / "config.toml").read_text(encoding="utf-8").replace('language = "en"', 'language = "be"'), encoding="utf-8")
    load = ours.load.__wrapped__
    monkeypatch.setattr(ours, "load", lambda: load(config))
    assert "Справаздача" in run("import", export(tmp_path / "in", BAD)).stdout
    config.write_text(config.read_text(encoding="utf-8").replace('language = "be"', 'language = "xx"'), encoding="utf-8")
    with pytest.raises(ours.SettingsError, match=r"import\.language: .*write one of en, be, ru"):
        run("import", tmp_path / "in")


def test_the_sum_of_every_sheet_adds_up_and_stands_on_the_page(run, data, tmp_path) -> None:
    run("import", export(tmp_path / "in", BAD), tmp_path / "nowhere.xlsx")
    told = report_of(newest(data))
    parts = ("accepted", "unchanged", "corrected", "quarantined", "not_data")
    for line in [*told["sheets"], told["totals"]]:
        assert line["read"] == sum(line[name] for name in parts)
    assert all(line["balanced"] for line in told["sheets"])
    assert told["totals"]["taken"] == 9 and told["done"] == "published" and told["vintage"] in told["outcome"]
    assert told["totals"]["quarantined"] == sum(book["rows"] for book in told["to_mend"]) == 3
    text = " ".join(Page((newest(data) / "report.html").read_text(encoding="utf-8")).words)
    assert "nowhere.xlsx" in text and "Not taken" in text and "personal data" in text and "SYNTHETIC DATA" in text


def test_hostile_cells_stay_text(run, data, tmp_path) -> None:
    changed = {f"row{n}": {"articles": text, "verdict_date": text} for n, text in enumerate(HOSTILE, start=1)}
    file = export(tmp_path / "in", changed, name="a <b>\u202eх 'c'.csv")
    run("import", file)
    folder = newest(data)
    html = (folder / "report.html").read_text(encoding="utf-8")
    page = Page(html)
    assert not page.tags & {"script", "img", "iframe", "object", "form", "base", "svg"} and page.tags >= {"bdi", "table", "main"}
    assert not {name for name in page.attributes if name.startswith("on")} | (page.attributes & {"style", "srcdoc"})
    assert all(re.fullmatch(r"[\w%().-]+\.xlsx(#%27.*)?", link) for link in page.links), "nothing but the workbook beside it is linked"
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200b\x07]", html), "what turns text round is shown, not done"
    words = "".join(page.words)
    assert "<script>alert(1)</script>" in words and "⟨U+202E⟩gnihtyna" in words and "{{ 7777 * 7 }}" in words and "54439" not in words
    book = openpyxl.load_workbook(workbook(folder))
    assert not [c.coordinate for p in book for row in p.iter_rows() for c in row if c.data_type == "f"], "no cell is a formula"


def test_every_link_leads_to_the_cell_it_names(run, data, tmp_path) -> None:
    run("import", export(tmp_path / "in", BAD))
    folder = newest(data)
    told = [p for p in report_of(folder)["problems"] if p["severity"] == "quarantined"]
    assert len(told) == 4
    for p in told:
        page = openpyxl.load_workbook(folder / p["to_mend"]["file"])[p["to_mend"]["sheet"]]
        cell = page[p["to_mend"]["cell"]]
        assert cell.value == p["found"] and p["message"] in cell.comment.text and p["remedy"] in cell.comment.text
        assert f"row {p['row']}" in cell.comment.text and page.cell(1, cell.column).value == p["column"]
    links = [unquote(link) for link in Page((folder / "report.html").read_text(encoding="utf-8")).links if "#" in link]
    assert sorted(links) == sorted(f"{p['to_mend']['file']}#'{p['to_mend']['sheet']}'!{p['to_mend']['cell']}" for p in told)


def test_a_kind_found_often_shows_the_first_and_how_many_more(run, data, tmp_path) -> None:
    run("import", export(tmp_path / "in", {f"row{n}": {"verdict_date": f"soon {n}"} for n in range(1, 41)}, count=60))
    text = " ".join(Page((newest(data) / "report.html").read_text(encoding="utf-8")).words)
    assert "40 times" in text and "soon 20" in text and "soon 21" not in text and "20 more are in report.json." in text
    assert len(report_of(newest(data))["problems"]) == 40


def test_corrections_stand_with_old_and_new_in_words(run, data, tmp_path) -> None:
    run("import", export(tmp_path / "in", {}))
    changed = {"row2": {"clusters": "Гомель", "verdict_date": "2024-06-07"}}
    run("import", export(tmp_path / "in", changed, name="SYNTHETIC viasna_export_2026-09-30.csv"), "--language", "be")
    folder = max((data / "reports").iterdir(), key=lambda f: report_of(f)["totals"]["corrected"])
    told = {c["field"]: (c["field_name"], c["old_shown"], c["new_shown"]) for c in report_of(folder)["corrections"]}
    assert told == {"sentenced_on": ("дата прысуду", "6 мая 2024", "7 чэрвеня 2024"), "region": ("рэгіён", "г. Мінск", "Гомельская вобласць")}
    assert "Гомельская вобласць" in (folder / "report.html").read_text(encoding="utf-8")


def test_files_are_the_importers_alone_and_check_writes_where_it_is_told(run, run_json, data, tmp_path) -> None:
    run("import", export(tmp_path / "in", BAD))
    assert stat.S_IMODE(newest(data).stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in newest(data).iterdir()} == {0o600}
    before = sorted(data.rglob("*"))
    status, said = run_json("check", tmp_path / "in", "--report", tmp_path / "out")
    assert status == 1 and Path(said["report"]).parent.parent == tmp_path / "out" and sorted(data.rglob("*")) == before
    assert report_of(Path(said["report"]).parent)["done"] == "check"
    run_json("check", tmp_path / "in", "--report", tmp_path / "out")
    assert len(list((tmp_path / "out").iterdir())) == 2, "a second check in the same second has a folder of its own"
    assert run_json("check", tmp_path / "in")[1]["report"] is None


def test_a_report_that_cant_be_written_is_told_and_the_vintage_stays(run, data, tmp_path) -> None:
    data.mkdir()
    (data / "reports").write_text("in the way", encoding="utf-8")
    result = run("import", export(tmp_path / "in", {}))
    assert result.exit_code == 1 and "could not be written" in result.stderr
    assert len(publish.read_private("rows")) == 12


# Mending ----------------------------------------------------------------------------------------------------------

def test_the_workbook_mended_renamed_and_imported_gives_what_the_right_file_gives(run, run_json, data, tmp_path, monkeypatch) -> None:
    run("import", export(tmp_path / "in", BAD))
    assert len(publish.read_private("quarantine")) == 3
    right = {(int(row[3:]) + 1, field): value for row, cells in RIGHT.items() for field, value in cells.items()}
    right[4, "verdict_date"] = datetime.datetime(2024, 2, 29)
    file = mended(workbook(newest(data)), right, tmp_path / "renamed by hand.xlsx")
    status, said = run_json("import", file)
    assert status == 0, said
    [line] = said["files"]
    assert (line["accepted"], line["not_data"]) == (3, 1) and not line["problems"], "nothing is gone, shrunk or unknown"
    assert len(publish.read_private("quarantine")) == 0
    after = rows_of_vintage()
    assert run_json("import", file)[1]["files"][0]["unchanged"] == 3, "mending twice changes nothing"
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path / "other"))
    run("import", export(tmp_path / "right", RIGHT))
    pd.testing.assert_frame_equal(after, rows_of_vintage())


def test_rows_still_bad_wait_on_and_come_in_a_new_workbook_of_the_same_list(run, run_json, data, tmp_path) -> None:
    run("import", export(tmp_path / "in", BAD))
    first = mended(workbook(newest(data)), {(4, "verdict_date"): "29.02.2024", (8, "verdict_date"): "later"}, tmp_path / "mine.xlsx")
    _, said = run_json("import", first)
    assert [(line["accepted"], line["quarantined"]) for line in said["files"]] == [(1, 2)]
    waiting = publish.read_private("quarantine")
    assert sorted(waiting["row"]) == [6, 8] and set(waiting["file"]) == {"SYNTHETIC viasna_export_2026-08-30.csv"}
    again = workbook(Path(said["report"]).parent)
    assert again.name == "SYNTHETIC viasna_export_2026-08-30 (to mend).xlsx"
    second = mended(again, {(6, "articles"): "ст. 130", (6, "decision"): "3 года", (8, "verdict_date"): "2024-07-01"})
    status, said = run_json("import", second)
    assert status == 0 and len(publish.read_private("quarantine")) == 0
    assert len(publish.read_private("rows")) == 12 and set(publish.read_private("rows")["list"]) == {"synthetic viasna export"}


def test_the_original_beside_its_mended_workbook_leaves_nothing_waiting(run, data, tmp_path) -> None:
    run("import", export(tmp_path / "in", BAD))
    right = {(int(row[3:]) + 1, field): value for row, cells in RIGHT.items() for field, value in cells.items()}
    mended(workbook(newest(data)), right, tmp_path / "in" / "SYNTHETIC viasna_export_2026-08-30 (to mend).xlsx")
    run("import", tmp_path / "in")
    assert len(publish.read_private("quarantine")) == 0 and len(publish.read_private("rows")) == 12


def test_a_person_with_two_cases_keeps_both_whichever_was_spoilt(run, data, tmp_path, monkeypatch) -> None:
    """A list without ids knows its rows by name and order; a row that waits must not lend its key to the next."""
    def listed(folder: Path, first: str) -> Path:
        folder.mkdir()
        with (folder / "SYNTHETIC charges.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([["Name", "Date of charge", "Articles"], ["Сінтэтык Два", first, "342"],
                                        ["Сінтэтык Два", "2024-03-01", "369"], ["Сінтэтык Тры", "2024-03-02", "368"]])
        return folder / "SYNTHETIC charges.csv"

    run("import", listed(tmp_path / "in", "31.02.2021"))
    assert len(publish.read_private("rows")) == 2
    book = openpyxl.load_workbook(workbook(newest(data)))
    book.worksheets[0]["B2"].value = "28.02.2021"
    book.save(tmp_path / "x.xlsx")
    run("import", tmp_path / "x.xlsx")
    after = rows_of_vintage()
    assert len(after) == 3 and publish.read_private("changes").empty
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path / "other"))
    run("import", listed(tmp_path / "right", "28.02.2021"))
    pd.testing.assert_frame_equal(after, rows_of_vintage())


def test_who_it_is_may_be_mended_without_taking_the_place_of_another(run, data, tmp_path) -> None:
    rows = [["Name", "Date of birth", "Date of charge", "Articles"], ["Сінтэтык Два", "1980-01-02", "2021-01-02", "342"],
            ["Сінтэтык Два", "1980", "31.02.2021", "369"]]
    with (tmp_path / "SYNTHETIC charges.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    run("import", tmp_path / "SYNTHETIC charges.csv")
    book = openpyxl.load_workbook(workbook(newest(data)))
    book.worksheets[0]["B2"].value, book.worksheets[0]["C2"].value = "1980-01-02", "28.02.2021"
    book.save(tmp_path / "x.xlsx")
    for _ in range(2):
        run("import", tmp_path / "x.xlsx")
        assert sorted(publish.read_private("rows")["articles"]) == ["342", "369"] and publish.read_private("changes").empty


def test_sheets_titles_headers_and_types_are_those_of_the_original(run, run_json, data, tmp_path, monkeypatch) -> None:
    def original(folder: Path, *, right: bool) -> Path:
        folder.mkdir()
        book = openpyxl.Workbook()
        page = book.active
        page.title = "Прысуды"
        page.append(["SYNTHETIC: прысуды, вытрымка"])
        page.append([])
        page.append(["№", "Person", None, "Verdict", None])
        page.append([None, "Name", "Date of birth", "Date", "Articles", "Sentence", "Note"])
        birth = datetime.datetime(1980, 3, 4)
        page.append([1, "Сінтэтык Адзін", birth, datetime.datetime(2023, 5, 6), "342", "2 years", "=1+1"])
        page.append([2, "Сінтэтык Два", birth, "03/04/2023", "342", "2 years" if right else "?!", "+375"])
        page.append([3, "Сінтэтык Тры", birth, "25/04/2023", 342, "3 years", 12.5])
        page.append([4, "Сінтэтык Чатыры", birth, datetime.datetime(2023, 5, 6) if right else "hm", 368, "3 years", True])
        other = book.create_sheet("Памілаванні")
        other.append(["Name", "Date of release"])
        other.append(["Сінтэтык Адзін", datetime.datetime(2024, 7, 3) if right else "??"])
        page["G5"].data_type = "s"
        book.save(folder / "SYNTHETIC list 2024-12.xlsx")
        return folder / "SYNTHETIC list 2024-12.xlsx"

    run("import", original(tmp_path / "in", right=False))
    path = workbook(newest(data))
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[:2] == ["Прысуды", "Памілаванні"] and book.worksheets[0].freeze_panes == "A5"
    values = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert [row[:5] for row in values[2:4]] == [["№", "Person", None, "Verdict", None], [None, "Name", "Date of birth", "Date", "Articles"]]
    assert values[0][0] == "SYNTHETIC: прысуды, вытрымка"
    assert values[4] == [2, "Сінтэтык Два", datetime.datetime(1980, 3, 4), "03/04/2023", "342", "?!", "+375", 6]
    assert values[5] == [4, "Сінтэтык Чатыры", datetime.datetime(1980, 3, 4), "hm", 368, "3 years", True, 8]
    assert list(coloured(book.worksheets[0])) == ["F5", "D6"] and list(coloured(book.worksheets[1])) == ["B2"]
    mended(path, {(6, "Sentence"): "2 years", (8, "Date"): datetime.datetime(2023, 5, 6), (2, "Date of release"): datetime.datetime(2024, 7, 3)})
    status, said = run_json("import", path)
    assert status == 0 and len(publish.read_private("quarantine")) == 0, said
    after = rows_of_vintage()
    monkeypatch.setenv("VYRAK_DATA", str(tmp_path / "other"))
    run("import", original(tmp_path / "right", right=True))
    pd.testing.assert_frame_equal(after, rows_of_vintage())


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-10**6, 10**6), st.floats(-1e6, 1e6).map(lambda x: round(x, 4)),
    st.datetimes(datetime.datetime(1930, 1, 1), datetime.datetime(2030, 1, 1)).map(lambda d: d.replace(microsecond=0)),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=20), st.sampled_from(["=1+1", "-5", "@x", "#REF!", "a\nb", " x "]))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=4))
def test_any_cell_comes_back_as_it_was(tmp_path_factory, rows) -> None:
    head = ["name", "articles", "verdict_date", "arrested", "decision", "penalty"]
    of = read.Sheet("list.csv", "0" * 64, "", [head, *(["Сінтэтык Адзін", "342", *cells] for cells in rows)])
    seen = recognise.recognise(of)
    waiting = {n: (n, n) for n in range(2, len(rows) + 2)}
    keys = pd.DataFrame({"number": 1, "row_key": "k"}, index=list(waiting))
    folder = tmp_path_factory.mktemp("mend")
    [written] = mend.write(folder, [mend.keep(of, of, seen.blocks, waiting, {})], keys, [
        problems.problem("unreadable-date", "list.csv", row=2, column_index=2, found="x", expected="y")])
    found = read.read_file(folder / written.name)
    sheets, book = mend.opened(found.sheets)
    again, numbers = mend.unpack(sheets[0], book)
    kept = next(block.records for block in seen.blocks)
    assert [n for n in numbers if n] == [i + 1 for i in kept] and again.file == "list.csv" and again.name == ""
    for position, at in enumerate(kept, start=1):
        before = [same(cell) for cell in of.rows[at]]
        assert [same(cell) for cell in again.rows[position]] == before


def same(cell: object) -> object:
    """A cell as all formats hold it: empty is None, dates are moments to the second, and numbers are floats."""
    if isinstance(cell, datetime.datetime | bool):
        return cell
    if isinstance(cell, datetime.date):
        return datetime.datetime(cell.year, cell.month, cell.day)
    return None if cell == "" else float(cell) if isinstance(cell, int | float) else cell


@pytest.mark.parametrize("spoil", [["vyrak: rows to mend, 1"], ["vyrak: rows to mend, 1", "../../x.csv", 5]])
def test_a_hidden_sheet_that_somebody_wrote_into_harms_nothing(run_json, data, tmp_path, spoil) -> None:
    book = openpyxl.Workbook()
    book.active.append(["name", "verdict_date", "articles"])
    book.active.append(["Сінтэтык Адзін", "soon", "342"])
    page = book.create_sheet("vyrak")
    page.append(spoil)
    page.append(["row", "Sheet", "x", None])
    book.save(tmp_path / "SYNTHETIC a.xlsx")
    status, said = run_json("import", tmp_path / "SYNTHETIC a.xlsx")
    assert status == 1 and said["files"][0]["quarantined"] == 1
    assert workbook(Path(said["report"]).parent).name == "SYNTHETIC a (to mend).xlsx"


def test_the_most_that_a_person_can_mend_is_written_and_the_rest_is_told(run, data, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(mend, "MOST_ROWS", 5)
    run("import", export(tmp_path / "in", {f"row{n}": {"verdict_date": "soon"} for n in range(1, 9)}))
    told = report_of(newest(data))
    assert (told["to_mend"][0]["rows"], told["to_mend"][0]["left_out"]) == (5, 3)
    assert any("3 more rows did not fit" in step for step in told["next"])


def test_a_workbook_left_as_it_is_says_again_what_was_wrong_of_each_row(tmp_path) -> None:
    """Every row, cell and key of the sample comes back, however it was spoilt: nothing but a person mends."""
    chance = random.Random(8)
    with (SAMPLE / "SYNTHETIC_viasna_machine_export.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))[:900]
    for row in rows:
        if chance.random() < 0.3:
            row[chance.randrange(len(row))] = chance.choice(["???", "30.02.2024", "03/04/2021", "=1+1", "3.7", " "])
    rows[10] = rows[10][:20]
    with (tmp_path / "SYNTHETIC list.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    now = pd.Timestamp("2026-11-23")
    first = take_in([tmp_path / "SYNTHETIC list.csv"], now)
    revision = revise.revise(None, first.accepted, now, first.quarantined, first.mended)
    [book] = mend.write(tmp_path, first.spoilt, revision.waiting, problems.from_frame(first.problems))
    again = take_in([tmp_path / book.name], now)
    assert len(again.accepted) == 0 and len(again.quarantined) == book.rows > 40
    place = ["file", "sha256", "sheet", "row"]
    pd.testing.assert_frame_equal(again.quarantined.sort_values(place).reset_index(drop=True),
                                  first.quarantined.sort_values(place).reset_index(drop=True))
    repeated = revise.revise(revision.rows, again.accepted, now, again.quarantined, again.mended)
    assert sorted(repeated.waiting["row_key"]) == sorted(revision.waiting["row_key"])


def test_rows_wider_than_a_workbook_wait_without_one(run_json, tmp_path) -> None:
    """They broke an import: no workbook has so many columns."""
    path = tmp_path / "viasna_export.csv"
    rows = ["name,verdict_date,decision", "Synthetic One,2024-05-06,nonsense" + ",y" * 20_000, "Synthetic Two,2024-05-06,nonsense"]
    path.write_text("\n".join(rows) + "\n")
    status, result = run_json("import", path)
    assert status == 1
    [line] = result["files"]
    assert (line["read"], line["quarantined"], line["not_data"]) == (3, 2, 1)
    [book] = json.loads(Path(result["report"]).with_name("report.json").read_text())["to_mend"]
    assert (book["rows"], book["left_out"]) == (1, 1)
