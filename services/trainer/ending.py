"""How a training ends before it is done: when it is asked to, or when the service that began it is gone."""

import os
import signal
from collections.abc import Callable

from common.errors import UserError
from common.parent import die_with


def stop_on_signals() -> Callable[[], bool]:
    """True once Ctrl-C or SIGTERM came; a second Ctrl-C ends at once. A second SIGTERM does not: at the end of
    everything the supervisor sends one, the service another, and the kernel a third."""
    asked: list[int] = []

    def note(number: int, _frame: object) -> None:
        if number == signal.SIGINT and number in asked:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        asked.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return lambda: bool(asked)


def end_with_parent(parent: int) -> None:
    """Where a service, of that pid, started this training: its end stops it (Linux). Raises UserError where it ended
    before this was asked for."""
    if not die_with(parent, signal.SIGTERM):
        raise UserError("The service that began this training has ended, and so does the training.")
