"""Many readers at once, over the wire: HTTP/1.1 on asyncio's streams, one process, nothing else."""

from __future__ import annotations

import asyncio
import collections
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

HOST = "127.0.0.1"
LONGEST_WAIT = 15.0
"""Seconds after which a request without an answer has failed."""


@dataclass(frozen=True)
class Ask:
    """A request of one kind of route as it goes over the wire."""

    kind: str
    raw: bytes

    @property
    def head_only(self) -> bool:
        """Whether the answer has no body."""
        return self.raw.startswith(b"HEAD ")


@dataclass
class Tally:
    """What came of many requests: seconds by kind, statuses, what failed (kind, when it was sent, why), how many were refused in words."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: collections.defaultdict(list))
    statuses: collections.Counter[int] = field(default_factory=collections.Counter)
    failures: list[tuple[str, float, str]] = field(default_factory=list)
    refused: int = 0

    @property
    def tried(self) -> int:
        """All requests."""
        return sum(map(len, self.seconds.values())) + len(self.failures) + self.refused


def ask(method: str, target: str, kind: str, body: bytes = b"", headers: Iterable[tuple[str, str]] = (), close: bool = False) -> Ask:
    """A request; by default one that a browser would send."""
    told = {"host": ("Host", HOST), "accept-encoding": ("Accept-Encoding", "gzip, deflate, br")}
    told |= {name.lower(): (name, value) for name, value in headers}
    if body or method in ("POST", "PUT"):
        told["content-length"] = ("Content-Length", str(len(body)))
    if close:
        told["connection"] = ("Connection", "close")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in told.values())]
    return Ask(kind, "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body)


class Line:
    """One connection that is kept alive and opened anew when it was closed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, asked: Ask) -> tuple[int, dict[bytes, bytes], bytes]:
        """(status, headers by lower-case name, body). Raises OSError, asyncio.IncompleteReadError, TimeoutError, ValueError."""
        reused = self._writer is not None
        try:
            return await asyncio.wait_for(self._once(asked), LONGEST_WAIT)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            # A line that was closed while nobody used it is no failure: every browser and every proxy opens it anew.
            if reused and not getattr(error, "partial", b""):
                return await asyncio.wait_for(self._once(asked), LONGEST_WAIT)
            raise

    async def _once(self, asked: Ask) -> tuple[int, dict[bytes, bytes], bytes]:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        reader, writer = self._reader, self._writer
        assert reader
        writer.write(asked.raw)
        await writer.drain()
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
        status = int(first.split()[1])
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        body = b"" if asked.head_only or status in (204, 304) else await self._body(reader, headers)
        if headers.get(b"connection") == b"close":
            self.close()
        return status, headers, body

    async def _body(self, reader: asyncio.StreamReader, headers: dict[bytes, bytes]) -> bytes:
        if b"content-length" in headers:
            return await reader.readexactly(int(headers[b"content-length"]))
        if headers.get(b"transfer-encoding") == b"chunked":
            parts = []
            while size := int((await reader.readline()).split(b";")[0], 16):
                parts.append(await reader.readexactly(size))
                await reader.readexactly(2)
            await reader.readexactly(2)
            return b"".join(parts)
        return await reader.read()

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._writer is not None:
            self._writer.close()
            self._reader = self._writer = None


async def readers(port: int, connections: int, seconds: float, choose: Callable[[random.Random], Ask], seed: int = 0, patient: bool = False) -> Tally:
    """So many connections, each asking one thing after the other for so long. `patient`: where told to come again, they wait as told."""
    tally, end = Tally(), time.monotonic() + seconds

    async def one(number: int) -> None:
        chance, line = random.Random(seed * 1_000_003 + number), Line(port)
        while time.monotonic() < end:
            retry = await _timed(line, choose(chance), tally)
            if patient and retry:
                await asyncio.sleep(min(retry, max(end - time.monotonic(), 0)))
        line.close()

    await asyncio.gather(*(one(number) for number in range(connections)))
    return tally


async def each(port: int, connections: int, asked: Iterable[Ask]) -> Tally:
    """Every one of these requests once, over so many connections."""
    tally, left = Tally(), iter(asked)

    async def one() -> None:
        line = Line(port)
        for request in left:
            await _timed(line, request, tally)
        line.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return tally


async def _timed(line: Line, asked: Ask, tally: Tally) -> int:
    """Send one request and note what came of it; the seconds after which it may be tried again, if it was refused."""
    begun, sent = time.perf_counter(), time.monotonic()
    try:
        status, headers, _ = await line.send(asked)
    except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError, asyncio.LimitOverrunError) as error:
        line.close()
        tally.failures.append((asked.kind, sent, f"{type(error).__name__} {str(error)[:60]}"))
        return 0
    tally.statuses[status] += 1
    if status in (429, 503) and b"retry-after" in headers:
        tally.refused += 1
        return int(headers[b"retry-after"])
    if status >= 500 or status == 429:  # a refusal that says not for how long is a failure to whoever reads
        tally.failures.append((asked.kind, sent, f"status {status}"))
    else:
        tally.seconds[asked.kind].append(time.perf_counter() - begun)
    return 0
