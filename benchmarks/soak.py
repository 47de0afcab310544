"""The running site under load, faults and hostile requests, in one table: `python -m benchmarks soak`, in six minutes.

`python -m benchmarks.soak --minutes 10` holds the load for ten minutes and shows whether memory stays flat; `--only load-64,fuzz` runs
some parts. Everything happens on 127.0.0.1, on the synthetic sample; the readers share the processors with the site, so the figures are
worse than those of a machine of its own. A request that is refused in words (429, 503 with Retry-After) has not failed.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import _wire
from benchmarks._served import ROOT, Site, behind_nginx, etl, served
from benchmarks._wire import Ask, Tally

SECONDS, SLOW_SECONDS, REQUESTS, SLOW_CLIENTS = 60, 20, 100_000, 1000
WARMING = 10_000
"""Requests that fill what a worker keeps (answers, pages), before its memory is looked at."""
QUERIES = ["", "?lang=be", "?lang=ru", "?sex=female", "?region=BY-HM", "?from=2021-01&to=2024-12"]
PAGES = ["/", "/charges", "/sentences", "/pardons", "/behind-bars", "/completeness", "/methods", "/data"]
POPULAR_CHARTS = ["monthly", "cumulative", "punishments", "map", "waves", "articles", "terms", "held"]
WEIGHTS = {"page": 25, "call": 30, "picture": 20, "embed": 10, "export": 10, "health": 5}
NEW = 0.01
"""The share of requests for views that nobody asked for before."""


@dataclass
class Row:
    """One line of the table. `notes` stand under it."""

    part: str
    tally: Tally = field(default_factory=Tally)
    memory: tuple[float, float] | None = None
    notes: list[str] = field(default_factory=list)


# What readers ask ---------------------------------------------------------------------------------------------------

def call(path: str, search: str) -> bytes:
    """The body of the call that a page makes."""
    return json.dumps({"output": "page.children", "outputs": {"id": "page", "property": "children"}, "changedPropIds": ["url.search"], "inputs": [
        {"id": "url", "property": "pathname", "value": path}, {"id": "url", "property": "search", "value": search}]}).encode()


def embeds() -> list[str]:
    """The addresses of embeds, if there are any."""
    from app import server

    routes = [rule.rule for rule in server.url_map.iter_rules() if rule.rule.startswith("/embed/") and rule.arguments]
    return [route.split("<")[0] + chart for route in routes for chart in POPULAR_CHARTS]


def mixture() -> Callable[[random.Random], Ask]:
    """What a reader asks next: views that many ask for, and now and then one that nobody did."""
    framed = embeds() or [f"/chart/{chart}" for chart in POPULAR_CHARTS]
    kinds, weights = zip(*WEIGHTS.items(), strict=True)

    def choose(chance: random.Random) -> Ask:
        kind, query = chance.choices(kinds, weights)[0], chance.choice(QUERIES)
        if chance.random() < NEW:
            first, last = sorted(chance.sample(range(72), 2))
            query = "?" + "&".join(f"{name}={2020 + (7 + month) // 12}-{(7 + month) % 12 + 1:02}" for name, month in (("from", first), ("to", last)))
        if kind == "health":
            return _wire.ask("GET", "/health", kind)
        if kind == "page":
            return _wire.ask("GET", chance.choice(PAGES) + query, kind)
        if kind == "call":
            return _wire.ask("POST", "/_dash-update-component", kind, call(chance.choice(PAGES), query), [("Content-Type", "application/json")])
        if kind == "embed":
            return _wire.ask("GET", chance.choice(framed) + query, kind)
        ending = "svg" if kind == "picture" else chance.choice(["csv", "zip", "metadata.json", "figure.json", "table.html"])
        return _wire.ask("GET", f"/chart/{chance.choice(POPULAR_CHARTS)}.{ending}{query}", kind)

    return choose


# The parts ----------------------------------------------------------------------------------------------------------

def load(site: Site, data: Path, connections: int, seconds: float, *commands: list[str]) -> Row:
    """Readers, while an import and a publication run: `commands` of etl, one after the other, begun after a sixth of the time."""
    row, choose = Row(f"load, {connections} connections"), mixture()
    asyncio.run(_wire.readers(site.port, 8, 12, choose, seed=1, patient=True))
    before, shown, seen = site.megabytes(), site.health().get("vintage"), []

    def beside() -> None:
        time.sleep(seconds / 6)
        for command in commands:
            etl(data, *command).wait()
            written = (data / "vintages" / "CURRENT").read_text(encoding="ascii")
            begun = time.monotonic()
            # As many in a row as no chance gives while one of the workers still shows the older one.
            in_a_row = 0
            while in_a_row < 20 and time.monotonic() - begun < 20:
                in_a_row = in_a_row + 1 if site.health().get("vintage") == written else 0
            seen.append((" ".join(command[:1]), written, time.monotonic() - begun, in_a_row >= 20))

    other = threading.Thread(target=beside)
    other.start()
    row.tally = asyncio.run(_wire.readers(site.port, connections, seconds, choose, seed=connections))
    other.join()
    row.memory = before, site.megabytes()
    for name, vintage, took, everywhere in seen:
        where = "shown by all workers" if everywhere else "NOT SHOWN BY ALL WORKERS"
        row.notes.append(f"etl {name} beside it; vintage {vintage[:16]} {where} within {took:.1f} s{'' if vintage != shown else ' (unchanged)'}")
        shown = vintage
    return row


def flat(site: Site, minutes: float) -> Row:
    """Half as many connections for many minutes, and the memory each minute."""
    row, choose, samples = Row(f"load, 32 connections, {minutes:g} minutes"), mixture(), []
    asyncio.run(_wire.readers(site.port, 32, 30, choose, seed=5))
    before = site.megabytes()
    for minute in range(max(round(minutes), 1)):
        part = asyncio.run(_wire.readers(site.port, 32, 60, choose, seed=1000 + minute))
        samples.append(site.megabytes())
        _add(row.tally, part)
        print(f"  minute {minute + 1}: {samples[-1]:.0f} MB", flush=True)
    row.memory = before, samples[-1]
    row.notes.append("memory by minute, MB: " + " ".join(f"{each:.0f}" for each in samples))
    return row


def slow_clients(site: Site, port: int, through: str) -> Row:
    """A thousand who send nothing, a letter a second, or half a body; and eight readers beside them."""
    row, before = Row(f"{SLOW_CLIENTS} slow clients, {through}"), site.megabytes()

    async def run() -> None:
        stop, opened = asyncio.Event(), []

        async def slow(number: int) -> None:
            with suppress(OSError, TimeoutError):
                _, writer = await asyncio.wait_for(asyncio.open_connection(_wire.HOST, port), 20)
                opened.append(writer)
                if number % 3 == 1:
                    writer.write(b"POST /_dash-update-component HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n"
                                 b"\r\n{")
                for letter in b"GET /?slow=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" if number % 3 else b"":
                    if stop.is_set():
                        break
                    writer.write(bytes([letter]))
                    await writer.drain()
                    await asyncio.sleep(1)
                await stop.wait()

        tasks = [asyncio.create_task(slow(number)) for number in range(SLOW_CLIENTS)]
        await asyncio.sleep(3)
        row.tally = await _wire.readers(port, 8, SLOW_SECONDS, mixture(), seed=3)
        row.notes.append(f"{len(opened)} slow connections were open")
        stop.set()
        for writer in opened:
            writer.close()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(run())
    row.memory = before, site.megabytes()
    return row


def killed(site: Site, port: int, through: str, seconds: float) -> Row:
    """A worker killed every second, with 16 readers."""
    row, kills, end = Row(f"a worker killed every second, {through}"), [], threading.Event()

    def beside() -> None:
        chance = random.Random(7)
        while not end.wait(1.0):
            if workers := site.workers():
                site.kill(chance.choice(workers))
                kills.append(time.monotonic())

    other = threading.Thread(target=beside)
    other.start()
    row.tally = asyncio.run(_wire.readers(port, 16, seconds, mixture(), seed=11))
    end.set()
    other.join()
    time.sleep(2)
    # Sent before a worker was killed and not answered by then: it may have been in its hands.
    flying = [f for f in row.tally.failures if any(f[1] <= kill <= f[1] + _wire.LONGEST_WAIT for kill in kills)]
    refused = [f for f in flying if "Refused" in f[2]]
    row.notes.append(f"{len(kills)} workers killed; {len(flying) - len(refused)} requests were in the hands of one of them; "
                     f"{len(row.tally.failures) - len(flying) + len(refused)} others failed; {len(site.workers())} workers live after it")
    return row


def fuzz(data: Path, requests: int) -> Row:
    """Hostile requests to a site without limits of cost, drawn and mixed from those of tests/fire/hostile.py."""
    row, chance = Row("hostile requests"), random.Random(2026)
    parts = _hostile_parts()

    def some(count: int) -> Iterator[Ask]:
        for _ in range(count):
            posted = chance.random() < 0.33
            one, other = chance.choice(parts["posted" if posted else "read"]), chance.choice(parts["read"])
            target = other.target if chance.random() < 0.3 and not posted else one.target
            headers = one.headers + (other.headers if chance.random() < 0.3 else ())
            yield _wire.ask(one.method, target, "hostile", one.body, headers, close=False)

    with served(data, "benchmarks._unlimited:server") as site:
        asyncio.run(_wire.each(site.port, 8, some(WARMING)))
        samples = [site.megabytes()]
        for _ in range(10):
            _add(row.tally, asyncio.run(_wire.each(site.port, 8, some(requests // 10))))
            samples.append(site.megabytes())
        row.memory = samples[0], samples[-1]
        row.notes.append("memory by tenth, MB: " + " ".join(f"{each:.0f}" for each in samples))
        row.notes.append("by status: " + ", ".join(f"{status}: {count:,}" for status, count in sorted(row.tally.statuses.items())))
        row.notes.append(f"slowest answer {max(max(times) for times in row.tally.seconds.values()):.2f} s; "
                         f"{site.said().count('Traceback')} tracebacks logged, {site.said().count('A request failed')} failures, "
                         f"{site.said().count('127.0.0.1')} addresses; {len(site.workers())} workers live")
    return row


def _hostile_parts() -> dict[str, list]:
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis import strategies as st

    from app import server
    from tests.fire import hostile

    found: list[hostile.Hostile] = []

    @seed(2026)
    @settings(max_examples=150, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(hostile.requests(hostile.addresses(server)), min_size=20, max_size=20))
    def draw(some: list[hostile.Hostile]) -> None:
        found.extend(some)

    draw()
    return {"posted": [each for each in found if each.body], "read": [each for each in found if not each.body]}


FAULTS: dict[str, Callable[[Path, str], object]] = {
    "the data folder is gone": lambda vintages, used: vintages.rename(vintages.with_name("elsewhere")),
    "CURRENT is garbage": lambda vintages, used: (vintages / "CURRENT").write_bytes(b"\xff\xfe"),
    "CURRENT names what is not there": lambda vintages, used: (vintages / "CURRENT").write_text("20990101T000000Z-00000000"),
    "the vintage is unreadable": lambda vintages, used: _loop(vintages / used / "public"),
    "the vintage is half written": lambda vintages, used: (vintages / used / "public" / "cells.parquet").unlink(),
    "a Parquet file is corrupt": lambda vintages, used: _corrupt(vintages / used / "public" / "cells.parquet"),
    "a newer vintage of a newer schema": lambda vintages, used: _other(vintages, used, schema=99),
    "a newer vintage of an older schema": lambda vintages, used: _other(vintages, used, schema=0),
    "a newer vintage, cut off": lambda vintages, used: _corrupt(_other(vintages, used) / "public" / "labels.parquet"),
    "a vintage from the future (a clock is wrong)": lambda vintages, used: _other(vintages, used, created="2199-01-01T00:00:00"),
}


def faults(data: Path) -> Row:
    """Each fault of the data folder under load, then mended; and an import on a full disk. What is shown stays, and is said to be wrong."""
    row, choose = Row("faults of the data folder"), mixture()
    vintages, kept = data / "vintages", data.with_name("kept")
    with served(data) as site:
        used = site.health()["vintage"]
        shutil.copytree(vintages, kept, symlinks=True)
        for name, fault in FAULTS.items():
            fault(vintages, used)
            for worker in site.workers():
                site.kill(worker)  # those that come after it begin with what the master holds
            time.sleep(1)
            _add(row.tally, asyncio.run(_wire.readers(site.port, 8, 1, choose, seed=17)))
            about = site.health()
            good = about.get("vintage") and (about["vintage"] == used or "future" in name) and about["wrong"] and str(data) not in json.dumps(about)
            row.notes.append(f"{'survived' if good else 'NOT SURVIVED'}: {name}: {' '.join(about.get('wrong', ['no answer']))[:150]}")
            for left in (vintages, vintages.with_name("elsewhere")):
                shutil.rmtree(left, ignore_errors=True)
            shutil.copytree(kept, vintages, symlinks=True)
        full = subprocess.run([sys.executable, "-m", "etl", "import", "data/sample"], cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(data)},
                              capture_output=True, text=True, check=False,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, 12_000)))
        good = full.returncode == 1 and "Traceback" not in full.stderr and site.health().get("vintage") == used
        row.notes.append(f"{'survived' if good else 'NOT SURVIVED'}: an import on a full disk: {full.stderr.strip()[:150]}")
        row.notes.append(f"all mended: status {site.health().get('status')}")
    return row


def _loop(path: Path) -> None:
    shutil.rmtree(path)
    path.symlink_to(path.name)


def _corrupt(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:len(content) // 2] + bytes(50) + content[len(content) // 2 + 50:-20])


def _other(vintages: Path, used: str, **facts: object) -> Path:
    """Another vintage, made from the one in use, brought into use."""
    other = vintages / "20990101T000000Z-0123abcd"
    shutil.copytree(vintages / used, other)
    (other / "manifest.json").unlink()
    file = other / "public" / "facts.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"id": other.name} | facts), encoding="utf-8")
    (vintages / "CURRENT").write_text(other.name, encoding="ascii")
    return other


# The table ----------------------------------------------------------------------------------------------------------

def _add(tally: Tally, more: Tally) -> None:
    for kind, times in more.seconds.items():
        tally.seconds[kind] += times
    tally.statuses += more.statuses
    tally.failures += more.failures
    tally.refused += more.refused


def _show(row: Row) -> None:
    tally = row.tally
    memory = f"{row.memory[0]:6.0f} → {row.memory[1]:.0f} MB" if row.memory else ""
    everything = sorted(second for times in tally.seconds.values() for second in times)
    print(f"{row.part:46} {tally.tried:8,} {len(tally.failures):8,} {tally.refused:8,} {_percentiles(everything)} {memory}", flush=True)
    for kind, times in sorted(tally.seconds.items()):
        if len(tally.seconds) > 1:
            print(f"    {kind:42} {len(times):8,} {'':17} {_percentiles(sorted(times))}")
    for reason, count in collections.Counter(f"{kind}: {why}" for kind, _, why in tally.failures).most_common(5):
        print(f"    failed {count:,} times: {reason}")
    for note in row.notes:
        print(f"    {note}", flush=True)


def _percentiles(ordered: list[float]) -> str:
    if not ordered:
        return " " * 26
    return " ".join(f"{ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000:8.0f}" for share in (0.5, 0.95, 0.99))


@contextmanager
def _data() -> Iterator[Path]:
    """A data folder with a first part of the sample imported."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        etl(data, "import", "data/sample/SYNTHETIC_viasna_machine_export.csv").wait()
        yield data


