"""How fast a large export is imported, all steps included, against what other programs need only to read it.

Two exports of 15 columns with invented people are made once and kept in build/: 100,000 rows as .xlsx, 1,000,000 as CSV.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd

from data.make_sample import BE_PENALTY, BE_REGIONS, _be_article
from data.sample_names import write as spell
from data.sample_world import World, world

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "benchmarks"
HEADER = ["Імя і прозвішча", "Дата нараджэння", "Пол", "Статус", "Дата абвінавачвання", "Дата затрымання", "Артыкулы", "Рэгіён",
          "Пад вартай", "Дата прысуду", "Суд", "Від пакарання", "Тэрмін", "Завочна", "Дата дадання"]
PERSONS_A_SCALE = 11_600
"""Persons of a world of scale 1."""

_CALAMINE = "import python_calamine as c; [s for s in c.CalamineWorkbook.from_path({path!r}).get_sheet_by_index(0).iter_rows()]"
_PANDAS = "import pandas; pandas.read_excel({path!r}, engine='openpyxl')"
_PANDAS_CSV = "import pandas; pandas.read_csv({path!r}, sep=';', dtype=str)"


def main() -> None:
    """Print both tables."""
    xlsx = _made("SYNTHETIC_cases_100000.xlsx", 100_000, _write_xlsx)
    print(f"{xlsx.name}: 100,000 rows of 15 columns, {xlsx.stat().st_size / 1e6:.0f} MB")
    calamine = _best(3, _CALAMINE.format(path=str(xlsx)))
    ours = _best(3, None, xlsx)
    pandas = _best(1, _PANDAS.format(path=str(xlsx)))
    _show("python-calamine, cells only", *calamine, ours[0] / calamine[0])
    _show("import, all steps", *ours, 1)
    _show("pandas.read_excel with openpyxl, cells only", *pandas, ours[0] / pandas[0])
    large = _made("SYNTHETIC_cases_1000000.csv", 1_000_000, _write_csv)
    print(f"{large.name}: 1,000,000 rows of 15 columns, {large.stat().st_size / 1e6:.0f} MB")
    reading = _best(1, _PANDAS_CSV.format(path=str(large)))
    import_ = _best(1, None, large)
    _show("pandas.read_csv, cells only", *reading, import_[0] / reading[0])
    _show("import, all steps", *import_, 1)


def _show(name: str, seconds: float, megabytes: float, ratio: float) -> None:
    print(f"  {name:45} {seconds:7.2f} s {megabytes:6.0f} MB   import / this: {ratio:5.2f}", flush=True)


def _best(times: int, code: str | None, path: Path | None = None) -> tuple[float, float]:
    """(seconds, peak memory in MB of the largest process) of the quickest of so many runs."""
    return min(_run(code, path) for _ in range(times))


def _run(code: str | None, path: Path | None) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-c", code] if code else [sys.executable, "-m", "etl", "import", "--json", str(path)]
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"VYRAK_DATA": data}, stdout=subprocess.PIPE)
        out = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if code and process.returncode:
            raise SystemExit(f"A program that the import is compared with failed, so its time says nothing: {code}")
        if not code:
            _check(out, process.returncode)
    return seconds, usage.ru_maxrss / 1000


def _check(out: bytes, status: int) -> None:
    lines = json.loads(out)["files"]
    if status != 0 or any(line["read"] != line["accepted"] + line["not_data"] for line in lines):
        raise SystemExit(f"The import failed, so its time says nothing: {str(lines)[:300]}")


# What is imported -------------------------------------------------------------------------------------------------

def _made(name: str, rows: int, write: Any) -> Path:
    """The file, made anew if this module or the makers of the sample have changed."""
    state = hashlib.sha256(b"".join(file.read_bytes() for file in (Path(__file__), *sorted((ROOT / "data").glob("*.py"))))).hexdigest()[:12]
    path = FOLDER / state / name
    if not path.exists():
        print(f"Making {name} ...", flush=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, _rows(rows))
    return path


def _rows(count: int) -> Iterator[list[Any]]:
    yield HEADER
    truth = world(scale=1.01 * count / PERSONS_A_SCALE)
    rng = np.random.default_rng(1)
    for person in truth.persons.head(count).itertuples():
        yield _row(person, truth, rng)


def _row(person: Any, truth: World, rng: np.random.Generator) -> list[Any]:
    kind = person.punishment if isinstance(person.punishment, str) else ""
    term = "" if not kind or np.isnan(person.term_months) else f"{int(person.term_months // 12)} г. {int(person.term_months % 12)} мес."
    chance = rng.random(3)
    return [
        spell(truth.names[person.Index], "be", rng, patronymic=0.3), _day(person.born), "ж" if person.woman else "м",
        "палітвязень" if person.recognised else "", _day(person.charged_on) if chance[0] < 0.8 else "", _day(person.detained_on),
        ", ".join(_be_article(code) for code in person.articles), BE_REGIONS[person.region],
        ("так", "не", "невядома")[int(chance[1] * 3)], _day(person.sentenced_on), f"суд, {BE_REGIONS[person.region]}",
        BE_PENALTY.get(kind, ""), term, "так" if kind and person.in_absentia else "", _day(person.reported_dissidentby),
    ]


def _day(day: Any) -> Any:
    return "" if pd.isna(day) else day.to_pydatetime()


def _write_xlsx(path: Path, rows: Iterator[list[Any]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Справы")
    for row in rows:
        sheet.append(row)
    _at_once(path, book.save)


def _write_csv(path: Path, rows: Iterator[list[Any]]) -> None:
    def save(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            for row in rows:
                writer.writerow([f"{cell:%d.%m.%Y}" if hasattr(cell, "strftime") else cell for cell in row])
    _at_once(path, save)


def _at_once(path: Path, save: Any) -> None:
    part = path.with_suffix(".part")
    save(part)
    part.rename(path)
