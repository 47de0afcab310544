"""The site as it is served for real, on a port of 127.0.0.1, with what can be seen of its processes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks._peers import ROOT, free_port, nginx

NGINX = """daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
 scgi_temp_path {folder}/s; client_header_timeout 10s; client_body_timeout 10s; keepalive_timeout 30s; client_max_body_size 64k;
 upstream site {{ server 127.0.0.1:{behind} max_fails=0; server 127.0.0.1:{behind} max_fails=0; keepalive 32; }}
 server {{ listen 127.0.0.1:{port};
  location / {{ proxy_pass http://site; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
   proxy_next_upstream error timeout non_idempotent; proxy_connect_timeout 2s; proxy_read_timeout 30s; }} }} }}
"""
"""As little as shows what a proxy does for slow clients and killed workers; deploy/ has the configuration for real."""


@dataclass(frozen=True)
class Site:
    """`port` of the site; `process` of its master; `log`: the file of what it says."""

    port: int
    process: subprocess.Popen
    log: Path

    def workers(self) -> list[int]:
        """The processes that answer."""
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [int(pid) for pid in text.split()]

    def megabytes(self) -> float:
        """Memory of all processes of the site, shared pages counted once."""
        return sum(_proportional(pid) for pid in [self.process.pid, *self.workers()]) / 1024

    def kill(self, pid: int) -> None:
        """Kill one of the workers, as a machine out of memory would."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def health(self) -> dict:
        """What /health says; {} if nothing came."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", "/health", headers={"Connection": "close"})
            return json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException):
            return {}

    def said(self) -> str:
        """All that it has logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def _proportional(pid: int) -> int:
    """Kilobytes of a process."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


@contextmanager
def served(data: Path, entry: str = "app:server") -> Iterator[Site]:
    """The site under gunicorn, as gunicorn.conf.py has it."""
    port = free_port()
    with tempfile.NamedTemporaryFile("wb", suffix=".log") as log:
        process = subprocess.Popen([sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}", entry], cwd=ROOT,
                                   env=os.environ | {"VYRAK_DATA": str(data)}, stdout=log, stderr=log)
        site = Site(port, process, Path(log.name))
        try:
            for _ in range(300):
                if site.health():
                    break
                assert process.poll() is None, site.said()
                time.sleep(0.1)
            yield site
        finally:
            process.terminate()
            process.wait(timeout=40)


@contextmanager
def behind_nginx(site: Site) -> Iterator[int | None]:
    """The port of an nginx before the site; None if there is no nginx here (VYRAK_NGINX names one that is not in the path)."""
    program = nginx()
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        config = Path(folder) / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=port, behind=site.port), encoding="ascii")
        process = subprocess.Popen([program, "-p", folder, "-e", f"{folder}/error.log", "-c", str(config)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def etl(data: Path, *arguments: object) -> subprocess.Popen:
    """`python -m etl ARGUMENTS` beside all else."""
    return subprocess.Popen([sys.executable, "-m", "etl", *map(str, arguments)], cwd=ROOT, env=os.environ | {"VYRAK_DATA": str(data)},
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
