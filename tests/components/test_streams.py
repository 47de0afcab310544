"""Files on their way: compressed, compared by tag, refused before a byte is sent, never cut off without a sign; the package as others read it."""

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import frictionless
import openpyxl
import pandas as pd
import pytest
from flask.testing import FlaskClient

import app as entry
import settings
from components import filters, formats, public_tables
from etl import store


@pytest.fixture
def client(sample: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("VYRAK_DATA", str(sample))
    return entry.server.test_client()


@pytest.mark.parametrize("path", ["/table/cells.csv", "/table/cells.json", "/chart/monthly.csv", "/datapackage.json", "/csv-metadata.json"])
def test_a_program_that_takes_gzip_alone_gets_it(client: FlaskClient, path: str) -> None:
    plain = client.get(path, buffered=True)
    small = client.get(path, buffered=True, headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in small.headers["Vary"]
    assert gzip.decompress(small.data) == plain.data and len(small.data) * 3 < len(plain.data)
    assert small.headers["ETag"] != plain.headers["ETag"], "a strong tag is of bytes as they were sent"


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
@pytest.mark.parametrize("path", ["/table/cells.csv", "/table/cells.parquet", "/chart/monthly.json", "/data.zip"])
def test_what_a_program_has_is_not_sent_again(client: FlaskClient, path: str, encoding: str) -> None:
    asked = {"Accept-Encoding": encoding}
    for method in (client.get, client.head):
        tag = method(path, buffered=True, headers=asked).headers["ETag"]
        assert method(path, buffered=True, headers=asked | {"If-None-Match": tag}).status_code == 304
        assert method(path, buffered=True, headers=asked | {"If-None-Match": '"other"'}).status_code == 200
        assert method(path, buffered=True, headers=asked | {"If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}).status_code == 200


def test_the_tag_of_a_table_changes_with_what_it_is_made_from(client: FlaskClient) -> None:
    paths = ("/table/cells.csv", "/table/cells.json", "/table/labels.csv", "/table/cells.json?lang=be")
    assert len({client.head(path).headers["ETag"] for path in paths}) == len(paths)


def test_the_tag_of_a_table_changes_with_the_program(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    before = client.head("/table/cells.csv").headers["ETag"]
    monkeypatch.setattr(settings, "program", lambda: "another")
    assert client.get("/table/cells.csv", buffered=True, headers={"If-None-Match": before}).status_code == 200


@pytest.mark.parametrize("name", ["texts.py", "config.toml", "requirements.txt", "components/formats.py", "etl/a/b.csv", "locale/be.po"])
def test_whatever_changes_it_is_another_program(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    states = []
    for content in ("one", "two"):
        file.write_text(content, encoding="ascii")
        settings.program.cache_clear()
        states.append(settings.program(tmp_path))
    settings.program.cache_clear()
    assert states[0] != states[1]


def test_caches_are_told_that_the_answer_hangs_on_what_is_liked(client: FlaskClient) -> None:
    for path in ("/chart/monthly", "/table/cells", "/table/nothing.csv", "/chart/monthly.csv?colour=red"):
        assert "Accept" in client.get(path, buffered=True).vary, path


def test_a_table_too_large_for_a_workbook_is_refused_before_a_byte_is_sent(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(formats.FORMATS, "xlsx", replace(formats.FORMATS["xlsx"], most=100))
    answer = client.get("/table/cells.xlsx", buffered=True)
    assert answer.status_code == 400 and "Take CSV or Parquet" in answer.text and "100" in answer.text
    assert client.get("/table/definitions.xlsx", buffered=True).status_code == 200


@pytest.mark.parametrize("text", ["a\nb", " a ", "\t=1+1", "\n=1+1", "=1+1", "'=1+1", "#N/A", "0042", "1e5", "TRUE", "\u202eabc", "\U0001f600"])
def test_a_workbook_gives_texts_back_as_they_were(text: str) -> None:
    frame = pd.DataFrame({"text": pd.Series([text], dtype="str"), "after": pd.Series(["."], dtype="str")})
    book = io.BytesIO(b"".join(formats.xlsx(formats.Table(frame, {}, "t", "2026-01-01T00:00:00"))))
    assert openpyxl.load_workbook(book).worksheets[0]["A2"].value == text


def test_a_workbook_holds_nothing_that_xml_can_not() -> None:
    frame = pd.DataFrame({"text": pd.Series(["a\x00b\x1bc\uffffd\r\ne\rf"], dtype="str")})
    book = io.BytesIO(b"".join(formats.xlsx(formats.Table(frame, {}, "t", "2026-01-01T00:00:00"))))
    assert openpyxl.load_workbook(book).worksheets[0]["A2"].value == "a\ufffdb\ufffdc\ufffdd\ne\nf"


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_breaks_off_does_not_look_whole(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    """The error reaches the server, which then closes the connection without the mark of the end; nothing of it stands in the file."""
    def breaks(table: formats.Table) -> Iterator[bytes]:
        yield b"measure,persons\r\n" * 10_000
        raise OSError("the disk is gone")

    monkeypatch.setitem(formats.FORMATS, "csv", replace(formats.FORMATS["csv"], write=breaks))
    answer = client.get("/table/cells.csv", headers={"Accept-Encoding": encoding})
    with pytest.raises(OSError, match="the disk is gone"):
        list(answer.response)
    assert "Content-Length" not in answer.headers


def test_the_package_is_one_that_frictionless_accepts(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "data.zip").write_bytes(client.get("/data.zip", buffered=True).data)
    with frictionless.system.use_context(trusted=True):
        report = frictionless.Package(tmp_path / "data.zip").validate()
    assert report.valid and not report.warnings and not any(task.warnings for task in report.tasks), report.flatten(["message"])
    assert report.stats["tasks"] == 7 and sum(task.stats["rows"] for task in report.tasks) > 1000


def test_what_the_package_says_of_its_columns_finds_a_wrong_value(client: FlaskClient, tmp_path: Path) -> None:
    """Each kind of constraint is one that a wrong cell breaks, for Frictionless and as CSV on the Web says it."""
    with zipfile.ZipFile(io.BytesIO(client.get("/data.zip", buffered=True).data)) as packed:
        packed.extractall(tmp_path)
    cells = tmp_path / "tables" / "cells.csv"
    lines = cells.read_text(encoding="utf-8").split("\n")
    whole = next(i for i, line in enumerate(lines) if '"charged","year","2021","all","all"' in line)
    for right, wrong in (('"charged"', '"chraged"'), ('"year"', '""'), ('"2021"', '"21"'), (lines[whole].split(",")[9], "-1")):
        broken = [*lines[:whole], lines[whole].replace(right, wrong, 1), *lines[whole + 1:]]
        cells.write_text("\n".join(broken), encoding="utf-8")
        with frictionless.system.use_context(trusted=True):
            report = frictionless.Package(tmp_path / "datapackage.json").validate()
        assert "constraint-error" in [kind for kind, in report.flatten(["type"])], wrong
    fields = {field["name"]: field for field in public_tables.fields("cells", filters.default(store.open_public()))}
    assert fields["persons"]["unit"] == "persons" and "fine" in fields["punishment"]["constraints"]["enum"]
    for table in json.loads((tmp_path / "csv-metadata.json").read_text(encoding="utf-8"))["tables"]:
        whole_table = client.get(f"/{table['url'].replace('tables', 'table')}", buffered=True).text
        frame = pd.read_csv(io.StringIO(whole_table), dtype="str", keep_default_na=False)
        for column in table["tableSchema"]["columns"]:
            kind, values = column["datatype"], frame[column["name"]]
            assert not (column.get("required") and (values == "").any()), column
            if isinstance(kind, dict) and "format" in kind:
                assert values.str.fullmatch(kind["format"]).all(), column
            if isinstance(kind, dict) and "minimum" in kind:
                assert (values[values != ""].astype(float) >= kind["minimum"]).all(), column
