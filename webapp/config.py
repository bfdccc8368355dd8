"""Settings: read once from the environment, typed, and refused early with every problem in one message.

This is the only module that reads the environment. A setting that is missing or malformed stops the process when it
starts, never a request later; the refusal names each setting and says what it should be.
"""

import enum
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from webapp.origins import is_host, origin_of

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
SHORTEST_SECRET = 32
RAILWAY_HEALTH_CHECK_HOST = "healthcheck.railway.app"
ANY_HOST = "*"
DEVELOPMENT_SECRET = "development-only-secret-key-never-for-production"  # noqa: S105  # refused in production below


class Environment(enum.StrEnum):
    PRODUCTION = "production"
    DEVELOPMENT = "development"
    TEST = "test"


class LimitsMode(enum.StrEnum):
    ENFORCE = "enforce"
    SHADOW = "shadow"


class SettingsProblem(Exception):
    """One or more settings are missing or malformed. The text lists every one of them."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Foyer cannot start:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """Everything that differs between deployments. Secrets are left out of `repr`, so a log cannot hold them."""

    environment: Environment
    base_url: str
    database_url: str = field(repr=False)
    owner_database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    auth0_domain: str | None = None
    support_contact: str | None = None
    limits_mode: LimitsMode = LimitsMode.ENFORCE
    address_limit_per_hour: int = 1_200
    address_burst_limit: int = 120
    sign_in_starts_per_minute: int = 30
    ratelimit_storage_uri: str | None = field(default=None, repr=False)
    trusted_proxy_hops: int = 0
    health_check_host: str | None = None
    metrics_token: str | None = field(default=None, repr=False)
    log_level: str = "INFO"
    port: int = 8000
    web_concurrency: int = 1

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def signing_keys(self) -> list[str]:
        """The keys a signature may have been made with, as itsdangerous wants them: it signs with the last one."""
        return [*self.secret_key_fallbacks, self.secret_key]

    @property
    def counts_in_process(self) -> bool:
        """Whether limits are asked to be counted by each process for itself."""
        return urlsplit(self.ratelimit_storage_uri or "").scheme == "memory"

    @property
    def uses_two_roles(self) -> bool:
        """Whether the application's database role is another one than the role that owns the tables."""
        return urlsplit(self.owner_database_url).username != urlsplit(self.database_url).username

    @property
    def has_local_provider(self) -> bool:
        """Whether sign-in is answered by a provider on this machine, as in the demo and in tests."""
        return not self.is_production and urlsplit(self.oidc_issuer).hostname in LOOPBACK_HOSTS

    @property
    def support_address(self) -> str | None:
        """`SUPPORT_CONTACT` as something to link to: an e-mail address becomes a mailto: link."""
        contact = self.support_contact
        return f"mailto:{contact}" if contact and "@" in contact and ":" not in contact else contact


