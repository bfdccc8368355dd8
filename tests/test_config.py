"""Settings: read once, every problem in one message, and nothing secret in sight."""

import pytest

from webapp.config import DEVELOPMENT_SECRET, Environment, LimitsMode, Settings, SettingsProblem, read_settings

PRODUCTION = {
    "FOYER_ENV": "production",
    "BASE_URL": "https://foyer.example",
    "DATABASE_URL": "postgresql://foyer_app:the-password@db.example/foyer",
    "SECRET_KEY": "a-secret-key-that-only-the-tests-know",
    "AUTH0_DOMAIN": "tenant.eu.auth0.example",
    "AUTH0_CLIENT_ID": "foyer",
    "AUTH0_CLIENT_SECRET": "a-client-secret-that-only-the-tests-know",
}
DEVELOPMENT = {
    "DATABASE_URL": "postgresql://foyer@/foyer",
    "OIDC_ISSUER": "http://localhost:8001/",
    "AUTH0_CLIENT_ID": "foyer",
    "AUTH0_CLIENT_SECRET": "a-client-secret-that-only-the-tests-know",
}

OLD_KEY, OLDER_KEY = "the-key-before-that-only-the-tests-know", "the-key-before-that-one-of-the-tests-too"


def read(base: dict[str, str], **changed: str | None) -> Settings:
    """The settings of an environment with these names changed, or taken out where they are None."""
    return read_settings({name: value for name, value in {**base, **changed}.items() if value is not None})


def problems(base: dict[str, str], **changed: str | None) -> list[str]:
    with pytest.raises(SettingsProblem) as refusal:
        read(base, **changed)
    return refusal.value.problems


def test_production_is_read_whole():
    settings = read(PRODUCTION)

    assert settings.environment is Environment.PRODUCTION
    assert settings.oidc_issuer == "https://tenant.eu.auth0.example/"
    assert settings.owner_database_url == settings.database_url
    assert not settings.has_local_provider
    assert settings.limits_mode is LimitsMode.ENFORCE
    assert (settings.address_limit_per_hour, settings.address_burst_limit) == (1_200, 120)


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(SettingsProblem) as refusal:
        read_settings({"FOYER_ENV": "production", "PORT": "eighty", "LOG_LEVEL": "LOUD", "FOYER_LIMITS_MODE": "off"})

    names = [problem.split()[0] for problem in refusal.value.problems]
    assert sorted(names) == [
        "AUTH0_CLIENT_ID",
        "AUTH0_CLIENT_SECRET",
        "AUTH0_DOMAIN",
        "BASE_URL",
        "DATABASE_URL",
        "FOYER_LIMITS_MODE",
        "LOG_LEVEL",
        "PORT",
        "SECRET_KEY",
    ]
    text = str(refusal.value)
    assert text.startswith("Foyer cannot start:\n  - ")
    assert all(f"  - {problem}" in text for problem in refusal.value.problems)


@pytest.mark.parametrize("name", ["prod", "PRODUCTION", "staging"])
def test_an_unknown_environment_is_refused_and_held_to_the_strictest_rules(name: str):
    told = problems(DEVELOPMENT, FOYER_ENV=name)

    assert f"FOYER_ENV must be production, development or test, not {name!r}" in told
    assert any(problem.startswith("SECRET_KEY is missing") for problem in told)


@pytest.mark.parametrize(
    "missing", ["BASE_URL", "DATABASE_URL", "SECRET_KEY", "AUTH0_DOMAIN", "AUTH0_CLIENT_ID", "AUTH0_CLIENT_SECRET"]
)
@pytest.mark.parametrize("value", [None, "", "   "], ids=["unset", "empty", "blank"])
def test_production_needs_each_of_its_settings(missing: str, value: str | None):
    told = problems(PRODUCTION, **{missing: value})

    assert len(told) == 1
    assert told[0].startswith(missing)
    assert "is missing" in told[0]


