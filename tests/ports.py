"""Ports at which nobody listens, for servers that must be found again at the same place."""

import os
import socket
from contextlib import suppress
from itertools import count

_ports = count(15_000 + os.getpid() % 170 * 100)


def free_port() -> int:
    """One that neither the system gives to a client nor this function to anybody else, so that it stays free."""
    for port in _ports:
        with suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))  # and does not listen: a process forked just now would listen on
            break
    return port
