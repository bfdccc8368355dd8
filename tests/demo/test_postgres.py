"""The private PostgreSQL: what is in it, who may do what, and that nothing of it stays behind."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2
import pytest

from tests.patience import comes_true
from webapp.demo import throw_away
from webapp.demo.postgres import DemoPostgres

KILLED_PARENT = """
import sys, time
from webapp.demo.postgres import DemoPostgres
with DemoPostgres() as server:
    print(server.pid, flush=True)
    time.sleep(60)
"""


def run(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def wait_until_gone(pid: int) -> bool:
    return comes_true(lambda: is_gone(pid))


def test_databases_are_made_once_copied_and_dropped(cluster: DemoPostgres):
    cluster.create_database("first")
    run(cluster.owner_url("first"), "CREATE TABLE things AS SELECT 7 AS amount")
    cluster.create_database("first")
    cluster.create_database("second", template="first")
    assert run(cluster.owner_url("second"), "SELECT amount FROM things") == [(7,)]
    for name in ("first", "second"):
        cluster.drop_database(name)
    names = run(cluster.superuser_url("postgres"), "SELECT datname FROM pg_database")
    assert not {("first",), ("second",)} & set(names)


def test_the_roles_are_plain_and_only_the_owner_makes_tables(cluster: DemoPostgres):
    cluster.create_database("roles")
    rights = run(
        cluster.superuser_url("postgres"),
        "SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname IN ('foyer_owner', 'foyer_app')",
    )
    assert rights == [(False,), (False,)]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        run(cluster.application_url("roles"), "CREATE TABLE mine (id int)")
    cluster.drop_database("roles")


def test_it_listens_where_only_its_owner_may_enter(cluster: DemoPostgres):
    assert run(cluster.superuser_url("postgres"), "SHOW listen_addresses") == [("",)]
    assert cluster.sockets.stat().st_mode & 0o777 == 0o700


def test_stopping_leaves_neither_process_nor_folder():
    with DemoPostgres(is_small=True) as server:
        pid, folders = server.pid, [server.run_folder, server.data.parent]
        assert not is_gone(pid)
        assert all(folder.exists() for folder in folders)
    assert is_gone(pid)
    assert not [folder for folder in folders if folder.exists()]


def test_data_is_in_memory_where_there_is_plenty_and_else_where_temporary_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    memory, disk = tmp_path / "memory", tmp_path / "disk"
    for folder in (memory, disk):
        folder.mkdir()
    monkeypatch.setattr(throw_away, "_MEMORY", memory)
    monkeypatch.setattr(tempfile, "tempdir", str(disk))
    for plenty, expected in ((0, memory), (1 << 62, disk)):
        monkeypatch.setattr(throw_away, "_PLENTY", plenty)
        assert throw_away.make_quick_folder().parent == expected


def test_what_a_process_that_is_gone_has_left_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(throw_away, "_MEMORY", tmp_path)
    monkeypatch.setattr(throw_away, "_PLENTY", 0)
    ours, others = throw_away.make_quick_folder(), throw_away.make_quick_folder()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (others / "pid").write_text(str(ended.pid))

    throw_away.sweep_stale_folders()

    assert [folder for folder in (ours, others) if folder.exists()] == [ours]


def test_what_is_kept_is_there_next_time(tmp_path: Path):
    for expected in ([(1,)], [(2,)]):
        with DemoPostgres(tmp_path / "data") as server:
            server.create_database("kept")
            run(server.owner_url("kept"), "CREATE TABLE IF NOT EXISTS starts (at timestamptz DEFAULT now())")
            run(server.owner_url("kept"), "INSERT INTO starts DEFAULT VALUES")
            assert run(server.owner_url("kept"), "SELECT count(*) FROM starts") == expected


def test_a_killed_parent_takes_the_server_with_it():
    parent = subprocess.Popen([sys.executable, "-c", KILLED_PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.stdout.close()
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert wait_until_gone(pid)