@pytest.mark.parametrize("secret", ["short", "x" * 31, DEVELOPMENT_SECRET], ids=["short", "31 characters", "default"])
def test_a_secret_key_that_can_be_guessed_is_refused_in_production(secret: str):
    assert problems(PRODUCTION, SECRET_KEY=secret) == [
        "SECRET_KEY must be a random text of 32 characters or more, and not the development one"
    ]


def test_development_needs_no_secret_key_and_no_address():
    settings = read(DEVELOPMENT, PORT="8123")

    assert settings.environment is Environment.DEVELOPMENT
    assert settings.secret_key == DEVELOPMENT_SECRET
    assert settings.base_url == "http://127.0.0.1:8123"
    assert settings.has_local_provider


def test_the_provider_is_an_auth0_tenant_or_another_and_not_both():
    assert read(PRODUCTION, AUTH0_DOMAIN=None, OIDC_ISSUER="https://id.example").oidc_issuer == "https://id.example"
    assert problems(PRODUCTION, OIDC_ISSUER="https://id.example/") == [
        "AUTH0_DOMAIN and OIDC_ISSUER are both set: choose one"
    ]


@pytest.mark.parametrize("domain", ["https://tenant.eu.auth0.com", "tenant.eu.auth0.com/", "tenant eu"])
def test_an_auth0_domain_is_a_host_name(domain: str):
    assert problems(PRODUCTION, AUTH0_DOMAIN=domain)[0].startswith("AUTH0_DOMAIN must be a host name")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "http://foyer.example"),
        ("BASE_URL", "foyer.example"),
        ("BASE_URL", "https://foyer.example/app"),
        ("BASE_URL", "https://foyer.example?a=1"),
        ("BASE_URL", "https://foyer.example/#a"),
        ("BASE_URL", "https://somebody@foyer.example"),
        ("BASE_URL", "https://föyer.example"),
        ("BASE_URL", "https://foyer .example"),
        ("BASE_URL", "https://foyer.example:https"),
        ("BASE_URL", "https://[foyer.example"),
        ("BASE_URL", "https://"),
        ("OIDC_ISSUER", "http://id.example/"),
        ("OIDC_ISSUER", "http://localhost:8001/"),
        ("OIDC_ISSUER", "id.example"),
    ],
)
def test_production_speaks_https_alone(name: str, value: str):
    changed = {"AUTH0_DOMAIN": None, "OIDC_ISSUER": "https://id.example/", name: value}

    told = problems(PRODUCTION, **changed)

    assert len(told) == 1
    assert told[0].startswith(name)
    assert "https" in told[0]


def test_development_may_ask_a_provider_of_this_machine_without_https_and_no_other():
    read(DEVELOPMENT, OIDC_ISSUER="http://127.0.0.1:8001/")
    assert problems(DEVELOPMENT, OIDC_ISSUER="http://id.example/") == [
        "OIDC_ISSUER must be an https:// address, not 'http://id.example/'"
    ]


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ("https://Foyer.Example/", "https://foyer.example"),
        ("HTTPS://foyer.example", "https://foyer.example"),
        ("https://foyer.example:443", "https://foyer.example"),
        ("https://foyer.example:80", "https://foyer.example:80"),
        ("https://foyer.example:8443/", "https://foyer.example:8443"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_the_base_url_is_spelt_as_browsers_spell_an_origin(given: str, read_as: str):
    assert read(PRODUCTION, BASE_URL=given).base_url == read_as


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        (None, "healthcheck.railway.app"),
        ("Health.Example", "health.example"),
        ("10.0.0.7:8000", "10.0.0.7:8000"),
        ("[fd00::7]", "[fd00::7]"),
        ("*", "*"),
    ],
)
def test_health_checks_may_ask_for_a_host_of_their_own(given: str | None, read_as: str):
    assert read(PRODUCTION, HEALTH_CHECK_HOST=given).health_check_host == read_as


