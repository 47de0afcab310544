"""One person's name in every spelling that lists use."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import linkage
from etl import names
from etl.codes import VocabularyError, fold, read_csv
from etl.names import latin, parse, skeleton

# Invented surnames; each line is one person.
SAME = [
    ["Сняврук Дзмітрый", "Снеўрук Зміцер Мікалаевіч", "Сневрук, Дмитрий", "Dzmitry Sniauruk", "Sniaŭruk Zmicier",
     "SNEVRUK Dmitriy", "Dzmitryi  Sniauruk"],
    ["Чухадзееў Яўген", "Чуходеев Евгений Сергеевич", "Yauhen Chukhadzeyeu", "Jauhien Čuchadziejeŭ",
     "Evgeniy Chukhodeev"],
    ["Шчамыцкая Таццяна", "Щемыцкая Татьяна", "Tatsiana Shchamytskaya", "Tacciana Ščamyckaja", "Tatyana Shchemytskaya"],
    ["Мікалай Хадзюкевіч", "Ходюкевич Николай", "Mikalaj Chadziukievič", "Khadziukevich Mikalai Ivanavich"],
    ["Яцягоў Ілля", "Етегов Илья", "Illia Yatsiahou", "Ilya Etegov"],
    ["Гражэнка Рыгор", "Григорий Гроженко", "Ryhor Hrazhenka", "Hryhory Hraženka"],
]
OTHER = [
    ("Аляксандр Любава", "Аляксандра Любава"), ("Яна Мыруцкая", "Ганна Мыруцкая"), ("Валерий Зуфик", "Валерия Зуфик"),
    ("Іван Зуфік", "Іван Зуфук"), ("Максим Трабин", "Максим Трабик"), ("Юлия Щабеко", "Ульяна Щабеко"),
]


@pytest.mark.parametrize("spellings", SAME, ids=lambda s: s[0])
def test_every_spelling_of_a_name_is_the_same_name(spellings: list[str]) -> None:
    assert len({(n.given, n.surname) for n in map(parse, spellings)}) == 1
    assert parse(spellings[0]).given in set(names.given_names().values())


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_names_stay_other_names(one: str, other: str) -> None:
    a, b = parse(one), parse(other)
    assert (a.given, a.surname) != (b.given, b.surname)


@pytest.mark.parametrize("text", ["Citizen P.", "Гражданин К.", "Гражданка Н.", "грамадзянін А. Б.", "Person 12", "К.",
                                  "", "—", "unknown", "неизвестно", "Имя неизвестно", "Абвінавачаны 3", "N.N.", "17"])
def test_who_is_not_named_is_anonymous(text: str) -> None:
    assert parse(text).anonymous
    assert not parse(text).surname


@pytest.mark.parametrize("text", ["Гражданинов Иван", "Person Alpha", "Зуфик", "И. Зуфик", "Нина Лицо"])
def test_who_is_named_is_not_anonymous(text: str) -> None:
    assert not parse(text).anonymous


def test_the_patronymic_is_told_from_a_surname_that_ends_like_one() -> None:
    assert parse("Иван Зуфкевич").patronymic == ""
    name = parse("Зуфкевич Иван Петрович")
    assert (name.given, name.surname, name.patronymic) == ("ivan", skeleton("зуфкевич"), skeleton("петрович"))
    assert parse("Иван Петрович Зуфкевич") == name
    assert parse("Марыя Пятроўна Зуфкевіч").patronymic == parse("Мария Петровна Зуфкевич").patronymic


def test_initials_are_kept_as_such() -> None:
    assert (parse("Зуфик И. П.").given, parse("Зуфик И. П.").surname) == ("i", skeleton("зуфик"))


def test_two_given_names_have_no_order() -> None:
    assert parse("Максім Раман") == parse("Раман Максім")


def test_what_stands_beside_a_name_is_no_part_of_it() -> None:
    assert parse("Зуфик Иван (Жук)") == parse("Іван Зуфік / Ivan Zufik") == parse("Зуфик\u00a0Иван")


def test_letters_of_the_other_alphabet_do_not_matter() -> None:
    assert parse("Зyфик Ивaн") == parse("Зуфик Иван")


def test_a_typing_error_in_a_given_name_is_mended_only_in_the_comparable_form() -> None:
    assert parse("Дмтрий Зуфик").given == "dzmitry"
    assert parse("Зуфик Ковтрий").given == ""


def test_transliteration_is_the_national_one() -> None:
    assert latin("Шчарбакоў Дзмітрый") == "Ščarbakoŭ Dzmitryj"
    assert latin("Лук'янаў Хвядзько") == "Lukjanaŭ Chviadźko"
    assert latin("Ёўна Юлія") == "Joŭna Julija"
    assert names.best_latin(["Дмитрий Зуфик", "Dzmitry Zufik", "Дзмітрый Зуфік"]) == "Dzmitryj Zufik"
    assert names.best_latin(["Дмитро Зуфик", "Dzmitry Zufik"]) == "Dzmitry Zufik"


def test_each_given_name_is_known_in_all_its_forms() -> None:
    for row in read_csv("given_names").to_dict("records"):
        forms = [row["label_be"], row["label_ru"], row["label_en"], *filter(None, row["aliases"].split("|"))]
        for form in forms:
            assert parse(f"{form} Мыруфчык").given == row["code"], form


def test_a_form_of_two_names_is_an_error_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    table = read_csv("given_names")
    table.loc[len(table)] = ["other", "Іншы", "Другой", "Other", "Dmitry", "test"]
    monkeypatch.setattr(names, "read_csv", lambda _: table)
    with pytest.raises(VocabularyError, match=r"'Dmitry' reads like a form of 'dzmitry'"):
        names.given_names.__wrapped__()


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_name_or_none(text: str) -> None:
    name = parse(text)
    assert name.anonymous == (not (name.given or name.surname))
    assert not re.search("[а-яА-Я]", skeleton(fold(text)) + latin(text))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_spellings_of_invented_people_agree(seed: int) -> None:
    """The generator spells names by rules of its own; Latin ones without a mark may stand for х or ч."""
    [person] = linkage.people(1, seed)
    forms = {style: linkage.written(person, style, order=seed % 2, patronymic=seed % 3 == 0, form=1.0)
             for style in ("be", "ru", "passport", "russian")}
    found = {style: parse(text) for style, text in forms.items()}
    assert len({(n.given, n.surname) for n in found.values()}) == 1, forms
