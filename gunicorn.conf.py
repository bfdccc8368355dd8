"""How gunicorn serves Foyer. The figures come from measurements of slow clients, restarts and smuggled headers."""

import sys

from webapp.config import SettingsProblem, read_settings

try:
    settings = read_settings()
except SettingsProblem as problem:
    sys.exit(str(problem))  # gunicorn would print a traceback above the list of what to set

bind = f"0.0.0.0:{settings.port}" if settings.is_production else f"127.0.0.1:{settings.port}"
workers = settings.web_concurrency
worker_class = "gthread"
threads = 8  # as many as a worker has pooled database connections
timeout = 30
graceful_timeout = 20
# A worker whose memory has grown gives it back now and then. One that keeps the counts to itself must not: it would
# hand everybody a fresh allowance.
max_requests = 0 if settings.counts_in_process else 5000
max_requests_jitter = max_requests // 10  # so that workers do not leave together
forwarder_headers = ""  # a client's SCRIPT_NAME or PATH_INFO must not rename addresses
control_socket_disable = True  # nobody needs to reach into a worker from beside it
loglevel = "warning"
