"""Ports for tests to listen on, which nobody else is given meanwhile.

A port that was free a moment ago may be given to anybody's outgoing connection, if it is one of those the system gives
away. So these are below them. Each process of the tests has ports of its own.
"""

import itertools
import os
import random
import socket
from pathlib import Path

_GIVEN_AWAY = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST = 20_000  # above those that browsers refuse to open
_USUAL_END = 32_768  # where Linux begins to give ports away; others begin higher


def free_port() -> int:
    """A port nobody listens on, given out once."""
    for port in _candidates:
        if _is_free(port):
            return port
    raise AssertionError("there is always another candidate")


def free_ports(count: int) -> list[int]:
    return [free_port() for _ in range(count)]


def _ours() -> range:
    end = int(_GIVEN_AWAY.read_text().split()[0]) if _GIVEN_AWAY.exists() else _USUAL_END
    if end - _FIRST < 1_000:  # somebody has set it low: those above are as good as any
        return range(_FIRST, _USUAL_END)
    return range(_FIRST, end)


def _from_anywhere() -> "itertools.cycle[int]":
    """This process's share, from a place in it that another run on this machine is unlikely to be at."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = _ours()[number :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    begin = random.randrange(len(share))
    return itertools.cycle([*share[begin:], *share[:begin]])


def _is_free(port: int) -> bool:
    """As servers bind: what an ended connection still holds is no hindrance."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("0.0.0.0", port))
        except OSError:
            return False
    return True


_candidates = _from_anywhere()
