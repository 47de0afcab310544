"""How well, and how fast, rows of several lists are linked: precision and recall over pairs of rows, and times.

Two truths: invented people written by an own, deliberately unkind generator (below), and the synthetic sample.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from data import make_sample
from etl.check import empty_rows
from etl.codes import read_csv
from etl.intake import take_in
from etl.link import Linked, link
from etl.names import latin
from etl.revise import revise

# Belarusian and Russian spellings of the syllables of invented surnames.
SYLLABLES = [
    ("ру", "ру"), ("ба", "бо"), ("дзе", "де"), ("ця", "те"), ("лю", "лю"), ("мы", "мы"), ("ха", "хо"), ("чу", "чу"),
    ("шы", "ши"), ("гра", "гро"), ("жэ", "же"), ("кі", "ки"), ("сня", "сне"), ("пля", "пле"), ("вя", "ве"),
    ("зу", "зу"), ("фа", "фо"), ("цы", "цы"), ("шча", "ща"), ("тра", "тро"), ("ёр", "ёр"), ("ул", "ул"), ("нэ", "нэ"),
    ("дзі", "ди"),
]
CONSONANTS = "бвгджзклмнпрстхчш"
# Of a man in both languages, of a woman in both.
ENDINGS = [
    ("аў", "ов", "ава", "ова"), ("енка", "енко", "енка", "енко"), ("евіч", "евич", "евіч", "евич"),
    ("ік", "ик", "ік", "ик"), ("ук", "ук", "ук", "ук"), ("скі", "ский", "ская", "ская"), ("ін", "ин", "іна", "ина"),
    ("ейка", "ейко", "ейка", "ейко"),
]
SURNAMES = 4_000
RELATIVES = 0.04
_PASSPORT = str.maketrans({**dict(zip("абвгдезійклмнопрстуўфыэ", "abvhdeziiklmnoprstuufye", strict=True)), "ё": "io",
                           "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "ю": "iu", "я": "ia", "ь": "",
                           "'": ""})
_RUSSIAN = str.maketrans({**dict(zip("абвгдеёзийклмнопрстуфыэ", "abvgdeeziyklmnoprstufye", strict=True)),
                          "ж": "zh", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya",
                          "ь": "", "ъ": ""})


def world(persons: int = 8_000, seed: int = 1) -> tuple[pd.DataFrame, pd.Series]:
    """(rows as `link` takes them, the true person of each row key): about 2.5 rows a person in three lists.

    The lists differ in alphabet, order, patronymic and forms of the given name; a third of birth dates are missing or
    years; dates of events are missing, coarser or days apart; a hundredth of names has a typing error.
    """
    rng = np.random.default_rng(seed)
    everybody = _people(persons, rng)
    lists = [_list(everybody, "alpha", 0.85, rng), _list(everybody, "beta", 0.6, rng), *_sheets(everybody, rng)]
    rows = pd.concat(lists, ignore_index=True)
    rows["row_key"] = [f"k{i:06d}" for i in range(len(rows))]
    rows["first_seen"] = pd.Timestamp("2026-01-01").as_unit("us")
    return rows.drop(columns="truth"), rows.set_index("row_key")["truth"]


def people(count: int, seed: int) -> list[dict]:
    """Invented people, with their names in both languages."""
    return _people(count, np.random.default_rng(seed)).to_dict("records")


def _people(count: int, rng: np.random.Generator) -> pd.DataFrame:
    given = pd.DataFrame([r for r in read_csv("given_names").to_dict("records") if r["label_be"][-1] not in "іо"])
    female = given["label_be"].str[-1].isin(["а", "я"]).to_numpy()
    sex = rng.random(count) < 0.25
    weight = 1 / (1 + rng.permutation(len(given)))
    draw = [rng.choice(np.flatnonzero(female == s), count, p=weight[female == s] / weight[female == s].sum())
            for s in (False, True)]
    own, father = given.iloc[np.where(sex, draw[1], draw[0])], given.iloc[rng.permutation(draw[0])]
    surname = _surnames(rng, sex)
    detained = pd.Timestamp("2020-08-09") + pd.to_timedelta(rng.gamma(1.2, 500, count).astype(int) % 2200, unit="D")
    sentenced = detained + pd.to_timedelta(rng.integers(20, 400, count), unit="D")
    drawn = pd.DataFrame({
        "be": [b for b, _ in surname], "ru": [r for _, r in surname], "sex": np.where(sex, "female", "male"),
        "given_be": own["label_be"].to_numpy(), "given_ru": own["label_ru"].to_numpy(),
        "forms": own["aliases"].to_numpy(),
        "father_be": [_patronymic(f, s, "be") for f, s in zip(father["label_be"], sex, strict=True)],
        "father_ru": [_patronymic(f, s, "ru") for f, s in zip(father["label_ru"], sex, strict=True)],
        "born": pd.Timestamp("1960-01-01") + pd.to_timedelta(rng.integers(0, 365 * 45, count), unit="D"),
        "detained_on": detained, "sentenced_on": sentenced,
        "released_on": sentenced + pd.to_timedelta(rng.integers(10, 900, count), unit="D"),
        "articles": rng.choice(["342.1", "342.1 293.2", "368", "369", "130.1", "361-4.1", "361.3 368"], count,
                               p=[0.5, 0.1, 0.1, 0.1, 0.1, 0.05, 0.05]),
        "region": rng.choice(["BY-HM", "BY-MI", "BY-BR", "BY-HO"], count, p=[0.5, 0.2, 0.15, 0.15]),
        "punishment": rng.choice(["imprisonment", "restricted_liberty_home"], count),
        "term_months": rng.choice([12, 18, 24, 30, 36, 48, 60], count).astype(float),
    })
    # Brothers, sisters and couples are tried together: one surname, one case, another given name.
    of, relative = rng.permutation(count)[:2 * int(RELATIVES * count / 2)].reshape(2, -1)
    shared = ["detained_on", "sentenced_on", "articles", "region"]
    drawn.loc[relative, shared] = drawn.loc[of, shared].to_numpy()
    alike = relative[sex[relative] == sex[of]]
    drawn.loc[alike, ["be", "ru", "father_be", "father_ru"]] = drawn.loc[
        of[sex[relative] == sex[of]], ["be", "ru", "father_be", "father_ru"]].to_numpy()
    return drawn


def _surnames(rng: np.random.Generator, female: np.ndarray) -> list[tuple[str, str]]:
    """(Belarusian, Russian) surnames, some far more common than others, as everywhere."""
    roots = [(*(SYLLABLES[i] for i in rng.integers(len(SYLLABLES), size=2)), CONSONANTS[rng.integers(len(CONSONANTS))],
              ENDINGS[rng.integers(len(ENDINGS))]) for _ in range(SURNAMES)]
    weight = 1 / (np.arange(SURNAMES) + 30)
    drawn = rng.choice(SURNAMES, len(female), p=weight / weight.sum())
    return [tuple((a[i] + b[i] + letter + ending[i + 2 * woman]).capitalize() for i in (0, 1))
            for (a, b, letter, ending), woman in ((roots[n], w) for n, w in zip(drawn, female, strict=True))]


def _patronymic(father: str, female: bool, language: str) -> str:
    stem = father.rstrip("йьаяў") if father[-1] in "йьаяў" else father
    middle = "е" if father[-1] in "йь" else "о" if language == "ru" else "а"
    return stem + middle + ({"be": "ўна", "ru": "вна"}[language] if female else {"be": "віч", "ru": "вич"}[language])


def written(person: dict, style: str, *, order: int, patronymic: bool, form: float) -> str:
    """The name in one of five spellings; `form` < 0.1 takes another form of the given name."""
    tongue = "ru" if style in ("ru", "russian") else "be"
    given, surname = person[f"given_{tongue}"], person[tongue]
    cyrillic = [f for f in person["forms"].split("|") if f and f[0] >= "А"]
    if form < 0.1 and cyrillic:
        given = cyrillic[int(form * 10 * len(cyrillic))]
    father = [person[f"father_{tongue}"]] if patronymic else []
    text = " ".join([surname, given, *father] if order else [given, *father, surname])
    if style == "national":
        return latin(text)
    if style in ("passport", "russian"):
        table = _PASSPORT if style == "passport" else _RUSSIAN
        text = text.lower().translate(table).translate(_PASSPORT).translate(_RUSSIAN)
        return " ".join(word.capitalize() for word in text.split())
    return text


def _list(everybody: pd.DataFrame, name: str, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """A wide list with ids of its own: one spelling in most rows, others in some."""
    taken = everybody[rng.random(len(everybody)) < share]
    styles = {"alpha": ["ru", "be", "ru", "ru"], "beta": ["passport", "national", "russian", "passport"],
              "gamma": ["be", "be", "be", "ru"]}[name]
    rows = _facts(taken, rng)
    rows["name"] = _names(taken, styles, rng)
    rows["list"], rows["organisation"], rows["table"], rows["file"] = name, name, "cases", f"SYNTHETIC_{name}.csv"
    rows["record_id"] = [str(i) for i in rng.permutation(len(taken)) + 1]
    return rows


def _names(taken: pd.DataFrame, styles: list[str], rng: np.random.Generator) -> list[str]:
    names = [written(p, styles[rng.integers(4)], order=int(rng.random() < 0.4), patronymic=rng.random() < 0.3,
                     form=rng.random()) for p in taken.to_dict("records")]
    return [_mistyped(n, rng) if rng.random() < 0.01 else n for n in names]


def _mistyped(name: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(1, len(name) - 1))
    return name[:at] + name[at + 1:]


def _sheets(everybody: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    """A list in three sheets without ids: the same people, each sheet with its own facts."""
    taken = everybody[rng.random(len(everybody)) < 0.4]
    names = _names(taken, ["be", "be", "be", "ru"], rng)
    sheets = []
    left_out = {"charges": (1.0, ["sentenced_on", "released_on"]), "sentences": (0.85, ["released_on"]),
                "releases": (0.2, ["detained_on", "sentenced_on"])}
    for table, (share, dropped) in left_out.items():
        rows = _facts(taken, rng).assign(name=names, list="gamma", organisation="gamma", table=table,
                                         file="SYNTHETIC_gamma.xlsx")
        for date in dropped:
            rows[date], rows[f"{date}_precision"] = pd.NaT, None
        if table == "releases":
            rows["outcome"] = "pardon"
        sheets.append(rows[rng.random(len(rows)) < share])
    return sheets


def _facts(taken: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    count = len(taken)
    rows = empty_rows(taken.index)
    rows["truth"], rows["row"] = taken.index, np.arange(2, count + 2)
    for column in ("sex", "articles", "region", "punishment", "term_months"):
        rows[column] = taken[column].where(rng.random(count) < 0.9).astype(rows[column].dtype)
    precision = rng.choice(["day", "month", "year", ""], count, p=[0.67, 0.03, 0.15, 0.15])
    rows["birth_date"], rows["birth_date_precision"] = _dated(taken["born"], precision)
    for date, missing in (("detained_on", 0.35), ("sentenced_on", 0.1), ("released_on", 0.7)):
        precision = rng.choice(["day", "month", ""], count, p=[0.9 * (1 - missing), 0.1 * (1 - missing), missing])
        moved = pd.to_timedelta(np.where(rng.random(count) < 0.05, rng.integers(-5, 6, count), 0), unit="D")
        rows[date], rows[f"{date}_precision"] = _dated(taken[date] + moved, precision)
    return rows


def _dated(dates: pd.Series, precision: np.ndarray) -> tuple[pd.Series, pd.Series]:
    known = pd.Series(precision, index=dates.index, dtype="str").where(precision != "")
    start = dates.mask(known == "month", dates.dt.to_period("M").dt.to_timestamp())
    start = start.mask(known == "year", dates.dt.to_period("Y").dt.to_timestamp())
    return start.where(known.notna()).astype("datetime64[us]"), known


def quality(assigned: pd.Series, truth: pd.Series) -> tuple[float, float, int]:
    """(precision, recall, true pairs) over pairs of rows; both series are indexed by row key."""
    frame = pd.DataFrame({"found": assigned, "true": truth}).dropna()
    pairs = [int((sizes * (sizes - 1) // 2).sum()) for sizes in
             (frame.groupby("found").size(), frame.groupby("true").size(), frame.groupby(["found", "true"]).size())]
    return pairs[2] / max(pairs[0], 1), pairs[2] / max(pairs[1], 1), pairs[1]


def measure(rows: pd.DataFrame, truth: pd.Series) -> dict[str, float]:
    """Link `rows` and hold the result against `truth`: seconds, precision, recall, pairs left to people."""
    start = time.perf_counter()
    linked: Linked = link(rows)
    seconds = time.perf_counter() - start
    precision, recall, pairs = quality(linked.assignments.set_index("row_key")["person_id"], truth)
    return {"rows": len(rows), "persons": len(linked.persons), "true pairs": pairs, "seconds": seconds,
            "precision": precision, "recall": recall, "review": len(linked.review)}


def sample() -> tuple[pd.DataFrame, pd.Series]:
    """(rows, true persons) of the synthetic sample in data/sample/, as the import reads it."""
    truth = make_sample.lists(make_sample.world(make_sample.SEED))[1]
    read = take_in(sorted(make_sample.FOLDER.glob("SYNTHETIC*")), make_sample.END)
    rows = revise(None, read.accepted, make_sample.END).rows
    # The generator leaves the sheet of a file with one sheet unnamed.
    one_sheet = set(truth.loc[truth["sheet"] == "", "file"])
    keys = rows.assign(sheet=rows["sheet"].mask(rows["file"].isin(one_sheet), ""))
    who = keys.merge(truth, on=["file", "sheet", "row"], how="left").set_index("row_key")["person_key"]
    return rows, who


def main() -> None:
    """Print the figures for invented people at three sizes and for the sample."""
    for name, (rows, truth) in (("sample", sample()), *((f"{n:,} persons", world(n)) for n in (1_000, 8_000, 40_000))):
        found = measure(rows, truth)
        figures = (f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v:,}" for k, v in found.items())
        print(f"{name:15}", *figures, sep="  ")


if __name__ == "__main__":
    main()