@pytest.mark.parametrize("host", ["https://health.example", "health.example/healthz", "a, b", "*.example"])
def test_a_health_checks_host_is_a_host(host: str):
    assert problems(PRODUCTION, HEALTH_CHECK_HOST=host)[0].startswith("HEALTH_CHECK_HOST must be a host name, or *")


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "a few", "1000001", "²"])
@pytest.mark.parametrize("name", ["ADDRESS_LIMIT_PER_HOUR", "ADDRESS_BURST_LIMIT"])
def test_the_limits_of_an_address_are_whole_numbers(name: str, value: str):
    assert any(problem.startswith(name) for problem in problems(PRODUCTION, **{name: value}))


def test_an_address_cannot_burst_past_its_hour():
    assert read(PRODUCTION, ADDRESS_LIMIT_PER_HOUR="120").address_burst_limit == 120
    assert problems(PRODUCTION, ADDRESS_LIMIT_PER_HOUR="119") == [
        "ADDRESS_BURST_LIMIT must not be above ADDRESS_LIMIT_PER_HOUR"
    ]


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg2://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg2://u:p@h/d"),
        ("postgresql+psycopg2://u:p@h/d", "postgresql+psycopg2://u:p@h/d"),
        ("postgres://u:p@h/d?sslmode=require", "postgresql+psycopg2://u:p@h/d?sslmode=require"),
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "OWNER_DATABASE_URL"])
def test_every_spelling_of_a_postgresql_address_is_read(name: str, given: str, read_as: str):
    settings = read(PRODUCTION, **{name: given})

    assert getattr(settings, name.lower()) == read_as


@pytest.mark.parametrize("url", ["sqlite:///foyer.db", "mysql://u@h/d", "postgresql+asyncpg://u@h/d", "db.example"])
@pytest.mark.parametrize("name", ["DATABASE_URL", "OWNER_DATABASE_URL"])
def test_no_other_database_will_do(name: str, url: str):
    assert problems(PRODUCTION, **{name: url})[0].startswith(f"{name} must be a PostgreSQL address")


def test_old_secret_keys_are_a_list_and_the_newest_signs():
    assert read(PRODUCTION).secret_key_fallbacks == ()

    settings = read(PRODUCTION, SECRET_KEY_FALLBACKS=f"{OLD_KEY},, {OLDER_KEY}")
    assert settings.secret_key_fallbacks == (OLD_KEY, OLDER_KEY)
    assert settings.signing_keys == [OLD_KEY, OLDER_KEY, PRODUCTION["SECRET_KEY"]]


@pytest.mark.parametrize("keys", ["short", "x" * 31, DEVELOPMENT_SECRET, f"{'x' * 32},short"])
def test_an_old_secret_key_that_can_be_guessed_is_refused_in_production(keys: str):
    assert problems(PRODUCTION, SECRET_KEY_FALLBACKS=keys) == [
        "SECRET_KEY_FALLBACKS must hold earlier keys of 32 characters or more, separated by commas"
    ]
    assert read(DEVELOPMENT, SECRET_KEY_FALLBACKS="short").secret_key_fallbacks == ("short",)


def test_no_secret_is_in_what_is_printed():
    shown = repr(read(PRODUCTION, SECRET_KEY_FALLBACKS=OLD_KEY))

    for secret in (PRODUCTION["SECRET_KEY"], PRODUCTION["AUTH0_CLIENT_SECRET"], OLD_KEY, "the-password"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("help@foyer.example", "mailto:help@foyer.example"),
        ("mailto:help@foyer.example", "mailto:help@foyer.example"),
        ("https://foyer.example/support", "https://foyer.example/support"),
        (None, None),
    ],
)
def test_whom_to_contact_is_something_to_link_to(contact: str | None, address: str | None):
    assert read(PRODUCTION, SUPPORT_CONTACT=contact).support_address == address


@pytest.mark.parametrize("contact", ["javascript:alert(1)", "the desk downstairs", "a@b@c"])
def test_whom_to_contact_is_an_address(contact: str):
    assert problems(PRODUCTION, SUPPORT_CONTACT=contact)[0].startswith("SUPPORT_CONTACT must be")
