"""`bgsub down`: ends what `bgsub up` started, from another terminal."""

import os
import signal
import time
from contextlib import suppress

import click

from common.errors import UserError
from common.places import places
from deploy.board import holder, lock_path

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
