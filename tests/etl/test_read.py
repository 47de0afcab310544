"""Every kind of file gives rows or a sentence, within limits."""

import codecs
import csv
import datetime
import hashlib
import importlib.util
import os
import random
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from etl import parse, sandbox
from etl.read import Sheet, read_file
from etl.text_tables import delimiter_of

_SPEC = importlib.util.spec_from_file_location("old_formats", Path(__file__).with_name("old_formats.py"))
old_formats = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(old_formats)

ROWS = [["Имя и фамилия", "Дата приговора", "Решение суда"],
        ["Синтетик Прозвішчаў", "2024-01-02", "2,5 года"],
        ["Сінтэтык Ўзорная", "05.06.2024", "штраф, 500 базавых велічынь"]]
NUMBERS = [["name", "term"], ["Synthetic One", 3.5], ["Synthetic Two", None]]


def only(path: Path) -> Sheet:
    """The one sheet of a file with which nothing is wrong."""
    result = read_file(path)
    assert not result.problems
    [sheet] = result.sheets
    return sheet


def refused(path: Path) -> str:
    """The sentence with which a file is refused."""
    result = read_file(path)
    assert result.sheets == []
    [problem] = result.problems
    assert problem.severity == "refused"
    assert "Traceback" not in problem.message
    return f"{problem.kind}: {problem.message}"


def csv_text(rows: list[list[str]] = ROWS, delimiter: str = ",") -> str:
    lines = []
    for row in rows:
        lines.append(delimiter.join(f'"{c}"' if delimiter in c or "\n" in c else c for c in row))
    return "\r\n".join(lines) + "\r\n"


