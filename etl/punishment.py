"""What a sentence says, in whatever words: kind of punishment, regime, term, fines, additional punishments.

A term is of the main punishment, in months; a day is 12/365.25 of one. Where a cell tells several ("2 года колонии, 3 года
запрета занимать должности") it is the one of the main punishment; where that can't be told, and where a term is only a bound
("до 5 лет"), the cell waits. A fine is in base units or in roubles; in
another currency only the fact of a fine is kept, since its worth in roubles would be a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from etl import overlay, patterns
from etl.codes import CodeList, code_list, fold

EXPECTED_TERM = "a term such as “2 года 6 месяцев”, “4 1/2 years”, “18 months”, “45 days” or “life”"
EXPECTED_PUNISHMENT = "punishments (etl/vocabulary/punishments.csv)"
DAYS_PER_MONTH = 365.25 / 12
LONGEST = 1000
"""Characters of the longest text that is looked at: longer ones hold more than one sentence, and take long to read."""

_HALVES = {"½": ".5", "¼": ".25", "¾": ".75"}
_NUMBER = r"(?:\d+(?:[.,]\d+)?(?:\s+\d/\d)?|\d/\d|полтора|полторы|паўтара|паўтары|паутара|паутары)"
_YEARS = r"(?:years?|yrs?|y|года|годы|год|году|гадоу|гады|гадамі|лет|г|л)"
_MONTHS = r"(?:months?|mos?|mths?|месяцау|месяцев|месяца|месяц|месяцы|месяцамі|мес|м)"
_DAYS = r"(?:days?|дней|дня|день|дни|дн|суток|сутки|сут|дзен|дні|дня|сутак)"
_TERM = re.compile(rf"(?<![\w.,/])(?P<number>{_NUMBER})\s*-?\s*"
                   rf"(?:(?P<years>{_YEARS})|(?P<months>{_MONTHS})|(?P<days>{_DAYS}))(?!\w)\.?")
_HALF_YEAR = re.compile(r"\b(?:полгода|паугода|half a year)\b")
_AND_HALF = re.compile(r"\b(?:с половиной|з паловай|and a half)\b")
_LIFE = re.compile(r"\b(?:life(?: imprisonment| sentence)?|пожизненн\w*|пажыццев\w*|пажыцьцев\w*)\b")
_MONEY = r"(?<![\d.,])(?P<amount>\d[\d\s.,]{0,30}\d|\d)"
_BASE = re.compile(rf"{_MONEY}\s*(?:base (?:rates?|values?|units?|amounts?)|basic (?:units?|values?)|"
                   r"б\.?\s?в\.?(?!\w)|баз\w*\.?\s+(?:велич\w*|велічын\w*)|"
                   r"базовых|базавых)")
_ROUBLES = re.compile(rf"{_MONEY}\s*(?:byn|бел\w*\.?\s+руб\w*|руб\w*|р\.|rubles?|roubles?)(?!\w)")
_OTHER_MONEY = re.compile(r"(?:[$€]|usd|eur)\s*\d[\d\s.,]{0,30}|"
                          r"(?<![\d.,])\d[\d\s.,]{0,30}\s*(?:[$€]|usd|eur|доллар\w*|долар\w*|евро|еура|dollars?|euros?)")
_ABSENT = re.compile(r"\b(?:in absentia|заочно|заочный|заочная|заочное|завочна|завочны|завочны прысуд|спецпроизводств\w*|"
                     r"спецпровадж\w*|специальн\w+ производств\w*|special proceedings)\b")


_THOUSANDS = re.compile(r"(?<![\d.,])(\d++(?:[.,]\d{1,2})?)\s*(?:тыс\w*|thousand)\b\.?")
_ASIDE = re.compile(r"\b(?:компенсац|кампенсац|возмещен|пакрыцц|вазмяшчэнн|ущерб|compensation|damages)\w*[^;]*\d[^;]*|"
                    r"\b\d+\s*(?:час|гадзін|hour)\w*|\b(?:удержан|утрыманн)\w*\s+\d+\s*%?")
"""What is neither a punishment nor its term but holds numbers: what is paid to others, hours of work, a part of the wage."""
_BOUND = re.compile(r"\b(?:до|да|от|ад|более|больше|больш|менее|меньше|менш|свыше|звыш|около|ок|каля|примерно|прыкладна|up to|over|"
                    r"at least|at most|more than|less than|about)\.?\s*\Z")
_JOINED = re.compile(r"[\s;,.]*(?:и|і|й|ды|and)?[\s;,.]*")
"""What stands between the years and the months of one term."""
_LEADS = re.compile(r"\b(?:на|сроком|тэрмінам|for|of)\s*\Z")
_TRIAL = re.compile(r"\b(?:испытательн|выпрабавальн|probation)\w*")
_BESIDE = frozenset({"deprivation_of_right", "deferred_sentence", "loss_of_rank", "confiscation", "compulsory_treatment", "fine"})
"""Punishments whose term is not the main one where another stands beside it."""

_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LONGEST = 8
"""Words of the longest alias that is looked for."""
_FILLERS = """
a an the of in to at with under and or for by from on plus as is was term years sentence sentenced main additional
punishment penalty penal colony facility type
в во на у ў с со з за из и і й да ды по при от ад до без к не или або лет год срок сроком тэрмін тэрмінам вид від
наказание пакаранне основное дополнительное асноўнае дадатковае дополнительно дадаткова колония калонія исправительная
папраўчая условия умовы режим рэжым размер размере памер учреждение установа также таксама ик пк иуот
"""


@dataclass(frozen=True)
class Sentence:
    """What one or two cells say of a sentence. `punishments`: codes in the order of the text, the first is the main
    one. `unread`: words that were not understood beside what was. `problem`: a kind of etl.problems, or ""."""

    punishments: tuple[str, ...] = ()
    regime: str | None = None
    term_months: float | None = None
    life: bool | None = None
    fine_base_units: float | None = None
    fine_roubles: float | None = None
    in_absentia: bool | None = None
    unread: str = ""
    problem: str = ""


NOTHING = Sentence()


@dataclass
class _Text:
    """A text from which what has been understood is taken away."""

    left: str
    found: dict[str, float | bool] = field(default_factory=dict)

    def take(self, pattern: re.Pattern[str]) -> list[re.Match[str]]:
        matches = list(pattern.finditer(self.left))
        self.left = pattern.sub(" ; ", self.left)
        return matches


@overlay.cached(100_000)
def parse(text: str) -> Sentence:
    """What `text` (one cell: a term, a punishment, or both) says. Never raises for a bad cell."""
    if len(text) > LONGEST:
        return Sentence(problem="unreadable-term")
    laid = overlay.current()
    return _parse(text) if laid is None or laid.profile.terms is None else _by_profile(text, laid.profile.terms, laid.name)


def _by_profile(text: str, terms: overlay.Terms, name: str) -> Sentence:
    """Like _parse, piece by piece between semicolons: only the term of the main punishment is the term."""
    left: list[str] = []
    for pattern in terms.set_aside:
        text, taken = patterns.take_out(pattern, text, f"{name}, terms.set_aside")
        left += taken
    pieces = [(piece.strip(), _without_false_fine(_parse(_in_known_units(piece, terms)), piece, terms.beside))
              for piece in re.split(r"[;\n]+", text) if piece.strip()]
    read = [(piece, told) for piece, told in pieces if not told.problem]
    wrong = [piece for piece, told in pieces if told.problem]
    if not read or any(re.search(r"\d", piece) for piece in wrong):
        return Sentence(problem="unreadable-term")
    first = next((i for i, (_, told) in enumerate(read) if _is_main(told, terms.beside)), 0)
    main, others = read[first][1], [told for i, (_, told) in enumerate(read) if i != first]
    left += wrong + [piece for i, (piece, told) in enumerate(read) if i != first and told.term_months is not None
                     and _is_main(told, terms.beside)]
    if not main.punishments and terms.bare and (main.life or main.term_months is not None):
        main = replace(main, punishments=(terms.bare,))
    if main.life and main.term_months is not None:
        left, main = [*left, read[first][0]], replace(main, term_months=None)
    for told in others:
        main = together(main, replace(told, term_months=None, life=None))
    return replace(main, unread=" · ".join(dict.fromkeys(p for p in (*left, *(t.unread for _, t in read)) if p)))


def _without_false_fine(told: Sentence, piece: str, beside: tuple[str, ...]) -> Sentence:
    """Money is a fine, unless the piece names something else that is paid: "$500 restitution"."""
    if not set(told.punishments) & set(beside) or "fine" not in told.punishments or "fine" in codes_in(piece, "punishments"):
        return told
    return replace(told, punishments=tuple(kind for kind in told.punishments if kind != "fine"))


def _is_main(told: Sentence, beside: tuple[str, ...]) -> bool:
    """Whether a piece of a cell tells the main punishment: a term, or a punishment that is none of those beside it."""
    kinds = set(told.punishments) - {*beside, "fine"}
    return bool(kinds) or bool(told.life) or (told.term_months is not None and not told.punishments)


def _in_known_units(text: str, terms: overlay.Terms) -> str:
    """`text` with the profile's words for years, months and days as these."""
    for unit in ("years", "months", "days"):
        for word in getattr(terms, unit):
            text = re.sub(rf"(?<=\d)\s*-?\s*{re.escape(word)}(?!\w)", f" {unit}", text, flags=re.IGNORECASE)
    return text


