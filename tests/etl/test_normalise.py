"""Cell texts as monitors write them → dates, articles, terms and punishments; nothing guessed, nothing lost."""

import time
from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import articles, check, dates, normalise, punishment
from etl.read import Sheet
from etl.recognise import recognise

TODAY = date(2026, 11, 23)
MONTHS = {"be": "студзеня лютага сакавіка красавіка мая чэрвеня ліпеня жніўня верасня кастрычніка лістапада снежня",
          "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
          "en": "January February March April May June July August September October November December"}
DAYS = st.dates(date(1990, 1, 1), TODAY)


@pytest.mark.parametrize(("text", "day", "precision"), [
    ("april 2026", "2026-04-01", "month"), ("2026", "2026-01-01", "year"), ("29 September 2026", "2026-09-29", "day"),
    ("1985-03", "1985-03-01", "month"), ("31.12.2020", "2020-12-31", "day"), ("5.5.2021", "2021-05-05", "day"),
    ("12.05.21", "2021-05-12", "day"), ("12.05.85", "1985-05-12", "day"), ("5 мая 2021 г.", "2021-05-05", "day"),
    ("7 чэрвеня 2022 года", "2022-06-07", "day"), ("сакавік 2021", "2021-03-01", "month"), ("в мае 2021", "2021-05-01", "month"),
    ("траўня 2022", "2022-05-01", "month"), ("September 29, 2026", "2026-09-29", "day"), ("12.2020", "2020-12-01", "month"),
    ("21-го мая 2021", "2021-05-21", "day"), ("2024-01-05T00:00:00", "2024-01-05", "day"), (44000, "2020-06-18", "day"),
    ("44000.0", "2020-06-18", "day"), (2021, "2021-01-01", "year"), (datetime(2021, 5, 6, 12), "2021-05-06", "day"),
    ("08-09.2020", "2020-01-01", "year"), ("5-7 мая 2021", "2021-05-01", "month"), ("осень 2020", "2020-01-01", "year"),
    ("с 5 по 7 мая 2021", "2021-05-01", "month"), ("з 5 да 7 мая 2021", "2021-05-01", "month"), ("from May to June 2021", "2021-01-01", "year"),
    ("в начале 2021 г.", "2021-01-01", "year"), ("у канцы траўня 2021", "2021-05-01", "month"), ("mid-May 2021", "2021-05-01", "month"),
    ("хх.05.2021", "2021-05-01", "month"), ("xx.xx.2021", "2021-01-01", "year"), ("Thu, 06 May 2021", "2021-05-06", "day"),
    ("четверг, 6 мая 2021", "2021-05-06", "day"), ("6th of May 2021", "2021-05-06", "day"), ("20210506", "2021-05-06", "day"),
    ("44000,5", "2020-06-18", "day"), ("01.05.2021-03.05.2021", "2021-05-01", "month"),
    ("31.12.2020 (второй раз)", "2020-12-31", "day"), ("13/04/2021", "2021-04-13", "day")])
def test_dates_keep_their_precision(text: object, day: str, precision: str) -> None:
    assert dates.parse(text, TODAY) == dates.Found(date.fromisoformat(day), precision)


@pytest.mark.parametrize(("text", "problem"), [
    ("30.02.2024", "impossible-date"), ("12.13.2020", "impossible-date"), ("2021-13-01", "impossible-date"), ("soon", "unreadable-date"),
    ("03/04/2021", "ambiguous-date"), ("до 12.2020", "date-is-a-bound"), ("после 2021", "date-is-a-bound"),
    ("2020-2021", "date-is-a-bound"), ("2021-05-06 2022-01-01", "unreadable-date"), (True, "unreadable-date"), (3.7, "unreadable-date"),
    ("29.02.2023", "impossible-date"), ("20211306", "impossible-date"), ("с 2020 по 2021", "date-is-a-bound"), ("с мая 2021", "date-is-a-bound"),
    ("конец 12.05.2021", "unreadable-date"), ("пн", "unreadable-date"), ("зимой 2021", "unreadable-date"), ("44000 5", "unreadable-date"),
    ("31.04.2024", "impossible-date"), ("2024-13-40", "impossible-date"), (float("-inf"), "unreadable-date"),
    (float("nan"), "unreadable-date"), ("2024-02-30", "impossible-date"), ("32 мая 2024", "impossible-date"),
    ("вчера", "unreadable-date"), ("Минск", "unreadable-date"), ("ст. 342", "unreadable-date"), ("20224-01-02", "unreadable-date"),
    ("2024-1-2-3", "unreadable-date"), ("=TODAY()", "unreadable-date"), ("########", "unreadable-date"), (-5, "unreadable-date"),
    (float("inf"), "unreadable-date"), (10**12, "unreadable-date"), ("мая", "unreadable-date"), ("🗓", "unreadable-date")])