class Reader:
    """Takes settings out of a mapping one by one and remembers what was wrong with them."""

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        self.environ = os.environ if environ is None else environ
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str | None:
        return self.environ.get(name, "").strip() or default

    def required(self, name: str, hint: str) -> str:
        value = self.text(name)
        if value is None:
            self.problems.append(f"{name} is missing: {hint}")
        return value or ""

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            self.problems.append(f"{name} must be a whole number from {least} to {most}, not {value!r}")
            return default
        return int(value)

    def refuse(self, problem: str) -> None:
        self.problems.append(problem)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, from `os.environ` unless another mapping is given.

    Raises SettingsProblem with every missing or malformed setting at once.
    """
    reader = Reader(environ)
    environment = read_environment(reader)
    database_url = _database_url(reader, "DATABASE_URL", required=True)
    settings = Settings(
        environment=environment,
        base_url=_base_url(reader, environment),
        database_url=database_url,
        owner_database_url=_database_url(reader, "OWNER_DATABASE_URL") or database_url,
        secret_key=_secret_key(reader, environment),
        secret_key_fallbacks=_secret_key_fallbacks(reader, environment),
        auth0_domain=reader.text("AUTH0_DOMAIN"),
        oidc_issuer=_issuer(reader, environment),
        oidc_client_id=reader.required("AUTH0_CLIENT_ID", "the client id of Foyer's application at the provider"),
        oidc_client_secret=reader.required("AUTH0_CLIENT_SECRET", "the client secret that belongs to it"),
        support_contact=_support_contact(reader),
        limits_mode=_limits_mode(reader),
        address_limit_per_hour=reader.whole("ADDRESS_LIMIT_PER_HOUR", 1_200, 1, 1_000_000),
        address_burst_limit=reader.whole("ADDRESS_BURST_LIMIT", 120, 1, 1_000_000),
        sign_in_starts_per_minute=reader.whole("SIGN_IN_STARTS_PER_MINUTE", 30, 1, 1_000_000),
        ratelimit_storage_uri=_storage_uri(reader),
        trusted_proxy_hops=reader.whole("TRUSTED_PROXY_HOPS", 0, 0, 10),
        health_check_host=_health_check_host(reader),
        metrics_token=reader.text("METRICS_TOKEN"),
        log_level=_log_level(reader),
        port=reader.whole("PORT", 8000, 1, 65_535),
        web_concurrency=reader.whole("WEB_CONCURRENCY", 1, 1, 64),
    )
    if settings.address_burst_limit > settings.address_limit_per_hour:
        reader.refuse("ADDRESS_BURST_LIMIT must not be above ADDRESS_LIMIT_PER_HOUR")
    if reader.problems:
        raise SettingsProblem(reader.problems)
    return settings


def with_driver(url: str) -> str:
    """A PostgreSQL address as SQLAlchemy 2.1 needs it: hosts hand out `postgres://`, and a bare `postgresql://` would
    mean another driver than psycopg2."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg2://{rest}" if separator and scheme in ("postgres", "postgresql") else url


def read_environment(reader: Reader) -> Environment:
    """`FOYER_ENV`."""
    name = reader.text("FOYER_ENV") or Environment.DEVELOPMENT.value
    try:
        return Environment(name)
    except ValueError:
        reader.refuse(f"FOYER_ENV must be production, development or test, not {name!r}")
        return Environment.PRODUCTION  # the strictest rules for everything that is read after this


def _database_url(reader: Reader, name: str, *, required: bool = False) -> str:
    value = reader.required(name, "postgresql://user:password@host/database") if required else reader.text(name)
    if not value:
        return ""
    url = with_driver(value)
    if not url.startswith("postgresql+psycopg2://"):
        reader.refuse(f"{name} must be a PostgreSQL address, such as postgresql://user:password@host/database")
        return ""
    return url


def _secret_key(reader: Reader, environment: Environment) -> str:
    value = reader.text("SECRET_KEY")
    if environment is not Environment.PRODUCTION:
        return value or DEVELOPMENT_SECRET
    if value is None:
        reader.refuse("SECRET_KEY is missing: a random text of 32 characters or more that stays the same")
    elif value == DEVELOPMENT_SECRET or len(value) < SHORTEST_SECRET:
        reader.refuse("SECRET_KEY must be a random text of 32 characters or more, and not the development one")
    return value or ""


def _secret_key_fallbacks(reader: Reader, environment: Environment) -> tuple[str, ...]:
    """Earlier keys. What one of them signed is believed, so a weak one is as bad as a weak SECRET_KEY."""
    keys = tuple(filter(None, map(str.strip, (reader.text("SECRET_KEY_FALLBACKS") or "").split(","))))
    is_weak = any(key == DEVELOPMENT_SECRET or len(key) < SHORTEST_SECRET for key in keys)
    if is_weak and environment is Environment.PRODUCTION:
        reader.refuse("SECRET_KEY_FALLBACKS must hold earlier keys of 32 characters or more, separated by commas")
    return keys