def _parse(text: str) -> Sentence:
    rest = _Text(_plain(text))
    aside = [match[0] for match in rest.take(_ASIDE)]
    absent = bool(rest.take(_ABSENT)) or None
    base, roubles, other = rest.take(_BASE), rest.take(_ROUBLES), rest.take(_OTHER_MONEY)
    life = bool(rest.take(_LIFE)) or None
    try:
        term = _term(rest)
    except _NotOneTerm:
        return Sentence(problem="unreadable-term")
    regimes, rest.left = _aliases(rest.left, "regimes")
    punishments, rest.left = _aliases(rest.left, "punishments")
    if regimes and not punishments:
        punishments = ["imprisonment"]  # only imprisonment has regimes
    if (base or roubles or other) and "fine" not in punishments:
        punishments.append("fine")
    said = any((punishments, regimes, life, absent, term is not None))
    if re.search(r"\d", rest.left) or (not said and not code_list("punishments").knows(text)):
        return Sentence(problem="unreadable-term")
    return Sentence(
        tuple(dict.fromkeys(punishments)), regimes[0] if regimes else None, term, life,
        _amount(base), _amount(roubles), absent, _unread(" ".join([rest.left, *aside])) if said else "",
    )


@lru_cache(maxsize=50_000)
def together(first: Sentence, second: Sentence) -> Sentence:
    """One sentence from two cells on it; where both tell, the first goes before."""
    merged = {name: getattr(first, name) if getattr(first, name) is not None else getattr(second, name)
              for name in ("regime", "term_months", "life", "fine_base_units", "fine_roubles", "in_absentia")}
    kinds = dict.fromkeys([*first.punishments, *second.punishments])
    # One cell may name the kind more closely than the other.
    if kinds.keys() & {"restricted_liberty_open", "restricted_liberty_home"}:
        kinds.pop("restricted_liberty", None)
    return replace(first, punishments=tuple(kinds), **merged)


