"""`bgsub down`: ends what `bgsub up` started, from another terminal."""

import fcntl
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import click

from common.errors import UserError
from common.places import places
from deploy.run import lock_path

WAIT_S = 10.0


@click.command("down")
def down_command() -> None:
    """Stop everything that `bgsub up` started."""
    lock = lock_path(places())
    pid = holder(lock)
    if pid is None:
        click.echo("Nothing is running.", err=True)
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + WAIT_S
    while holder(lock) is not None:
        if time.monotonic() > deadline:
            raise UserError(
                f"Process {pid} has not ended after {WAIT_S:g} s. `kill -9 {pid}` ends it and all it started."
            )
        time.sleep(0.05)
    click.echo("Stopped.", err=True)


def holder(what: Path) -> int | None:
    """The pid that holds the lock on `what`, or None. The lock tells, not the pid alone: pids are used again."""
    try:
        with Path(f"{what}.lock").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
    except FileNotFoundError:
        pass
    return None
