"""Which frame to mask next: a stumble is made up for, a queue is never formed."""

from collections.abc import Iterable

from common.messages import Frame

MOST = 2
"""Frames that may wait. One more, and the machine does not keep up: only the newest counts."""


class Backlog:
    """The frames that wait. After a short stall the one missed is masked too; after a longer one it is passed over."""

    def __init__(self) -> None:
        self._waiting: list[Frame] = []

    @property
    def empty(self) -> bool:
        return not self._waiting

    def next(self, arrived: Iterable[Frame]) -> Frame | None:
        """Takes in what has arrived, oldest first, and says what to mask now; None where nothing waits."""
        self._waiting += arrived
        if len(self._waiting) > MOST:
            self._waiting = self._waiting[-1:]
        return self._waiting.pop(0) if self._waiting else None
