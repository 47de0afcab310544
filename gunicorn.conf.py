"""How the dashboard is served: a production server, and no log of who read what."""

bind = "127.0.0.1:8050"
workers = 2
threads = 24  # most of them wait: components/limits.py lets two make answers at the same time
worker_class = "gthread"
timeout = 30
preload_app = True
# Readers can be punished for reading: no access log, no address in any line.
accesslog = None
errorlog = "-"
loglevel = "warning"
limit_request_line = 4094
limit_request_fields = 50
