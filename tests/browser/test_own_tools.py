"""The examples of the Data page, taken from it as a reader copies them, and run."""

import csv
import hashlib
import io
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pandas as pd
import pytest

import texts
from tests.browser.conftest import Reader

pytestmark = pytest.mark.browser


def examples(reader: Reader, query: str = "") -> dict[str, str]:
    """Tool → what the page gives for it."""
    reader.open(f"/data{query}")
    return dict(reader.page.evaluate("[...document.querySelectorAll('.examples dt')].map(d => [d.textContent, "
                                     "d.nextElementSibling.querySelector('code').textContent])"))


def read(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.read()


def persons(content: bytes) -> int:
    return sum(int(row["persons"] or 0) for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))) if row["measure"] == "charged")


def test_the_programs_on_the_page_give_the_published_figures(reader: Reader, tmp_path: Path) -> None:
    given = examples(reader)
    expected = persons(read(f"{reader.site}/chart/monthly.csv"))
    assert expected > 1000
    ran = subprocess.run([sys.executable, "-c", given["Python (pandas)"].replace("print(", "print(repr(").replace("))", ").sum().to_dict()))")],
                         capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert f"'charged': {expected}" in ran.stdout.replace(".0", "")
    assert subprocess.run([sys.executable, "-c", given["Python (pandas)"]], capture_output=True, timeout=60, check=False).returncode == 0, "as it is"
    if shutil.which("curl"):
        subprocess.run(given["curl"], shell=True, cwd=tmp_path, check=True, capture_output=True, timeout=60)  # noqa: S602 (as a reader does)
        [file] = tmp_path.iterdir()
        assert persons(file.read_bytes()) == expected
    if shutil.which("Rscript"):
        assert "charged" in subprocess.run(["Rscript", "-e", given["R"]], capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("language", texts.languages())
def test_each_example_asks_an_address_that_gives_csv(reader: Reader, language: str) -> None:
    given = examples(reader, f"?lang={language}")
    asked = {address for said in given.values() for address in re.findall(r'"(http[^"]+\.csv[^"]*)"', said)}
    assert len(given) == 6 and len(asked) == 1
    with urllib.request.urlopen(asked.pop(), timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert len(pd.read_csv(answer)) > 50


def test_a_citation_can_be_checked_by_its_hash(reader: Reader) -> None:
    [cited] = [said for said in examples(reader).values() if "sha256:" in said]
    assert "Synthetic data" in cited
    address, digest = re.search(r"(http\S+data\.zip\S+) \(sha256:([0-9a-f]{64})\)", cited).groups()
    assert hashlib.sha256(read(address)).hexdigest() == digest
    assert "vintage=" in address


def test_one_click_copies_an_example(reader: Reader) -> None:
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    given = examples(reader)
    reader.page.locator(".examples .copy").first.click()
    assert reader.page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n") == next(iter(given.values()))
