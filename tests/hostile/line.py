"""Misbehaviour below HTTP: what a WSGI answer cannot do."""

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Literal

PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Line:
    """What is sent at once, what is sent again and again after it, and how it ends."""

    at_once: bytes = b""
    again: bytes = b""
    ends: Literal["in silence", "closed", "reset"] = "in silence"

    def speak(self, connection: socket.socket, is_over: threading.Event) -> None:
        """Says it to a connection, in silence until the other side hangs up or the fault is over, and closes it."""
        with contextlib.suppress(OSError):
            connection.sendall(self.at_once)
            while self.ends == "in silence" and not is_over.wait(PAUSE_SECONDS) and not _has_hung_up(connection):
                connection.sendall(self.again)
        with contextlib.suppress(OSError):
            if self.ends == "reset":  # closed with what was not sent thrown away, which the other side is told
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def _has_hung_up(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
