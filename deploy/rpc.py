"""Calls supervisord over its unix socket, with a time limit on every call."""

import http.client
import socket
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_S = 2.0


class RpcError(Exception):
    """Nobody answers (supervisord is not up yet, is gone, hangs), or it refuses, as it does at its end."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What supervisord says of one process. `state` is its own word: STARTING, RUNNING, BACKOFF, FATAL, EXITED, …"""

    name: str
    state: str
    pid: int
    """0 while it does not run."""
    exit_status: int


def call(path: Path, method: str, *params: str | bool, timeout_s: float = TIMEOUT_S) -> Any:
    """One call of Supervisor's XML-RPC interface. Raises RpcError."""
    connection = _UnixConnection(path, timeout_s)
    try:
        connection.request("POST", "/RPC2", xmlrpc.client.dumps(params, method), {"Content-Type": "text/xml"})
        (answer,), _ = xmlrpc.client.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, xmlrpc.client.Fault) as error:
        raise RpcError(str(error)) from None
    finally:
        connection.close()
    return answer


def processes(path: Path, timeout_s: float = TIMEOUT_S) -> list[Seen]:
    """Every process of the table as supervisord sees it now. Raises RpcError."""
    return [_seen(info) for info in call(path, "supervisor.getAllProcessInfo", timeout_s=timeout_s)]


def _seen(info: Mapping[str, Any]) -> Seen:
    return Seen(info["name"], info["statename"], info["pid"], info["exitstatus"])


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