def test_what_is_no_date_is_no_date(text: object, problem: str) -> None:
    assert dates.parse(text, TODAY) == dates.Found(problem=problem)


def test_a_future_date_is_kept_and_flagged() -> None:
    assert dates.parse("2027-01-01", TODAY) == dates.Found(date(2027, 1, 1), "day", "future-date")


@pytest.mark.parametrize(("column", "first"), [({"03/04/2021", "25/04/2021"}, True), ({"03/04/2021", "04/25/2021"}, False),
                                               ({"03/04/2021"}, None), ({"25/04/2021", "04/25/2021"}, None)])
def test_an_ambiguous_date_is_settled_by_its_column_or_not_at_all(column: set[str], first: bool | None) -> None:
    assert dates.day_first(column) is first
    settled = dates.parse("03/04/2021", TODAY, first)
    assert settled.date == {True: date(2021, 4, 3), False: date(2021, 3, 4), None: None}[first]


@settings(max_examples=120, deadline=None)
@given(DAYS, st.sampled_from(["iso", "dots", "short", "be", "ru", "en", "serial"]))
def test_a_day_in_any_notation_comes_back(day: date, notation: str) -> None:
    text: object = {"iso": f"{day:%Y-%m-%d}", "dots": f"{day:%d.%m.%Y}", "short": f"{day.day}.{day.month}.{day.year}",
                    "serial": (day - date(1899, 12, 30)).days}.get(notation)
    if text is None:
        text = f"{day.day} {MONTHS[notation].split()[day.month - 1]} {day.year}"
    assert dates.parse(text, TODAY) == dates.Found(day, "day")


@pytest.mark.parametrize(("text", "codes"), [
    ("Art. 342 of the Criminal Code\nArt. 361-4 of the Criminal Code", "342 361-4"), ("Part 2 of Art. 339 of the Criminal Code", "339.2"),
    ("Part 1 of Article 13 and Article 293 of the Criminal Code — Preparation for mass riots", "293+13.1"), ("ч. 4 ст. 361", "361.4"),
    ("ст. 361-4", "361-4"), ("ст.342 ч.1 УК РБ", "342.1"), ("art. 188 of the Criminal Code — Defamation", "188"), ("ст. 361⁴ ч. 2", "361-4.2"),
    ("Art. 407: Disclosure of the data", "407"), ("ст.ст. 342, 368, 369", "342 368 369"), ("ч. 1 ст. 14, ч. 2 ст. 293 УК РБ", "293.2+14.1"),
    ("ст. 16 ч. 5 и ст. 342 ч. 1", "342.1+16.5"), ("ст. 361-363", "361 362 363"), ("ч.ч. 1, 2 ст. 342", "342.1 342.2"),
    ("ст. 342 (организация действий)", "342"), ("п. 2 ч. 1 ст. 411", "411.1"), ("Артыкул 342, частка 1", "342.1"), ("342 ч.1; 369", "342.1 369"),
    ("ч. 1-3 ст. 361", "361.1 361.2 361.3"),
    ("покушение на ст. 289", "289+14"), ("приготовление к ч. 2 ст. 289", "289.2+13"), ("саўдзел, арт. 342", "342+16"),
    ("Покушение (ч. 1 ст. 14) на ст. 289 ч. 2", "289.2+14.1"), ("ч. 1 ст. 14 ч. 2 ст. 289", "289.2+14.1")])
def test_articles_in_every_notation(text: str, codes: str) -> None:
    assert articles.parse(text) == articles.Found(tuple(codes.split()))


@pytest.mark.parametrize("text", ["hooliganism", "ст. 24.23 КоАП", "12 years", "ст. ???", "ст. 9999", "ч. 2", "ст. 0", "статья", "342-999",
                                  "да", "2024-05-06",
                                  "Минск", "<script>", "=1+1", "368-342", "ст. 3 4 2 0 0 0", "§ 5 StGB",
                                  "ч. 3-1 ст. 361", "ст. 289, покушение", "342.5"])
