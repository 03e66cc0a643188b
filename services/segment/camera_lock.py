"""Asks the camera to hold the webcam still for a plate; never waits for the answer."""

from collections.abc import Callable
from typing import Protocol

from common.control import ControlTimeoutError
from common.messages import Done, LockCamera, Refused, Reply, Request, UnlockCamera

ANSWER_S = 4.0
"""A camera that does not answer for so long is learned from as it is."""


class PendingReply(Protocol):
    """An answer that may not be there yet; asking for it raises ControlTimeoutError when it is overdue."""

    def reply(self) -> Reply | None: ...


Ask = Callable[[Request, float], PendingReply]
"""Sends a request that may take so many seconds."""


class CameraLock:
    """`words` is a sentence on what is held, empty where there is nothing to say."""

    def __init__(self, ask: Ask | None = None) -> None:
        """Without `ask` there is no camera to be held."""
        self._ask = ask
        self._pending: PendingReply | None = None
        self.words = ""

    def hold(self) -> None:
        """Begins to hold."""
        self._send(LockCamera())

    def let_go(self) -> None:
        """Gives the webcam back to itself."""
        self._send(UnlockCamera())

    def settled(self) -> bool:
        """Whether the camera has answered, or will not."""
        if self._pending is None:
            return True
        try:
            reply = self._pending.reply()
        except ControlTimeoutError:
            reply = Done("", {})
        if reply is None:
            return False
        self.words = reply.words if isinstance(reply, Done | Refused) else ""
        self._pending = None
        return True

    def _send(self, request: Request) -> None:
        self.words = ""
        if self._ask is not None:
            self._pending = self._ask(request, ANSWER_S)
