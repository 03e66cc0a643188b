"""Judges what the supervisor reports: which process died too often, and whether the end was asked for.

Supervisor restarts and backs off by itself, but counts failed starts in a row, never deaths within a time
(github.com/Supervisor/supervisor/issues/1109), and keeps no tally. That
much is done here, without a clock or a socket.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from deploy.board import Line
from deploy.processes import DEATHS, DEATHS_WITHIN_S, Process
from deploy.rpc import Seen


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about what was seen."""

    restarted: tuple[str, ...]
    """Died and came back since the last look."""
    given_up: tuple[str, ...]
    """Died for the last time: to be stopped and told."""
    ended_by: str
    """The process whose orderly end ends everything; empty while all goes on."""


class Watch:
    """Remembers the deaths of every process."""

    def __init__(self, table: Sequence[Process]) -> None:
        self.restarts = {row.name: 0 for row in table}
        self.given_up: set[str] = set()
        self.pids: dict[str, int] = {}
        """The process that lives now, by name; 0 after it died."""
        self._started_s: dict[str, float] = {}
        self._ends_all = {row.name for row in table if row.ends_all}
        self._deaths: dict[str, list[float]] = defaultdict(list)

    def look(self, seen: Sequence[Seen], now_s: float) -> Verdict:
        """Takes in one report. `now_s` is of time.monotonic()."""
        restarted = tuple(one.name for one in seen if self._follow(one, now_s))
        given_up = tuple(one.name for one in seen if self._is_hopeless(one, now_s))
        self.given_up.update(given_up)
        ended = (one.name for one in seen if one.name in self._ends_all and _ended_well(one))
        return Verdict(restarted, given_up, next(ended, ""))

    def lines(self, seen: Sequence[Seen]) -> list[Line]:
        """What the board is to say."""
        return [
            Line(
                one.name,
                one.state,
                one.pid,
                one.exit_status,
                started_ns=int(self._started_s.get(one.name, 0) * 1e9),
                restarts=self.restarts[one.name],
                given_up=one.name in self.given_up,
            )
            for one in seen
        ]

    def _follow(self, one: Seen, now_s: float) -> bool:
        """Notes a death; returns whether another process took the dead one's place."""
        last = self.pids.get(one.name)
        if last and one.pid != last:
            self._deaths[one.name].append(now_s)
        came_back = last is not None and bool(one.pid) and one.pid != last
        if one.pid and one.pid != last:
            self._started_s[one.name] = now_s
        if one.pid or last is not None:
            self.pids[one.name] = one.pid
        self.restarts[one.name] += came_back
        return came_back

    def _is_hopeless(self, one: Seen, now_s: float) -> bool:
        recent = [at for at in self._deaths[one.name] if now_s - at < DEATHS_WITHIN_S]
        self._deaths[one.name] = recent
        return one.name not in self.given_up and (len(recent) >= DEATHS or one.state == "FATAL")


def _ended_well(one: Seen) -> bool:
    return one.state == "EXITED" and one.exit_status == 0
