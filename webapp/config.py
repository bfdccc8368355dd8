"""Settings: read once from the environment, typed, and refused early with every problem in one message.

This is the only module that reads the environment. A setting that is missing or malformed stops the process when it
starts, never a request later; the refusal names each setting and says what it should be.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from webapp.setting_readers import (
    ANY_HOST,
    DEVELOPMENT_SECRET,
    LOOPBACK_HOSTS,
    UNNAMED_RELEASE,
    Environment,
    LimitsMode,
    Reader,
    SettingsProblem,
    read_base_url,
    read_database_url,
    read_environment,
    read_health_check_host,
    read_issuer,
    read_limits_mode,
    read_log_level,
    read_release,
    read_secret_key,
    read_secret_key_fallbacks,
    read_storage_uri,
    read_support_contact,
    with_driver,
)

__all__ = [
    "ANY_HOST",
    "DEVELOPMENT_SECRET",
    "LOOPBACK_HOSTS",
    "UNNAMED_RELEASE",
    "Environment",
    "LimitsMode",
    "Reader",
    "Settings",
    "SettingsProblem",
    "environment_for_child",
    "environment_for_postgres",
    "read_environment",
    "read_settings",
    "reader_of",
    "with_driver",
]


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
    release: str = UNNAMED_RELEASE
    platform_admin_claim: str | None = None
    shown: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Each setting by its name in the environment, with what may be shown of it."""

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


def reader_of(environ: Mapping[str, str] | None) -> Reader:
    """A reader of this process's environment, unless another mapping is given."""
    return Reader(os.environ if environ is None else environ)


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process, from `os.environ` unless another mapping is given.

    Raises SettingsProblem with every missing or malformed setting at once.
    """
    reader = reader_of(environ)
    environment = read_environment(reader)
    database_url = read_database_url(reader, "DATABASE_URL", required=True)
    settings = Settings(
        environment=environment,
        base_url=read_base_url(reader, environment),
        database_url=database_url,
        owner_database_url=read_database_url(reader, "OWNER_DATABASE_URL") or database_url,
        secret_key=read_secret_key(reader, environment),
        secret_key_fallbacks=read_secret_key_fallbacks(reader, environment),
        auth0_domain=reader.text("AUTH0_DOMAIN"),
        oidc_issuer=read_issuer(reader, environment),
        oidc_client_id=reader.required("AUTH0_CLIENT_ID", "the client id of Foyer's application at the provider"),
        oidc_client_secret=reader.required("AUTH0_CLIENT_SECRET", "the client secret that belongs to it"),
        support_contact=read_support_contact(reader),
        limits_mode=read_limits_mode(reader),
        address_limit_per_hour=reader.whole("ADDRESS_LIMIT_PER_HOUR", 1_200, 1, 1_000_000),
        address_burst_limit=reader.whole("ADDRESS_BURST_LIMIT", 120, 1, 1_000_000),
        sign_in_starts_per_minute=reader.whole("SIGN_IN_STARTS_PER_MINUTE", 30, 1, 1_000_000),
        ratelimit_storage_uri=read_storage_uri(reader),
        trusted_proxy_hops=reader.whole("TRUSTED_PROXY_HOPS", 0, 0, 10),
        health_check_host=read_health_check_host(reader),
        metrics_token=reader.text("METRICS_TOKEN"),
        log_level=read_log_level(reader),
        port=reader.whole("PORT", 8000, 1, 65_535),
        web_concurrency=reader.whole("WEB_CONCURRENCY", 1, 1, 64),
        release=read_release(reader),
        platform_admin_claim=reader.text("PLATFORM_ADMIN_CLAIM"),
        shown=reader.shown,
    )
    if settings.address_burst_limit > settings.address_limit_per_hour:
        reader.refuse("ADDRESS_BURST_LIMIT must not be above ADDRESS_LIMIT_PER_HOUR")
    if reader.problems:
        raise SettingsProblem(reader.problems)
    return settings


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
