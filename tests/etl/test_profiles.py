"""Lists from elsewhere: the shipped profiles, profiles that people write, drafts, and what keeps countries apart.

Everybody here is invented; the headers are those of lists that exist.
"""

import csv
import datetime
import re
import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import draft, overlay, patterns, profiles, publish, punishment, store
from etl.__main__ import main
from etl.articles import parse as parse_articles
from etl.codes import VocabularyError, code_list
from etl.read import Sheet
from tests.etl.conftest import record, write_export

PARDONS = "Name,Date,Type,Category,Offense,Original_Sentence,Restitution_Amount,Political_Party,Court,Notes".split(",")
CAPITOL = ["Case number", "Name", "Charges", "Residency", "Case status", "Last updated"]
OVDINFO = ("Id,date,region,agreement,agreement_eng,event_type,event_type_eng,subject,subject_eng,organizer,organizer_eng,"
           "description,description_eng,ovd,place,number_of_detentions,links").split(",")


def write(path: Path, header: list[str], rows: list[dict]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def pardons(folder: Path, *rows: dict) -> Path:
    usual = {"Name": "Synthia Testcase", "Date": "2021-01-19", "Type": "Pardon", "Offense": "Wire fraud",
             "Original_Sentence": "26 months", "Court": "Southern District of Florida", "Notes": "SYNTHETIC"}
    return write(folder / "synthetic_pardons.csv", PARDONS, [usual | row for row in rows])


def capitol(folder: Path, *rows: dict) -> Path:
    usual = {"Name": "SYNTHETIC, Person", "Charges": "Restricted Building or Grounds", "Last updated": "1/22/2021"}
    return write(folder / "synthetic_charges.csv", CAPITOL, [usual | row for row in rows])


def events(folder: Path, *rows: dict, name: str = "synthetic_2013.csv") -> Path:
    usual = {"date": "04.02.2013", "number_of_detentions": "1", "event_type": "пикет", "event_type_eng": "Picket"}
    return write(folder / name, OVDINFO, [usual | row for row in rows])


def profile(folder: Path, text: str = "", name: str = "own.toml", **lines: str) -> Path:
    """A profile file: the least there may be, with `lines` (field = TOML) overruled and `text` behind."""
    usual = {"title": '"Synthetic"', "jurisdiction": '"GE"', "place": '"Georgia"', "table": '"charges"'} | lines
    columns = "" if "[columns]" in text else '[columns]\nname = "Who"\ndetained_on = "When"\n'
    head = "".join(f"{field} = {value}\n" for field, value in usual.items())
    (folder / name).write_text(head + columns + text, encoding="utf-8")
    return folder / name


@pytest.fixture
def rows(run_json, data):
    """Imports a file with a profile: its rows as they are kept, by name or id."""
    def taken(name: object, file: Path) -> list[dict]:
        status, result = run_json("import", "--profile", name, file)
        [line] = result["files"]
        assert (status, line["quarantined"]) == (0, 0), line["problems"]
        return publish.read_private("rows").sort_values("row").to_dict("records")
    return taken


# --- the shipped profiles


@pytest.mark.parametrize("name", profiles.shipped())
def test_a_shipped_profile_is_sound(name) -> None:
    laid = profiles.load(name)
    assert laid.profile.foreign and laid.profile.headers and laid.profile.place


def test_pardons_and_commutations_with_sentences_in_english_prose(rows, tmp_path) -> None:
    [first, second, third, fourth] = rows("us_pardons", pardons(
        tmp_path,
        {"Original_Sentence": "14 months; 3 years supervised release", "Offense": "Money laundering; securities fraud"},
        {"Type": "Commutation", "Original_Sentence": "Life without parole", "Offense": "Cocaine conspiracy",
         "Court": "Northern District of West Virginia"},
        {"Original_Sentence": "5 years probation; 9 months; $20000 fine", "Court": "District of Columbia"},
        {"Original_Sentence": "24 years (served 9)", "Court": "Army Court Martial"}))
    assert (first["term_months"], first["punishment"], first["additional"]) == (14, "imprisonment", "supervised_release")
    assert (first["outcome"], first["region"], first["articles"]) == ("pardon", "US-FL", "money_laundering fraud")
    assert (second["outcome"], second["region"], second["life"]) == ("sentence_changed", "US-WV", True)
    assert second["term_months"] is None or second["term_months"] != second["term_months"]
    assert (third["term_months"], third["punishment"], third["region"]) == (9, "imprisonment", "US-DC")
    assert set(third["additional"].split()) == {"probation", "fine"}
    assert fourth["term_months"] == 24 * 12, "years served are a remark, not the sentence"


def test_probation_alone_has_its_own_term(rows, tmp_path) -> None:
    [row] = rows("us_pardons", pardons(tmp_path, {"Original_Sentence": "3 years probation; $294579 restitution"}))
    assert (row["punishment"], row["term_months"], row["additional"]) == ("probation", 36, "restitution"), "what is paid back is no fine"


def test_a_case_never_tried_has_no_sentence_and_is_taken(rows, tmp_path) -> None:
    [row] = rows("us_pardons", pardons(tmp_path, {"Original_Sentence": "Never tried"}))
    assert row["outcome"] == "pardon" and publish.read_private("sentences").empty


def test_several_charges_in_a_cell_and_dates_inside_text(rows, tmp_path) -> None:
    [first, second, third] = rows("capitol_charges", capitol(
        tmp_path,
        {"Case number": "1:21-mj-9", "Charges": "Civil Disorder; Violent Entry and Disorderly Conduct on Capitol Grounds; knowingly "
         "entering or remaining in any restricted building or grounds without lawful authority", "Residency": "TX",
         "Case status": "Arrested on 1/7/21 in the District of Nowhere. Ordered detained. Indicted 1/11/21."},
        {"Name": "SYNTHETIC, Second", "Case number": "1:21-mj-9", "Charges": "18 U.S.C. § 1752(a)(1); 40 USC 5104(e)(2)(D)",
         "Case status": "Initial appearance 1/12/21 at 3pm"},
        {"Name": "SYNTHETIC, Third", "Charges": "Civil disorder; dancing on a table", "Case status": ""}))
    assert first["articles"] == "18-231 40-5104 18-1752"
    assert f"{first['detained_on']:%Y-%m-%d}" == "2021-01-07" and f"{first['charged_on']:%Y-%m-%d}" == "2021-01-11"
    assert first["in_custody"] is True and first["region"] == "US-DC"
    assert second["articles"] == "18-1752.a-1 40-5104.e-2-d" or second["articles"] == "18-1752.a-1 40-5104.e-2-D"
    assert second["detained_on"] is None or second["detained_on"] != second["detained_on"], "an appearance is no arrest"
    assert third["articles"] == "18-231"
    problems = publish.read_private("problems")
    assert problems.loc[problems["kind"] == "charges-not-read", "found"].tolist() == ["dancing on a table"]
    assert len(publish.read_private("persons")) == 3, "codefendants share a case number"


def test_a_row_that_tells_of_several_persons_counts_them(rows, tmp_path) -> None:
    [first, second, third] = rows("ovdinfo_detentions", events(
        tmp_path, {"Id": "1", "region": "Москва", "number_of_detentions": "12"},
        {"Id": "2", "place": "Нижегородская область, Нижний Новгород, ул. Вымышленная", "number_of_detentions": "3"},
        {"Id": "3", "place": "у памятника"}))
    assert [first["region"], second["region"]] == ["RU-MOW", "RU-NIZ"]
    assert third["region"] is None or third["region"] != third["region"]
    assert [first["persons"], second["persons"], third["persons"]] == [12, 3, 1]
    vintage = store.open_public()
    assert vintage.facts["headline"]["charged"]["persons"] == 16
    assert "counted twice" in vintage.facts["headline"]["charged"]["counts"]
    charges = publish.read_private("charges")
    assert len(charges) == 16 and charges["charge_id"].is_unique and charges["person_id"].is_unique
    assert publish.read_private("persons")["person_id"].is_unique


def test_each_years_file_of_numbered_events_is_a_list_of_its_own(run_json, data, tmp_path) -> None:
    files = [events(tmp_path, {"Id": "1", "date": f"04.02.{year}", "number_of_detentions": "2"}, name=f"synthetic_{year}.csv")
             for year in (2012, 2013)]
    _, result = run_json("import", "--profile", "ovdinfo_detentions", *files)
    assert sum(line["accepted"] for line in result["files"]) == 2
    _, again = run_json("import", "--profile", "ovdinfo_detentions", files[1])
    assert [line["unchanged"] for line in again["files"]] == [1]
    assert store.open_public().facts["headline"]["charged"]["persons"] == 4


def test_a_corrected_number_of_persons_is_a_correction(run_json, data, tmp_path) -> None:
    run_json("import", "--profile", "ovdinfo_detentions", events(tmp_path, {"Id": "1", "number_of_detentions": "2"}))
    _, result = run_json("import", "--profile", "ovdinfo_detentions", events(tmp_path, {"Id": "1", "number_of_detentions": "5"}))
    assert result["files"][0]["corrected"] == 1
    [change] = publish.read_private("changes").to_dict("records")
    assert (change["field"], change["old"], change["new"]) == ("persons", "2", "5")
    assert store.open_public().facts["headline"]["charged"]["persons"] == 5


@pytest.mark.parametrize("number", ["0", "-4", "2.5", "1000000000", "many"])
def test_a_number_of_persons_that_can_not_be_waits(run_json, data, tmp_path, number) -> None:
    _, result = run_json("check", "--profile", "ovdinfo_detentions", events(tmp_path, {"Id": "1", "number_of_detentions": number}))
    [line] = result["files"]
    assert line["quarantined"] == 1 and line["problems"][0]["kind"] == "unreadable-number"


@pytest.mark.parametrize(("text", "code"), [
    ("ч. 5 ст. 20.2 КоАП", "20-2.5"), ("20.2 ч.5", "20-2.5"), ("ст. 19.3 КоАП РФ", "19-3"), ("20.2.2 ч.1, 19.3 ч.1", "20-2-2.1 19-3.1"),
    ("статья 20.3.3", "20-3-3"),
])
def test_articles_of_the_russian_code_of_administrative_offences(text, code) -> None:
    with overlay.using(profiles.load("ovdinfo_detentions")):
        assert " ".join(parse_articles(text).codes) == code


def test_what_a_profile_knows_is_forgotten_after_it() -> None:
    before = (parse_articles("ст. 342"), punishment.parse("3 years probation"), code_list("regions").find("Минск"))
    with overlay.using(profiles.load("us_pardons")):
        assert punishment.parse("3 years probation").punishments == ("probation",)
        assert code_list("regions").find("Минск") is None and code_list("regions").find("Texas") == "US-TX"
        assert parse_articles("ст. 342").problem
    after = (parse_articles("ст. 342"), punishment.parse("3 years probation"), code_list("regions").find("Минск"))
    assert before == after and before[0].codes == ("342",) and before[2] == "BY-HM"


@given(st.text(max_size=80))
def test_no_cell_breaks_a_shipped_profile(text) -> None:
    for name in profiles.shipped():
        with overlay.using(profiles.load(name)):
            assert bool(parse_articles(text).codes) != bool(parse_articles(text).problem)
            punishment.parse(text)


# --- countries are kept apart


def test_lists_of_two_countries_are_never_counted_in_one_record(run, data, tmp_path) -> None:
    assert run("import", "--profile", "us_pardons", pardons(tmp_path, {})).exit_code == 0
    before = store.current_id()
    for arguments in (["--profile", "ovdinfo_detentions", events(tmp_path, {"Id": "1"})],
                      [write_export(tmp_path / "viasna.csv", [record(1)])]):
        for command in ("import", "check"):
            with pytest.raises(profiles.ProfileError, match=r"holds lists on US.*VYRAK_DATA=") as error:
                run(command, *arguments)
            assert "\n" not in str(error.value)
    assert store.current_id() == before
    assert run("import", "--profile", "capitol_charges", capitol(tmp_path, {})).exit_code == 0


def test_a_folder_on_belarus_takes_no_list_from_elsewhere(run, data, tmp_path) -> None:
    run("import", write_export(tmp_path / "viasna.csv", [record(n) for n in range(1, 4)]))
    with pytest.raises(VocabularyError, match="holds lists on BY"):
        run("import", "--profile", "us_pardons", pardons(tmp_path, {}))


def test_labels_of_an_earlier_list_stay_when_another_comes(run_json, data, tmp_path) -> None:
    many = [{"Name": f"SYNTHETIC, Person{n}"} for n in range(120)]
    run_json("import", "--profile", "capitol_charges", capitol(tmp_path, *many))
    run_json("import", "--profile", "us_pardons", pardons(tmp_path, {}))
    labels = store.open_public().labels.set_index(["dimension", "code"])["label_en"]
    assert labels["article", "18-1752"].startswith("18 U.S.C. § 1752") and labels["region", "US-DC"] == "District of Columbia"


def test_titles_do_not_say_belarus_of_another_country(run_json, data, tmp_path) -> None:
    from components import layout, markup
    run_json("import", "--profile", "us_pardons", pardons(tmp_path, {}))
    page = markup.text(layout.page("/", ""))
    assert "Belarus" not in page and "the United States" in page


def test_a_list_whose_profile_is_shipped_is_not_taken_in_silence(run_json, data, tmp_path) -> None:
    for file, name in ((pardons(tmp_path, {}), "us_pardons"), (capitol(tmp_path, {}), "capitol_charges"),
                       (events(tmp_path, {"Id": "1"}), "ovdinfo_detentions")):
        status, result = run_json("check", file)
        [line] = result["files"]
        assert status == 1 and line["accepted"] == 0 and line["read"] == line["not_data"]
        [problem] = line["problems"]
        assert problem["kind"] == "profile-available" and f"--profile {name}" in problem["remedy"]


def test_a_list_is_not_read_by_the_profile_of_another(run_json, data, tmp_path) -> None:
    status, result = run_json("check", "--profile", "capitol_charges", pardons(tmp_path, {}))
    [line] = result["files"]
    assert status == 1 and line["accepted"] == line["quarantined"] == 0 and line["read"] == line["not_data"] == 2
    [problem] = line["problems"]
    assert problem["kind"] == "profile-unfit" and "Case status" in problem["message"]


# --- profiles that people write


BROKEN = {
    "no TOML": ("[columns\n", "not valid TOML"),
    "a misspelt setting": ("colums = 3\n[columns]\nname = 'A'\n", "colums"),
    "an unknown field": ("[columns]\nname = 'A'\nsentenced_om = 'B'\n", "did you mean sentenced_on"),
    "one header twice": ("[columns]\nname = 'A'\nsex = 'A'\n", "stands for 'name' and for 'sex'"),
    "a header of signs": ("[columns]\nname = '#'\n", "no letter"),
    "nobody named": ("[columns]\nsex = 'A'\n", "whose record a row is"),
    "a bad pattern": ("[articles]\npattern = '(?P<article>\\d+'\n", "no regular expression"),
    "no group": ("[articles]\npattern = '\\d+'\n", "has the groups none"),
    "another group": ("[articles]\npattern = '(?P<article>\\d+)'\ncode = '{section}'\n", "needs section"),
    "a wide template": ("[articles]\npattern = '(?P<article>\\d+)'\ncode = '{article:>999999999}'\n", "can't be filled in"),
    "a spelling of two codes": ("[places]\n'A' = { aliases = ['x'] }\n'B' = { aliases = ['X'] }\n", "keep it in one"),
    "a bad template": ("[articles]\npattern = '(?P<article>\\d+)'\ncode = '{article'\n", "can't be filled in"),
    "repetition in repetition": ("[articles]\npattern = '(?P<article>(?:\\w+)+)!'\n", "take for ever"),
    "alternatives in repetition": ("[articles]\npattern = '(?P<article>(?:a|ab)*)c'\n", "take for ever"),
    "a back reference": ("[articles]\npattern = '(?P<article>a)(?P=article)'\n", "back reference"),
    "endless in split": ("[articles]\nsplit = '(?:x*)*y'\n", "take for ever"),
    "endless in set_aside": ("[terms]\nset_aside = '(?:x*)*y'\n", "take for ever"),
    "no such punishment": ("[terms]\nbare = 'imprisonmend'\n", "did you mean imprisonment"),
    "no such list": ("[words.outcome]\npardon = { aliases = ['x'] }\n", "did you mean outcomes"),
    "a code of two words": ("[places]\n'New York' = { label = 'x' }\n", "leave out spaces"),
    "no such constant": ("[constants]\nresult = 'pardon'\n", "no field 'result'"),
    "a constant of no code": ("[constants]\noutcome = 'pardom'\n", "did you mean pardon"),
    "a constant of another kind": ("[constants]\ndetained_on = 'soon'\n", "can't stand there"),
    "an extract without value": ("[[extract]]\nfrom = 'X'\nfield = 'sex'\npattern = 'm'\n", "(?P<value>"),
    "a column read twice": ("[[extract]]\nfrom = 'Who'\nfield = 'sex'\npattern = '(?P<value>m)'\n", "read in two ways"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_mistake_in_a_profile_is_a_sentence(run, data, tmp_path, case) -> None:
    text, words = BROKEN[case]
    file = profile(tmp_path, text)
    with pytest.raises(profiles.ProfileError) as error:
        run("check", "--profile", file, tmp_path)
    assert words in str(error.value) and "own" in str(error.value)


@pytest.mark.parametrize(("name", "words"), [("us_pardon", "There is no profile"), ("missing.toml", "There is no profile"),
                                             ("binary.toml", "can't be read")])
def test_a_profile_that_is_not_there_or_no_text(run, data, tmp_path, name, words) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(profiles.ProfileError, match=words):
        run("check", "--profile", tmp_path / name if name != "us_pardon" else name, tmp_path)


def test_a_wrong_profile_is_said_in_a_line_and_changes_nothing(data, tmp_path, capsys, monkeypatch) -> None:
    import etl.__main__ as program
    monkeypatch.setattr("sys.argv", ["etl", "import", "--profile", "nowhere", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        program._for_people(main, False)
    assert end.value.code == 1 and "There is no profile 'nowhere'" in capsys.readouterr().err
    assert not list(data.glob("vintages/2*"))


def test_a_pattern_that_takes_too_long_on_a_cell_is_stopped(monkeypatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT", 0.2)
    slow = r"x*x*x*x*x*x*x*y"     # no repetition inside another, and yet the seventh power of the length
    began = time.monotonic()
    with pytest.raises(profiles.ProfileError, match="took longer"):
        patterns.matches(slow, "x" * 3000, "synthetic")
    assert time.monotonic() - began < 2


@given(st.text(alphabet="ab(|)*+?{}1,9[]\\.^$", max_size=14))
def test_any_pattern_is_taken_or_refused_and_ends(text) -> None:
    try:
        patterns.matches(text, "ab" * 40, "synthetic")
    except profiles.ProfileError as error:
        assert "synthetic" in str(error)


def test_a_pattern_slow_on_many_cells_is_stopped(monkeypatch) -> None:
    monkeypatch.setattr(patterns, "LIMIT", 0.05)
    monkeypatch.setattr(patterns, "MOST_SLOW", 3)
    with pytest.raises(profiles.ProfileError, match="slow on many cells"):
        for _ in range(10):
            patterns.in_time(lambda: time.sleep(0.01), "synthetic")


def test_date_order_is_the_profiles_where_the_data_do_not_tell(rows, tmp_path) -> None:
    file = write(tmp_path / "synthetic.csv", ["Who", "When"], [{"Who": "Synthetic One", "When": "3/4/2021"}])
    [row] = rows(profile(tmp_path, date_order='"month-day"'), file)
    assert f"{row['detained_on']:%Y-%m-%d}" == "2021-03-04"


def test_a_profile_for_a_list_on_belarus_adds_to_the_vocabulary(rows, tmp_path) -> None:
    file = write(tmp_path / "synthetic.csv", ["Who", "When", "Wo", "Article"],
                 [{"Who": "Synthetic One", "When": "2021-05-04", "Wo": "Minsk-Stadt", "Article": "ст. 342"}])
    own = profile(tmp_path, '[columns]\nname = "Who"\ndetained_on = "When"\nregion = "Wo"\n'
                  '[places]\n"BY-HM" = { aliases = "Minsk-Stadt" }\n', jurisdiction='"BY"')
    [row] = rows(own, file)
    assert (row["region"], row["articles"]) == ("BY-HM", "342")
    assert store.open_public().facts["place"] == ""


# --- drafts


UNKNOWN = ["Ref", "Nombre", "Detained when", "Artículo", "Pena", "Sexo", "Comentario libre"]


def unknown_list(folder: Path) -> Path:
    return write(folder / "synthetic_unknown.csv", UNKNOWN, [
        {"Ref": f"R-{n}", "Nombre": f"Synthetico Inventado{chr(97 + n % 26)}{chr(97 + n // 26)}", "Detained when": f"{n % 12 + 1}/25/2021",
         "Artículo": f"Art. {100 + n % 5}({n % 3 + 1}) of the Code", "Pena": "18 months" if n % 2 else "2 years", "Sexo": "f" if n % 2 else "m",
         "Comentario libre": f"Hidden words {n} about somebody"} for n in range(40)])


def test_the_draft_of_an_unknown_list_can_be_used_as_it_is(run, run_json, data, tmp_path) -> None:
    file, out = unknown_list(tmp_path), tmp_path / "drafted.toml"
    assert run("profile", file, "--out", out).exit_code == 0
    content = tomllib.loads(out.read_text(encoding="utf-8"))
    assert content["columns"]["detained_on"] == "Detained when" and content["columns"]["name"] == "Nombre"
    assert content["columns"]["sex"] == "Sexo" and content["columns"]["sentence_text"] == "Pena"
    assert content["columns"]["articles"] == "Artículo" and content["date_order"] == "month-day"
    status, result = run_json("check", "--profile", out, file)
    [line] = result["files"]
    assert (status, line["accepted"], line["not_data"]) == (0, 40, 1)
    with pytest.raises(profiles.ProfileError, match="draft: write the country"):
        run("import", "--profile", out, file)
    with pytest.raises(FileExistsError):
        run("profile", file, "--out", out)


def test_a_draft_holds_nothing_of_the_rows(run, data, tmp_path) -> None:
    file = unknown_list(tmp_path)
    drafted = run("profile", file).output
    for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines()):
        for column in ("Ref", "Nombre", "Detained when", "Comentario libre"):
            assert row[column] not in drafted
    assert "Synthetico" not in drafted and "somebody" not in drafted
    assert '# ? = "Comentario libre"' in drafted and re.search(r"\d+% term", drafted)


CELLS = st.one_of(st.text(min_size=3, max_size=30), st.sampled_from(["Minsk", "yes", "2021-03-04", "2 года", "ст. 342", "f"]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12))
def test_no_draft_repeats_a_cell(cells) -> None:
    header = ["Name", "Kolumn Zwei", "Date of arrest"]
    sheet = Sheet("synthetic.csv", "0" * 64, "", [header, *([f"secret{n} {a}", f"hidden{n} {b}", c] for n, (a, b, c) in enumerate(cells))])
    text = draft.of_sheet(sheet, datetime.date(2026, 10, 31))
    assert "secret" not in text and "hidden" not in text


def test_a_list_without_a_header_gives_no_draft_of_a_person(run, data, tmp_path) -> None:
    for first in (["Сінтэтык Ганна", "Мінск", "2021-03-04"], ["Anna Synthetic", "Minsk", "term"], ["Q-Person", "12.03.2021", "x"]):
        file = tmp_path / "headless.csv"
        file.write_text("\n".join([",".join(first), *(f"Another Person{n},Minsk,term" for n in range(9))]), encoding="utf-8")
        with pytest.raises(profiles.ProfileError, match="No header was found") as error:
            run("profile", file)
        assert first[0] not in str(error.value)


@pytest.mark.parametrize("content", ["", "one\n", "a,b\n", "\x00\x01"])
def test_a_file_that_is_no_list_gives_a_sentence(run, data, tmp_path, content) -> None:
    file = tmp_path / "synthetic.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(profiles.ProfileError) as error:
        run("profile", file)
    assert str(error.value).strip()


@pytest.mark.parametrize("build", [pardons, capitol, events])
def test_the_draft_of_a_known_list_gives_rows(run, run_json, data, tmp_path, build) -> None:
    key = "Id" if build is events else "Name"
    file = build(tmp_path, *({key: f"{n}" if key == "Id" else f"Synthetic Person{chr(97 + n)}"} for n in range(8)))
    out = tmp_path / "drafted.toml"
    run("profile", file, "--out", out)
    _, result = run_json("check", "--profile", out, file)
    [line] = result["files"]
    assert line["accepted"] + line["quarantined"] == 8 and line["read"] == 9
