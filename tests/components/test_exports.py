"""Tables for other people's tools: the same numbers in every format, nothing that runs, addresses that last, a package that is whole."""

import csv
import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as bounded
from hypothesis import strategies as st

import app as entry
from components import chart_files, download, filters, formats, package, public_tables
from components.charts import CHARTS
from components.public_tables import TABLES
from etl import store

ENDINGS = list(formats.FORMATS)


@pytest.fixture
def client(sample: Path, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setenv("VYRAK_DATA", str(sample))
    return entry.server.test_client()


def get(client: FlaskClient, path: str, **headers: str):
    return client.get(path, buffered=True, headers={name.replace("_", "-"): value for name, value in headers.items()})


def read(ending: str, data: bytes) -> pd.DataFrame:
    """A file as a program reads it, every value as text, empty where there is none."""
    if ending == "csv":
        frame = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
        return frame.apply(lambda column: column.str.replace(r"^'(?='*[=+\-@\t\r])", "", regex=True))
    if ending == "json":
        frame = pd.DataFrame(json.loads(data)["rows"])
    elif ending == "parquet":
        frame = pd.read_parquet(io.BytesIO(data))
    else:
        frame = pd.read_excel(io.BytesIO(data), keep_default_na=False, na_values=[""], engine="calamine")
    return frame.astype(object).map(_text)


def _text(value: object) -> str:
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether two tables hold the same, numbers compared as numbers."""
    def plain(frame: pd.DataFrame) -> list[list[object]]:
        return [[float(cell) if cell and cell.lstrip("-").replace(".", "", 1).isdigit() else cell for cell in row]
                for row in frame.itertuples(index=False)]
    return list(one.columns) == list(other.columns) and plain(one) == plain(other)


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_the_same_in_every_format(client: FlaskClient, chart: str) -> None:
    query = "?sex=female&from=2022-01" if "sex" in CHARTS[chart].filters else ""
    files = {ending: get(client, f"/chart/{chart}.{ending}{query}") for ending in ENDINGS}
    assert {answer.status_code for answer in files.values()} == {200}
    shown = read("csv", files["csv"].data)
    assert len(shown) and set(shown["synthetic"]) == {"true"}
    for ending, answer in files.items():
        assert answer.mimetype == formats.FORMATS[ending].mime.partition(";")[0]
        assert alike(read(ending, answer.data), shown), ending
        assert "SYNTHETIC_" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_in_every_format(client: FlaskClient, name: str) -> None:
    public = getattr(store.open_public(), name)
    files = {ending: get(client, f"/table/{name}.{ending}").data for ending in ENDINGS}
    shown = read("csv", files["csv"])
    assert len(shown) == len(public) and set(shown["synthetic"]) == {"true"}
    for ending, data in files.items():
        assert alike(read(ending, data), shown), ending
        assert get(client, f"/table/{name}.{ending}").data == data, "the same bytes"
    assert list(shown.columns) == [field["name"] for field in public_tables.fields(name, filters.default(store.open_public()))]


def test_every_column_of_every_table_is_explained(client: FlaskClient) -> None:
    view = filters.default(store.open_public())
    for name in public_tables.there(view):
        for field in public_tables.fields(name, view):
            assert field["description"] and field["type"] in ("string", "integer", "number", "boolean")
        for key in [TABLES[name].key]:
            frame = getattr(view.vintage, name)
            assert not key or not frame.duplicated(list(key)).any()


def test_a_workbook_has_typed_cells_and_says_what_it_is(client: FlaskClient) -> None:
    book = openpyxl.load_workbook(io.BytesIO(get(client, "/chart/monthly.xlsx").data))
    data, about = book.worksheets
    kinds = {name.value: {row[n].data_type for row in data.iter_rows(min_row=2) if row[n].value is not None} for n, name in enumerate(data[1])}
    assert kinds["persons"] == {"n"} and kinds["period"] == {"s"} and data.freeze_panes == "A2"
    told = {row[0].value: row[1].value for row in about.iter_rows()}
    assert "invented" in told["warning"] and told["vintage / id"] == store.current_id() and told["columns / persons"]
    schema = pyarrow.parquet.read_schema(io.BytesIO(get(client, "/chart/monthly.parquet").data))
    assert json.loads(schema.metadata[b"vyrak"])["synthetic"] is True


_HOSTILE = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12) | st.sampled_from([
    "=1+1", "@SUM(A1)", "+1", "-1+2", "\tx", "\rx", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "#N/A", "1/2", "'x", "'=1",
    "''@x", '"', "\u202eabc", "<b>"])


@bounded(max_examples=40, deadline=None)
@given(st.lists(st.tuples(_HOSTILE, st.integers(-10**9, 10**9) | st.none()), max_size=6))
def test_no_cell_runs_and_every_value_comes_back(rows: list[tuple[str, int | None]]) -> None:
    frame = pd.DataFrame({"text": pd.Series([text for text, _ in rows], dtype=object), "number": pd.array([n for _, n in rows], dtype="Int64")})
    made = formats.Table(frame, {"x": "=1+1"}, "t", "2026-01-01T00:00:00")
    written = {ending: b"".join(formats.FORMATS[ending].write(made)) for ending in ENDINGS}
    cells = [row[0] for row in list(csv.reader(io.StringIO(written["csv"].decode(), newline="")))[1:]]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)
    assert [re.sub(r"^'(?='*[=+\-@\t\r])", "", cell) for cell in cells] == [text for text, _ in rows]
    assert [row["text"] for row in json.loads(written["json"])["rows"]] == [text for text, _ in rows]
    assert pd.read_parquet(io.BytesIO(written["parquet"]))["text"].tolist() == [text for text, _ in rows]
    book = openpyxl.load_workbook(io.BytesIO(written["xlsx"]))
    for sheet in book.worksheets:
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "n", "b"}
    assert [row[1].value for row in book.worksheets[0].iter_rows(min_row=2)] == [n for _, n in rows]


def test_a_large_table_is_sent_by_and_by() -> None:
    """The pieces are small beside the whole, and together they are what one piece would be."""
    frame = pd.DataFrame({"n": range(120_000), "text": ["=a", "b", None] * 40_000})
    table = formats.Table(frame, {}, "t", "2026-01-01T00:00:00")
    pieces = list(formats.csv(table))
    assert len(pieces) == 3 and max(map(len, pieces)) < sum(map(len, pieces)) / 2
    lines = b"".join(pieces).decode().splitlines()
    assert len(lines) == 120_001 and lines[0] == '"n","text"' and lines[1] == "0,\"'=a\"" and lines[-1] == "119999,"
    assert len(json.loads(b"".join(formats.json_rows(table)))["rows"]) == 120_000


def test_the_package_is_whole_and_says_what_is_in_it(client: FlaskClient) -> None:
    answer = get(client, "/data.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        inside = {name: packed.read(name) for name in packed.namelist()}
    told = json.loads(inside["datapackage.json"])
    assert told["synthetic"] is True and "invented" in told["description"] and told["version"] == store.current_id()
    assert {f"tables/{name}.csv" for name in TABLES} | {"datapackage.json", "csv-metadata.json", "README.txt"} == set(inside)
    for resource in told["resources"]:
        data = inside[resource["path"]]
        assert resource["bytes"] == len(data) and resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        frame = read("csv", data)
        assert [field["name"] for field in resource["schema"]["fields"]] == list(frame.columns)
        for field in resource["schema"]["fields"]:
            values = frame[field["name"]][frame[field["name"]] != ""]
            if field["type"] in ("integer", "number"):
                pd.to_numeric(values)
            if field["type"] == "integer":
                assert values.str.fullmatch(r"-?\d+").all(), field
            if field["type"] == "boolean":
                assert set(values) <= {"true", "false"}
    tables = json.loads(inside["csv-metadata.json"])["tables"]
    assert {table["url"] for table in tables} == {f"tables/{name}.csv" for name in TABLES}
    assert get(client, "/data.zip").data == answer.data
    assert package.digest(filters.default(store.open_public())) and "invented" in inside["README.txt"].decode()


def test_what_is_described_online_is_there(client: FlaskClient) -> None:
    told = get(client, "/datapackage.json").json
    for resource in told["resources"]:
        answer = get(client, resource["path"].removeprefix("http://localhost"))
        assert resource["hash"] == f"sha256:{hashlib.sha256(answer.data).hexdigest()}"
    for table in get(client, "/csv-metadata.json").json["tables"]:
        assert get(client, table["url"]).status_code == 200
    listed = get(client, "/table").json
    assert listed["synthetic"] is True and {table["name"] for table in listed["tables"]} == set(TABLES)
    for address in [address for table in listed["tables"] for address in table["files"].values()]:
        assert get(client, address.removeprefix("http://localhost")).status_code == 200


@pytest.mark.parametrize(("path", "accept", "leads"), [
    ("/chart/monthly?sex=female", "text/csv", "/chart/monthly.csv?sex=female"), ("/chart/monthly", "application/json", "/chart/monthly.json"),
    ("/table/cells", "application/vnd.apache.parquet", "/table/cells.parquet"), ("/table/cells?lang=be", "*/*", "/table/cells.csv?lang=be"),
    ("/table/cells", "", "/table/cells.csv")])
def test_what_a_program_likes_best_is_what_it_gets(client: FlaskClient, path: str, accept: str, leads: str) -> None:
    answer = get(client, path, Accept=accept)
    assert answer.status_code == 303 and answer.headers["Location"] == leads and "Accept" in answer.headers["Vary"]
    assert get(client, leads).status_code == 200


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "*/*", ""])
def test_a_browser_gets_the_page(client: FlaskClient, accept: str) -> None:
    assert get(client, "/chart/monthly", Accept=accept).mimetype == "text/html"


def test_caches_are_told_what_they_need(client: FlaskClient) -> None:
    current = store.current_id()
    for path in ("/table/cells.csv", "/chart/monthly.xlsx", "/data.zip"):
        answer = get(client, path)
        assert answer.headers["Cache-Control"] == "no-cache" and answer.last_modified is not None
        assert get(client, path, If_None_Match=answer.headers["ETag"]).status_code == 304
        assert get(client, path, If_Modified_Since=answer.headers["Last-Modified"]).status_code == 304
        assert get(client, f"{path}?vintage={current}").headers["Cache-Control"].startswith("public")
        assert get(client, path).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(("path", "status"), [
    ("/table/nothing.csv", 404), ("/table/cells.exe", 404), ("/table/", 404), ("/table/cells.csv?sex=female", 400), ("/table?width=3", 400),
    ("/table/cells.csv?vintage=20200101T000000Z-00000000", 400), ("/data.zip?colour=red", 400), ("/chart/monthly.parquet?region=atlantis", 400)])
def test_what_cant_be_had_is_said_to_people_and_programs(client: FlaskClient, path: str, status: int) -> None:
    answer = get(client, path)
    assert answer.status_code == status and answer.mimetype == "text/plain" and answer.text.endswith((".\n", "…\n")) and len(answer.text) < 1200
    told = get(client, path, Accept="application/json")
    assert told.status_code == status and told.mimetype == "application/problem+json"
    assert told.json["status"] == status and told.json["detail"] == answer.text.strip()


def test_every_ending_of_a_chart_is_offered_or_part_of_a_page() -> None:
    from components.sharing import FILES
    assert {ending for ending, _, _ in FILES} == {ending for ending, kind in chart_files.ENDINGS.items() if kind.kept} | {"svg"}
    assert download.to_json({}) == b"{}"
