"""How each setting is read out of the environment, and what is wrong with it where something is.

Plain functions on a mapping: which settings there are, and where they come from, is for `webapp.config` to say.
"""

import enum
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from webapp.origins import is_host, origin_of

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
SHORTEST_SECRET = 32
RAILWAY_HEALTH_CHECK_HOST = "healthcheck.railway.app"
ANY_HOST = "*"
UNNAMED_RELEASE = "an unnamed release"
DEVELOPMENT_SECRET = "development-only-secret-key-never-for-production"  # noqa: S105  # refused in production below
HIDDEN = frozenset(
    {
        *("DATABASE_URL", "OWNER_DATABASE_URL", "RATELIMIT_STORAGE_URI"),  # may hold a password
        *("SECRET_KEY", "SECRET_KEY_FALLBACKS", "AUTH0_CLIENT_SECRET", "METRICS_TOKEN"),
    }
)
"""Settings whose values are shown to nobody."""


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


class Reader:
    """Takes settings out of a mapping one by one and remembers what was wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []
        self.shown: dict[str, str] = {}
        """What was looked for, with what may be shown of it."""

    def text(self, name: str, default: str | None = None) -> str | None:
        value = self.environ.get(name, "").strip()
        self.shown[name] = ("set, and not shown" if name in HIDDEN else value) if value else "not set"
        return value or default

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


def read_database_url(reader: Reader, name: str, *, required: bool = False) -> str:
    value = reader.required(name, "postgresql://user:password@host/database") if required else reader.text(name)
    if not value:
        return ""
    url = with_driver(value)
    if not url.startswith("postgresql+psycopg2://"):
        reader.refuse(f"{name} must be a PostgreSQL address, such as postgresql://user:password@host/database")
        return ""
    return url


def read_secret_key(reader: Reader, environment: Environment) -> str:
    value = reader.text("SECRET_KEY")
    if environment is not Environment.PRODUCTION:
        return value or DEVELOPMENT_SECRET
    if value is None:
        reader.refuse("SECRET_KEY is missing: a random text of 32 characters or more that stays the same")
    elif value == DEVELOPMENT_SECRET or len(value) < SHORTEST_SECRET:
        reader.refuse("SECRET_KEY must be a random text of 32 characters or more, and not the development one")
    return value or ""


def read_secret_key_fallbacks(reader: Reader, environment: Environment) -> tuple[str, ...]:
    """Earlier keys. What one of them signed is believed, so a weak one is as bad as a weak SECRET_KEY."""
    keys = tuple(filter(None, map(str.strip, (reader.text("SECRET_KEY_FALLBACKS") or "").split(","))))
    is_weak = any(key == DEVELOPMENT_SECRET or len(key) < SHORTEST_SECRET for key in keys)
    if is_weak and environment is Environment.PRODUCTION:
        reader.refuse("SECRET_KEY_FALLBACKS must hold earlier keys of 32 characters or more, separated by commas")
    return keys


def read_base_url(reader: Reader, environment: Environment) -> str:
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


def read_health_check_host(reader: Reader) -> str | None:
    value = (reader.text("HEALTH_CHECK_HOST") or RAILWAY_HEALTH_CHECK_HOST).lower()
    if value != ANY_HOST and not is_host(value):
        reader.refuse(f"HEALTH_CHECK_HOST must be a host name, or * for any, not {value!r}")
    return value


def read_issuer(reader: Reader, environment: Environment) -> str:
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


def read_support_contact(reader: Reader) -> str | None:
    value = reader.text("SUPPORT_CONTACT")
    if value and not (value.startswith(("https://", "http://", "mailto:")) or re.fullmatch(r"[^@\s]+@[^@\s]+", value)):
        reader.refuse(f"SUPPORT_CONTACT must be an e-mail address or a web address, not {value!r}")
    return value


def read_limits_mode(reader: Reader) -> LimitsMode:
    value = reader.text("FOYER_LIMITS_MODE") or LimitsMode.ENFORCE.value
    try:
        return LimitsMode(value)
    except ValueError:
        reader.refuse(f"FOYER_LIMITS_MODE must be enforce or shadow, not {value!r}")
        return LimitsMode.ENFORCE


def read_storage_uri(reader: Reader) -> str | None:
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


def read_release(reader: Reader) -> str:
    """What this build is called: by whoever deploys it, or by the commit that Railway deploys."""
    name = reader.text("FOYER_RELEASE") or (reader.text("RAILWAY_GIT_COMMIT_SHA") or "")[:12]
    return name[:60] or UNNAMED_RELEASE


def read_log_level(reader: Reader) -> str:
    value = (reader.text("LOG_LEVEL") or "INFO").upper()
    if value not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        reader.refuse(f"LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR, not {value!r}")
    return value
