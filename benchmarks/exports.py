"""A public table of a million rows, made up, sent as a file: how fast and with how much memory, beside DuckDB's COPY to a file and Datasette's
CSV stream of the same rows, in the same run. And the CSV of a chart, as it is written and as tables are.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._peers import ROOT, free_port, python_with, running, timed, under_gunicorn
from components import download, filters, formats
from components.charts import CHARTS
from etl import store

ROWS = 1_000_000
ROUNDS = 3
MOST_MEGABYTES = 50
COPY = """
import duckdb, sys, time
start = time.perf_counter()
duckdb.sql(f"copy (select *, true as synthetic from '{sys.argv[1]}') to '{sys.argv[2]}' (format csv, header)")
print(time.perf_counter() - start)
"""


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as folder, _data(Path(folder) / "data"):
        vintage = store.folder() / store.current_id()
        table = vintage / "public" / "revisions.parquet"
        _charts()
        _million(store.open_public().revisions).to_parquet(table)
        (vintage / "manifest.json").unlink()  # the files would be held against it, and these are others
        ours = _ours(os.environ | {"VYRAK_DATA": os.environ["VYRAK_DATA"]})
        peers = python_with("exports", "duckdb", "datasette", program="datasette")
        if not peers:
            print("  DuckDB and Datasette could not be installed here; not compared")
            return
        copied = Path(folder) / "copied.csv"
        duck = statistics.median(float(subprocess.run([peers, "-c", COPY, table, copied], capture_output=True, text=True, check=True).stdout)
                                 for _ in range(ROUNDS))
        size = copied.stat().st_size / 1e6
        print(f"  DuckDB, COPY to a file               {size:6.1f} MB {duck:7.2f} s  ours takes {ours / duck:4.1f} times as long (asked: at most 4)",
              flush=True)
        slow = _datasette(peers, Path(folder), pd.read_parquet(table))
        print(f"  Datasette, CSV stream                           {slow:7.2f} s   ours is {slow / ours:4.1f} times as fast (asked: 20)")


@contextmanager
def _data(folder: Path) -> Iterator[None]:
    """The sample, imported into `folder`, which is the data folder meanwhile."""
    before = os.environ.get("VYRAK_DATA")
    os.environ["VYRAK_DATA"] = str(folder)
    subprocess.run([sys.executable, "-m", "etl", "import", "data/sample"], cwd=ROOT, capture_output=True, check=False)
    try:
        yield
    finally:
        if before is None:
            del os.environ["VYRAK_DATA"]
        else:
            os.environ["VYRAK_DATA"] = before


def _million(like: pd.DataFrame) -> pd.DataFrame:
    """A made-up table of the form of `like` (revisions), with numbers of its own."""
    rng = np.random.default_rng(6)
    rows = like.iloc[rng.integers(0, len(like), ROWS)].reset_index(drop=True)
    change = pd.Series(rng.integers(-50, 50, ROWS), dtype="Int64").mask(rng.random(ROWS) < 0.1)
    return rows.assign(persons=rng.integers(0, 10_000, ROWS), change=change)


def _ours(environment: dict[str, str]) -> float:
    """Print how the table is sent in each way; seconds for CSV as it is."""
    taken = {}
    with under_gunicorn("app:server", ROOT, sys.executable, environment | {"GUNICORN_CMD_ARGS": "--workers 1"}) as site:
        worker = _worker()
        for ending, encoding, rounds in (("csv", "identity", ROUNDS), ("csv", "gzip", 1), ("csv", "zstd", 1), ("parquet", "identity", 1),
                                         ("json", "identity", 1)):
            address = f"{site}/table/revisions.{ending}"
            urllib.request.urlopen(f"{site}/table/labels.{ending}", timeout=60).close()
            idle = _memory(worker, "VmRSS")
            Path(f"/proc/{worker}/clear_refs").write_text("5")  # VmHWM begins anew
            sizes: list[int] = []

            def fetch(address: str = address, encoding: str = encoding, sizes: list[int] = sizes) -> None:
                sizes.append(_fetched(address, encoding))

            times = [timed(fetch) for _ in range(rounds)]
            above = _memory(worker, "VmHWM") - idle
            took = taken[ending, encoding] = statistics.median(times)
            asked = f" (asked: under {MOST_MEGABYTES})" if ending == "csv" else ""
            print(f"  ours, {ending:7} {encoding:9} over HTTP  {sizes[0] / 1e6:6.1f} MB {took:7.2f} s   {above:5.0f} MB above {idle:.0f} idle{asked}",
                  flush=True)
    return taken["csv", "identity"]


def _fetched(address: str, encoding: str) -> int:
    """Bytes of the file over the wire; it is thrown away."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": encoding})
    with urllib.request.urlopen(request, timeout=600) as answer:
        return sum(map(len, iter(lambda: answer.read(1 << 20), b"")))


def _worker() -> int:
    """The process that answers: the child of the child of ours."""
    here = [os.getpid()]
    for _ in range(2):
        here = [int(child) for pid in here for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
                if b"gunicorn" in Path(f"/proc/{child}/cmdline").read_bytes()]
    return here[0]


def _memory(pid: int, what: str) -> float:
    """Megabytes."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) / 1024


def _charts() -> None:
    """The CSV of a chart as it is written (by rows), and as tables are."""
    view = filters.default(store.open_public())
    frames = [download.rows(chart, chart.select(view), view) for chart in CHARTS.values()]

    def of_all(write: Callable[[pd.DataFrame], object]) -> float:
        return statistics.median(timed(lambda: [write(frame) for frame in frames]) for _ in range(5)) / len(frames) * 1000

    by_rows = of_all(download.to_csv)
    by_columns = of_all(lambda frame: b"".join(formats.csv(formats.Table(frame, {}, "", view.vintage.created))))
    print(f"  CSV of a chart, the mean of {len(frames)}: {by_rows:.1f} ms by rows, as it is; {by_columns:.1f} ms by columns, as of tables")


def _datasette(python: str, folder: Path, frame: pd.DataFrame) -> float:
    """Seconds that Datasette takes for the same rows."""
    with sqlite3.connect(folder / "peer.db") as database:
        frame.assign(synthetic=True).astype({"change": "float"}).to_sql("million", database, index=False)
    database.close()
    address = f"http://127.0.0.1:{free_port()}"
    command: list[str | Path] = [
        Path(python).with_name("datasette"), "serve", folder / "peer.db", "--host", "127.0.0.1", "--port", address.rpartition(":")[2],
               "--setting", "max_csv_mb", "0", "--setting", "sql_time_limit_ms", "600000"]
    with running(command, address):
        sizes: list[int] = []
        taken = timed(lambda: sizes.append(_fetched(f"{address}/peer/million.csv?_stream=on&_size=max", "identity")))
    assert sizes[0] > 30 * ROWS, "Datasette sent less than the table"
    return taken
