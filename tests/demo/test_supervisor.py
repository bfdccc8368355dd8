"""The whole demo as a process: it gets ready, says why when it cannot, and leaves nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.demo.test_postgres import wait_until_gone
from tests.patience import PATIENCE_SECONDS
from tests.ports import free_ports
from webapp.demo.supervisor import END_WITH_PARENT

ROOT = Path(__file__).parent.parent.parent
READY_SECONDS = 90


class Demo:
    """A demo on ports and in a folder of its own."""

    def __init__(self, folder: Path, command: str = "exec {python} -m webapp.demo", **environment: str) -> None:
        self.port, self.provider_port = free_ports(2)
        ours = {
            **os.environ,
            "PORT": str(self.port),
            "IDP_PORT": str(self.provider_port),
            "FOYER_VAR": str(folder),
            **environment,
        }
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", command.format(python=sys.executable)],
            cwd=ROOT,
            env=ours,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_until_ready(self) -> str:
        """Everything it said up to the line that says it is ready."""
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if "is ready on" in line:
                return said
        raise AssertionError(f"the demo ended with {self.process.wait()}: {said}")

    def ended(self) -> tuple[int, str]:
        """How it ended and what it said; for a demo that is expected to end."""
        said, _ = self.process.communicate(timeout=READY_SECONDS)
        return self.process.returncode, said

    def descendants(self) -> list[int]:
        """Every process it started, and theirs."""
        found, to_ask = [], [self.process.pid]
        while to_ask:
            parent = str(to_ask.pop())
            asked = subprocess.run(["ps", "-o", "pid=", "--ppid", parent], capture_output=True, text=True, check=False)
            children = [int(pid) for pid in asked.stdout.split()]
            found += children
            to_ask += children
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where one demo after another keeps what it has, however the one before it has ended."""
    return tmp_path_factory.mktemp("var")


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def start_one(**environment: str) -> Demo:
        demos.append(Demo(folder, **environment))
        return demos[-1]

    yield start_one
    for demo in demos:
        if demo.process.poll() is None:
            os.kill(demo.process.pid, signal.SIGTERM)
            demo.process.wait(PATIENCE_SECONDS)
        if demo.process.stdout and not demo.process.stdout.closed:
            demo.process.stdout.close()


def test_it_gets_ready_serves_and_refuses_a_second_one(start: Callable[..., Demo], folder: Path):
    demo = start()
    said = demo.wait_until_ready()
    address = f"http://127.0.0.1:{demo.port}"

    assert f"Foyer is ready on {address}/" in said
    assert requests.get(f"{address}/readyz", timeout=PATIENCE_SECONDS).json()["status"] == "ready"
    long = requests.get(f"{address}/nowhere?q={'x' * 10_000}", timeout=PATIENCE_SECONDS)
    assert (long.status_code, "Page not found" in long.text) == (404, True), "a page of ours, not of the server's"
    begun = requests.get(f"{address}/login", allow_redirects=False, timeout=PATIENCE_SECONDS)
    assert begun.headers["Location"].startswith(f"http://localhost:{demo.provider_port}/authorize?")
    assert re.findall(r"0o?([0-7]{3})$", oct((folder / "env").stat().st_mode)) == ["600"]
    listed = subprocess.run(
        ["/bin/sh", "-c", f". {folder}/env && exec {sys.executable} -m flask --app wsgi organisations list"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Odeon Cinemas" in listed.stdout, listed.stderr

    code, complaint = start().ended()
    assert code == 1
    assert complaint.startswith("A demo is already running")
    assert complaint.count("\n") == 1

    children = demo.descendants()
    assert len(children) >= 4
    os.kill(demo.process.pid, signal.SIGTERM)
    assert demo.process.wait(PATIENCE_SECONDS) == 0
    assert all(wait_until_gone(pid) for pid in children)


def test_a_killed_demo_leaves_nothing_behind(start: Callable[..., Demo]):
    demo = start()
    demo.wait_until_ready()
    children = demo.descendants()

    os.kill(demo.process.pid, signal.SIGKILL)
    demo.process.wait()

    assert all(wait_until_gone(pid) for pid in children)


def test_a_killed_make_takes_the_demo_with_it(start: Callable[..., Demo]):
    # As make does, the shell waits for the demo: one more command keeps it from being replaced.
    demo = start(command="{python} -m webapp.demo --end-with-parent; exit 1")
    demo.wait_until_ready()
    children = demo.descendants()

    os.kill(demo.process.pid, signal.SIGKILL)
    demo.process.wait()

    assert len(children) >= 5
    assert all(wait_until_gone(pid) for pid in children)


def test_make_starts_the_demo_so_that_it_ends_with_make():
    assert f"python -m webapp.demo {END_WITH_PARENT}" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("taken", ["PORT", "IDP_PORT"])
def test_a_taken_port_is_named_with_a_way_round(start: Callable[..., Demo], taken: str):
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = somebody.getsockname()[1]
        code, said = start(**{taken: str(port)}).ended()

    assert code == 1
    assert (
        said
        == f"Port {port} is taken. Choose another: {taken}={port + 100 if port < 65_435 else port - 100} make demo\n"
    )


def test_it_refuses_to_run_in_production(start: Callable[..., Demo]):
    code, said = start(FOYER_ENV="production").ended()

    assert code == 1
    assert "refuses to run with FOYER_ENV=production" in said


def test_ctrl_c_in_a_terminal_ends_it_in_order(start: Callable[..., Demo]):
    demo = start()
    demo.wait_until_ready()
    children = demo.descendants()

    os.killpg(demo.process.pid, signal.SIGINT)

    code, said = demo.ended()
    assert code == 0
    assert said.endswith("Foyer has stopped.\n")
    assert all(wait_until_gone(pid) for pid in children)