@lru_cache(maxsize=50_000)
def with_additional(sentence: Sentence, additional: Sentence) -> Sentence:
    """`sentence` with what a column of additional punishments says; it never gives the main one."""
    main = sentence.punishments or ("",)
    return replace(together(sentence, additional), punishments=tuple(dict.fromkeys([*main, *additional.punishments])))


@lru_cache(maxsize=50_000)
def canonical(sentence: Sentence) -> dict[str, object]:
    """The columns of etl.check.ROWS that `sentence` fills."""
    kinds = list(sentence.punishments)
    if not any(kinds) and sentence.life:
        kinds = ["imprisonment"]
    if kinds and kinds[0] in _BESIDE:   # "a fine and two years of restricted liberty"
        kinds.sort(key=lambda kind: kind in _BESIDE or not kind)
    if kinds[:1] == ["fine"] and sentence.term_months is not None and len(kinds) == 1:
        kinds = ["", "fine"]  # a fine has no term: the main punishment is not told
    return {
        "punishment": (kinds[0] or None) if kinds else None,
        "additional": " ".join(k for k in kinds[1:] if k) or None, "regime": sentence.regime,
        "term_months": sentence.term_months, "life": sentence.life, "fine_base_units": sentence.fine_base_units,
        "fine_roubles": sentence.fine_roubles, "in_absentia": sentence.in_absentia,
    }


def codes_in(text: str, name: str) -> list[str]:
    """The codes of a code list whose aliases stand somewhere in `text`."""
    return _aliases(fold(text), name)[0]


def _plain(text: str) -> str:
    text = re.sub(r"(\d)\s*(?:(?:и|і|and)\s*)?([½¼¾])", lambda m: m[1] + _HALVES[m[2]], text)
    text = re.sub(r"[½¼¾]", lambda m: "0" + _HALVES[m[0]], text)
    text = re.sub(r"(?<=[^\W\d_])\.(?=\d)", ". ", text)      # "2г.6мес."
    text = _THOUSANDS.sub(lambda m: f"{float(m[1].replace(',', '.')) * 1000:.0f}", text)
    pieces = re.split(r"([;\n$€]|(?<!\d),|,(?!\d)|\+)", text)
    return " ".join(p if p in "$€" else " ; " if re.fullmatch(r"[;\n,+]", p) else fold(p) for p in pieces)


class _NotOneTerm(ValueError):
    """The cell tells several terms of which none is the main one, or only a bound."""


def _term(rest: _Text) -> float | None:
    months = 6.0 * len(rest.take(_HALF_YEAR))
    half = rest.take(_AND_HALF)
    terms = _terms(rest.left)
    if len(terms) > 1:
        terms = [term for number, term in enumerate(terms) if not _is_beside(rest.left, terms, number)]
    if len(terms) > 1 or (terms and _BOUND.search(rest.left[:terms[0][0].start()])):
        raise _NotOneTerm
    rest.take(_TERM)
    if not terms and not months:
        return None
    for match in terms[0] if terms else ():
        number = _number(match["number"]) + (0.5 if half and match["years"] else 0)
        months += number * 12 if match["years"] else number if match["months"] else number / DAYS_PER_MONTH
    return round(months, 2)


