"""`bgsub up` with a table of fake services: `python fake_up.py SERVICE_COMMAND`."""

import sys

import click

from common.places import places
from deploy.processes import Process
from deploy.run import run


@click.command()
@click.argument("command")
def main(command: str) -> None:
    table = (
        Process("camera", command),
        Process("trainer", command, steady_s=0, env={"FAKE_DEVICE": "100 %, fake"}),
        Process("ui", command, steady_s=0, ends_all=True),
    )
    run(table, places(), {}, click.echo)


if __name__ == "__main__":
    sys.exit(main())
