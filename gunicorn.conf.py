"""How the dashboard is served: a production server, and no log of who read what. docs/operations.md says why each figure is what it is."""

import ctypes
import gc
import logging
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger

# For whoever starts gunicorn from another folder.
sys.path.insert(0, str(Path(__file__).resolve().parent))

import logs


class Quiet(Logger):
    """Errors as JSON lines without anything of a reader (logs.py); no access log, whatever an option or a variable says."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.Lines())
        # The lines of our own modules, and of the libraries they use.
        root = logging.getLogger()
        root.handlers = list(self.error_log.handlers)
        root.setLevel(logging.WARNING)
        self.error_log.propagate = False

    # Which module speaks decides what may be written down; without a level that would always be gunicorn's own logger.
    def critical(self, msg: str, *args: object, **more: Any) -> None:
        super().critical(msg, *args, stacklevel=3, **more)

    def error(self, msg: str, *args: object, **more: Any) -> None:
        super().error(msg, *args, stacklevel=3, **more)

    def warning(self, msg: str, *args: object, **more: Any) -> None:
        super().warning(msg, *args, stacklevel=3, **more)

    def exception(self, msg: str, *args: object, **more: Any) -> None:
        super().exception(msg, *args, stacklevel=3, **more)

    def access(self, *_: object) -> None:
        """Readers can be punished for reading."""


# The C library (glibc) keeps a store of freed memory for each of many threads: 60 MB more of it after 15,000 requests. One is enough where
# one thread computes at a time.
_ARENAS, _MOST = -8, 1  # M_ARENA_MAX of mallopt(3)
with suppress(OSError, AttributeError):
    ctypes.CDLL(None).mallopt(_ARENAS, _MOST)

bind = "127.0.0.1:8050"
workers = 2
threads = 24  # most of them wait: components/limits.py lets two make answers at the same time
worker_class = "gthread"
timeout = 30
preload_app = True
# Behind nginx, which holds connections open for 15 seconds (deploy/nginx.conf): the server must be the later one to let go.
keepalive = 20
# What is being answered is finished before a worker ends; systemd waits longer than this (deploy/vyrak.service).
graceful_timeout = 15
# A worker makes room for a fresh one now and then, each at another time, lest a leak in a library grow for months.
max_requests = 200_000
max_requests_jitter = 50_000
# The sign of life of each worker is a file; a slow disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
# Nobody steers a running server but systemd.
control_socket_disable = True
# Readers can be punished for reading: no access log, no address in any line.
accesslog = None
errorlog = "-"
loglevel = "warning"
logger_class = Quiet
limit_request_line = 4094
limit_request_fields = 50


def post_worker_init(worker: Any) -> None:
    """All that was loaded stays as long as the worker: looked through for garbage now and then, it costs a reader 60 ms."""
    gc.collect()
    gc.freeze()
