"""The limiter on a small application: what is counted, under which key, and how it is answered."""

import dataclasses
import uuid
from datetime import UTC, datetime

import pytest
from flask import g

from tests.limiting.small_app import SETTINGS, statuses, visitor
from webapp.config import Environment, LimitsMode
from webapp.domain.industries import CATALOGUE, Industry
from webapp.limiting.counts import StoreUnusable
from webapp.limiting.extension import RECORDER, STORE, address_key
from webapp.limiting.local import LocalStore
from webapp.limiting.usage import read_usage


def test_an_organisation_is_held_to_its_own_burst(build):
    client = build(visitor())

    assert statuses(client, "/dashboard", 5) == [200, 200, 200, 429, 429]


def test_everybody_of_an_organisation_shares_its_count_and_another_has_its_own(build):
    client = build(visitor())
    statuses(client, "/dashboard", 3)

    client.application.extensions["who"] = dataclasses.replace(visitor(), user_id=uuid.UUID(int=99))
    assert statuses(client, "/dashboard", 1) == [429]
    client.application.extensions["who"] = visitor(id=uuid.UUID(int=8))
    assert statuses(client, "/dashboard", 1) == [200]


def test_a_stranger_is_counted_by_address(build):
    client = build()

    assert statuses(client, "/dashboard", 5) == [200] * 4 + [429]
    other = client.get("/dashboard", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert other.status_code == 200


def test_addresses_that_lead_nowhere_are_counted_too(build):
    client = build()

    assert statuses(client, "/nowhere", 5) == [404] * 4 + [429]


def test_what_has_to_work_over_the_limit_is_under_the_address_limit_instead(build):
    client = build(visitor())
    statuses(client, "/dashboard", 4)

    assert (
        statuses(client, "/usage", 1) + statuses(client, "/usage.json", 1) + statuses(client, "/logout", 1) == [200] * 3
    )
    assert statuses(client, "/usage", 2) == [200, 429]
    assert statuses(client, "/dashboard", 1) == [429]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_checks_are_never_limited(build, path: str):
    client = build()

    assert set(statuses(client, path, 20)) == {200}
    assert "RateLimit" not in client.get(path).headers


def test_asking_for_the_methods_is_never_limited(build):
    assert set(statuses(build(), "/dashboard", 20, "OPTIONS")) == {200}


def test_a_change_of_policy_bites_on_the_next_request_and_keeps_the_count(build):
    client = build(visitor())
    statuses(client, "/dashboard", 3)

    client.application.extensions["who"] = visitor(hour_override=10, burst_override=5)
    assert statuses(client, "/dashboard", 3) == [200, 200, 429]


def test_an_organisation_whose_limits_are_off_is_counted_and_never_refused(build):
    client = build(visitor(rate_limit_enabled=False))

    assert set(statuses(client, "/dashboard", 9)) == {200}
    with client.application.app_context():
        assert read_usage(uuid.UUID(int=7), visitor().organisation.policy).used_this_hour == 9


def test_shadow_mode_counts_and_refuses_nobody(build):
    client = build(visitor(), dataclasses.replace(SETTINGS, limits_mode=LimitsMode.SHADOW))

    assert set(statuses(client, "/dashboard", 9)) == {200}


def test_the_headers_say_both_limits_and_only_a_refusal_says_when_to_come_back(build):
    client = build(visitor())

    first = client.get("/dashboard")
    assert first.headers["RateLimit-Policy"] == '"hour";q=6;w=3600, "burst";q=3;w=60'
    assert first.headers["RateLimit"] == '"hour";r=5;t=1800, "burst";r=2;t=61'
    assert "Retry-After" not in first.headers
    statuses(client, "/dashboard", 2)
    client.application.extensions["clock"].now += 20

    refused = client.get("/dashboard")
    assert refused.headers["RateLimit"] == '"hour";r=3;t=1780, "burst";r=0;t=41'
    assert refused.headers["Retry-After"] == "41"


def test_the_limit_that_keeps_waiting_for_longer_is_the_one_that_is_named(build):
    client = build(visitor())
    clock = client.application.extensions["clock"]
    statuses(client, "/dashboard", 3)
    clock.now += 61
    statuses(client, "/dashboard", 3)

    with client:
        assert client.get("/dashboard").status_code == 429
        assert (g.limit_decision.name, g.limit_decision.limit, g.limit_decision.used) == ("hour", 6, 6)
        assert g.limit_decision.resets_at == datetime(2026, 5, 1, 15, 0, tzinfo=UTC)
        assert g.limit_decision.source == "Set for this organisation"


def test_a_store_that_fails_stops_no_request_and_is_heard_of_once(build, caplog: pytest.LogCaptureFixture):
    client = build(visitor())

    def fail() -> float:
        raise StoreUnusable from OSError("the store is away")

    client.application.extensions[STORE].clock = fail
    assert set(statuses(client, "/dashboard", 9)) == {200}
    assert "RateLimit" not in client.get("/dashboard").headers
    assert [record.message for record in caplog.records] == ["requests are not counted: the store is unusable"]


@pytest.mark.parametrize(("hour", "burst"), [(0, 0), (-5, -5)])
def test_a_figure_that_makes_no_sense_does_not_mean_no_limit(build, hour: int, burst: int):
    client = build(visitor(hour_override=hour, burst_override=burst))

    assert statuses(client, "/dashboard", 3) == [200, 429, 429]


def test_other_methods_count_too(build):
    client = build(visitor())

    assert statuses(client, "/dashboard", 2, "HEAD") + statuses(client, "/dashboard", 1, "POST") == [200, 200, 405]
    assert statuses(client, "/dashboard", 1) == [429]


def test_a_request_whose_visitor_was_never_looked_up_is_counted_by_address(build):
    client = build(visitor())
    client.application.before_request_funcs[None].pop(0)

    assert statuses(client, "/dashboard", 5) == [200] * 4 + [429]


def test_somebody_in_no_organisation_is_counted_by_address(build):
    client = build(dataclasses.replace(visitor(), organisation=None))

    assert statuses(client, "/dashboard", 5) == [200] * 4 + [429]


def test_a_label_this_build_does_not_know_gets_the_default_limits(build):
    unknown = visitor(industry="spa", plan="gold", hour_override=None, burst_override=None)
    headers = build(unknown).get("/dashboard").headers

    default = CATALOGUE[Industry.DEFAULT]
    assert f'"hour";q={default.requests_per_hour};' in headers["RateLimit-Policy"]


def test_two_applications_in_one_process_count_apart(build):
    one, two = build(), build()
    statuses(one, "/dashboard", 4)

    assert statuses(one, "/dashboard", 1) == [429]
    assert statuses(two, "/dashboard", 1) == [200]
    assert isinstance(one.application.extensions[STORE], LocalStore)


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "address:203.0.113.9"),
        ("2001:db8:0:1:aaaa::1", "address:2001:db8:0:1::/64"),
        ("2001:DB8:0:1::2", "address:2001:db8:0:1::/64"),
        ("::1", "address:::/64"),
        ("::ffff:203.0.113.9", "address:203.0.113.9"),
        ("garbage'; DROP", "address:unreadable"),
        ("", "address:unreadable"),
        (None, "address:unreadable"),
    ],
)
def test_an_address_has_one_spelling(address: str | None, key: str):
    assert address_key(address) == key


