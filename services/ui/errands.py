"""Asks other services without ever waiting for them, and brings back what they say in words."""

from collections.abc import Callable
from typing import Protocol

from common.control import ControlTimeoutError
from common.messages import Done, Refused, Reply, Request
from services.ui.actions import Ask
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level


class PendingLike(Protocol):
    """A request under way, see common.control.Pending."""

    def reply(self) -> Reply | None: ...


class ClientLike(Protocol):
    """A way to one service, see common.control.ControlClient."""

    def send(self, request: Request, timeout_s: float) -> PendingLike: ...

    def close(self) -> None: ...


class Errands:
    """The requests under way. `client_for` opens the way to a service, once."""

    def __init__(self, client_for: Callable[[str], ClientLike]) -> None:
        self._client_for = client_for
        self._clients: dict[str, ClientLike] = {}
        self._pending: list[tuple[Ask, PendingLike]] = []

    def run(self, ask: Ask) -> None:
        """Sends the request."""
        if ask.service not in self._clients:
            self._clients[ask.service] = self._client_for(ask.service)
        self._pending.append((ask, self._clients[ask.service].send(ask.request, ask.patience_s)))

    def news(self) -> list[Sentence]:
        """What came back since the last call and is worth a word: refusals, silence, things done."""
        said, still = [], []
        for ask, pending in self._pending:
            try:
                reply = pending.reply()
                if reply is None:
                    still.append((ask, pending))
                    continue
            except ControlTimeoutError as error:
                reply = None
                said.append(Sentence(error.message, Level.BAD))
            if ask.heard is not None:
                ask.heard(reply)
            if isinstance(reply, Refused):
                said.append(Sentence(reply.words, Level.WARN))
            elif isinstance(reply, Done) and reply.words:
                said.append(Sentence(reply.words, Level.GOOD))
        self._pending = still
        return said

    def close(self) -> None:
        """Gives up what is under way."""
        for client in self._clients.values():
            client.close()
