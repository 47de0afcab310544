"""Names of people who don't exist, in the five spellings that monitors' lists use.

Surnames are invented: made-up roots with Belarusian endings. Given names and patronymics are ordinary ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Belarusian, Russian, national Latin, passport Latin, Latin from Russian; a second Belarusian form may follow.
_MALE = """
Дзмітрый Дмитрий Dzmitry Dzmitryi Dmitriy Зміцер
Яўген Евгений Jaŭhien Yauheni Evgeniy Яўгеній
Аляксандр Александр Aliaksandr Aliaksandr Aleksandr Алесь
Сяргей Сергей Siarhiej Siarhei Sergey Сяржук
Андрэй Андрей Andrej Andrei Andrey Андрэй
Мікалай Николай Mikalaj Mikalai Nikolay Мікола
Уладзімір Владимир Uladzimir Uladzimir Vladimir Уладзімер
Віктар Виктор Viktar Viktar Viktor Віктар
Ігар Игорь Ihar Ihar Igor Ігар
Павел Павел Paviel Pavel Pavel Павал
Максім Максим Maksim Maksim Maxim Максім
Юрый Юрий Juryj Yury Yuriy Юрась
Васіль Василий Vasiĺ Vasil Vasiliy Васіль
Раман Роман Raman Raman Roman Раман
Кірыл Кирилл Kiryl Kiryl Kirill Кірыла
Арцём Артём Arciom Artsiom Artem Арцём
Міхаіл Михаил Michail Mikhail Mikhail Міхась
Аляксей Алексей Aliaksiej Aliaksei Alexey Лёкса
Віталь Виталий Vitaĺ Vital Vitaliy Віталь
Станіслаў Станислав Stanislaŭ Stanislau Stanislav Стась
Мікіта Никита Mikita Mikita Nikita Мікіта
Ягор Егор Jahor Yahor Egor Ягор
Леанід Леонид Leanid Leanid Leonid Лявон
Глеб Глеб Hlieb Hleb Gleb Глеб
"""
_FEMALE = """
Наталля Наталья Natallia Natallia Natalya Наталля
Вольга Ольга Voĺha Volha Olga Вольга
Алена Елена Aliena Alena Elena Алена
Ірына Ирина Iryna Iryna Irina Ірына
Таццяна Татьяна Tacciana Tatsiana Tatyana Таццяна
Святлана Светлана Sviatlana Sviatlana Svetlana Святлана
Ганна Анна Hanna Hanna Anna Ганна
Марыя Мария Maryja Maryia Mariya Марыя
Кацярына Екатерина Kaciaryna Katsiaryna Ekaterina Кацярына
Аксана Оксана Aksana Aksana Oksana Аксана
Юлія Юлия Julija Yuliya Yulia Юля
Людміла Людмила Liudmila Liudmila Lyudmila Людміла
Дар'я Дарья Darja Darya Daria Дар'я
Вікторыя Виктория Viktoryja Viktoryia Victoria Вікторыя
Настасся Анастасия Nastassia Nastassia Anastasia Анастасія
Ксенія Ксения Ksienija Kseniya Ksenia Ксенія
Паліна Полина Palina Palina Polina Паліна
Марына Марина Maryna Maryna Marina Марына
"""
_FATHERS = """
Аляксандравіч Александрович Aliaksandravič Aliaksandravich Aleksandrovich
Мікалаевіч Николаевич Mikalajevič Mikalaevich Nikolaevich
Уладзіміравіч Владимирович Uladzimiravič Uladzimiravich Vladimirovich
Сяргеевіч Сергеевич Siarhiejevič Siarheevich Sergeevich
Віктаравіч Викторович Viktaravič Viktaravich Viktorovich
Іванавіч Иванович Ivanavič Ivanavich Ivanovich
Пятровіч Петрович Piatrovič Piatrovich Petrovich
Васільевіч Васильевич Vasiĺjevič Vasilyevich Vasilievich
Паўлавіч Павлович Paŭlavič Paulavich Pavlovich
Андрэевіч Андреевич Andrejevič Andreevich Andreevich
"""
_DAUGHTER = (("віч", "ўна"), ("вич", "вна"), ("vič", "ŭna"), ("vich", "una"), ("vich", "vna"))

# Invented: no dictionary word, no surname in use, with three sounds a root so that roots differ in more than a vowel.
_ROOTS = ("Зырб Плахт Мруж Кварн Жвіл Трэмж Брунч Гнадр Штоп Вурзм Крэжд Пурмж Скварж Дравм Цвільг Жмурт Хвардз Брызм "
          "Глумж Вежд Мартж Сплінд Кагрм Рыжм Нурлж Тарзд Ламжв Бугрж Зварг Пліждр Мозгж Друшт Грызл Кежм Вілжд Сурмж "
          "Стрэгж Пахмж Дожв Крумзд").split()
_MIDDLES = ("ал", "ын", "ур", "эт", "ак", "ім", "ог", "ус")
_ENDINGS = {  # man, woman; Russian man, woman
    "овіч": ("овіч", "овіч", "ович", "ович"), "ук": ("ук", "ук", "ук", "ук"), "енка": ("енка", "енка", "енко", "енко"),
    "скі": ("скі", "ская", "ский", "ская"), "аў": ("аў", "ава", "ов", "ова"), "ец": ("ец", "ец", "ец", "ец"),
    "чык": ("чык", "чык", "чик", "чик"), "эня": ("эня", "эня", "еня", "еня"),
}
_TO_RUSSIAN = {"дз": "д", "ць": "ть", "і": "и", "ў": "в", "э": "е", "ж": "ж", "'": "ь"}
_NATIONAL = dict(zip("абвгдежзійклмнопрстуўфхцчшыьэюя'ёи", [
    "a", "b", "v", "h", "d", "ie", "ž", "z", "i", "j", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "ŭ", "f",
    "ch", "c", "č", "š", "y", "", "e", "iu", "ia", "", "io", "i"], strict=True))
_PASSPORT = _NATIONAL | {"ж": "zh", "й": "i", "ў": "u", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "е": "e", "ё": "io"}
_FROM_RUSSIAN = _PASSPORT | {"г": "g", "ы": "y", "в": "v", "ё": "e", "и": "i", "й": "y", "ю": "yu", "я": "ya"}


@dataclass(frozen=True)
class Person:
    """One invented person's name: spellings by system, each (given, surname, patronymic)."""

    be: tuple[str, str, str]
    ru: tuple[str, str, str]
    national: tuple[str, str, str]
    passport: tuple[str, str, str]
    from_russian: tuple[str, str, str]
    second_given: str


