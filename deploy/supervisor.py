"""Runs the process table under Supervisor (docs/adr/0040): writes its config, starts it, steers it, ends it."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from common.files import write_aside
from common.places import Places, make_private
from deploy import leash, rpc
from deploy.board import logs
from deploy.processes import DEATHS, Process

GROUP = "bgsub"
STOP_WAIT_S = 3
"""How long a process may take over its orderly end before it is killed."""
END_S = 4.5
"""How long the end of everything may take before supervisord is killed, and everything else with it."""


def socket_path(where: Places) -> Path:
    """Where supervisord listens."""
    return where.runtime / "supervisor.sock"


class Supervisor:
    """supervisord as a child of this process: when this one dies, it ends everything and follows."""

    def __init__(self, table: Sequence[Process], where: Places) -> None:
        self._table = table
        self._where = where
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, env: Mapping[str, str], keep_open: int) -> None:
        """Starts every process of the table. The descriptor `keep_open` stays open as long as supervisord lives."""
        make_private(self._where.runtime)
        for log in make_private(logs(self._where)).iterdir():
            # one of a start before this was written with another umask
            log.chmod(0o600)
        config = self._where.runtime / "supervisor.conf"
        write_aside(config, config_text(self._table, self._where).encode())
        config.chmod(0o600)
        supervisord = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(config)]
        self._child = subprocess.Popen(
            [sys.executable, leash.__file__, str(os.getpid()), *supervisord],
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            # a session of its own, so that Ctrl-C in the terminal is ours to handle
            start_new_session=True,
            pass_fds=(keep_open,),
            # the logs hold the page's address with its token, and their folder alone need not keep others out
            umask=0o077,
        )

    def is_alive(self) -> bool:
        """Whether supervisord itself runs."""
        return self._child is not None and self._child.poll() is None

    def processes(self) -> list[rpc.Seen]:
        """See rpc.processes. Each call also wakes supervisord, which by itself looks at its processes once a second."""
        return rpc.processes(socket_path(self._where))

    def give_up(self, name: str) -> None:
        """Stops one process for good. One that is down already stays so."""
        with suppress(rpc.RpcError):
            rpc.call(socket_path(self._where), "supervisor.stopProcess", f"{GROUP}:{name}", False)

    def stop(self, pids: Iterable[int]) -> None:
        """Ends everything within END_S. `pids` are the processes last seen alive; none of them is left."""
        if self._child is None:
            return
        with suppress(rpc.RpcError):
            rpc.call(socket_path(self._where), "supervisor.shutdown")
        deadline = time.monotonic() + END_S
        while self.is_alive() and time.monotonic() < deadline:
            with suppress(rpc.RpcError):
                self.processes()
            time.sleep(0.05)
        if self._child.poll() != 0:
            self._child.kill()
            self._child.wait(2)
            end_groups(pids)


def end_groups(pids: Iterable[int], grace_s: float = 0.5) -> None:
    """Kills the process groups led by `pids` that have not ended by themselves after `grace_s`."""
    deadline = time.monotonic() + grace_s
    left = list(pids)
    while left and time.monotonic() < deadline:
        left = [pid for pid in left if _lives(pid)]
        time.sleep(0.02)
    for pid in left:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _lives(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def config_text(table: Sequence[Process], where: Places) -> str:
    """supervisord's config. One group for all, because groups are stopped one after the other."""
    sections: dict[str, Mapping[str, object]] = {
        "unix_http_server": {"file": socket_path(where), "chmod": "0600"},
        "supervisord": {
            "nodaemon": "true",
            "silent": "true",
            "pidfile": where.runtime / "supervisord.pid",
            "logfile": logs(where) / "supervisord.log",
            "logfile_maxbytes": "1MB",
            "logfile_backups": 1,
        },
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        f"group:{GROUP}": {"programs": ",".join(row.name for row in table)},
        **{f"program:{row.name}": _program(row, where) for row in table},
    }
    return "\n".join(_section(name, values) for name, values in sections.items())


def _program(row: Process, where: Places) -> dict[str, object]:
    return {
        "command": _command(row),
        "environment": ",".join(f'{name}="{value}"' for name, value in row.env.items()),
        "autorestart": "unexpected" if row.ends_all else "true",
        "exitcodes": 0,
        "startsecs": row.steady_s,
        "startretries": DEATHS - 1,
        "stopwaitsecs": STOP_WAIT_S,
        "stopasgroup": "true",
        "killasgroup": "true",
        # what a service writes itself, such as image sets, is as open as the user's own files
        "umask": f"{_umask():03o}",
        "redirect_stderr": "true",
        "stdout_logfile": logs(where) / f"{row.name}.log",
        "stdout_logfile_maxbytes": "2MB",
        "stdout_logfile_backups": 2,
    }


def _umask() -> int:
    """This process's own, which can only be read by setting it."""
    mine = os.umask(0o077)
    os.umask(mine)
    return mine


def _command(row: Process) -> str:
    return shlex.quote(str(Path(sys.executable).parent / row.command))


def _section(name: str, values: Mapping[str, object]) -> str:
    # supervisord expands %(name)s in every value
    lines = (f"{key} = {str(value).replace('%', '%%')}" for key, value in values.items())
    return "\n".join([f"[{name}]", *lines, ""])