def _terms(text: str) -> list[list[re.Match[str]]]:
    """The terms in `text`, each as its years, months and days."""
    units = ("years", "months", "days")
    terms: list[list[re.Match[str]]] = []
    for match in _TERM.finditer(text):
        last = terms[-1][-1] if terms else None
        smaller = last is not None and last.lastgroup in units and units.index(match.lastgroup or "") > units.index(last.lastgroup)
        if last is not None and smaller and _JOINED.fullmatch(text[last.end():match.start()]):
            terms[-1].append(match)
        else:
            terms.append([match])
    return terms


def _is_beside(text: str, terms: list[list[re.Match[str]]], number: int) -> bool:
    """Whether the term of that number is of a punishment beside the main one, by the words before and after it."""
    begin = terms[number - 1][-1].end() if number else 0
    end = terms[number + 1][0].start() if number + 1 < len(terms) else len(text)
    before = text[begin:terms[number][0].start()].rpartition(";")[2]
    after, stop, _ = text[terms[number][-1].end():end].partition(";")
    kinds_before, kinds_after = codes_in(before, "punishments"), codes_in(after, "punishments")
    if number + 1 < len(terms) and not stop and len(kinds_after) == 1 and _LEADS.search(after):
        kinds_after = []    # they are those of the next term: "2 года с отсрочкой на 2 года"
    laid = overlay.current()
    beside = {*_BESIDE, *(laid.profile.terms.beside if laid and laid.profile.terms else ())}
    kind = next(iter([*kinds_after, *reversed(kinds_before)]), None)
    return kind in beside or bool(_TRIAL.search(before))


def _number(text: str) -> float:
    if not text[0].isdigit():
        return 1.5
    whole, _, part = text.replace(",", ".").partition(" ")
    if "/" in whole:
        whole, part = "0", whole
    over, under = part.split("/") if part else ("0", "1")
    return float(whole) + int(over) / (int(under) or 1)


def _amount(matches: list[re.Match[str]]) -> float | None:
    """The sum of money amounts: "1 500", "1.500,50", "150"."""
    if not matches:
        return None
    total = 0.0
    for match in matches:
        plain = re.sub(r"\s", "", match["amount"])
        plain = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", plain).replace(",", ".").strip(".")
        total += float(plain) if re.fullmatch(r"\d+(\.\d+)?", plain) else 0.0
    return total or None


def _aliases(text: str, name: str) -> tuple[list[str], str]:
    """The codes whose aliases stand in `text` as whole words, the longest alias first; and the rest of the text.

    Words are compared by their stems, since a cell may say "ограничения свободы" where the list has "ограничение".
    """
    exact, by_stem = _phrases(code_list(name))
    words = text.split()
    stems = [_stem(word) for word in words]
    found, rest, place = [], [], 0
    while place < len(words):
        for length in range(min(_LONGEST, len(words) - place), 0, -1):
            end = place + length
            code = exact.get(" ".join(words[place:end]).strip(".,")) or by_stem.get(" ".join(stems[place:end]))
            if code:
                found.append(code)
                break
        else:
            length = 0
            rest.append(words[place])
        place += length or 1
    return found, " ".join(rest)


@lru_cache
def _phrases(codes: CodeList) -> tuple[dict[str, str], dict[str, str]]:
    """Aliases → code, as they are and by the stems of their words. A stem of two codes ("Мінск", the city, and
    "Мінская", the region) says nothing; an alias of one letter says too little inside a text."""
    exact = {alias: code for alias, code in codes.lookup.items() if code and len(alias) > 1}
    stems: dict[str, set[str]] = {}
    for alias, code in exact.items():
        stems.setdefault(" ".join(_stem(word) for word in alias.split()), set()).add(code)
    return exact, {stem: next(iter(found)) for stem, found in stems.items() if len(found) == 1}


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    """A Cyrillic word without its ending, so that its case forms are alike; other words as they are."""
    word = word.strip(".,")
    if len(word) < 4 or not _CYRILLIC.search(word):
        return word
    return re.sub(r"(?:[аяео]г[аоа]|[аеёиіоуыэюяйь])+$", "", word[2:]).join((word[:2], ""))


def _unread(rest: str) -> str:
    """The words of `rest` that carry meaning and were not understood."""
    words = [w for w in rest.split() if w != ";" and _stem(w) not in _fillers() and len(w) > 1]
    return " ".join(words)


@overlay.cached()
def _fillers() -> frozenset[str]:
    laid = overlay.current()
    more = laid.profile.terms.fillers if laid and laid.profile.terms else ()
    return frozenset(_stem(word) for text in (_FILLERS, *more) for word in fold(text).split())