def test_what_names_no_article_is_told(text: str) -> None:
    assert articles.parse(text).problem == "unreadable-articles"


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.integers(111, 466), st.sampled_from(["", "-1", "-4"]), st.sampled_from(["", "1", "2"])), min_size=1,
                max_size=4, unique=True), st.sampled_from(["en", "ru", "be"]))
def test_articles_written_and_read_come_back(codes: list[tuple[int, str, str]], language: str) -> None:
    forms = {"en": lambda a, p: f"Part {p} of Art. {a} of the Criminal Code" if p else f"Art. {a} of the Criminal Code",
             "ru": lambda a, p: f"ч. {p} ст. {a} УК РБ" if p else f"ст. {a} УК РБ",
             "be": lambda a, p: f"ч. {p} арт. {a}" if p else f"арт. {a}"}
    text = "\n".join(forms[language](f"{number}{sub}", part) for number, sub, part in codes)
    assert articles.parse(text).codes == tuple(f"{n}{s}{f'.{p}' if p else ''}" for n, s, p in codes)


@pytest.mark.parametrize(("text", "months"), [
    ("2 года", 24), ("4 1/2 years", 54), ("2,5 года", 30), ("3 года 6 месяцев", 42), ("18 месяцаў", 18), ("1 год и 3 месяца", 15),
    ("½ года", 6), ("2½ years", 30), ("полтора года", 18), ("45 days; $20000 fine", 1.48), ("6 мес. ареста", 6), ("25 years", 300),
    ("2 и ½ года", 30), ("2г.6мес.", 30), ("2 года, 2 месяца и 5 дней", 26.16), ("12 months and 1 day", 12.03),
    ("2 года колонии, 3 года запрета занимать должности", 24), ("3 года запрета занимать должности, 2 года колонии", 24),
    ("2 года лишения свободы с лишением права занимать должности на 5 лет", 24), ("2 года с отсрочкой на 3 года", 24),
    ("условно 2 года с испытательным сроком 3 года", 24), ("лишение права занимать должности 5 лет", 60), ("отсрочка 2 года", 24)])
def test_terms_in_months(text: str, months: float) -> None:
    assert punishment.parse(text).term_months == months


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 24), st.integers(0, 11), st.sampled_from([("years", "months"), ("лет", "месяцев"), ("гадоў", "месяцаў")]))
def test_a_term_written_and_read_comes_back(years: int, months: int, words: tuple[str, str]) -> None:
    text = " ".join(f"{n} {word}" for n, word in ((years, words[0]), (months, words[1])) if n)
    assert punishment.parse(text).term_months == (years * 12 + months if text else None)


@pytest.mark.parametrize(("text", "kinds", "more"), [
    ("imprisonment in a medium-security penal colony", ["imprisonment"], {"regime": "reinforced"}),
    ("imprisonment in a high security prison", ["imprisonment"], {"regime": "prison"}),
    ('restricted freedom in an open penal facility ("khimiya")', ["restricted_liberty_open"], {}),
    ("2 года хатняй хіміі", ["restricted_liberty_home"], {"term_months": 24}), ("150 base rates", ["fine"], {"fine_base_units": 150}),
    ("1 год ограничения свободы без направления", ["restricted_liberty_home"], {}), ("штраф 3 200 руб.", ["fine"], {"fine_roubles": 3200}),
    ("suspended imprisonment", ["suspended_sentence"], {}), ("заочно 10 лет лишения свободы", ["imprisonment"], {"in_absentia": True}),
    ("2 года лишения свободы в колонии общего режима, штраф 100 б.в.", ["imprisonment", "fine"], {"regime": "general"}),
    ("штраф 32 тыс. рублей", ["fine"], {"fine_roubles": 32000}), ("2,5 тыс. руб. штрафа", ["fine"], {"fine_roubles": 2500}),
    ("3 года в колонии, штраф 200 базовых, 5 лет запрета на профессию", ["imprisonment", "fine", "deprivation_of_right"],
     {"term_months": 36, "fine_base_units": 200}),
    ("life", [], {"life": True}), ("Pending", [], {}), ("unknown", [], {})])
