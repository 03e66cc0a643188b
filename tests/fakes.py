"""Stand-ins for the parts of a running system, so that a service's `run` can be tested without a socket."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from common.messages import Message, Reply, Request
from common.metrics import Metrics
from common.service import Vitals


@dataclass
class FakeCall:
    """A request and, once given, its reply."""

    request: Request
    id: str = "request-1"
    replies: list[Reply] = field(default_factory=list)

    def reply(self, reply: Reply) -> None:
        self.replies.append(reply)


class FakeService:
    """Meets common.service.ServiceLike. Each turn of the loop hears the next of `turns`, then it is asked to stop.

    A turn is a list of messages and FakeCalls. `sent` holds what was published, `vitals` each beat.
    """

    def __init__(self, turns: Sequence[Sequence[Message | FakeCall]], name: str = "test") -> None:
        self.metrics = Metrics(name)
        self.session = "fake-session"
        self.sent: list[Message] = []
        self.vitals: list[Vitals] = []
        self._turns = list(turns)
        self._now: list[Message | FakeCall] = []
        self._stop = False

    def stop(self) -> None:
        self._stop = True

    def stopping(self) -> bool:
        return self._stop

    def wait(self, timeout_s: float) -> None:
        if self._turns:
            self._now = list(self._turns.pop(0))
        else:
            self._now = []
            self.stop()

    def publish(self, message: Message) -> None:
        self.sent.append(message)

    def newest(self, kind: Any) -> Any:
        taken = self.every(kind)
        return taken[-1] if taken else None

    def loan(self, kind: Any, shape: tuple[int, ...]) -> Any:
        return np.empty(shape, np.uint8)

    def every(self, kind: Any) -> list[Any]:
        taken = [message for message in self._now if isinstance(message, kind)]
        self._now = [message for message in self._now if not isinstance(message, kind)]
        return taken

    def requests(self) -> list[Any]:
        return self.every(FakeCall)

    def beat(self, vitals: Vitals) -> None:
        self.vitals.append(vitals)

    def of(self, kind: Any) -> list[Any]:
        """What was published of one kind."""
        return [message for message in self.sent if isinstance(message, kind)]
