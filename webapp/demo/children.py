"""The processes of the demo: started in sessions of their own, gone with their parent, stopped in reverse order."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # prctl(2)
STOP_SECONDS = 8
LINES_OF_LOG = 15


class ChildFailed(Exception):
    """A process of the demo ended, or did not answer. The text has the last lines of its log."""


class Children:
    """Started in order, stopped in reverse."""

    def __init__(self, log_folder: Path) -> None:
        self.log_folder = log_folder
        self._children: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, command: list[str], environment: Mapping[str, str], given: str = "") -> None:
        """Starts a process that writes to its log; `given` is what it reads from standard input."""
        with (self.log_folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a terminal's Ctrl-C reaches the supervisor, which stops them in order
                preexec_fn=end_with_parent,
            )
        assert child.stdin is not None
        child.stdin.write(given.encode())
        child.stdin.close()
        self._children.append((name, child))

    def run(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Runs a process to its end. Raises ChildFailed when that is not a good one."""
        with (self.log_folder / f"{name}.log").open("ab") as log:
            done = subprocess.run(
                command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        if done.returncode:
            raise ChildFailed(f"{name} ended with {done.returncode}:\n{self._last_lines(name)}")

    def wait_for(self, address: str, seconds: float) -> None:
        """Waits until an address answers 200. Raises ChildFailed when a process ends meanwhile, or after so long."""
        give_up_at = time.monotonic() + seconds
        while time.monotonic() < give_up_at:
            self.check()
            with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2):  # noqa: S310  # our own
                return
            time.sleep(0.05)
        raise ChildFailed(f"{address} did not answer in {seconds:g} seconds. The logs are in {self.log_folder}")

    def check(self) -> None:
        """Raises ChildFailed when one of them has ended."""
        for name, child in self._children:
            if child.poll() is not None:
                raise ChildFailed(f"{name} ended with {child.returncode}:\n{self._last_lines(name)}")

    def stop(self) -> None:
        """Ends them all, the last one first, and waits until they are gone."""
        for _, child in reversed(self._children):
            if child.poll() is None:
                child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()

    def _last_lines(self, name: str) -> str:
        lines = (self.log_folder / f"{name}.log").read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LINES_OF_LOG:])


def end_with_parent() -> None:
    """Linux tells this process when its parent was killed; elsewhere a killed demo leaves children to be ended by
    hand."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
