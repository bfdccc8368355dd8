"""Which store a deployment gets, what start-up says of it, and that nothing is asked yet."""

import dataclasses
import logging

import pytest

from tests.limiting.small_app import SETTINGS
from webapp.config import Settings
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.local import LocalStore
from webapp.limiting.stores import announce_store, make_store

APART = "each process counts for itself: limits hold for each of them"


def settings(uri: str | None, workers: int = 1) -> Settings:
    away = "postgresql+psycopg2://nobody@127.0.0.1:1/nothing"
    return dataclasses.replace(SETTINGS, database_url=away, ratelimit_storage_uri=uri, web_concurrency=workers)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.levelno == logging.WARNING]


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        (None, "PostgreSQL"),
        ("redis://127.0.0.1:1/0", "Redis"),
        ("rediss://nobody:nothing@127.0.0.1:1/0", "Redis"),
        ("memory://", "this process alone"),
    ],
)
def test_start_up_says_which_store_is_used_and_does_not_need_it(
    caplog: pytest.LogCaptureFixture, uri: str | None, name: str
):
    caplog.set_level(logging.INFO)

    store = make_store(settings(uri))
    announce_store(store, settings(uri))

    (record,) = caplog.records
    assert (record.message, vars(record)["store"]) == ("limits are counted", name)
    counts = store.hit("address:203.0.113.9", 10, 10, is_enforced=True)
    assert (counts.is_within, counts.is_makeshift) == (True, uri != "memory://")


def test_counting_apart_in_several_workers_is_warned_of(caplog: pytest.LogCaptureFixture):
    apart = settings("memory://", workers=3)
    store = make_store(apart)
    announce_store(store, apart)

    assert isinstance(store, LocalStore)

    assert warnings(caplog) == [APART]


def test_workers_that_count_together_are_not(caplog: pytest.LogCaptureFixture):
    store = make_store(settings(None, workers=3))
    announce_store(store, settings(None, workers=3))

    assert isinstance(store, GuardedStore)
    assert warnings(caplog) == []
    counts = store.hit("address:203.0.113.9", 9, 9, is_enforced=True)
    assert counts.hour_allowed == 3  # a third, while the store is away