def _base_url(reader: Reader, environment: Environment) -> str:
    value = reader.text("BASE_URL")
    if value is None and environment is not Environment.PRODUCTION:
        return f"http://127.0.0.1:{reader.text('PORT', '8000')}"
    if value is None:
        reader.refuse("BASE_URL is missing: the address people use, such as https://foyer.example")
        return ""
    schemes = ("https",) if environment is Environment.PRODUCTION else ("http", "https")
    origin = origin_of(value)
    if origin is None or not origin.startswith(tuple(f"{scheme}://" for scheme in schemes)):
        reader.refuse(f"BASE_URL must be {' or '.join(schemes)}://host without a path, not {value!r}")
        return ""
    return origin


def _health_check_host(reader: Reader) -> str | None:
    value = (reader.text("HEALTH_CHECK_HOST") or RAILWAY_HEALTH_CHECK_HOST).lower()
    if value != ANY_HOST and not is_host(value):
        reader.refuse(f"HEALTH_CHECK_HOST must be a host name, or * for any, not {value!r}")
    return value


def _issuer(reader: Reader, environment: Environment) -> str:
    """The provider's exact issuer. An Auth0 tenant's always ends in a slash; any other is kept letter for letter."""
    domain, issuer = reader.text("AUTH0_DOMAIN"), reader.text("OIDC_ISSUER")
    if domain is not None and issuer is not None:
        reader.refuse("AUTH0_DOMAIN and OIDC_ISSUER are both set: choose one")
    if domain is not None:
        if not re.fullmatch(r"[A-Za-z0-9.-]+", domain):
            reader.refuse(f"AUTH0_DOMAIN must be a host name such as tenant.eu.auth0.com, not {domain!r}")
        return f"https://{domain.lower()}/"
    if issuer is None:
        reader.refuse("AUTH0_DOMAIN (an Auth0 tenant) or OIDC_ISSUER (any OpenID provider) is missing")
        return ""
    parts = urlsplit(issuer)
    plain_allowed = environment is not Environment.PRODUCTION and parts.hostname in LOOPBACK_HOSTS
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and plain_allowed)):
        reader.refuse(f"OIDC_ISSUER must be an https:// address, not {issuer!r}")
    return issuer


def _support_contact(reader: Reader) -> str | None:
    value = reader.text("SUPPORT_CONTACT")
    if value and not (value.startswith(("https://", "http://", "mailto:")) or re.fullmatch(r"[^@\s]+@[^@\s]+", value)):
        reader.refuse(f"SUPPORT_CONTACT must be an e-mail address or a web address, not {value!r}")
    return value


def _limits_mode(reader: Reader) -> LimitsMode:
    value = reader.text("FOYER_LIMITS_MODE") or LimitsMode.ENFORCE.value
    try:
        return LimitsMode(value)
    except ValueError:
        reader.refuse(f"FOYER_LIMITS_MODE must be enforce or shadow, not {value!r}")
        return LimitsMode.ENFORCE


def _storage_uri(reader: Reader) -> str | None:
    value = reader.text("RATELIMIT_STORAGE_URI")
    try:
        parts = urlsplit(value or "")
        is_known = parts.scheme == "memory" or (parts.scheme in ("redis", "rediss") and parts.port != 0)
    except ValueError:  # a port that is no number
        is_known = False
    if value and not is_known:
        reader.refuse("RATELIMIT_STORAGE_URI must be redis:// or rediss://, memory:// for one process, or left out")
        return None
    return value


def _log_level(reader: Reader) -> str:
    value = (reader.text("LOG_LEVEL") or "INFO").upper()
    if value not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        reader.refuse(f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {value!r}")
    return value


def environment_for_postgres(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a private PostgreSQL: without libpq's own settings and without a locale, which may name one
    that is not installed here."""
    inherited = os.environ if environ is None else environ
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith(("LC_", "PG")) and name not in ("LANG", "LANGUAGE")
    }
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def environment_for_child(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that the demo starts: this one's, without settings that could lead it to somebody
    else's database or provider, and with these."""
    ours = frozenset({"AUTH0_DOMAIN", "OIDC_ISSUER", "SECRET_KEY_FALLBACKS", "TRUSTED_PROXY_HOPS", "FLASK_APP"})
    return {**{name: value for name, value in os.environ.items() if name not in ours}, **changes}
