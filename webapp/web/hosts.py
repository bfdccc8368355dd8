"""Which host a request may be for: BASE_URL's, and for health checks the platform's own.

Flask's TRUSTED_HOSTS is not used: it compares letter for letter, so that `FOYER.EXAMPLE` is refused, it lets any port
pass, and it knows no host that is good for two addresses only.
"""

import functools
import logging

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

from webapp.config import ANY_HOST, Settings
from webapp.origins import is_host, origin
from webapp.web.error_pages import page
from webapp.web.proxies import ASKED_HOST

log = logging.getLogger(__name__)

HEALTH_CHECKS = frozenset({"status.healthz", "status.readyz", "status.metrics"})


def init_hosts(app: Flask) -> None:
    """Has to be called before whatever asks the database or counts: a request that is not for us costs neither."""
    app.before_request(refuse_other_hosts)


def refuse_other_hosts() -> ResponseReturnValue | None:
    """Static files are the same for every host, and the page that refuses the others needs them."""
    settings: Settings = current_app.config["SETTINGS"]
    host = request.environ.get(ASKED_HOST, "")
    if request.endpoint == "static" or is_ours(host, settings.base_url) or is_health_check(host, settings):
        return None
    log.info("request for another host refused", extra={"path": request.path})
    return page(400, "Not our host", template="errors/wrong_host.html", base_url=settings.base_url)


@functools.lru_cache(maxsize=256)  # nearly every request says the same
def is_ours(host: str, base_url: str) -> bool:
    """Whether a browser that shows BASE_URL sends this. A missing host is nobody's."""
    scheme = base_url.partition("://")[0]
    return is_host(host) and origin(scheme, host) == base_url


def is_health_check(host: str, settings: Settings) -> bool:
    """On the addresses for machines alone, whose answers hold no link and are the same for everybody."""
    if request.endpoint not in HEALTH_CHECKS or settings.health_check_host is None:
        return False
    name = host.lower().rpartition(":")[0] if ":" in host and not host.endswith("]") else host.lower()
    return settings.health_check_host in (ANY_HOST, name, host.lower())
