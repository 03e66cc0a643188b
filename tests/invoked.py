"""A command run in this process, where that is as good as a process of its own."""

import signal
from dataclasses import dataclass

import click
from click.testing import CliRunner


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, what it said, and what flew out of it other than an exit."""

    code: int
    out: str
    err: str
    flew: BaseException | None


def invoked(command: click.Command, *words: str, obj: object = None) -> Ended:
    """Signals are given back, since a training takes them."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        done = CliRunner().invoke(command, list(words), obj=obj)
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    flew = None if isinstance(done.exception, SystemExit) else done.exception
    return Ended(done.exit_code, done.stdout, done.stderr, flew)
