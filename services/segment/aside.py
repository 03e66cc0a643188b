"""Work that the loop must not wait for: one thread, one job at a time, behind the loop in the queue for the CPU."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from common.errors import UserError

NICENESS = 5
T = TypeVar("T")


class Aside:
    """Jobs are begun from the loop, and their ends are dealt with in the loop; no lock is needed anywhere."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "aside", initializer=give_way)
        self._jobs: list[tuple[Future[Any], Callable[[Any], None], Callable[[str], None]]] = []

    def begin(self, work: Callable[[], T], then: Callable[[T], None], failed: Callable[[str], None]) -> None:
        """`then` gets what `work` returned, `failed` the words of a UserError or OSError; anything else is raised."""
        self._jobs.append((self._thread.submit(work), then, failed))

    def turn(self) -> None:
        """Deals with the jobs that ended."""
        ended = [job for job in self._jobs if job[0].done()]
        self._jobs = [job for job in self._jobs if job not in ended]
        for future, then, failed in ended:
            try:
                result = future.result()
            except (UserError, OSError) as error:
                failed(in_words(error))
            else:
                then(result)

    def close(self) -> None:
        """Drops what has not begun, and waits for what has: a file that is being written is finished."""
        self._thread.shutdown(cancel_futures=True)


def in_words(error: UserError | OSError) -> str:
    """One sentence for a person."""
    if isinstance(error, UserError):
        return error.message
    return f"{error.filename or 'The disk'}: {error.strerror or error}."


def give_way() -> None:
    """Lowers this thread's priority below that of the loop; on Linux a thread has its own."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        # from where it is: a process that was started with `nice` may not go up again
        os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS))
