"""The `bgsub` command. A subcommand's file is imported when it is asked for, so that `bgsub status` is quick."""

import errno
from importlib import import_module
from typing import Any

import click

from common.errors import UserError

SUBCOMMANDS = {
    "up": ("cli.up", "up_command"),
    "down": ("cli.down", "down_command"),
    "status": ("cli.status", "status_command"),
    "eval": ("cli.eval", "eval_command"),
    "bench": ("cli.bench", "bench_command"),
    "sets": ("cli.sets", "sets_command"),
    "weights": ("cli.weights", "weights_command"),
    "fetch-pose": ("cli.fetch_pose", "fetch_pose_command"),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBCOMMANDS:
            return None
        module, name = SUBCOMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """What the system refuses (no permission, a full disk) is told in a line, with the file's name."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # who reads our output has enough; click ends quietly
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                where = error.filename or "The output"
                raise UserError(f"{where}: {error.strerror}. Make room and try again.") from None
            if error.filename is None:
                raise
            raise UserError(f"{error.filename}: {error.strerror}.") from None


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bgsub", message="bgsub %(version)s")
def main() -> None:
    """Cuts people out of a fixed camera's picture, live, with a neural network and a clean plate.

    \b
    bgsub up                 start everything; Ctrl-C stops it
    bgsub status             how each service is doing
    bgsub COMMAND --help     more about one command
    """


if __name__ == "__main__":
    main()