def test_punishments(text: str, kinds: list[str], more: dict) -> None:
    found = punishment.parse(text)
    assert (list(found.punishments), found.problem, found.unread) == (kinds, "", "")
    assert {name: getattr(found, name) for name in more} == more


@pytest.mark.parametrize("text", ["нечто", "12", "2.5", "see the file", "лет", "много", "от двух до", "2 2 2", "=2*365", "-3", "года два", "1e9",
                                  "до 5 лет", "да 5 гадоў", "up to 5 years", "от 2 до 3 лет", "2 года → 1 год", "2 года 2 года",
                                  "2 года (1 год 6 мес. после апелляции)", "3 года колонии, 2 года химии", "компенсация 3000 руб."])
def test_what_is_no_term_is_told(text: str) -> None:
    assert punishment.parse(text).problem == "unreadable-term"


@pytest.mark.parametrize(("text", "kinds", "unread"), [
    ("2 года ограничения свободы без направления, компенсация 1500 руб.", ["restricted_liberty_home"], "компенсация 1500 руб"),
    ("240 часов общественных работ", ["community_service"], "240 часов"),
    ("исправительные работы 1 год с удержанием 20%", ["corrective_labour"], "удержанием 20%")])
def test_what_is_beside_a_punishment_and_no_fine_or_term_is_told(text: str, kinds: list[str], unread: str) -> None:
    found = punishment.parse(text)
    assert (list(found.punishments), found.unread, found.fine_roubles) == (kinds, unread, None)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text("0123456789.,-/ ч.стглетгод½", max_size=20)))
def test_no_text_breaks_a_parser(text: str) -> None:
    found = dates.parse(text, TODAY)
    assert (found.date is None) == (found.precision is None) and (found.date or found.problem)
    assert bool(articles.parse(text).codes) != bool(articles.parse(text).problem)
    punishment.parse(text)


def normalised(header: list[str], *rows: list, file: str = "viasna_export.csv", sheet: str = "") -> tuple[pd.DataFrame, pd.DataFrame]:
    page = Sheet(file, "hash", sheet, [header, *rows])
    result = normalise.normalise(recognise(page), page, TODAY)
    check.ROWS.validate(result[0])
    return result


def test_a_row_of_a_list_becomes_a_canonical_row() -> None:
    rows, problems = normalised(["Имя и фамилия", "Статус", "Дата задержания", "Статьи", "Суд", "Дата приговора", "Решение суда"],
                                ["Синтетик Один", "политзаключённый", "май 2021", "ст. 342", "суд г. Гомеля", "2022", "2 года"])
    [row] = rows.to_dict("records")
    assert problems.empty
    assert (row["status"], row["detained_on_precision"], row["sentenced_on_precision"], row["articles"]) == ("held", "month", "year", "342")
    assert (row["term_months"], row["region"], row["organisation"], row["list"]) == (24, "BY-HO", "viasna", "viasna export")


@pytest.mark.parametrize(("text", "main", "additional", "term"), [
    ("штраф 100 базовых величин и 2 года ограничения свободы без направления", "restricted_liberty_home", "fine", 24),
    ("3 года запрета занимать должности, 2 года колонии", "imprisonment", "deprivation_of_right", 24),
    ("штраф, лишение права занимать должности", "fine", "deprivation_of_right", None)])
def test_the_main_punishment_is_the_main_one_whatever_comes_first(text: str, main: str, additional: str, term: float | None) -> None:
    told = punishment.canonical(punishment.parse(text))
    assert (told["punishment"], told["additional"], told["term_months"]) == (main, additional, term)


@pytest.mark.parametrize("piece", ["1", "9 ", "(", "(а", "1,", "- ", "с 5 по 7 мая 2021 до ", "ст. 342 ч. 1, ", "ч. 1,", "2 года ", "тыс. 1", "1.1.1",
                                   "компенсация ", "$ ", "½ года "])
def test_a_cell_as_long_as_a_cell_can_be_is_told_in_no_time(piece: str) -> None:
    """Some took minutes: 32,767 figures as a term, open brackets as articles."""
    text = (piece * 32_767)[:32_767]
    started = time.monotonic()
    assert dates.parse(text, TODAY).problem and articles.parse(text).problem and punishment.parse(text).problem
    for parse, longest in ((lambda t: dates.parse(t, TODAY), dates.LONGEST), (articles.parse, articles.LONGEST),
                           (punishment.parse, punishment.LONGEST)):
        parse(text[:longest])
    assert time.monotonic() - started < 1


