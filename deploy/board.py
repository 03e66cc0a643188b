"""The board in the runtime folder: what a run tells `bgsub status` and `bgsub down`, and what ui tells the run."""

import fcntl
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from common.files import write_aside
from common.places import Places


@dataclass(frozen=True, slots=True)
class Line:
    """One process. `state` is supervisord's word: STARTING, RUNNING, BACKOFF, FATAL, EXITED, …"""

    name: str
    state: str
    pid: int
    """0 while it does not run."""
    exit_status: int
    started_ns: int
    """CLOCK_MONOTONIC when this pid was first seen."""
    restarts: int
    given_up: bool


def lock_path(where: Places) -> Path:
    """What a run locks, for as long as supervisord lives."""
    return where.runtime / "up"


def page_path(where: Places) -> Path:
    """The file in which ui writes the address of its page."""
    return where.runtime / "ui.url"


def logs(where: Places) -> Path:
    """The folder of the logs, one file a process."""
    return where.state / "logs"


def lines_path(where: Places) -> Path:
    """The file of the lines."""
    return where.runtime / "processes.json"


def write(where: Places, lines: Iterable[Line]) -> None:
    """Replaces what the board says."""
    write_aside(lines_path(where), json.dumps([asdict(line) for line in lines]).encode())


def read(where: Places) -> list[Line]:
    """What the board says; nothing where no run is on, even if one left its board behind."""
    if holder(lock_path(where)) is None:
        return []
    try:
        return [Line(**line) for line in json.loads(lines_path(where).read_text())]
    except FileNotFoundError:
        return []


def holder(what: Path) -> int | None:
    """The pid that took the lock on `what`, or None. The lock tells, not the pid alone: pids are used again."""
    try:
        with Path(f"{what}.lock").open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
    except FileNotFoundError:
        pass
    return None