def test_an_organisation_on_trial_is_counted_and_never_refused_and_what_would_have_been_is_written(build):
    client = build(visitor(limits_shadow=True))

    assert set(statuses(client, "/dashboard", 9)) == {200}
    (usage,) = client.application.extensions[STORE].collect()
    assert (usage.used, usage.refused, usage.over, usage.breach) == (9, 0, 6, None)


def test_shadow_mode_writes_what_would_have_been_refused(build):
    client = build(visitor(), dataclasses.replace(SETTINGS, limits_mode=LimitsMode.SHADOW))
    statuses(client, "/dashboard", 5)

    (usage,) = client.application.extensions[STORE].collect()
    assert (usage.used, usage.refused, usage.over) == (5, 0, 2)
    assert "Retry-After" not in client.get("/dashboard").headers
    assert set(statuses(build(None, client.application.config["SETTINGS"]), "/nowhere", 9)) == {404}


def test_every_subnet_of_ipv6_is_one_customer(build):
    client = build()
    addresses = [f"2001:db8:0:1:{number:x}::1" for number in range(1, 6)]

    assert [statuses(client, "/dashboard", 1, address=address)[0] for address in addresses] == [200] * 4 + [429]
    assert statuses(client, "/dashboard", 1, address="2001:db8:0:2::1") == [200]


def test_sign_ins_are_limited_where_they_start_and_never_where_they_end(build):
    client = build(visitor(), dataclasses.replace(SETTINGS, sign_in_starts_per_minute=2, address_burst_limit=9))

    assert statuses(client, "/login", 3) == [200, 200, 429]
    refused = client.get("/login")
    assert refused.headers["RateLimit-Policy"] == '"hour";q=9;w=3600, "burst";q=2;w=60'
    assert statuses(client, "/callback", 1) == [200]
    client.application.extensions["who"] = None
    assert statuses(client, "/callback", 5) == [200] * 5
    assert statuses(client, "/login", 1, address="203.0.113.9") == [200]


def test_a_scan_of_unknown_paths_and_wrong_methods_is_limited_and_pages_of_the_limit_are_not_refused(build):
    client = build(visitor())
    scan = [client.get(f"/wp-{number}.php").status_code for number in range(2)]

    assert scan + statuses(client, "/dashboard", 3, "PUT") == [404, 404, 405, 429, 429]
    assert statuses(client, "/usage", 2) + statuses(client, "/usage.json", 2) == [200] * 4
    assert set(statuses(client, "/static/nothing.css", 20)) == {404}
    assert statuses(client, "/healthz", 9) + statuses(client, "/usage", 9, "OPTIONS") == [200] * 18


def test_counts_of_one_process_among_many_are_warned_of_once(build, caplog: pytest.LogCaptureFixture):
    client = build()
    for _ in range(3):
        client.get("/dashboard", environ_overrides={"wsgi.multiprocess": True})

    assert [record.message for record in caplog.records] == [
        "each process counts for itself: limits hold for each of them"
    ]


def test_outside_tests_the_first_request_starts_the_thread_that_writes_usage(build, monkeypatch):
    client = build(None, dataclasses.replace(SETTINGS, environment=Environment.DEVELOPMENT))
    started: list[bool] = []
    monkeypatch.setattr(client.application.extensions[RECORDER], "start", lambda: started.append(True))

    client.get("/healthz")
    assert started == [True]