PARTS = ("load-64", "load-256", "slow", "killed", "fuzz", "faults")


def main(arguments: list[str] | None = None) -> None:
    """Run the parts and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0, help="hold a load for so many minutes instead of all the parts")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="hostile requests")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each load")
    chosen = parser.parse_args([] if arguments is None else arguments)
    parts = set(chosen.only.split(",")) if not chosen.minutes else set()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 8192), hard), hard))
    print(f"{'':46} {'tried':>8} {'failed':>8} {'refused':>8} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}   memory", flush=True)
    with _data() as data:
        for row in _rows(data, parts, chosen):
            _show(row)


def _rows(data: Path, parts: set[str], chosen: argparse.Namespace) -> Iterator[Row]:
    if chosen.minutes:
        # No worker makes room for a fresh one, which would hide what grows.
        with served(data, "app:server", "--max-requests", "0") as site:
            yield flat(site, chosen.minutes)
    if parts & {"load-64", "load-256"}:
        with served(data) as site:
            if "load-64" in parts:
                yield load(site, data, 64, chosen.seconds, ["import", "data/sample"])
            if "load-256" in parts:
                yield load(site, data, 256, chosen.seconds, ["import", "data/sample"], ["rollback"])
    if parts & {"slow", "killed"}:
        with served(data) as site, behind_nginx(site.port) as front:
            yield from _directly_and_behind(site, front, parts, chosen.seconds)
    if "fuzz" in parts:
        yield fuzz(data, chosen.requests)
    if "faults" in parts:
        yield faults(data)


def _directly_and_behind(site: Site, front: int | None, parts: set[str], seconds: float) -> Iterator[Row]:
    ways = [(site.port, "at gunicorn itself"), *([(front, "behind nginx")] if front else [])]
    for port, through in ways:
        if "slow" in parts:
            yield slow_clients(site, port, through)
        if "killed" in parts:
            yield killed(site, port, through, seconds / len(ways))
    if not front:
        yield Row("behind nginx: not measured, none is here", notes=["VYRAK_NGINX names one that is not in the path"])


if __name__ == "__main__":
    main(sys.argv[1:])
