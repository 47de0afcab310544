"""How the dashboard is served: a production server, and no log of who read what."""

import gc
from typing import Any

bind = "127.0.0.1:8050"
workers = 2
threads = 8
worker_class = "gthread"
timeout = 30
preload_app = True
# Readers can be punished for reading: no access log, no address in any line.
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 4094
limit_request_fields = 50


def post_worker_init(worker: Any) -> None:
    """All that was loaded stays as long as the worker: looked through for garbage now and then, it costs a reader 60 ms."""
    gc.collect()
    gc.freeze()