def test_articles_that_a_program_took_for_numbers() -> None:
    rows, problems = normalised(["Name", "Date of verdict", "Articles"], ["Synthetic One", "2024-01-05", "342.0"],
                                ["Synthetic Two", "2024-01-05", 369.0])
    assert rows["articles"].tolist() == ["342", "369"] and problems.empty


def test_a_bare_number_means_what_its_header_says() -> None:
    rows, _ = normalised(["Name", "Date of verdict", "Term (years)"], ["Synthetic One", "2024-01-05", 2.5])
    assert rows["term_months"].iloc[0] == 30


def test_a_bad_cell_is_told_with_its_place_and_the_order_of_dates_is_checked() -> None:
    _, problems = normalised(["Name", "Date of detention", "Date of verdict", "Articles"],
                             ["Synthetic One", "2024-05-01", "2024-01-05", "art. 342"], ["Synthetic Two", "30.02.2024", "", "???"])
    told = problems.set_index("kind")
    assert told.loc["sentence-before-charge", "severity"] == "flagged"
    assert (told.loc["impossible-date", "cell"], told.loc["impossible-date", "severity"]) == ("B3", "quarantined")
    assert told.loc["unreadable-articles", "cell"] == "D3"


@pytest.mark.parametrize(("file", "name"), [("viasna_export_2026-08-30 (2).csv", "viasna export"), ("viasna_export_2026-09-30.csv", "viasna export"),
                                            ("Viasna export copy.xlsx", "viasna export"), ("list_2023.csv", "list")])
def test_exports_of_one_list_have_one_name(file: str, name: str) -> None:
    assert normalise.list_name(file) == name


def test_a_column_of_marks_numbers_and_gaps_loses_none_of_them() -> None:
    """The last mark of a column that mixes TRUE with numbers was lost where a cell was empty."""
    rows, _ = normalised(["name", "verdict_date", "in absentia"], ["Сінтэтык Адзін", "2024-05-06", True],
                         ["Сінтэтык Два", "2024-05-06", 1.0], ["Сінтэтык Тры", "2024-05-06", None], ["Сінтэтык Пяць", "2024-05-06", "так"])
    assert rows["in_absentia"].fillna(False).tolist() == [True, True, False, True]


def test_a_bad_cell_of_a_later_block_is_told_where_it_stands_there() -> None:
    _, problems = normalised(["Name", "Date of detention", "Articles"], ["Synthetic One", "2024-05-01", "342"], [],
                             ["Articles", "Name", "Date of verdict", "Date of detention"], ["342", "Synthetic Two", "", "30.02.2024"], [],
                             ["Name", "Date of detention", "Date of verdict"], ["Synthetic Three", "31.04.2024", "2024-05-06"])
    assert problems[["cell", "column"]].values.tolist() == [["D5", "Date of detention"], ["B8", "Date of detention"]]


def test_a_bare_number_means_what_the_header_of_a_later_block_says() -> None:
    rows, problems = normalised(["Name", "Date of verdict", "Term"], ["Synthetic One", "2024-01-05", "2 years"], [],
                                ["Name", "Date of verdict", "Term (years)"], ["Synthetic Two", "2024-01-05", 2.5])
    assert rows["term_months"].tolist() == [24, 30] and problems.empty


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), -1.0, -0.5, "-3", "inf", "1e9", "9" * 400, "12 мес", "минус один", "1.2.3",
                                    "½", "0x10"])
def test_what_is_no_number_is_told(number: object) -> None:
    rows, problems = normalised(["Name", "Date of verdict", "Term (months)"], ["Synthetic One", "2024-01-05", number])
    assert rows["term_months"].isna().all()
    assert problems[["kind", "severity", "cell"]].values.tolist() == [["unreadable-number", "quarantined", "C2"]]


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#ССЫЛКА!", "#Н/Д", "#ЗНАЧ!", "#ИМЯ?",
                                   "#ДЕЛ/0!", "#ПУСТО!", "#ЧИСЛО!", "Err:502"])
def test_errors_of_spreadsheet_programs_are_told_as_such(error: str) -> None:
    _, problems = normalised(["Name", "Date of verdict"], ["Synthetic One", error])
    assert ("error-cell", "B2") in set(zip(problems["kind"], problems["cell"], strict=True))
