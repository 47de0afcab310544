"""What people read in their language: no catalogue lacks a sentence, and no sentence lost what is filled into it."""

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import texts
from etl import articles, dates, problems, punishment, words
from tests.messages import ROOT, filled_in, messages

TRANSLATED = [code for code in texts.languages() if code != texts.SOURCE]
FIELD = re.compile(r"\{(\w*)(?:!r)?\}")


def catalogue(code: str) -> dict:
    with (texts.FOLDER / f"{code}.po").open("rb") as file:
        read = read_po(file, locale=code)
    return {message.id: message for message in read if message.id}


def test_there_are_three_languages() -> None:
    assert {"be", "en", "ru"} <= set(texts.languages())


def test_the_messages_are_found_in_the_source() -> None:
    """Each way in which a sentence comes to people has one that is known; the search would else find nothing and be content."""
    found = messages()
    assert {"The file is protected with a password.", "What to do next", "it is a PDF", dates.EXPECTED, "women and men", "it is empty",
            "it unpacks to too much data", "reading it was stopped", "date of the sentence", "to the day", "unchanged",
            ("{count} row was read.", "{count} rows were read."), "row {row}", "there is no whole table in it"} <= found
    assert {kind.message for kind in problems.KINDS.values()} | {kind.remedy for kind in problems.KINDS.values()} <= found


@pytest.mark.parametrize("code", TRANSLATED)
def test_no_catalogue_lacks_a_message(code: str) -> None:
    known = catalogue(code)
    wanted = messages()
    assert not sorted(m for m in wanted if isinstance(m, str) and not (m in known and known[m].string)), "python -m tests.messages adds them"
    plurals = {m for m in wanted if isinstance(m, tuple)}
    assert not [m for m in plurals if m not in known or not all(known[m].string) or len(known[m].string) != 3]


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_fills_in_what_the_message_fills_in(code: str) -> None:
    for message in catalogue(code).values():
        source = message.id if isinstance(message.id, str) else message.id[1]
        for said in [message.string] if isinstance(message.string, str) else message.string:
            assert sorted(FIELD.findall(said)) == sorted(FIELD.findall(source)), said
            assert not message.fuzzy
            assert said.strip() == said, said


def test_what_steps_fill_in_themselves_has_a_template() -> None:
    told = [one for many in words.FILLED.values() for one in many] + list(words.FILLED_EXPECTED)
    templates = {tuple(part for part in re.split(r"\{\w*\}", one) if part) for one in told}
    wordy = {parts for parts in filled_in() if any(re.search(r"[A-Za-z]{4}", part) for part in parts)}
    assert wordy <= templates, "add it to etl.words.FILLED"


@pytest.mark.parametrize("code", texts.languages())
def test_every_example_that_a_remedy_gives_is_understood(code: str) -> None:
    today = date(2026, 11, 23)
    with texts.using(code):
        day, articles_, term = (texts.again(e) for e in (dates.EXPECTED, articles.EXPECTED, punishment.EXPECTED_TERM))
    asked = re.split(r"such as|напрыклад|например", day)[1]
    for example in re.split(r", | or | або | или ", asked.strip()):
        assert dates.parse(example, today).date, example
    for example in re.findall(r"[“«](.+?)[”»]", articles_):
        assert articles.parse(example).codes, example
    for example in re.findall(r"[“«](.+?)[”»]", term):
        assert not punishment.parse(example).problem and punishment.parse(example) != punishment.NOTHING, example


@pytest.mark.parametrize(("code", "said"), [
    ("en", ["1 row was read.", "2 rows were read.", "1,234 rows were read."]),
    ("be", ["Прачытаны 1 радок.", "Прачытаныя 2 радкі.", "Прачытаныя 1\u00a0234 радкі."]),
    ("ru", ["Прочитана 1 строка.", "Прочитаны 2 строки.", "Прочитаны 1\u00a0234 строки."])])
def test_numbers_take_their_form(code: str, said: list[str]) -> None:
    with texts.using(code):
        assert [texts.tn("{count} row was read.", "{count} rows were read.", n) for n in (1, 2, 1234)] == said
    assert texts.language() == "en"


def test_what_was_written_in_english_is_said_again_in_the_language() -> None:
    with texts.using("ru"):
        found = problems.problem("file-unreadable", "x.xlsx", found="it is damaged (no <row>)")
        assert found.message == "Этот файл не удалось прочитать как таблицу: он повреждён (no <row>)."
        own = problems.problem("column-not-recognised", "x.xlsx", found="note")
        assert own.message == "Столбец «note» неизвестен и не прочитан.", "a header is somebody's own word"
        assert problems.problem("column-repeated", "x", expected="sentenced_on").message.count("«дата приговора»") == 1


def test_messages_are_written_where_they_are_said() -> None:
    """t(variable) is found by no search; the tables of words are the only ones that may do so. What pages say is looked for while they are
    shown (tests/components/test_languages.py)."""
    allowed = re.compile(r"\w*(KINDS|NAMES|SEVERITIES|_HEADINGS|_MEANINGS|_PRECISIONS)\b|template")
    for path in sorted((ROOT / "etl").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "t" and not isinstance(node.args[0], ast.Constant):
                assert allowed.match(ast.unparse(node.args[0])), f"{Path(path).name}, line {node.lineno}"