def write_xlsx(path: Path, rows: list[list], **more: list[list]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "List"
    for row in rows:
        book.active.append(row)
    for name, others in more.items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    book.save(path)
    return path


MAIN = "http://schemas.openxmlformats.org"
START = f'<worksheet xmlns="{MAIN}/spreadsheetml/2006/main">'


def inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


TABLE = (f'<row r="1">{inline("A1", "name")}{inline("B1", "verdict_date")}</row>'
         f'<row r="2">{inline("A2", "Synthetic One")}{inline("B2", "2024-01-02")}</row>')
CELLS = [["name", "verdict_date"], ["Synthetic One", "2024-01-02"]]


def raw_xlsx(path: Path, pieces: Iterable[str | bytes], *, before: str = START, dimension: str = "",
             target: str = "worksheets/sheet1.xml", extra: dict[str, str] | None = None) -> Path:
    """An .xlsx whose only sheet holds exactly `pieces` as its rows."""
    office, package = f"{MAIN}/officeDocument/2006/relationships", f"{MAIN}/package/2006"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{package}/content-types"/>')
        archive.writestr("_rels/.rels", (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{office}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'))
        archive.writestr("xl/workbook.xml", (
            f'<workbook xmlns="{MAIN}/spreadsheetml/2006/main" xmlns:r="{office}"><sheets>'
            '<sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'))
        archive.writestr("xl/_rels/workbook.xml.rels", (
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type="{office}/worksheet" '
            f'Target="{target}"/></Relationships>'))
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            for piece in (f"{before}{dimension}<sheetData>", *pieces, "</sheetData></worksheet>"):
                file.write(piece.encode() if isinstance(piece, str) else piece)
    return path


# --- formats


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1251"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_csv_in_any_encoding_and_with_any_delimiter(tmp_path, encoding, delimiter) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(csv_text(delimiter=delimiter).encode(encoding))
    assert only(path).rows == ROWS


@pytest.mark.parametrize("encoding", ["cp866", "koi8_r", "cp1251", "iso8859_5"])
def test_old_russian_encodings(tmp_path, encoding) -> None:
    rows = [["Имя и фамилия", "Дата приговора", "Решение суда"], ["Синтетик Прозвищев", "2024-01-02", "три года"],
            ["СИНТЕТИК УЗОРНАЯ", "05.06.2024", "штраф 500 базовых величин"]]
    path = tmp_path / "list.csv"
    path.write_bytes(csv_text(rows, ";").encode(encoding))
    assert only(path).rows == rows


def test_latin_letters_of_western_files(tmp_path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("name,court\nSynthétic Müller,Köln\n".encode("cp1252"))
    assert only(path).rows == [["name", "court"], ["Synthétic Müller", "Köln"]]


WORDS = re.split(r"\s+", """\
приговор обвинение статья года лишение свободы суд район область Минск Гомель гражданин дело штраф арест
колония режим прысуд артыкул абвінавачванне пазбаўленне волі год вобласць Віцебск Магілёў""")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=6, max_size=30, unique=True),
       st.sampled_from(["cp1251", "cp866", "koi8_r"]))
def test_the_encoding_is_found_from_a_few_words(words, encoding) -> None:
    from io import BytesIO

    from etl.text_tables import encoding_of
    text = " ".join(words)
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:
        return  # і and ў are not in that encoding
    name, broken = encoding_of(BytesIO(raw))
    assert raw.decode(name) == text and broken == 0


def test_a_few_broken_bytes_in_utf8_are_said_and_cost_only_themselves(tmp_path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(csv_text(ROWS * 5).encode().replace("штраф".encode(), b"\xff\xfe" + "штраф".encode(), 1))
    result = read_file(path)
    assert [p.kind for p in result.problems] == ["letters-unreadable"]
    assert result.sheets[0].rows[1] == ROWS[1] and len(result.sheets[0].rows) == 15


def test_the_sep_line_of_excel_names_the_delimiter_and_is_no_row(tmp_path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("sep=;\r\n" + csv_text(delimiter=";"), encoding="utf-8-sig", newline="")
    assert only(path).rows == ROWS


def test_rows_of_a_csv_keep_their_own_length_and_cells_their_lines(tmp_path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('a,b,c\n1,2\n\n"x\ny",2,3,4\n', encoding="utf-8")
    assert only(path).rows == [["a", "b", "c"], ["1", "2"], [], ["x\ny", "2", "3", "4"]]


def test_commas_in_sentences_are_no_delimiter() -> None:
    rows = ["name;decision;fine"] + [f"N{i};{', '.join('abc'[:i % 4])};2,5" for i in range(20)]
    assert delimiter_of("\n".join(rows)) == ";"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
                               min_size=3, max_size=3), min_size=1, max_size=6))
def test_what_a_csv_writer_wrote_is_read_back(tmp_path, cells) -> None:
    path = tmp_path / "round.csv"
    rows = [["name", "status", "court"], *cells]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    read = only(path).rows
    rows = rows[:max(i for i, row in enumerate(rows) if any(row)) + 1]  # empty rows at the end are no rows
    assert read == rows


@pytest.mark.parametrize("write", [write_xlsx, old_formats.write_xls, old_formats.write_xlsb, old_formats.write_ods])
@pytest.mark.parametrize("ending", ["xlsx", "xls", "csv", "dat"])
def test_workbooks_are_told_by_what_they_are_not_by_their_ending(tmp_path, write, ending) -> None:
    path = write(tmp_path / f"list.{ending}", NUMBERS)
    sheet = only(path)
    assert sheet.rows == [["name", "term"], ["Synthetic One", 3.5], ["Synthetic Two", ""]]
    assert sheet.name == "List" and sheet.file == path.name
    assert sheet.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_workbook_with_macros(tmp_path) -> None:
    plain, path = write_xlsx(tmp_path / "a.xlsx", NUMBERS), tmp_path / "list.xlsm"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
                                                      b"ms-excel.sheet.macroEnabled.main+xml"))
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no macro is ever run")
    assert b"macroEnabled" in zipfile.ZipFile(path).read("[Content_Types].xml")
    assert only(path).rows[1] == NUMBERS[1]


@pytest.mark.parametrize("ending", ["xls", "xlsx", "ods", "txt", "tsv"])
def test_a_csv_under_any_name_with_decimal_commas(tmp_path, ending) -> None:
    path = tmp_path / f"list.{ending}"
    path.write_bytes("ФИО;Срок\r\nСинтетик Один;2,5\r\nСинтетик Два;1,5\r\n".encode("cp1251"))
    assert only(path).rows == [["ФИО", "Срок"], ["Синтетик Один", "2,5"], ["Синтетик Два", "1,5"]]


