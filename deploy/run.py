"""One run of everything, from the lock to the last file: what `bgsub up` does."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from common import locks
from common.errors import UserError
from common.places import Places, make_private
from deploy import board
from deploy.board import logs
from deploy.processes import DEATHS, DEATHS_WITHIN_S, Process
from deploy.rpc import RpcError
from deploy.supervisor import Supervisor
from deploy.watch import Verdict, Watch

LOOK_EVERY_S = 0.2
"""A dead process is noticed, and so restarted, this late."""
SILENT_S = 10.0
"""supervisord that does not answer for so long hangs."""

Say = Callable[[str], None]


def run(table: Sequence[Process], where: Places, env: Mapping[str, str], say: Say) -> None:
    """Runs the table until its end is asked for: by a signal, or by a process that ends all.

    Tells a person what matters through `say`. Leaves no process and nothing in the runtime folder behind. Raises
    UserError where this instance runs already, or when supervisord died.
    """
    make_private(where.runtime)
    lock = _lock(where)
    supervisor, watch = Supervisor(table, where), Watch(table)
    with _asked_to_end() as end:
        try:
            for stale in (board.page_path(where), board.lines_path(where)):
                stale.unlink(missing_ok=True)
            supervisor.start(env, keep_open=lock.descriptor)
            _follow(supervisor, watch, where, end, say)
        finally:
            supervisor.stop(pid for pid in watch.pids.values() if pid)
            shutil.rmtree(where.runtime, ignore_errors=True)
            lock.release()


def _lock(where: Places) -> locks.Lock:
    try:
        return locks.take(board.lock_path(where))
    except UserError:
        raise UserError(
            f"The instance {where.instance!r} is up already. `bgsub down` stops it; BGSUB_INSTANCE=two starts another."
        ) from None


@contextmanager
def _asked_to_end() -> Iterator[list[int]]:
    """Where Ctrl-C, SIGTERM and a closed terminal leave their numbers.

    Not an Event: a handler would wait for its lock, which the very loop that it interrupts may hold.
    """
    end: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        end.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield end
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _follow(supervisor: Supervisor, watch: Watch, where: Places, end: list[int], say: Say) -> None:
    page, told = "", None
    answered_at = time.monotonic()
    while True:
        time.sleep(LOOK_EVERY_S)
        if end:
            return
        if not supervisor.is_alive():
            raise UserError(f"supervisord died, and everything with it. Its log: {logs(where) / 'supervisord.log'}")
        page = _tell_page(page, where, say)
        try:
            seen = supervisor.processes()
        except RpcError:
            if time.monotonic() - answered_at > SILENT_S:
                raise UserError(f"supervisord has not answered for {SILENT_S:g} s; everything was ended.") from None
            continue
        answered_at = time.monotonic()
        verdict = watch.look(seen, answered_at)
        if verdict.ended_by:
            return
        _act(verdict, supervisor, watch, where, say)
        if (lines := watch.lines(seen)) != told:
            board.write(where, lines)
            told = lines


def _act(verdict: Verdict, supervisor: Supervisor, watch: Watch, where: Places, say: Say) -> None:
    for name in verdict.given_up:
        supervisor.give_up(name)
        say(
            f"{name} died {DEATHS} times within {DEATHS_WITHIN_S:g} s and stays down. "
            f"Its last words, from {logs(where) / name}.log:\n{last_words(where, name)}"
        )
    for name in verdict.restarted:
        if name not in watch.given_up:
            say(f"{name} died and was started again. Its log: {logs(where) / name}.log")


def _tell_page(told: str, where: Places, say: Say) -> str:
    """Says the page's address when it is new: every start of ui makes another token."""
    try:
        address = board.page_path(where).read_text().strip()
    except FileNotFoundError:
        return told
    if address and address != told:
        say(f"The page: {address}")
    return address or told


def last_words(where: Places, name: str, lines: int = 3) -> str:
    """The end of a process's log, indented."""
    path = logs(where) / f"{name}.log"
    try:
        with path.open("rb") as log:
            log.seek(-min(4096, os.fstat(log.fileno()).st_size), os.SEEK_END)
            words = log.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return "    (it wrote nothing)"
    return "\n".join(f"    {line}" for line in words[-lines:])
