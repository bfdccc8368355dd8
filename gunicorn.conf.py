"""How gunicorn serves Foyer. The figures come from measurements of slow clients, restarts and smuggled headers."""

import os
import sys
from typing import Any

from gunicorn.http import message

from webapp.config import SettingsProblem, read_settings
from webapp.gateways.identity_provider import warm_up
from webapp.limiting.extension import STORE
from webapp.limiting.stores import announce_store
from webapp.services.worker_signs import end_signs, start_signs

try:
    settings = read_settings()
except SettingsProblem as problem:
    sys.exit(str(problem))  # gunicorn would print a traceback above the list of what to set

memory = "/dev/shm"  # noqa: S108  # gunicorn makes its own file in it, and unlinks it at once

bind = f"0.0.0.0:{settings.port}" if settings.is_production else f"127.0.0.1:{settings.port}"
workers = settings.web_concurrency
worker_class = "gthread"
threads = 8  # as many as a worker has pooled database connections
timeout = 30  # for a worker that stands still: its main thread reports every second, however long requests take
graceful_timeout = 25  # after SIGTERM, for requests in flight; the platform must not kill before (`drainingSeconds`)
keepalive = 75  # longer than a proxy keeps an idle connection (60 s at Railway), or it is closed under a request
worker_tmp_dir = memory if os.access(memory, os.W_OK) else None  # a disk that stalls must not look like a dead worker
# A worker whose memory has grown gives it back now and then. One that keeps the counts to itself must not: it would
# hand everybody a fresh allowance.
max_requests = 0 if settings.counts_in_process else 5000
max_requests_jitter = max_requests // 10  # so that workers do not leave together
# What somebody searched for is in the address, and the answer to a long one is a page of ours. Past 4 KB, or 8 at the
# most, gunicorn would answer with one of its own that has no way on.
message.MAX_REQUEST_LINE = limit_request_line = 16 * 1024
forwarder_headers = ""  # a client's SCRIPT_NAME or PATH_INFO must not rename addresses
control_socket_disable = True  # nobody needs to reach into a worker from beside it
loglevel = "warning"


def post_worker_init(worker: Any) -> None:
    """Called by gunicorn when a worker has its application."""
    announce_store(worker.wsgi.extensions[STORE], settings)
    warm_up(worker.wsgi)
    start_signs(worker.wsgi)


def worker_exit(_server: Any, worker: Any) -> None:
    """Called by gunicorn in a worker that ends, whether or not it ever had its application."""
    if getattr(worker, "wsgi", None) is not None:
        end_signs(worker.wsgi)