def test_cyrillic_in_binary_workbooks(tmp_path) -> None:
    for write, name in ((old_formats.write_xls, "a.xls"), (old_formats.write_xlsb, "a.xlsb"),
                        (old_formats.write_ods, "a.ods")):
        assert only(write(tmp_path / name, ROWS, name="Прысуды")).rows == ROWS


def test_dates_booleans_and_errors_of_a_workbook(tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["name", "x"])
    for cell in (datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 13, 5), True, "#REF!"):
        book.active.append(["Synthetic", cell])
    book.save(tmp_path / "a.xlsx")
    cells = [row[1] for row in only(tmp_path / "a.xlsx").rows]
    assert cells == ["x", datetime.date(2024, 2, 29), datetime.datetime(2024, 2, 29, 13, 5), True, "#REF!"]


def test_the_epoch_of_1904(tmp_path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["name", datetime.date(2024, 2, 29)])
    book.save(tmp_path / "mac.xlsx")
    assert only(tmp_path / "mac.xlsx").rows == [["name", datetime.date(2024, 2, 29)]]


def test_rows_and_columns_before_the_first_filled_cell_are_counted(tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active["C3"] = "name"
    book.active["D4"] = 5
    book.save(tmp_path / "a.xlsx")
    assert only(tmp_path / "a.xlsx").rows == [[""] * 4, [""] * 4, ["", "", "name", ""], ["", "", "", 5]]


HTML = ("<html><head><meta charset='utf-8'></head><body><table><tr><th>Имя<br>и фамилия</th><th colspan=2>Суд &amp; "
        "срок</th></tr><tr><td rowspan=2>Синтетик</td><td>Минск</td><td>2&nbsp;года</td></tr><tr><td>Брест</td><td>3"
        "<table><tr><td>inner</td></tr></table></td></tr></table><table><tr><td>второй</td></tr></table></body></html>")


def test_html_named_xls(tmp_path) -> None:
    path = tmp_path / "export.xls"
    path.write_text(HTML, encoding="utf-8")
    first, second = read_file(path).sheets
    assert first.rows == [["Имя\nи фамилия", "Суд & срок", ""], ["Синтетик", "Минск", "2\xa0года"],
                          ["", "Брест", "3inner"]]
    assert (second.name, second.rows) == ("Table 2", [["второй"]])


def test_html_in_cp1251(tmp_path) -> None:
    path = tmp_path / "export.xls"
    path.write_bytes(HTML.encode("cp1251"))
    assert read_file(path).sheets[0].rows[1][1] == "Минск"


def test_xml_workbook_of_excel_2003_as_1c_writes_it(tmp_path) -> None:
    path = tmp_path / "1c.xls"
    path.write_text(
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        '<Worksheet ss:Name="Приговоры"><Table><Row><Cell><Data ss:Type="String">ФИО</Data></Cell>'
        '<Cell ss:Index="3"><Data ss:Type="String">Срок</Data></Cell></Row>'
        '<Row ss:Index="3"><Cell><Data ss:Type="String">Синтетик</Data></Cell></Row></Table></Worksheet></Workbook>',
        encoding="utf-8")
    sheet = only(path)
    assert sheet.name == "Приговоры"
    assert sheet.rows == [["ФИО", "", "Срок"], [], ["Синтетик"]]


def test_sheets_keep_their_order_and_names(tmp_path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ROWS, Прысуды=ROWS, Empty=[])
    assert [(s.name, len(s.rows)) for s in read_file(path).sheets] == [("List", 3), ("Прысуды", 3), ("Empty", 0)]


def test_chart_sheets_are_no_tables(tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["name"])
    book.create_chartsheet("Chart").add_chart(openpyxl.chart.BarChart())
    book.save(tmp_path / "a.xlsx")
    assert [s.name for s in read_file(tmp_path / "a.xlsx").sheets] == ["Sheet"]


def test_hidden_sheets_and_rows_are_read_and_said(tmp_path) -> None:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    other = book.create_sheet("Secret")
    other.append(["name"])
    other.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    result = read_file(tmp_path / "a.xlsx")
    assert result.sheets[0].rows == ROWS and result.sheets[1].rows == [["name"]]
    assert [(p.kind, p.severity, p.sheet, p.found) for p in result.problems] == [
        ("rows-hidden", "noted", "Sheet", "2"), ("sheet-hidden", "noted", "Secret", "")]


def test_filtered_rows_of_an_ods_are_said(tmp_path) -> None:
    result = read_file(old_formats.write_ods(tmp_path / "a.ods", NUMBERS, hidden=3))
    assert len(result.sheets[0].rows) == 3
    assert [(p.kind, p.sheet, p.found) for p in result.problems] == [("rows-hidden", "List", "3")]


def test_hidden_columns_are_said_if_anything_stands_in_them(tmp_path) -> None:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    for column in ("B", "F", "XFD"):
        book.active.column_dimensions[column].hidden = True
    book.save(tmp_path / "a.xlsx")
    old_formats.write_ods(tmp_path / "a.ods", ROWS, columns=(
        '<table:table-column/><table:table-column table:visibility="collapse" table:number-columns-repeated="2"/>'
        '<table:table-column table:number-columns-repeated="3"/><table:table-column table:visibility="collapse"/>'))
    for name, columns in (("a.xlsx", "B"), ("a.ods", "B-C")):
        result = read_file(tmp_path / name)
        assert result.sheets[0].rows == ROWS
        assert [(p.kind, p.severity, p.found) for p in result.problems] == [("columns-hidden", "noted", columns)]


def test_error_cells_of_an_ods_are_seen(tmp_path) -> None:
    rows = [["name", "term", "court"], ["Synthetic One", "#REF!", "Err:502"], *[["", "", ""]] * 3, ["Synthetic Two", "", "#N/A"],
            ["Synthetic Three", 2.0, "Minsk"]]
    assert only(old_formats.write_ods(tmp_path / "a.ods", rows)).rows == rows


@pytest.mark.parametrize("ending", ["xls", "xlsb"])
def test_hidden_rows_and_columns_and_errors_of_binary_workbooks(tmp_path, ending) -> None:
    rows = [["name", "term", "court", "year"], *(["Synthetic", error, error, 2024.0] for error in old_formats.ERRORS)]
    write = {"xls": old_formats.write_xls, "xlsb": old_formats.write_xlsb}[ending]
    result = read_file(write(tmp_path / f"a.{ending}", rows, hidden=3, columns=(2, 3)))
    assert result.sheets[0].rows == rows
    assert [(p.kind, p.found) for p in result.problems] == [("columns-hidden", "B-C"), ("rows-hidden", "3")]


@pytest.mark.parametrize("module", ["binary_details.details_of_xls", "binary_details.details_of_xlsb", "xlsx_details.details_of_ods"])
def test_where_hidden_rows_cannot_be_looked_for_that_is_said(tmp_path, monkeypatch, module) -> None:
    def damaged(_: object) -> None:
        raise ValueError

    monkeypatch.setattr(f"etl.{module}", damaged)
    ending = module.rpartition("_")[2]
    path = getattr(old_formats, f"write_{ending}")(tmp_path / f"a.{ending}", ROWS)
    said = list(parse.messages(path))
    assert [part for message in said if message[0] == "rows" for part in message[1]] == ROWS
    assert said[-1] == ("problem", "hidden-not-looked", {})


def test_hidden_rows_and_columns_of_markup_are_said(tmp_path) -> None:
    (tmp_path / "a.xls").write_text(
        "<table><colgroup><col><col span=2 style='width:0; display: none'></colgroup><tr><th>name<th>court<th>term</tr>"
        "<tr style='display:none'><td>Synthetic One</tr><tr hidden><td>Synthetic Two</tr><tr><td>Synthetic Three</table>")
    (tmp_path / "b.xls").write_text(
        '<?xml version="1.0"?><Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="A"><Table>'
        '<Column ss:Index="2" ss:Hidden="1" ss:Span="1"/><Column/><Row><Cell ss:Index="4"><Data>name</Data></Cell></Row>'
        '<Row ss:Index="4" ss:Hidden="1"><Cell><Data>Synthetic</Data></Cell></Row></Table></Worksheet></Workbook>')
    for name, rows in (("a.xls", "2-3"), ("b.xls", "4")):
        assert [(p.kind, p.found) for p in read_file(tmp_path / name).problems] == [("columns-hidden", "B-C"), ("rows-hidden", rows)]


def test_a_formula_without_a_result_is_said(tmp_path) -> None:
    path = tmp_path / "a.xlsx"
    write_xlsx(path, [["name", "term"], ["Synthetic", "=1+1"]])
    [problem] = read_file(path).problems
    assert (problem.kind, problem.severity, problem.cell) == ("formula-without-value", "flagged", "B2")


# --- what can't be read


@pytest.mark.parametrize(("content", "words"), [
    (b"", "empty"), (b"\xef\xbb\xbf \r\n\r\n", "empty"), (bytes(5000), "empty"),
    (b"%PDF-1.7 ...", "PDF"), (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"), (b"{\\rtf1 x}", "RTF"),
    (b"PAR1" + bytes(50), "Parquet"), (b"SQLite format 3\x00", "SQLite"), (b"Rar!\x1a\x07", "RAR"),
    (b"\x1f\x8b\x08" + bytes(50), "gzip"), (b"\x7fELF" + bytes(50), "program"), (b"\xff\xd8\xff\xe0", "picture"),
    (random.Random(1).randbytes(20_000), "neither a spreadsheet nor text"),
    (codecs.BOM_UTF8[:0] + b"PK\x03\x04" + bytes(300), "cut off or damaged"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "damaged"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(2).randbytes(20_000), "damaged"),
])
@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_what_is_no_spreadsheet_is_refused_in_words(tmp_path, content, words, ending) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    assert words in refused(path)


def test_an_archive_without_a_workbook(tmp_path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("list.csv", "name\n")
    assert "ZIP archive" in refused(tmp_path / "a.xlsx")


def test_encrypted_workbooks_are_said_to_be(tmp_path) -> None:
    new = old_formats.write_ole(tmp_path / "a.xlsx", {"EncryptionInfo": bytes(200), "EncryptedPackage": bytes(5000)})
    old = old_formats.write_xls(tmp_path / "a.xls", NUMBERS, password=True)
    for path in (new, old):
        assert refused(path) == "file-encrypted: The file is protected with a password."


@pytest.mark.parametrize("write", [write_xlsx, old_formats.write_xls, old_formats.write_xlsb, old_formats.write_ods])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.99])
def test_a_file_cut_off_in_transfer_is_refused_or_read_and_never_breaks(tmp_path, write, share) -> None:
    path = write(tmp_path / "a.bin", NUMBERS * 30)
    whole = path.read_bytes()
    path.write_bytes(whole[:int(len(whole) * share)])
    result = read_file(path)
    assert bool(result.sheets) != any(p.severity == "refused" for p in result.problems)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_flipped_bytes_never_break_the_import(tmp_path, data) -> None:
    write = data.draw(st.sampled_from([write_xlsx, old_formats.write_xls, old_formats.write_xlsb,
                                       old_formats.write_ods]))
    path = write(tmp_path / "flipped.bin", NUMBERS)
    content = bytearray(path.read_bytes())
    # Places as shares, because the length of a workbook changes with the time that is stored in it.
    flips = st.tuples(st.floats(0, 0.999), st.integers(1, 255))
    for share, flip in data.draw(st.lists(flips, min_size=1, max_size=20)):
        content[int(share * len(content))] ^= flip
    path.write_bytes(content)
    result = read_file(path)
    assert bool(result.sheets) or any(p.severity == "refused" for p in result.problems)
    assert all(p.message for p in result.problems)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(b"<table")
@given(st.binary(max_size=400))
def test_any_bytes_give_rows_or_a_sentence(tmp_path, content) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    result = read_file(path)
    assert bool(result.sheets) != any(p.severity == "refused" for p in result.problems)


# --- places and names


def test_missing_folders_pipes_and_odd_names(tmp_path) -> None:
    assert refused(tmp_path / "no.xlsx").startswith("file-missing")
    assert refused(tmp_path / ("x" * 300 + ".csv")).startswith("file-unreadable")
    assert refused(Path("a\0b.csv")).startswith("file-missing")
    assert "folder" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe.csv")
    assert "pipe" in refused(tmp_path / "pipe.csv")
    assert "device" in refused(Path("/dev/zero"))


@pytest.mark.parametrize("name", ["a\nb.csv", "a\u202egpj.csv", "a\x1b[31m.csv", "$(touch x).csv", "-rf.csv"])
def test_names_that_play_tricks(tmp_path, name) -> None:
    path = tmp_path / name
    path.write_text("name,court\nSynthetic,Minsk\n", encoding="utf-8")
    sheet = only(path)
    assert sheet.rows[1] == ["Synthetic", "Minsk"]
    assert sheet.file.isprintable()


def test_a_file_above_the_limit_is_not_opened(tmp_path, monkeypatch) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(600_000_000)
    monkeypatch.setattr(sandbox, "parse", lambda *_, **__: pytest.fail("it was opened"))
    assert "600 MB" in refused(path)


# --- hostile files


@pytest.mark.parametrize("dimension", ['<dimension ref="A1:A1"/>', '<dimension ref="A1:XFD1048576"/>',
                                       '<dimension ref="nonsense"/>', '<dimension ref="B7:A1"/>'])
def test_a_dimension_that_lies_loses_no_row(tmp_path, dimension) -> None:
    path = raw_xlsx(tmp_path / "a.xlsx", [TABLE], dimension=dimension)
    result = read_file(path)
    assert [s.rows for s in result.sheets] in ([CELLS], []) and (result.sheets or "nonsense" in dimension or
                                                                  "B7" in dimension)


def test_a_million_phantom_rows(tmp_path) -> None:
    rows = (f'<row r="{i}"><c r="A{i}" s="1"/><c r="B{i}" s="1"/></row>' for i in range(3, 1_048_577, 1000))
    assert only(raw_xlsx(tmp_path / "a.xlsx", [TABLE, *rows])).rows == CELLS
    assert only(old_formats.write_ods(tmp_path / "a.ods", NUMBERS, repeat_last=1_048_000)).rows[0] == NUMBERS[0]


def test_a_filled_row_repeated_a_million_times_is_no_million_records(tmp_path) -> None:
    path = old_formats.write_ods(tmp_path / "a.ods", NUMBERS)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    row, many = b"<table:table-row>", b'<table:table-row table:number-rows-repeated="1000000">'
    for place in (0, 2):
        rows = parts["content.xml"].split(row)
        rows[place] += many
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in (parts | {"content.xml": row.join(rows).replace(many + row, many)}).items():
                archive.writestr(name, content)
        assert "repeated more than a thousand times" in refused(path)


def test_one_stray_cell_in_the_last_row_costs_no_row(tmp_path) -> None:
    book = openpyxl.Workbook()
    for row in CELLS:
        book.active.append(row)
    book.active["XFD1048576"] = "x"
    book.active.row_dimensions[2].hidden = True
    book.save(tmp_path / "a.xlsx")
    result = read_file(tmp_path / "a.xlsx")
    assert [p.kind for p in result.problems] == ["rows-hidden"]
    [sheet] = result.sheets
    assert sheet.rows[:2] == CELLS and len(sheet.rows) == 1_048_576


def test_16384_columns(tmp_path) -> None:
    cells = "".join(f'<c r="{get_column_letter(i)}1"><v>{i}</v></c>' for i in range(1, 16_385))
    [row] = only(raw_xlsx(tmp_path / "a.xlsx", [f'<row r="1">{cells}</row>'])).rows
    assert row == list(range(1, 16_385))


def test_a_megabyte_cell_is_cut_and_said(tmp_path) -> None:
    path = raw_xlsx(tmp_path / "a.xlsx", [TABLE, f'<row r="3">{inline("B3", "Ж" * 1_000_000)}</row>'])
    result = read_file(path)
    assert result.sheets[0].rows[2] == ["", "Ж" * 32_767]
    assert [(p.kind, p.cell, p.found) for p in result.problems] == [("cell-cut", "B3", "1,000,000")]


GOOD_LINES = [f"Synthetic {i},2024-01-02,Minsk" for i in range(5000)]


@pytest.mark.parametrize(("spoilt", "after", "cells", "told"), [
    # to the end of the file
    ('Wrong,2024-01-02,"Minsk', GOOD_LINES, ["Wrong", "2024-01-02", "Minsk"], ("C2", "5,000", "2")),
    ('Wrong,"2024-01-02,Minsk', GOOD_LINES, ["Wrong", "2024-01-02", "Minsk"], ("B2", "5,000", "2")),
    ('"Wrong,2024-01-02,Minsk', [], ["Wrong", "2024-01-02", "Minsk"], ("A2", "0", "2")),
    # to the next quoted cell
    ('Wrong,2024-01-02,"Minsk', [*GOOD_LINES[:9], 'Synthetic,2024-01-02,"Minsk, Brest"', *GOOD_LINES[:5]],
     ["Wrong", "2024-01-02", "Minsk"], ("C2", "10", "2")),
    # to another mark of the same kind
    ('Wrong,"2024-01-02,Minsk', [*GOOD_LINES[:9], 'Synthetic,2024-01-02",Minsk', *GOOD_LINES[:5]],
     ["Wrong", "2024-01-02", "Minsk"], ("B2", "10", "2")),
    # after a cell of several lines that is closed as it should be
    ('"Wrong\nin two lines",2024-01-02,"Minsk', GOOD_LINES[:7], ["Wrong\nin two lines", "2024-01-02", "Minsk"], ("C2", "7", "3")),
])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_quotation_mark_that_is_never_closed_costs_its_row_only(tmp_path, spoilt, after, cells, told, line_end) -> None:
    path = tmp_path / "a.csv"
    path.write_text(line_end.join(["name,verdict_date,court", spoilt, *after, ""]), encoding="utf-8", newline="")
    result = read_file(path)
    assert [(p.kind, p.severity, p.cell, p.found, p.expected) for p in result.problems] == [
        ("quote-not-closed", "quarantined", *told)]
    [sheet] = result.sheets
    assert sheet.rows == [["name", "verdict_date", "court"], cells, *csv.reader(after)]


def test_a_mark_that_is_never_closed_in_the_header_or_in_many_rows(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('name;verdict_date;"court\n' + 'Wrong;2024-01-02;"Minsk\nSynthetic;2024-01-02;"Minsk"\n' * 50, encoding="utf-8")
    result = read_file(path)
    assert result.sheets[0].rows == [["name", "verdict_date", "court"],
                                     *[["Wrong", "2024-01-02", "Minsk"], ["Synthetic", "2024-01-02", "Minsk"]] * 50]
    assert [p.row for p in result.problems] == [1, *range(2, 102, 2)]


def test_a_mark_that_is_never_closed_in_a_row_wider_than_columns_have_names(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name;verdict_date;court\n" + 'Syn"thetic;' * 20_000 + '"Minsk;x\n', encoding="utf-8")
    [told] = read_file(path).problems
    assert (told.kind, told.row, told.cell) == ("quote-not-closed", 2, "")


def test_cells_of_many_lines_are_left_whole(tmp_path) -> None:
    rows = [["name", "court"], *([f"Synthetic {i}", "Minsk,\nsay \"Brest\",\n\nor both"] for i in range(300))]
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert only(path).rows == rows


def test_marks_opened_in_every_line_are_read_in_time(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,verdict_date,court\n" + 'ab"c,2024-01-02,"d\n' * 2000, encoding="utf-8")
    result = read_file(path)
    assert len(result.sheets[0].rows) == 2001 and len(result.problems) == 2000


@pytest.mark.parametrize("content", [
    [b" " * 1_000_000] * 560,
    [b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row>"] * 1800,
    [b'<row><c t="inlineStr"><is><t>' + b"a" * 200_000_000, b"a" * 200_000_000, b"a" * 200_000_000],
], ids=["spaces", "cells", "one cell"])
def test_zip_bombs(tmp_path, content) -> None:
    path = raw_xlsx(tmp_path / "a.xlsx", content)
    assert path.stat().st_size < 6_000_000
    assert "file-unreadable" in refused(path)


LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{i} '{f'&a{i - 1};' * 10}'>" for i in range(1, 12)) + "]>"


@pytest.mark.parametrize(("declared", "entity"), [
    (LAUGHS, "&a11;"), ("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "&e;"),
    ("<!DOCTYPE x [<!ENTITY e SYSTEM 'http://host.invalid/'>]>", "&e;"),
])
def test_entities_are_never_expanded(tmp_path, declared, entity) -> None:
    rows = TABLE.replace("Synthetic One", entity)
    result = read_file(raw_xlsx(tmp_path / "a.xlsx", [rows], before=declared + START))
    assert not any("ha" in str(c) or "root" in str(c) for s in result.sheets for row in s.rows for c in row)


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "file:///etc/passwd", "/etc/passwd", "http://host.invalid/x"])
def test_a_sheet_can_only_be_stored_in_its_own_file(tmp_path, target) -> None:
    assert "damaged" in refused(raw_xlsx(tmp_path / "a.xlsx", [TABLE], target=target))


def test_paths_in_the_archive_and_links_to_other_files_are_left_alone(tmp_path) -> None:
    link = '<row r="3"><c r="A3"><f>[1]S!A1</f><v>7</v></c></row>'
    path = raw_xlsx(tmp_path / "a.xlsx", [TABLE, link],
                    extra={"../../evil.txt": "x", "/evil.txt": "x", "xl/externalLinks/externalLink1.xml": "<a/>"})
    assert only(path).rows == [*CELLS, [7, ""]]
    assert not (tmp_path.parent.parent / "evil.txt").exists()


def test_markup_without_end(tmp_path) -> None:
    for number, text in enumerate(("<table>" * 100_000, "<table><tr>" + "<td colspan=99999 rowspan=99999>x" * 3000,
                                   "<table><tr><td>" + "<b>" * 100_000)):
        path = tmp_path / f"{number}.xls"
        path.write_text(text, encoding="utf-8")
        assert len(read_file(path).sheets) == 1


def test_a_csv_of_nothing_but_line_ends_or_delimiters(tmp_path) -> None:
    for number, filler in enumerate((b"\n", b",")):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(b"name,court\n" + filler * 500_000)
        assert only(path).rows == [["name", "court"]]


def test_more_cells_than_memory_can_hold_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(parse, "MOST_CELLS", 1000)
    for number, text in enumerate(("\n" * 200, "," * 1200, "a,b\n" * 120)):
        path = tmp_path / f"{number}.csv"
        path.write_text("name,court\n" + text, encoding="utf-8")
        assert list(parse.messages(path))[-1][:2] == ("failed", "file-unreadable")


def test_what_hangs_is_stopped_and_the_next_file_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sandbox, "SECONDS", 1)
    path = tmp_path / "slow.csv"
    path.write_bytes(b"name,court\n" + b'"a","b"\n' * 9_000_000)
    with pytest.raises(sandbox.Died, match="longer than 1 seconds"):
        list(sandbox.parse(path, seconds=1))
    good = tmp_path / "good.csv"
    good.write_text(csv_text(), encoding="utf-8")
    assert only(good).rows == ROWS


def test_a_parser_that_crashes_costs_one_file(tmp_path) -> None:
    good = tmp_path / "good.csv"
    good.write_text(csv_text(), encoding="utf-8")
    assert only(good).rows == ROWS
    os.kill(sandbox._worker._process.pid, 11)
    assert "file-unreadable" in refused(good) or only(good).rows == ROWS
    assert only(good).rows == ROWS


def test_the_file_begun_while_the_program_loads_is_read_once(tmp_path) -> None:
    first = tmp_path / "first.csv"
    first.write_text(csv_text(), encoding="utf-8")
    sandbox.begin(first)
    process = sandbox._worker._process
    assert process.stdout.peek(1), "it is read before it is asked for"
    assert only(first).rows == ROWS
    assert sandbox._worker._process is process


def test_a_wrong_guess_of_the_first_file_is_thrown_away(tmp_path) -> None:
    first, other = tmp_path / "first.csv", tmp_path / "other.csv"
    first.write_text(csv_text(), encoding="utf-8")
    other.write_text("name,court\nSynthetic Other,Court\n", encoding="utf-8")
    sandbox.begin(first)
    assert only(other).rows == [["name", "court"], ["Synthetic Other", "Court"]]
    assert only(first).rows == ROWS
    sandbox.begin(tmp_path / "missing.csv")
    sandbox.begin(tmp_path)
    assert only(first).rows == ROWS


def test_only_data_comes_out_of_the_worker() -> None:
    import io
    import pickle
    for evil in (os.system, Path("x"), datetime.UTC, Sheet("a", "b", "c")):
        with pytest.raises(pickle.UnpicklingError):
            sandbox._DataOnly(io.BytesIO(pickle.dumps(evil))).load()