SYSTEMS = ("be", "ru", "national", "passport", "from_russian")


def _latin(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(letter, letter) for letter in text.lower()).capitalize()


def _russian(root: str) -> str:
    for one, other in _TO_RUSSIAN.items():
        root = root.replace(one, other)
    return root


def invent(rng: np.random.Generator, count: int, women: np.ndarray) -> list[Person]:
    """`count` people; `women`: array of bool. Two may share a name, as people do."""
    given = {sex: [line.split() for line in text.split("\n") if line] for sex, text in ((False, _MALE), (True, _FEMALE))}
    fathers = [line.split() for line in _FATHERS.split("\n") if line]
    endings = list(_ENDINGS.values())
    people = []
    for i in range(count):
        woman = bool(women[i])
        first = given[woman][rng.integers(len(given[woman]))]
        father = fathers[rng.integers(len(fathers))]
        if woman:
            father = [name[: -len(m)] + f for name, (m, f) in zip(father, _DAUGHTER, strict=True)]
        root = _ROOTS[rng.integers(len(_ROOTS))] + _MIDDLES[rng.integers(len(_MIDDLES))]
        ending = endings[rng.integers(len(endings))]
        be, ru = root + ending[woman], _russian(root) + ending[2 + woman]
        surnames = (be, ru, _latin(be, _NATIONAL), _latin(be, _PASSPORT), _latin(ru, _FROM_RUSSIAN))
        spelt = [(first[k], surnames[k], father[k]) for k in range(len(SYSTEMS))]
        people.append(Person(**dict(zip(SYSTEMS, spelt, strict=True)), second_given=first[5]))
    return people


def write(person: Person, system: str, rng: np.random.Generator, *, patronymic: float = 0.0, swapped: float = 0.0,
          second: float = 0.0) -> str:
    """The name as one list writes it; the chances that it has a patronymic, begins with the surname, or (Belarusian)
    uses the second form of the given name."""
    given, surname, father = getattr(person, system)
    if system == "be" and rng.random() < second:
        given = person.second_given
    with_father = rng.random() < patronymic
    if rng.random() < swapped:
        return f"{surname} {given}{f' {father}' if with_father else ''}"
    return f"{given}{f' {father}' if with_father else ''} {surname}"
