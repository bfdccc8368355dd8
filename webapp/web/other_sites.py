"""Forms of other sites, refused by what the browser itself says about where they come from, whatever their token.

The second lock, before that of the CSRF token, for the day a token leaks or a view is exempted by mistake. Browsers
send `Origin` with every form, and `Sec-Fetch-Site` since 2020 (Safari since 2023); no page can change either.

Let through to the token, which then decides alone:

* neither header: old browsers, and programs, which no other site can make post with a person's cookies;
* `Origin: null`: what browsers say of our own forms too where a privacy mode withholds the Referer, and otherwise of
  sandboxed frames and local files, which have no token;
* `Sec-Fetch-Site: none`: somebody's own doing, such as sending a form again from a restored tab.
"""

import logging

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

from webapp.config import Settings
from webapp.web.error_pages import page

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OUR_SITES = frozenset({None, "same-origin", "none"})


def init_other_sites(app: Flask) -> None:
    """Has to be called before what reads a body, and after the limiter, so that attempts count."""
    app.before_request(refuse_other_sites)


def refuse_other_sites() -> ResponseReturnValue | None:
    """What leads nowhere is left to the pages that say so."""
    if request.method in SAFE_METHODS or request.endpoint is None:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    is_from_us = request.headers.get("Sec-Fetch-Site") in _OUR_SITES
    if is_from_us and request.headers.get("Origin") in (None, "null", settings.base_url):
        return None
    log.warning("form of another site refused", extra={"path": request.path, "fetch_metadata": not is_from_us})
    return page(403, "Sent from another site", template="errors/other_site.html")
