"""Names in one comparable form, whatever the alphabet, the transliteration or the order they are written in.

Skeletons follow what the spellings differ in: Belarusian writes unstressed o as a, ц and дз for soft т and д, ў for
final в and л; the national system of 2007 (as amended; UN document E/CONF.98/CRP.21) writes č, š, ž, ch (х) and j, the
passports' one ch (ч), sh, zh, kh and i, and transliteration from Russian y, g and o.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from etl.codes import VocabularyError, fold, read_csv

# Cyrillic to classes of sounds: Q ч, X ш, J ж, h г and х; vowels stay as they are for the rules below.
_CYRILLIC = str.maketrans({
    **dict(zip("абвгґдеёэзиійклмнопрстуўфыхц", "abvhhdeeeziiiklmnoprstuvfiht", strict=True)),
    "ж": "J", "ч": "Q", "ш": "X", "щ": "XQ", "ю": "iu", "я": "ia", "ь": "", "ъ": "",
})
_MARKED = str.maketrans("čšžŭśćńźĺłäöüéè", "QXJvstnzllaouee")
_DIGRAPHS = {"shch": "XQ", "kh": "h", "sh": "X", "zh": "J", "ts": "t"}
_LETTERS = str.maketrans({"c": "t", "w": "v", "x": "ks", "g": "h", "q": "k", "j": "i", "y": "i"})
_IS_CYRILLIC = re.compile("[\u0400-\u04ff]")
_IS_NATIONAL = re.compile("[čšžŭśćńźĺ]|c(?![hk])")
_ENGLISH_LETTERS = re.compile("sh|zh|kh|ya|yu|shch")
_DIGRAPH = re.compile("|".join(_DIGRAPHS))
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]|[/|\\;].*", re.DOTALL)
_BEGINS_ASIDE = re.compile(r"[(\[/|\\;]")
_SEPARATOR = re.compile(r"[\s.,]+")
_PATRONYMIC = re.compile("(avi|iani|ini|i)Q$|(av|iv|iQ|ini[Qk])na$")
_BELARUSIAN = re.compile("[іўІЎ]")

_LATIN = str.maketrans({
    **dict(zip("абвгґдзійклмнопрстуўфхцчшыэжщ", [*"abvhgdzijklmnoprstuŭf", "ch", *"cčšyež", "šč"], strict=True)),
    "и": "i", "ь": "", "ъ": "", "'": "", "’": "",
})
_SOFT = {"ц": "ć", "з": "ź", "н": "ń", "с": "ś", "л": "ĺ"}
_IOTATED = {"е": "e", "ё": "o", "ю": "u", "я": "a"}


class Name(NamedTuple):
    """A name in comparable form. `given`: the code of given_names.csv, else a skeleton, or one letter if only the
    initial is known; `surname`, `patronymic`: skeletons; unknown parts are "". If no part is a known given name, all
    stand in `surname` in alphabetical order. `anonymous`: no name at all ("Citizen P.", "Person 12")."""

    given: str
    surname: str
    patronymic: str
    anonymous: bool


_NOBODY = Name("", "", "", True)


@lru_cache(maxsize=200_000)
def parse(text: str) -> Name:
    """The name in `text`, as written by any list. Never raises for bad input: what is no name is anonymous."""
    plain = fold(_ASIDE.sub(" ", text) if _BEGINS_ASIDE.search(text) else text)
    nobody = _anonymous_words()
    words = [word for word in plain.replace(".", " ").replace(",", " ").split() if word not in nobody and not word.isdigit()]
    if not words or max(map(len, words)) < 2:
        return _NOBODY
    national = bool(_IS_NATIONAL.search(plain)) or ("j" in plain and not _ENGLISH_LETTERS.search(plain))
    name = _in_roles([part for word in words if (part := skeleton(word, national))])
    return name if name.given or name.surname else _NOBODY


@lru_cache(maxsize=200_000)
def skeleton(word: str, national: bool = False) -> str:
    """A folded word without what the spellings of one name differ in; `national`: ch stands for х and not for ч."""
    word = word.replace("-", "")
    if _IS_CYRILLIC.search(word):
        word = word.translate(_CYRILLIC)
    else:
        word = _DIGRAPH.sub(lambda found: _DIGRAPHS[found[0]], word.translate(_MARKED))
        word = word.replace("ch", "h" if national else "Q").translate(_LETTERS)
    word = re.sub("(?<!^)i+(?=[aeou])|^i+(?=[eou])", "", word.replace("dz", "d").replace("ts", "t"))
    word = re.sub("(?<=[aeo])u", "v", word)         # ў is u in passports
    return re.sub(r"([^\d])\1+", r"\1", word.replace("e", "a").replace("o", "a"))


def latin(text: str) -> str:
    """`text` in Latin letters: Belarusian and Russian by the national system of 2007, Latin as it is."""
    return " ".join(map(_latin_word, text.split(" ")))


@lru_cache(maxsize=50_000)
def _latin_word(word: str) -> str:
    out: list[str] = []
    for position, letter in enumerate(word):
        low, before = letter.lower(), word[position - 1].lower() if position else " "
        if low in _IOTATED:
            glide = "i" if before in "бвгдзклмнпрстфхц" else "j"
            new = glide + _IOTATED[low]
        elif low == "ь":
            if before in _SOFT and out:
                out[-1] = _SOFT[before].upper() if out[-1].isupper() else _SOFT[before]
            continue
        else:
            new = low.translate(_LATIN)
        out.append(new.capitalize() if letter.isupper() else new)
    return "".join(out)


def best_latin(spellings: list[str]) -> str:
    """One Latin form for all spellings of a name: from the Belarusian one, else a Latin one, else the Russian one."""
    belarusian = [s for s in spellings if _BELARUSIAN.search(s)]
    already = [s for s in spellings if not re.search("[\u0400-\u04ff]", s)]
    return latin((belarusian or already or spellings)[0])


def _in_roles(parts: list[str]) -> Name:
    known = given_names()
    at = [i for i, part in enumerate(parts) if part in known]
    if not at and len(parts) > 1:
        parts = [_mended(part) for part in parts]
        at = [i for i, part in enumerate(parts) if part in known]
    followed = [i for i in at if _is_patronymic_at(parts, i + 1)] if len(parts) > 2 else []
    # Two given names and no patronymic ("Maksim Raman"): nobody can tell which is the surname.
    first = (followed or at or [-1])[0] if followed or len(parts) > 2 or len(at) < 2 else -1
    if first < 0:
        initials = [part for part in parts if len(part) == 1]
        patronymic = next((i for i in (1, 2) if len(parts) == 3 and _is_patronymic_at(parts, i)), None)
        rest = sorted(known.get(p) or _without_ya(p) for i, p in enumerate(parts) if i != patronymic and len(p) > 1)
        return Name(initials[0] if initials else "", " ".join(rest),
                    parts[patronymic] if patronymic is not None else "", False)
    patronymic = first + 1 if first in followed else None
    rest = [_without_ya(p) for i, p in enumerate(parts) if i not in (first, patronymic) and len(p) > 1]
    return Name(known[parts[first]], " ".join(rest), parts[patronymic] if patronymic else "", False)


def _is_patronymic_at(parts: list[str], place: int) -> bool:
    # Belarusian surnames end like patronymics too, so only a third word right after the given name is one.
    return len(parts) > 2 and 0 < place < len(parts) and _is_patronymic(parts[place])


@lru_cache(maxsize=50_000)
def _is_patronymic(part: str) -> bool:
    return bool(_PATRONYMIC.search(part))


def _mended(part: str) -> str:
    """The form of a given name that `part` misses by one letter, else `part`."""
    if len(part) < 5:
        return part
    found = extractOne(part, given_names().keys(), scorer=OSA.distance, score_cutoff=1)
    return found[0] if found and len(found[0]) > 3 else part


def _without_ya(part: str) -> str:
    """Belarusian begins with я many surnames that Russian begins with е; Яна and Анна are two given names."""
    return part.removeprefix("i") if part.startswith("ia") else part


@lru_cache
def given_names() -> dict[str, str]:
    """Skeleton of each form of a given name → its code, from given_names.csv.

    Raises VocabularyError if one form stands for two names.
    """
    forms: dict[str, str] = {}
    for line, row in enumerate(read_csv("given_names").to_dict("records"), start=2):
        labels = [row[c] for c in ("label_be", "label_ru", "label_en")]
        for form in [*labels, row["code"], *row["aliases"].split("|")]:
            for national in (False, True):
                key = skeleton(fold(form), national=national)
                if key and forms.setdefault(key, row["code"]) != row["code"]:
                    raise VocabularyError(f"given_names.csv, line {line}: {form.strip()!r} reads like a form of"
                                          f" {forms[key]!r} too. Keep it in one of the two lines.")
    return forms


@lru_cache
def _anonymous_words() -> frozenset[str]:
    rows = read_csv("anonymous_names").to_dict("records")
    texts = [text for r in rows for text in (r["label_be"], r["label_ru"], r["label_en"], *r["aliases"].split("|"))]
    return frozenset(word for text in texts for word in _SEPARATOR.split(fold(text)) if word)
