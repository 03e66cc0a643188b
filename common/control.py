"""Requests that must not get lost: one control socket a service, a reply to every request.

A request carries an id. The server keeps its latest answers, so a request repeated after a time-out is answered again
without being done twice; a mere question is asked anew, for its answer may be large. A client takes a new socket after
a time-out: the old one may still hold a stale reply.
"""

import os
import time
import uuid
from collections import OrderedDict
from types import TracebackType
from typing import Self

import zmq

from common import codec
from common.bus import Address, Bus, endpoint, limit, waits
from common.clock import boot_id, now_ns
from common.errors import UserError
from common.messages import AskStatus, AskWeights, Refused, Reply, Request
from common.metrics import Metrics
from common.places import Places, places
from common.settings import Settings, load_settings

QUEUE = 64
ANSWERS_KEPT = 256


class ControlTimeoutError(UserError):
    """The service did not answer in time."""


class Call:
    """A request that waits for its reply. `reply` may come in a later turn of the loop."""

    def __init__(self, request: Request, request_id: str, server: "ControlServer") -> None:
        self.request = request
        self.id = request_id
        self._server = server

    def reply(self, reply: Reply) -> None:
        """Answers, once."""
        self._server.answer(self, reply)


class ControlServer:
    """The service's side. Not thread-safe: only the main loop may call it."""

    def __init__(self, service: str, bus: Bus, settings: Settings, places: Places, metrics: Metrics) -> None:
        """Raises UserError where another process answers for this service already."""
        self._session = bus.session
        self._metrics = metrics
        self._socket = bus.control_socket()
        self._asking: dict[str, list[bytes]] = {}
        self._answers: OrderedDict[str, list[codec.Buffer]] = OrderedDict()
        limit(self._socket, QUEUE)
        self._address = Address(self._socket, endpoint(f"control.{service}", settings, places))

    def requests(self) -> list[Call]:
        """The requests that arrived; those repeated are answered here from what was answered before."""
        calls = []
        for _ in range(QUEUE):
            if not waits(self._socket):
                break
            peer, *parts = self._socket.recv_multipart(zmq.NOBLOCK)
            call = self._read(peer, parts)
            if call is not None:
                calls.append(call)
        return calls

    def _read(self, peer: bytes, parts: list[bytes]) -> Call | None:
        try:
            envelope, request = codec.decode(parts)
            if not envelope.id or not isinstance(request, Request):
                raise codec.WireError("malformed", f"{type(request).__name__} is no request")
        except codec.WireError as error:
            self._metrics.dropped.labels("control", error.reason).inc()
            self._send(peer, codec.encode(Refused(f"Not understood: {error}."), self._envelope("")))
            return None
        if envelope.id in self._answers:
            self._send(peer, self._answers[envelope.id])
            return None
        if envelope.id in self._asking:
            self._asking[envelope.id].append(peer)
            return None
        self._asking[envelope.id] = [peer]
        return Call(request, envelope.id, self)

    def answer(self, call: Call, reply: Reply) -> None:
        """Sends the reply to everybody who asked with this id."""
        parts = codec.encode(reply, self._envelope(call.id))
        if not isinstance(call.request, AskStatus | AskWeights):
            self._answers[call.id] = parts
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        self._metrics.requests.labels(type(call.request).__name__, type(reply).__name__).inc()
        for peer in self._asking.pop(call.id, []):
            self._send(peer, parts)

    def _envelope(self, request_id: str) -> codec.Envelope:
        return codec.Envelope(self._session, 0, now_ns(), boot_id(), request_id)

    def _send(self, peer: bytes, parts: list[codec.Buffer]) -> None:
        # a ROUTER drops what it cannot deliver: who asked is gone, or reads nothing
        self._socket.send_multipart([peer, *parts], zmq.NOBLOCK)

    def close(self) -> None:
        """Stops answering at once."""
        self._socket.close(linger=0)
        self._address.release()


class Pending:
    """A request under way."""

    def __init__(self, service: str, socket: "zmq.Socket[bytes]", request_id: str, timeout_s: float) -> None:
        self.id = request_id
        self._service = service
        self._socket = socket
        self._timeout_s = timeout_s
        self._give_up = time.monotonic() + timeout_s

    def reply(self, wait_s: float = 0) -> Reply | None:
        """The reply, or None while there is none. Raises ControlTimeoutError once the request's time is up."""
        if self._socket.closed:
            raise ControlTimeoutError(f"The request to {self._service} is over.")
        if self._socket.poll(int(1000 * wait_s)):
            return self._read()
        if time.monotonic() > self._give_up:
            self.close()
            raise ControlTimeoutError(
                f"{self._service} did not answer within {self._timeout_s:g} s. Is it running? `bgsub status` tells."
            )
        return None

    def _read(self) -> Reply | None:
        try:
            envelope, reply = codec.decode(self._socket.recv_multipart(zmq.NOBLOCK))
        except codec.WireError as error:
            self.close()
            return Refused(f"{self._service} gave an answer that cannot be read: {error}.")
        if envelope.id not in (self.id, "") or not isinstance(reply, Reply):
            return None
        self.close()
        return reply

    def close(self) -> None:
        """Waits no longer."""
        self._socket.close(linger=0)


class ControlClient:
    """Asks one service. For loops that may not block: `send`, then look at `Pending.reply()` now and then."""

    def __init__(self, service: str, settings: Settings, places: Places) -> None:
        self._service = service
        self._where = endpoint(f"control.{service}", settings, places)
        self._context = zmq.Context()

    def send(self, request: Request, timeout_s: float = 2.0, request_id: str = "") -> Pending:
        """Sends without waiting; keep what is returned, for with it goes the request.

        Give the id of an earlier try to have the request done only once.
        """
        socket = self._context.socket(zmq.DEALER)
        limit(socket, QUEUE)
        socket.connect(self._where)
        request_id = request_id or uuid.uuid4().hex
        envelope = codec.Envelope("", 0, now_ns(), boot_id(), request_id)
        socket.send_multipart(codec.encode(request, envelope), zmq.NOBLOCK)
        return Pending(self._service, socket, request_id, timeout_s)

    def close(self) -> None:
        """Gives up what is under way."""
        self._context.destroy(linger=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def reachable(service: str) -> bool:
    """Whether a service has a socket that this user may ask; beyond ipc only asking tells, and this says yes."""
    where = endpoint(f"control.{service}", load_settings(), places())
    return not where.startswith("ipc://") or os.access(where.removeprefix("ipc://"), os.W_OK)


def ask(service: str, request: Request, timeout_s: float = 2.0, request_id: str = "") -> Reply:
    """Asks this instance's `service` and waits. Raises ControlTimeoutError."""
    with ControlClient(service, load_settings(), places()) as client:
        pending = client.send(request, timeout_s, request_id)
        while True:
            reply = pending.reply(wait_s=0.05)
            if reply is not None:
                return reply
