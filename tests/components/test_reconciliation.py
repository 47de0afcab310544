"""The page that compares figures with printed ones: it says what it holds, runs nothing, and has a JSON twin."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

import app as entry
from components import reconciliation
from etl import compute, store
from stats import contradictions
from stats.reconciliation import REASONS, reconcile
from stats.source import COLUMNS, DTYPES
from tests.components.conftest import VINTAGE


@pytest.fixture(scope="module")
def reconciled(folder: Path, tmp_path_factory) -> Path:
    """The data folder of a vintage whose figures were compared with hostile prints."""
    data = tmp_path_factory.mktemp("reconciled") / "data"
    shutil.copytree(folder, data)
    public = data / "vintages" / VINTAGE / "public"
    figures, metrics = compute.printed()
    figures.loc[figures.index[0], ["note", "organisation"]] = ["<script>alert(1)</script>", "A & B <b>"]
    told = figures["metric"].eq("convicted_criminal") & figures["span"].eq("month") & figures["dimension"].eq("")
    figures.loc[figures.index[told][:2], "note"] = "<img src=x onerror=alert(1)>"
    figures.loc[figures.index[told][:2], "source"] = "javascript:alert(1)"
    cells = pd.read_parquet(public / "cells.parquet")
    frame = reconcile(figures, metrics, cells, pd.DataFrame(columns=COLUMNS).astype(DTYPES), pd.Timestamp("2026-10-31"), ("viasna",),
                      synthetic=True)
    frame.to_parquet(public / "reconciliation.parquet")
    contradictions.contradictions(figures).to_parquet(public / "contradictions.parquet")
    return data


@pytest.fixture
def client(reconciled: Path, monkeypatch):
    monkeypatch.setenv("VYRAK_DATA", str(reconciled))
    return entry.server.test_client()


def test_the_page_says_that_the_differences_mean_nothing(client) -> None:
    answer = client.get("/reconciliation")
    assert answer.status_code == 200 and answer.content_type.startswith("text/html")
    assert "the differences mean nothing" in answer.text and "everybody in these figures is invented" in answer.text
    assert '<html lang="en">' in answer.text and answer.text.count("<h1>") == 1
    for name in ("Printed figures that contradict each other", "without a counterpart", "Convicted in politically motivated"):
        assert name in answer.text


def test_no_text_of_a_print_runs(client) -> None:
    answer = client.get("/reconciliation")
    assert not re.search(r"<script|<img|<b>|javascript:", answer.text)
    assert "‹img src=x onerror=alert(1)›" in answer.text and "A &amp; B ‹b›" in answer.text
    assert "unsafe" not in re.search(r"script-src ([^;]*)", answer.headers["Content-Security-Policy"])[1]
    assert all("noreferrer" in link for link in re.findall(r'<a href="https?:[^>]*>', answer.text))


def test_the_json_twin_holds_the_same(client, reconciled: Path) -> None:
    about = client.get("/reconciliation.json").json
    frame = store.open_public().reconciliation
    assert about["synthetic"] is True and "invented" in about["warning"] and about["vintage"]["id"] == VINTAGE
    assert len(about["figures"]) == len(frame) and len(about["contradictions"]) == len(store.open_public().contradictions)
    compared = [f for f in about["figures"] if f["computed"] is not None]
    assert compared and all(f["difference"] == pytest.approx(f["computed"] - f["value"]) for f in compared)
    assert {r for f in about["figures"] for r in f["reasons"]} <= set(about["reasons"]) == set(REASONS)
    page = client.get("/reconciliation").text
    assert page.count('<th scope="row">') == len(frame) + len(about["contradictions"]) + len(about["verdicts"])


def test_each_row_has_its_own_words(client) -> None:
    row = store.open_public().reconciliation
    row = row[(row["metric"] == "convicted_criminal") & (row["dimension"] == "punishment") & row["category"].str.contains(r"\+")].iloc[0]
    told = reconciliation._row(row, store.open_public())
    assert " + " in told["category"] and told["printed"] in ("47", "3", "at least 4,500")
    assert reconciliation._when("2025-01-01/2025-12-01") == "1 January 2025 to 1 December 2025"
    assert reconciliation._signed(-3) == "\u22123" and reconciliation._signed(12) == "+12" and reconciliation._signed(0) == "0"


def test_it_is_not_sent_twice_and_takes_no_filter(client) -> None:
    first = client.get("/reconciliation")
    assert client.get("/reconciliation", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert client.get("/reconciliation?region=BY-BR").status_code == 400
    assert client.get("/reconciliation?vintage=nonsense").status_code == 400
    assert client.get(f"/reconciliation.json?vintage={VINTAGE}").status_code == 200
    assert client.post("/reconciliation").status_code == 405


def test_an_older_vintage_has_none(monkeypatch, folder: Path) -> None:
    monkeypatch.setenv("VYRAK_DATA", str(folder))
    answer = entry.server.test_client().get("/reconciliation.json")
    assert answer.status_code == 404 and "Import the lists again" in answer.text


def test_the_page_on_completeness_links_to_it(client) -> None:
    assert 'href="/reconciliation"' in client.get("/completeness").text
