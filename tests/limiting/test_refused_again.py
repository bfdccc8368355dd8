"""Repeated refusals on a small application: answered from memory, and never for longer than the limit holds."""

import uuid

import pytest

from tests.limiting.small_app import statuses, visitor
from webapp.limiting.extension import REFUSALS, STORE


def test_a_repeated_refusal_is_answered_from_memory_and_counted_as_refused(build, monkeypatch):
    client = build(visitor())
    statuses(client, "/dashboard", 4)
    store = client.application.extensions[STORE]
    monkeypatch.setattr(store, "hit", None)  # whoever asks it now fails

    client.application.extensions["clock"].now += 20
    refused = client.get("/dashboard")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "41")
    assert refused.headers["RateLimit"] == '"hour";r=3;t=1780, "burst";r=0;t=41'
    (usage,) = client.application.extensions[REFUSALS].collect()
    assert (usage.used, usage.refused) == (0, 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"burst_override": 4, "limits_version": 2},
        {"hour_override": None, "burst_override": None, "limits_version": 2},
        {"rate_limit_enabled": False, "limits_version": 2},
        {"limits_shadow": True},
    ],
    ids=["raised", "cleared", "not enforced", "on trial"],
)
def test_a_remembered_refusal_does_not_outlast_the_limit(build, changed: dict[str, object]):
    client = build(visitor())
    assert statuses(client, "/dashboard", 5)[-2:] == [429, 429]

    client.application.extensions["who"] = visitor(**changed)
    assert statuses(client, "/dashboard", 1) == [200]


def test_a_reset_is_felt_where_the_refusal_is_remembered(build):
    client = build(visitor())
    statuses(client, "/dashboard", 5)
    client.application.extensions[STORE].forget("organisation:" + str(uuid.UUID(int=7)))
    assert statuses(client, "/dashboard", 1) == [429]

    client.application.extensions["who"] = visitor(limits_version=2)
    assert statuses(client, "/dashboard", 4) == [200] * 3 + [429]
