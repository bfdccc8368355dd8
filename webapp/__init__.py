"""Foyer: the front door of a multi-industry B2B product."""

from pathlib import Path

from flask import Flask

from webapp.blueprints import register_blueprints
from webapp.cli import init_cli
from webapp.config import Settings, read_settings
from webapp.database import init_database
from webapp.extensions import csrf, migrate
from webapp.gateways.identity_provider import init_identity_provider
from webapp.limiting.extension import init_limiter
from webapp.logs import init_logs
from webapp.web.body_limit import init_body_limit
from webapp.web.error_pages import init_error_pages
from webapp.web.headers import init_headers
from webapp.web.hosts import init_hosts
from webapp.web.looking import init_looking
from webapp.web.other_sites import init_other_sites
from webapp.web.page_context import init_page_context
from webapp.web.page_session import init_page_session
from webapp.web.proxies import init_proxies
from webapp.web.query import init_query
from webapp.web.template_helpers import init_template_helpers
from webapp.web.visitor import init_visitor

ROOT = Path(__file__).parent.parent
ONE_YEAR = 365 * 24 * 3600
LARGEST_BODY = 256 * 1024  # bytes; the largest form is a few hundred
MOST_PARTS = 100  # of a multipart body; the largest form has eight fields


def create_app(settings: Settings | None = None) -> Flask:
    """The application, from the environment unless settings are given. Raises SettingsProblem."""
    settings = settings or read_settings()
    app = Flask("webapp", root_path=str(ROOT), template_folder="templates", static_folder="static")
    configure(app, settings)
    # Views and hooks are plain functions. To look at each of them again for every request is a part of what it costs.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]  # Flask's documented way
    init_page_session(app)

    init_database(app)
    migrate.init_app(app, directory=str(ROOT / "migrations"))
    init_cli(app)

    # Hooks run in this order: reference, host, visitor, limiter, query, other sites, looking, body, CSRF, guard. The
    # limiter's callables read what the visitor hook leaves on `g`, so that hook is registered first.
    init_proxies(app)
    init_logs(app)
    init_hosts(app)
    init_visitor(app)
    init_limiter(app)
    init_query(app)
    init_other_sites(app)
    init_looking(app)
    init_body_limit(app)
    csrf.init_app(app)
    register_blueprints(app)

    init_identity_provider(app)
    init_template_helpers(app)
    init_page_context(app)
    init_headers(app)
    init_error_pages(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Gives Flask and its extensions their settings, in the names they know them by."""
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=MOST_PARTS,
        SEND_FILE_MAX_AGE_DEFAULT=ONE_YEAR,  # static addresses carry a hash of what they lead to
        SESSION_COOKIE_NAME="foyer_page",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_production,
        WTF_CSRF_SECRET_KEY=settings.signing_keys,  # Flask-WTF knows no fallbacks, but hands this on to itsdangerous
        WTF_CSRF_TIME_LIMIT=None,  # a token lives as long as its session, which is renewed at sign-in
        WTF_CSRF_SSL_STRICT=False,  # it would read the Referer, which our own policy withholds from other origins
        PREFERRED_URL_SCHEME="https" if settings.is_production else "http",
    )
