"""Which table a sheet holds, which column is which, and which rows are records, however people lay them out."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.codes import VocabularyError, code_list
from etl.headers import columns
from etl.read import Sheet
from etl.recognise import Recognised, recognise

MACHINE = ["id", "url", "name", "status", "gender", "photo", "description", "birthday", "arrested", "articles",
           "prison", "declaration", "decision", "penalty", "judge", "councel", "penalty_start_date", "release_date",
           "verdict_date", "appeal_date", "fake_terrorist_list", "died", "clusters"]
PEOPLE = {
    "en": ["Name and surname", "Status", "Date of birth", "Gender", "Date of detention", "Charges indicted",
           "Date of verdict", "Sentence", "Penalty", "Judge", "Prosecutor", "Prison"],
    "ru": ["Имя и фамилия", "Статус", "Дата рождения", "Пол", "Дата задержания", "Предъявлены обвинения",
           "Дата приговора", "Решение суда", "Вид наказания", "Судья", "Прокурор", "Место заключения"],
    "be": ["Імя і прозвішча", "Статус", "Дата нараджэння", "Пол", "Дата затрымання", "Прад'яўлены абвінавачванні",
           "Дата прысуду", "Рашэнне суда", "Від пакарання", "Суддзя", "Пракурор", "Месца зняволення"],
}
PEOPLE_FIELDS = ["name", "status", "birth_date", "sex", "detained_on", "articles", "sentenced_on", "sentence_text",
                 "penalty_text", "prison"]


def seen(rows: list[list], name: str = "", file: str = "list.csv") -> Recognised:
    """What is recognised in `rows`; the sum of its rows always holds."""
    sheet = Sheet(file, "0" * 64, name, rows)
    found = recognise(sheet)
    assert len(rows) == len(found.raw) + found.not_data
    return found


def fields(found: Recognised) -> list[str]:
    return [c for c in found.raw.columns if c not in ("row", "_width")]


def kinds(found: Recognised) -> list[str]:
    return [p.kind for p in found.problems]


def person(number: int, *cells: object) -> list:
    return [f"Сінтэтык Прозвішча{'абвгд'[number % 5]}", *cells]


# --- the layouts of Viasna


def machine_row(**cells: str) -> list[str]:
    return [cells.get(c, "") for c in MACHINE]


def test_the_machine_export() -> None:
    found = seen([MACHINE, machine_row(id="1", name="Сінтэтык", arrested="2024-01-02", clusters="Минск")])
    assert found.table == "cases" and found.problems == []
    assert fields(found) == ["record_id", "url", "name", "status", "sex", "birth_date", "detained_on", "articles",
                             "prison", "sentence_text", "penalty_text", "released_on", "sentenced_on", "died",
                             "clusters"]
    [row] = found.raw.to_dict("records")
    assert (row["row"], row["_width"], row["detained_on"], row["released_on"]) == (2, 23, "2024-01-02", None)
    assert found.raw.attrs["columns"]["detained_on"] == [(8, "arrested")]


def test_a_town_that_slid_under_another_column_in_a_narrow_row_is_moved_back() -> None:
    narrow = machine_row(id="1", name="Сінтэтык", died="Гомель")[:-1]
    found = seen([MACHINE, narrow, machine_row(id="2", died="1", clusters="Брест")])
    assert found.raw["clusters"].tolist() == ["Гомель", "Брест"]
    assert found.raw["died"].tolist() == [None, "1"]
    [problem] = found.problems
    assert (problem.kind, problem.severity, problem.cell, problem.found) == ("row-narrower", "flagged", "V2", "Гомель")


@pytest.mark.parametrize("row", [
    machine_row(id="1", died="1")[:-1],                       # no town
    machine_row(id="1", died="Гомель"),                       # not narrower
    machine_row(id="1", died="Нідзеград")[:-1],               # no town that is known
])
def test_nothing_is_moved_without_all_three_signs(row) -> None:
    found = seen([MACHINE, row])
    assert found.problems == [] and found.raw["clusters"].tolist() == [None]


def test_a_row_wider_than_the_header_is_said() -> None:
    found = seen([["name", "decision", "court"], ["A B", "2 years", "X", "", "lost"], ["C D", "1 year", "Y", "", ""]])
    [problem] = found.problems
    assert (problem.kind, problem.severity, problem.cell, problem.found) == ("row-wider", "quarantined", "E2", "lost")


@pytest.mark.parametrize("language", ["en", "ru", "be"])
def test_the_export_people_read(language) -> None:
    found = seen([PEOPLE[language], person(1, *[""] * 10, "ИК 1")])
    assert found.table == "cases" and fields(found) == PEOPLE_FIELDS and found.problems == []


def test_the_deidentified_rows() -> None:
    header = "row status gender arrested_month articles decision penalty verdict_month release_month"
    found = seen([header.split(), ["1", "active", "male", "2020-10", "Art. 342", "2 years", "", "2021-02", ""]])
    assert found.table == "cases" and found.problems == []
    assert fields(found) == ["record_id", "status", "sex", "detained_on", "articles", "sentence_text", "penalty_text",
                             "sentenced_on", "released_on"]


def test_articles_in_several_columns_are_joined_by_lines() -> None:
    header = ["id", "name", "articles/0", "articles/1", "articles/2", "prison/title", "prison/address", "articles"]
    found = seen([header, ["1", "A", "Art. 342", "", "Art. 130", "No. 1", "Minsk", ""], ["2", "B", *[""] * 6]])
    assert found.raw["articles"].tolist() == ["Art. 342\nArt. 130", None]
    assert found.raw["prison"].tolist() == ["No. 1\nMinsk", None]
    assert found.problems == []
    assert [i for i, _ in found.raw.attrs["columns"]["articles"]] == [2, 3, 4, 7]


# --- three sheets


SHEETS = {
    "charges": {"en": ("Charges", ["Name", "Date", "Articles", "Region"]),
                "ru": ("Обвинения", ["ФИО", "Дата", "Статьи УК", "Регион"]),
                "be": ("Абвінавачванні", ["Імя і прозвішча", "Дата", "Артыкулы", "Вобласць"])},
    "sentences": {"en": ("Sentences", ["Name", "Date", "Court", "Term"]),
                  "ru": ("Приговоры", ["ФИО", "Дата", "Суд", "Срок"]),
                  "be": ("Прысуды", ["Імя і прозвішча", "Дата", "Суд", "Тэрмін"])},
    "releases": {"en": ("Pardons", ["Name", "Date", "Deported", "Basis"]),
                 "ru": ("Помилования", ["ФИО", "Дата", "Депортация", "Основание"]),
                 "be": ("Памілаванні", ["Імя і прозвішча", "Дата", "Дэпартацыя", "Падстава"])},
}
DATE_OF = {"charges": "charged_on", "sentences": "sentenced_on", "releases": "released_on"}
ALL_SHEETS = [(t, language) for t in SHEETS for language in ("en", "ru", "be")]


@pytest.mark.parametrize(("table", "language"), ALL_SHEETS)
def test_sheets_of_three_tables_in_three_languages(table, language) -> None:
    name, header = SHEETS[table][language]
    found = seen([header, person(1, "2024-01-02", "x", "y")], name=name)
    assert found.table == table and found.problems == []
    assert fields(found)[:2] == ["name", DATE_OF[table]]


@pytest.mark.parametrize(("table", "language"), ALL_SHEETS)
def test_three_files_are_told_by_their_names_or_titles(table, language) -> None:
    name, header = SHEETS[table][language]
    rows = [header, person(1, "2024-01-02", "x", "y")]
    assert seen(rows, file=f"SYNTHETIC_list_{name}_2026.csv").table == table
    assert seen([[f"{name} 2020-2026"], [], *rows]).table == table
    assert seen(rows, name="Sheet1", file=f"{name}.xlsx").table == table


def test_columns_tell_the_table_where_no_name_does() -> None:
    for header, table in ((["name", "Date of charge", "Articles"], "charges"),
                          (["name", "Date of verdict", "Term"], "sentences"),
                          (["name", "Date of release", "Basis"], "releases"),
                          (["name", "Date of detention", "Date of verdict"], "cases"),
                          (["name", "Status", "Date of verdict"], "cases")):
        assert seen([header, person(1, "2024-01-02", "x")]).table == table


def test_dates_of_two_kinds_make_cases_whatever_the_name() -> None:
    found = seen([["Name", "Date of charge", "Date of verdict"], person(1, "2023", "2024")], name="Sentences")
    assert found.table == "cases"


def test_a_bare_date_in_a_list_of_cases_is_not_guessed() -> None:
    found = seen([["Name", "Date", "Articles", "Status"], person(1, "2023", "342", "np")], name="List")
    assert kinds(found) == ["column-not-recognised"] and found.problems[0].cell == "B1"


def test_the_date_a_row_was_added_is_reported_on() -> None:
    for text in ("Дата дадання", "Дата добавления", "Date added"):
        assert columns().field(text) == "reported_on"


# --- headers as people write them


@pytest.mark.parametrize("text", [
    "Дата приговора", "ДАТА ПРИГОВОРА", "Дата\nприговора", "Дата приговора*", "Дата приговора:", " Дата  приговора ",
    "Дата\u00a0приговора", "Да\u200bта приговора", "Датa пригoвoрa", "Дата приговора (дд.мм.гггг)",
    "Дата приговора, если известна", "«Дата приговора»", "Дата прысуду / Date of verdict", "Дата приговора (если есть)",
    "Date of the verdict", "date_of_verdict", "DATE OF VERDICT", "Дата вынесения приговора", "verdict_date",
    "Дата\r\nприговора\r\n(число)", "Дата приговора\ufeff", "Дата при\u00adговора",
])
def test_spellings_of_one_header(text) -> None:
    assert columns().field(text) == "sentenced_on"


@pytest.mark.parametrize("text", ["Дата апелляции приговора", "Дата", "", "Дата вступления приговора в силу ?",
                                  "Что-то ещё", "Дата рождения / Дата приговора", "#", "17"])
def test_what_is_not_said_is_not_guessed(text) -> None:
    assert columns().field(text) != "sentenced_on"


def every_alias() -> list[tuple[str, str]]:
    return sorted(columns().aliases.items())


def test_every_alias_is_found_even_when_dressed_up() -> None:
    for (alias, table), name in every_alias():
        for text in (alias, alias.upper(), f" {alias}: ", f"{alias}\u200b", alias.replace(" ", "\u00a0")):
            assert columns().field(text, table) == name, text


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(12)), st.sampled_from(["en", "ru", "be"]), st.integers(0, 3))
def test_columns_in_any_order_below_any_title(order, language, titles) -> None:
    header = [PEOPLE[language][i] for i in order]
    row = [f"cell {i}" for i in order]
    found = seen([["Вялікі загаловак"]] * titles + [header, row])
    assert set(fields(found)) == set(PEOPLE_FIELDS)
    plain = seen([PEOPLE[language], [f"cell {i}" for i in range(12)]])
    assert {f: found.raw[f].iloc[0] for f in PEOPLE_FIELDS} == {f: plain.raw[f].iloc[0] for f in PEOPLE_FIELDS}
    assert found.raw["row"].tolist() == [titles + 2]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.one_of(
    st.none(), st.text(max_size=6), st.integers(), st.booleans(), st.dates(), st.floats(),
    st.sampled_from(["name", "Дата", "ФИО", "Итого", "Total", "Суд", "Articles", "Минск", "Date of verdict"])),
    max_size=6), max_size=12), st.sampled_from(["", "Sentences", "Нататкі"]))
def test_any_cells_at_all_are_counted(rows, name) -> None:
    found = seen(rows, name=name)
    assert found.raw["row"].is_unique and all(p.message for p in found.problems)


# --- layout


HEADER = ["ФИО", "Дата приговора", "Суд", "Срок"]


def record(number: int) -> list:
    return person(number, f"2024-01-0{number}", "Суд", "2 года")


def test_titles_blank_rows_notes_and_sums_are_no_records_and_are_said() -> None:
    found = seen([["Приговоры по делам"], ["обновлено"], [], HEADER, record(1), [], ["Минская область:"], record(2),
                  ["Итого", "", "", 2], ["Всего: 2"], ["* по данным суда"]])
    assert found.raw["row"].tolist() == [5, 8]
    assert {p.expected: p.found for p in found.problems} == {"title": "1-2", "note": "7, 11", "subtotal": "9-10"}
    assert {p.severity for p in found.problems} == {"noted"}


@pytest.mark.parametrize("text", ["Итого", "ИТОГО:", "Всего", "Усяго", "Усяго па Мінску", "Разам", "Total", "Subtotal",
                                  "Grand Total", "Total 2024", "Общий итог", "Итoго"])
def test_rows_of_sums(text) -> None:
    assert seen([HEADER, record(1), [text, "", "", 17]]).raw["row"].tolist() == [2]
    assert seen([HEADER, record(1), ["", text, "", 17]]).raw["row"].tolist() == [2]


def test_a_full_row_of_sums() -> None:
    header = [*PEOPLE["ru"]]
    sums = ["Итого", 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
    assert seen([header, person(1, *"abcdefghijk"), sums]).raw["row"].tolist() == [2]


def test_a_person_of_whom_only_the_name_is_known_waits_and_is_not_dropped() -> None:
    found = seen([HEADER, record(1), ["Сінтэтык Самотны", "", "", ""]])
    assert found.raw["row"].tolist() == [2, 3]


def test_rows_numbered_in_advance_are_blank() -> None:
    found = seen([["№", *HEADER], [1, *record(1)], [2, "", "", "", ""], [3]])
    assert found.raw["row"].tolist() == [2] and found.problems == []


def test_a_header_repeated_in_mid_sheet() -> None:
    found = seen([HEADER, record(1), HEADER, record(2), [], HEADER, record(3)])
    assert found.raw["row"].tolist() == [2, 4, 7] and found.problems == []


def test_several_blocks_with_columns_of_their_own() -> None:
    found = seen([["Обвинения"], ["ФИО", "Дата обвинения", "Статьи"], person(1, "2023-01-01", "342"), [],
                  ["Приговоры"], ["Дата приговора", "ФИО", "Срок"], ["2024-01-01", "Сінтэтык Два", "2 года"]])
    assert found.table == "cases"
    rows = found.raw.set_index("row")
    assert rows.loc[3, "charged_on"] == "2023-01-01" and rows.loc[3, "sentenced_on"] is None
    assert rows.loc[7, "sentenced_on"] == "2024-01-01" and rows.loc[7, "name"] == "Сінтэтык Два"


def test_a_header_over_two_rows_with_merged_cells() -> None:
    found = seen([["ФИО", "Приговор", "", "", "Задержание", ""], ["", "Дата", "Суд", "Срок", "Дата", "Место"],
                  person(1, "2024-01-01", "Суд", "2 года", "2023-05-05", "Минск")])
    [row] = found.raw.to_dict("records")
    assert (row["name"], row["sentenced_on"], row["detained_on"]) == ("Сінтэтык Прозвішчаб", "2024-01-01", "2023-05-05")
    assert (row["court"], row["sentence_text"], row["clusters"]) == ("Суд", "2 года", "Минск")


def test_a_merged_title_over_the_header_is_no_part_of_it() -> None:
    found = seen([["Асуджаныя 2024", "", "", ""], HEADER, record(1)])
    assert fields(found) == ["name", "sentenced_on", "court", "sentence_text"] and found.raw["row"].tolist() == [3]


def test_a_header_in_two_languages_in_two_rows() -> None:
    found = seen([["ФИО", "Дата приговора", "Срок"], ["Name", "Date of verdict", "Term"],
                  person(1, "2024-01-01", "2 года")])
    assert found.raw["row"].tolist() == [3]
    assert fields(found) == ["name", "sentenced_on", "sentence_text"]


def test_columns_unknown_empty_and_repeated() -> None:
    found = seen([["ФИО", "", "Срок", "Любимый цвет", "Срок", ""], person(1, "", "", "синий", "2 года", "?"),
                  person(2, "", "1 год", "", "3 года", "")])
    assert found.raw["sentence_text"].tolist() == ["2 года", "1 год"]
    said = {(p.kind, p.cell): p for p in found.problems}
    assert set(said) == {("column-not-recognised", "D1"), ("column-not-recognised", "F1"), ("column-repeated", "E1")}
    assert {p.severity for p in found.problems} == {"noted"}


def test_a_second_table_beside_the_first_is_refused_aloud() -> None:
    found = seen([[*HEADER, "", *HEADER], [*record(1), "", *record(2)]])
    assert len(found.raw) == 1
    [problem] = found.problems
    assert (problem.kind, problem.severity, problem.found) == ("table-beside", "refused", "F1")


@pytest.mark.parametrize("rows", [
    [["Нататкі"], ["Гэты файл сінтэтычны."], ["Усе людзі выдуманыя."]],
    [["Row Labels", "Count of name", "Sum of term"], ["Минск", 12, 30], ["Grand Total", 12, 30]],
    [["Год", "2020", "2021"], ["Осуждено", 1, 2]],
    [["Id", "date", "event_type", "place", "number_of_detentions", "links"], ["1", "04.12.2011", "x", "y", "198", "z"]],
    [["name", "photo"], ["A", "b.png"]],
    [[datetime.date(2024, 1, 1), 5, True], [None, None, None]],
])
def test_notes_pivots_and_other_lists_are_not_taken_for_tables(rows) -> None:
    found = seen(rows)
    assert found.table is None and found.not_data == len(rows)
    assert kinds(found) == ["sheet-not-recognised"]


@pytest.mark.parametrize("rows", [[], [[]], [["", None], [" "]]])
def test_nothing_is_said_of_an_empty_sheet(rows) -> None:
    assert seen(rows).problems == [] and seen(rows).table is None


def test_cells_are_handed_on_as_they_are() -> None:
    when = datetime.datetime(2024, 1, 2, 3, 4)
    found = seen([HEADER, ["Сінтэтык Адзін", when, "", 2.5], ["Сінтэтык Два", 45292, None, True]])
    assert found.raw["sentenced_on"].tolist() == [when, 45292]
    assert found.raw["sentence_text"].tolist() == [2.5, True] and found.raw["court"].tolist() == [None, None]


# --- the vocabulary files


def test_every_field_is_a_canonical_one_or_known_to_be_left_out() -> None:
    from etl.check import ROWS
    raw_only = {"sentence_text", "penalty_text", "prison", "died", "clusters"}
    for name, kind in columns().kinds.items():
        assert name in ROWS.columns or name in raw_only or kind == "ignore", name


def test_every_table_of_the_vocabulary_is_one_of_the_schema() -> None:
    from etl.check import ROWS
    allowed = ROWS.columns["table"].checks[0].statistics["allowed_values"]
    assert set(code_list("tables").frame.index) == set(allowed)


@pytest.mark.parametrize(("lines", "words"), [
    ("name,,text,quarantine,A\nsex,,sex,flag,A\n", "stands for 'name' and for 'sex'"),
    ("name,,sound,quarantine,A\n", "kind is 'sound'"),
    ("name,people,text,quarantine,A\n", "table is 'people'"),
    ("name,,text,perhaps,A\n", "if_unreadable is 'perhaps'"),
    (",,text,flag,A\n", "the field is missing"),
])
def test_a_mistake_in_the_vocabulary_is_named_with_its_line(tmp_path, lines, words) -> None:
    (tmp_path / "columns.csv").write_text("field,table,kind,if_unreadable,aliases\n" + lines, encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"columns\.csv, line \d") as error:
        columns(tmp_path)
    assert words in str(error.value)


def test_the_vocabulary_may_be_saved_by_excel(tmp_path) -> None:
    (tmp_path / "columns.csv").write_text("field,table,kind,if_unreadable,aliases\r\nname,,text,quarantine,Хто|Who\r\n",
                                          encoding="utf-8-sig", newline="")
    assert columns(tmp_path).field("ХТО") == "name"
