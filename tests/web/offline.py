"""Runs the program and writes down each host, other than this computer, that it tries to reach or to look up.

python offline.py LOG app --no-browser …
"""

import runpy
import socket
import sys
from pathlib import Path

LOG, WORDS = Path(sys.argv[1]), sys.argv[2:]
LOCAL = {"127.0.0.1", "localhost", "::1", None, "", "0.0.0.0"}
connect, look_up = socket.socket.connect, socket.getaddrinfo


def noted(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name not in LOCAL:
        with LOG.open("a") as file:
            file.write(f"{name}\n")
        raise OSError(f"no network in this test: {name}")


def connect_here(self, address):
    if isinstance(address, tuple):
        noted(address[0])
    return connect(self, address)


def look_up_here(host, *rest, **options):
    noted(host)
    return look_up(host, *rest, **options)


socket.socket.connect = connect_here  # type: ignore[method-assign]
socket.getaddrinfo = look_up_here
LOG.touch()
sys.argv = ["subband", *WORDS]
runpy.run_module("subband", run_name="__main__")
