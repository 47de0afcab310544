"""python -m data.make_sample: writes data/sample/ anew, the same bytes every time.

Three synthetic lists in the layouts of real ones, of people who don't exist (data/sample_world.py), with the dirt of
real lists: several notations, missing dates, rows narrower than their header, and a few cells nobody can understand.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook

from data.sample_names import write as spell
from data.sample_world import END, World, world

FOLDER = Path(__file__).with_name("sample")
SEED = 20260831
MACHINE, PEOPLE, OTHER = ("SYNTHETIC_viasna_machine_export.csv", "SYNTHETIC_viasna_people_export.xlsx",
                          "SYNTHETIC_dissidentby_lists.xlsx")
SAID = {"be": "СІНТЭТЫЧНЫЯ ДАНЫЯ: усе людзі прыдуманыя", "en": "SYNTHETIC DATA: everybody here is invented"}
_BAD = 0.003

MACHINE_HEADER = ("id url name status gender photo description birthday arrested articles prison declaration decision "
                  "penalty judge councel penalty_start_date release_date verdict_date appeal_date fake_terrorist_list "
                  "died clusters").split()
PEOPLE_HEADER = ["Name and surname", "Status", "Date of birth", "Gender", "Date of detention", "Charges indicted",
                 "Date of verdict", "Sentence", "Penalty", "Judge", "Prosecutor", "Prison"]
OTHER_HEADERS = {
    "Абвінавачванні": ["Імя і прозвішча", "Дата нараджэння", "Пол", "Дата абвінавачвання", "Дата затрымання", "Артыкулы",
                       "Рэгіён", "Пад вартай", "Дата дадання"],
    "Прысуды": ["Імя і прозвішча", "Дата нараджэння", "Дата прысуду", "Суд", "Артыкулы", "Від пакарання", "Тэрмін",
                "Завочна", "Дата дадання"],
    "Памілаванні": ["Імя і прозвішча", "Дата нараджэння", "Дата вызвалення", "Падстава", "Хваля", "Дэпартацыя", "Краіна",
                    "Дата дадання"],
}
TOWNS = {"BY-HM": ["Минск"], "BY-BR": ["Брест", "Барановичи", "Пинск"], "BY-HO": ["Гомель", "Мозырь", "Жлобин"],
         "BY-HR": ["Гродно", "Лида"], "BY-MI": ["Борисов", "Солигорск", "Минская область"],
         "BY-MA": ["Могилёв", "Бобруйск"], "BY-VI": ["Витебск", "Орша", "Полоцк"]}
BE_REGIONS = {"BY-HM": "Мінск", "BY-BR": "Брэсцкая вобласць", "BY-HO": "Гомельская вобл.", "BY-HR": "Гродзенская вобласць",
              "BY-MI": "Мінская вобласць", "BY-MA": "Магілёўская вобл.", "BY-VI": "Віцебская вобласць"}
RU_PENALTY = {"imprisonment": "лишение свободы", "restricted_liberty_home": "ограничение свободы без направления",
              "restricted_liberty_open": "ограничение свободы с направлением", "arrest": "арест", "fine": "штраф",
              "compulsory_treatment": "принудительное лечение", "suspended_sentence": "условное осуждение"}
BE_PENALTY = {"imprisonment": "пазбаўленне волі", "restricted_liberty_home": "хатняя хімія",
              "restricted_liberty_open": "хімія", "arrest": "арышт", "fine": "штраф",
              "compulsory_treatment": "прымусовае лячэнне", "suspended_sentence": "умоўнае асуджэнне"}
EN_PENALTY = {"restricted_liberty_home": 'restricted freedom under home confinement ("domashnyaya khimiya")',
              "restricted_liberty_open": 'restricted freedom in an open penal facility ("khimiya")', "arrest": "arrest",
              "fine": "fine", "compulsory_treatment": "compulsory psychiatric treatment",
              "suspended_sentence": "suspended imprisonment"}
EN_REGIME = {"general": "imprisonment in a general-security penal colony",
             "reinforced": "imprisonment in a medium-security penal colony",
             "strict": "imprisonment in a maximum-security penal colony",
             "prison": "imprisonment in a high security prison"}
EN_TITLES = {"342": "Organization and preparation of actions that grossly violate public order",
             "368": "Insulting the President of the Republic of Belarus", "369": "Insulting a government official",
             "130": "Incitement to hatred", "188": "Defamation"}
MONTHS = "January February March April May June July August September October November December".split()

Sheets = dict[str, list[list[Any]]]


def lists(truth: World, as_of: pd.Timestamp = END) -> tuple[dict[str, Sheets], pd.DataFrame]:
    """(file → sheet → rows as a list would have shown them on `as_of`, which row is whom).

    The second frame has the columns file, sheet, row (from 1, as a spreadsheet program counts), person_key, bad (a
    cell of the row can't be understood by anybody).
    """
    files: dict[str, Sheets] = {MACHINE: {"": []}, PEOPLE: {"Export": []}, OTHER: {}}
    who: list[tuple[str, str, int, int, bool]] = []
    for file, sheet, head, body in _sheets(truth, as_of):
        rows = files[file].setdefault(sheet, [])
        rows += head
        for key, row, bad in body:
            rows.append(row)
            who.append((file, sheet, len(rows), key, bad))
    total = len(files[OTHER]["Абвінавачванні"])
    files[OTHER]["Абвінавачванні"].append(["Усяго", total - 2])
    files[OTHER]["Заўвагі"] = [[SAID["be"]], ["Гэты спіс зроблены праграмай, каб паспрабаваць Vyrak."]]
    return files, pd.DataFrame(who, columns=["file", "sheet", "row", "person_key", "bad"])


def _sheets(truth: World, as_of: pd.Timestamp) -> Iterator[tuple[str, str, list[list], Iterator[tuple[int, list, bool]]]]:
    seen = truth.persons[truth.persons["known"]]
    viasna = seen[seen["on_viasna"] & (seen["reported_viasna"] <= as_of)].sort_values("reported_viasna", kind="stable")
    other = seen[seen["on_dissidentby"] & (seen["reported_dissidentby"] <= as_of)].sort_values(
        "reported_dissidentby", kind="stable")
    pardoned = seen[(seen["outcome"] == "pardon") & (seen["released_on"] <= as_of)]
    pardoned = pardoned.sort_values("released_on", kind="stable")
    sentenced = other[other["sentenced_on"] <= as_of]
    yield MACHINE, "", [MACHINE_HEADER], _each(_machine_row, viasna, truth, 1, as_of)
    yield PEOPLE, "Export", [PEOPLE_HEADER], _each(_people_row, viasna[viasna["recognised"]], truth, 2, as_of)
    for number, (sheet, make, frame) in enumerate((("Абвінавачванні", _charge_row, other),
                                                   ("Прысуды", _sentence_row, sentenced),
                                                   ("Памілаванні", _pardon_row, pardoned)), start=3):
        yield OTHER, sheet, [[SAID["be"]], OTHER_HEADERS[sheet]], _each(make, frame, truth, number, as_of)


def _each(make: Any, frame: pd.DataFrame, truth: World, number: int, as_of: pd.Timestamp
          ) -> Iterator[tuple[int, list, bool]]:
    for place, person in enumerate(frame.itertuples(), start=1):
        # One generator a row: the row looks the same whatever other rows are there.
        rng = np.random.default_rng([SEED, number, int(person.Index)])
        row = make(person, truth.names[person.Index], rng, as_of, place)
        yield person.Index, row, _spoil(row, number, rng)


# What makes a row dirty -------------------------------------------------------------------------------------------

_SPOILT = {1: (18, ["2023-02-30", "31.04.2022", "скоро"]), 2: (5, ["see the file", "???"]), 3: (5, ["нешта", "гл. справу"]),
           4: (2, ["30.02.2024", "потым"]), 5: (2, ["32.01.2025"])}


def _spoil(row: list, number: int, rng: np.random.Generator) -> bool:
    """Put a cell that can't be understood into a few rows."""
    bad = rng.random() < _BAD
    if bad:
        column, texts = _SPOILT[number]
        row[column] = texts[rng.integers(len(texts))]
    return bad


def _chance(rng: np.random.Generator, share: float) -> bool:
    return bool(rng.random() < share)


def _one(rng: np.random.Generator, *options: Any) -> Any:
    return options[rng.integers(len(options))]


def _iso(day: Any) -> str:
    return "" if pd.isna(day) else f"{day:%Y-%m-%d}"


def _dotted(day: Any) -> str:
    return "" if pd.isna(day) else f"{day:%d.%m.%Y}"


def _dirty_name(name: str, rng: np.random.Generator) -> str:
    """Now and then a typist's Latin letter, a second space or a space that does not break."""
    if _chance(rng, 0.02):
        return name.replace("а", "a", 1).replace("о", "o", 1)
    return _one(rng, name.replace(" ", "  "), name.replace(" ", "\u00a0"), name + " ") if _chance(rng, 0.02) else name


# Terms and articles in each list's notation -----------------------------------------------------------------------

def _ru_term(months: float, rng: np.random.Generator) -> str:
    years, rest = divmod(int(months), 12)
    if not years:
        return f"{rest} месяц{'' if rest == 1 else 'а' if rest < 5 else 'ев'}"
    word = "год" if years == 1 else "года" if years < 5 else "лет"
    if rest == 6 and _chance(rng, 0.3):
        return f"{years},5 года"
    return f"{years} {word}" + (f" {rest} месяцев" if rest else "")


def _be_term(months: float, rng: np.random.Generator) -> str:
    if _chance(rng, 0.1):
        return f"{int(months)} месяцаў"
    years, rest = divmod(int(months), 12)
    word = "год" if years == 1 else "гады" if years < 5 else "гадоў"
    return (f"{years} {word}" + (f" і {rest} месяцаў" if rest else "")) if years else f"{rest} месяцы"


def _en_term(months: float) -> str:
    years, rest = divmod(int(months), 12)
    if rest == 6 and years:
        return f"{years} 1/2 years"
    return (f"{years} year{'s' if years > 1 else ''}" + (f" {rest} months" if rest else "")) if years else f"{rest} months"


def _split(code: str) -> tuple[str, str, str]:
    """(article, part, inchoate) of a code: "293.1+13.1"."""
    main, _, inchoate = code.partition("+")
    article, _, part = main.partition(".")
    return article, part, inchoate


def _ru_article(code: str, rng: np.random.Generator) -> str:
    article, part, inchoate = _split(code)
    before = f"ч. {inchoate[-1]} ст. 13, " if inchoate else ""
    if not part:
        return f"{before}ст. {article} Уголовного кодекса"
    return before + _one(rng, f"ч. {part} ст. {article} Уголовного кодекса", f"ч.{part} ст.{article} УК РБ",
                         f"ст.{article} ч.{part} УК РБ" if not before else f"ч. {part} ст. {article}",
                         f"ч. {part} ст. {article}")


def _en_article(code: str, rng: np.random.Generator) -> str:
    article, part, inchoate = _split(code)
    title = f" — {EN_TITLES[article]}" if article in EN_TITLES and _chance(rng, 0.8) else ""
    if inchoate:
        return f"Part {inchoate[-1]} of Article 13 and Article {article} of the Criminal Code — Preparation for mass riots"
    if not part or _chance(rng, 0.3):
        if article == "188":
            return f"art. 188 of the Criminal Code{title}"
        return f"Art. {article}: Disclosure" if _chance(rng, 0.005) else f"Art. {article} of the Criminal Code{title}"
    return f"Part {part} of Art. {article} of the Criminal Code{title}"


def _be_article(code: str) -> str:
    article, part, inchoate = _split(code)
    return (f"ч. {inchoate[-1]} арт. 13, " if inchoate else "") + (f"ч. {part} " if part else "") + f"арт. {article}"


# Rows -------------------------------------------------------------------------------------------------------------

def _released(person: Any, as_of: pd.Timestamp) -> bool:
    return pd.notna(person.released_on) and person.released_on <= as_of


def _status(person: Any, as_of: pd.Timestamp) -> str:
    if not person.recognised:
        return "np"
    held = person.held or (pd.notna(person.released_on) and person.released_on > as_of)
    return "active" if held else "former"


def _machine_row(person: Any, name: Any, rng: np.random.Generator, as_of: pd.Timestamp, place: int) -> list[str]:
    anonymous = _chance(rng, 0.004)
    sentenced = pd.notna(person.sentenced_on) and person.sentenced_on <= as_of
    kind = person.punishment if sentenced and isinstance(person.punishment, str) else ""
    penalty = RU_PENALTY.get(kind, "")
    if kind == "imprisonment" and _chance(rng, 0.6):
        penalty += {"general": " в колонии общего режима", "reinforced": " в колонии усиленного режима",
                    "strict": " в колонии строгого режима", "prison": ", тюремный режим"}[person.regime]
    decision = _ru_term(person.term_months, rng) if kind and not np.isnan(person.term_months) else \
        _one(rng, "штраф", f"{int(person.fine_base_units)} базовых величин", "150 base rates") if kind == "fine" else ""
    if sentenced and person.in_absentia:
        decision = f"{decision} (заочно)" if decision else "заочно"
    told = (person.recognised and _chance(rng, 0.85)) or _chance(rng, 0.06)
    arrested = _iso(person.detained_on) if told else ""
    verdict = _iso(person.sentenced_on) if sentenced and _chance(rng, 0.93) else ""
    if arrested and verdict and _chance(rng, 0.004):
        arrested = verdict
    status = _status(person, as_of)
    released = _iso(person.released_on) if status == "former" and _released(person, as_of) and _chance(rng, 0.4) else ""
    town = _one(rng, *TOWNS[person.region]) if _chance(rng, 0.9) else ""
    row = [
        str(1000 + place), f"https://synthetic.invalid/ru/person/{1000 + place}",
        _one(rng, "Гражданин К.", "Гражданин П.") if anonymous else _dirty_name(
            spell(name, "ru", rng, patronymic=0.5, swapped=0.1), rng),
        status, "female" if person.woman else "male", "", "Вымышленный человек" if _chance(rng, 0.05) else "",
        _iso(person.born) if not anonymous and _chance(rng, 0.8) else _one(rng, "", "", "FALSE"),
        arrested, "\n".join(_ru_article(code, rng) for code in person.articles) if _chance(rng, 0.97) else "",
        f"ИК № {rng.integers(1, 25)}" if status == "active" else "", f"https://synthetic.invalid/news/{place}", decision,
        penalty, _one(rng, "Судья Вымышленный", "Судья Вымышленная\nСудья Вторая", "", ""), "", "", released, verdict, "",
        "", "", town,
    ]
    if not any((arrested, verdict, released, row[9], decision, penalty)):
        row[8] = _iso(person.detained_on)[:7]
    if town and _chance(rng, 0.02):
        del row[21]  # one field fewer than the header: the town stands under `died`
    return row


def _people_date(day: Any, rng: np.random.Generator) -> Any:
    """A real Excel date, or as people type it."""
    if pd.isna(day):
        return _one(rng, None, None, "unknown")
    month = MONTHS[day.month - 1]
    return _one(rng, day.to_pydatetime(), day.to_pydatetime(), f"{day.day} {month} {day.year}", f"{day:%d.%m.%Y}") \
        if not _chance(rng, 0.06) else _one(rng, f"{month.lower()} {day.year}", str(day.year))


def _people_row(person: Any, name: Any, rng: np.random.Generator, as_of: pd.Timestamp, place: int) -> list[Any]:
    sentenced = pd.notna(person.sentenced_on) and person.sentenced_on <= as_of
    kind = person.punishment if sentenced and isinstance(person.punishment, str) else ""
    status = "Political prisoner" if _status(person, as_of) == "active" else "Former political prisoner"
    if status.startswith("Former") and _chance(rng, 0.2):
        status += "\nRecognized ex post facto"
    born = person.born
    return [
        spell(name, _one(rng, "passport", "passport", "national", "from_russian"), rng, swapped=0.05), status,
        _one(rng, born.to_pydatetime(), _iso(born)) if _chance(rng, 0.75) else _one(rng, f"{born:%Y-%m}", str(born.year),
                                                                                     "unknown"),
        "Female" if person.woman else "Male", _people_date(person.detained_on, rng) if _chance(rng, 0.85) else None,
        "\n".join(_en_article(code, rng) for code in person.articles),
        _people_date(person.sentenced_on, rng) if sentenced else None,
        _en_term(person.term_months) if kind and not np.isnan(person.term_months) else "Pending" if not sentenced else
        _one(rng, "unknown", "500 base value") if kind == "fine" else "unknown",
        EN_REGIME[person.regime] if kind == "imprisonment" else EN_PENALTY.get(kind),
        "Synthetic Judge" if sentenced else None, None,
        "released" if status.startswith("Former") else
        f"Synthetic Colony No. {rng.integers(1, 25)}\n000000, Synthetic City",
    ]


def _other_name(person: Any, name: Any, rng: np.random.Generator) -> list[str]:
    born = _dotted(person.born) if _chance(rng, 0.85) else _one(rng, f"{person.born:%m.%Y}", str(person.born.year), "")
    return [_dirty_name(spell(name, "be", rng, patronymic=0.3, swapped=0.3, second=0.1), rng), born]


def _charge_row(person: Any, name: Any, rng: np.random.Generator, as_of: pd.Timestamp, place: int) -> list[Any]:
    return [
        *_other_name(person, name, rng), "ж" if person.woman else "м",
        _dotted(person.charged_on) if _chance(rng, 0.8) else "", _dotted(person.detained_on) if _chance(rng, 0.6) else "",
        ", ".join(_be_article(code) for code in person.articles), BE_REGIONS[person.region],
        _one(rng, "так", "не", "невядома"), _dotted(person.reported_dissidentby),
    ]


def _sentence_row(person: Any, name: Any, rng: np.random.Generator, as_of: pd.Timestamp, place: int) -> list[Any]:
    kind = person.punishment if isinstance(person.punishment, str) else ""
    return [
        *_other_name(person, name, rng),
        _dotted(person.sentenced_on) if _chance(rng, 0.95) else f"{person.sentenced_on:%m.%Y}",
        f"суд, {BE_REGIONS[person.region]}", ", ".join(_be_article(code) for code in person.articles),
        BE_PENALTY.get(kind, "невядома"), _be_term(person.term_months, rng) if kind and not np.isnan(person.term_months)
        else "", "так" if person.in_absentia else "", _dotted(person.reported_dissidentby),
    ]


def _pardon_row(person: Any, name: Any, rng: np.random.Generator, as_of: pd.Timestamp, place: int) -> list[Any]:
    wave = person.wave if isinstance(person.wave, str) else ""
    country = {"LT": "Літва", "UA": "Украіна"}.get(person.destination, "") if person.deported else ""
    return [
        *_other_name(person, name, rng), _dotted(person.released_on), _one(rng, "памілаванне", "памілаваны"),
        _dotted(pd.Timestamp(wave)) if wave else "", "так" if person.deported else "не", country,
        _dotted(min(person.released_on + pd.Timedelta(days=int(rng.integers(0, 20))), as_of)),
    ]


# Files ------------------------------------------------------------------------------------------------------------

def write(folder: Path, files: dict[str, Sheets]) -> None:
    """Write the lists as files, the same bytes for the same rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, sheets in files.items():
        data = _csv(sheets[""]) if name.endswith(".csv") else _xlsx(sheets)
        (folder / name).write_bytes(data)


def _csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8")


def _xlsx(sheets: Sheets) -> bytes:
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.properties.creator, book.properties.title = "Vyrak", SAID["en"]
    book.properties.created = book.properties.modified = datetime(2026, 8, 31)
    written = io.BytesIO()
    book.save(written)
    return _dateless(written)


def _dateless(written: io.BytesIO) -> bytes:
    """The workbook without the times at which it was written, so that it is the same every time."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                start = data.index(b"<dcterms:modified")
                start = data.index(b">", start) + 1
                data = data[:start] + b"2026-08-31T00:00:00Z" + data[data.index(b"<", start):]
            new.writestr(zipfile.ZipInfo(name, (2026, 8, 31, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return fixed.getvalue()


if __name__ == "__main__":
    made, _ = lists(world(SEED))
    write(FOLDER, made)
    for file, sheets in made.items():
        print(file, *(f"{title or 'rows'} {len(rows):,}" for title, rows in sheets.items()), sep="  ")
