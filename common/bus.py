"""Publish and subscribe. With control.py the only file that imports zmq.

Each topic has a socket and so a queue of its own: a flood of frames can never push a plate or a heartbeat out. What
ZeroMQ does that shaped this file, each shown by a test over real sockets in tests/common/test_bus.py:

* CONFLATE keeps one *part* of a multipart message, so "newest" means draining a small queue;
* the high-water mark counts messages and drops the newest, so what waits after a stall is old: see `newest`;
* a subscriber misses what was sent before it joined, so kept topics are sent again, on joining and on every heartbeat;
* a second bind on an ipc path silently steals it, so a lock is taken first.
"""

import logging
import math
import os
import time
import uuid
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import zmq
from numpy.typing import NDArray

from common import codec, locks, shared
from common.clock import age_s, boot_id, now_ns
from common.counts import Counts
from common.errors import UserError
from common.messages import Message
from common.places import Places, make_private
from common.settings import Settings
from common.topics import SERVICES, Topic, address, published_by, topic_of

STALE_S = 0.1
"""A message older than this came out of a queue that filled during a stall."""
DRAINED_AT_ONCE = 1000
"""Messages taken in at a time, so that a fast sender cannot hold its reader."""
FRESHEN_S = 0.05
"""How long `newest` waits for a fresh one behind a stale one."""

M = TypeVar("M", bound=Message)
_log = logging.getLogger(__name__)


def endpoint(name: str, settings: Settings, places: Places) -> str:
    """Where a topic (`frame.cam0`) or a control socket (`control.segment`) is: ipc unless the settings move it."""
    moved = settings.bus.endpoints.get(name)
    if moved:
        return moved
    path = places.runtime / name
    # sockaddr_un holds 108 bytes with its closing zero
    if len(os.fsencode(path)) > 107:
        raise UserError(f"{path} is too long for a socket. Set XDG_RUNTIME_DIR to a shorter folder.")
    return f"ipc://{path}"


def topic_endpoint(topic: Topic, service: str, settings: Settings, places: Places) -> str:
    """The endpoint of a topic's row; a heartbeat has one a service."""
    return endpoint(address(topic, settings.camera.name, service).rstrip("/").replace("/", "."), settings, places)


class Address:
    """A bound endpoint; on ipc a socket file and the lock beside it."""

    def __init__(self, socket: "zmq.Socket[bytes]", where: str) -> None:
        """Binds; on ipc only under the path's lock. Raises UserError where somebody else is bound."""
        self._path = Path(where.removeprefix("ipc://")) if where.startswith("ipc://") else None
        self._lock = locks.take(self._path) if self._path else None
        try:
            socket.bind(where)
        except zmq.ZMQError as error:
            self.release()
            raise UserError(f"Cannot listen on {where}: {error.strerror}. Is another bgsub running there?") from None

    def release(self) -> None:
        """Removes the socket file, which libzmq leaves behind, and lets go of the lock. Close the socket first."""
        if self._path and self._lock:
            self._path.unlink(missing_ok=True)
            self._lock.release()
            self._lock = None


def limit(socket: "zmq.Socket[bytes]", queue: int) -> None:
    """The options every socket carries; they count only when set before bind or connect."""
    socket.setsockopt(zmq.LINGER, 0)
    socket.setsockopt(zmq.SNDHWM, queue)
    socket.setsockopt(zmq.RCVHWM, queue)
    # a part between the codec's bound and this one is counted as oversized; a larger one ends the connection
    socket.setsockopt(zmq.MAXMSGSIZE, 2 * codec.MAX_MESSAGE_BYTES)


def waits(socket: "zmq.Socket[bytes]") -> bool:
    """Whether a message can be received at once; asking costs a third of what trying and failing does."""
    return bool(zmq.zmq_poll([(socket, zmq.POLLIN)], 0))


class Bus:
    """One service's place on the bus: a socket for each topic it publishes and for each it reads.

    Not thread-safe: only the service's main loop may call it. `session` is new at each start.
    """

    def __init__(
        self, service: str, settings: Settings, places: Places, metrics: Counts, reads: Sequence[type[Message]] = ()
    ) -> None:
        """Binds what `service` publishes and connects to what it reads; nothing needs to be up yet.

        A name that publishes nothing (a test, a tool) may read as well. Raises UserError where `service` runs already.
        """
        self.session = uuid.uuid4().hex[:16]
        self.camera = settings.camera.name
        self.published: Counter[str] = Counter()
        self._service = service
        self._metrics = metrics
        self._context = zmq.Context()
        self._poller = zmq.Poller()
        self._publishers: dict[type[Message], _Publisher] = {}
        self._readers: dict[type[Any], _Reader] = {}
        make_private(places.runtime)
        try:
            self._open(settings, places, reads)
        except UserError:
            self.close()
            raise

    def _open(self, settings: Settings, places: Places, reads: Sequence[type[Message]]) -> None:
        for row in published_by(self._service) if self._service in SERVICES else ():
            socket = self._context.socket(zmq.XPUB)
            where = topic_endpoint(row, self._service, settings, places)
            topic = address(row, self.camera, self._service).encode()
            self._publishers[row.message] = _Publisher(row, topic, socket, where, self._metrics, jpeg=settings.bus.jpeg)
            self._poller.register(socket, zmq.POLLIN)
        for kind in reads:
            reader = _Reader(topic_of(kind), self._context.socket(zmq.SUB), self._metrics)
            self._readers[kind] = reader
            reader.connect(settings, places)
            self._poller.register(reader.socket, zmq.POLLIN)

    def publish(self, message: Message) -> None:
        """Sends to whoever listens; never waits, and drops the message for a reader whose queue is full.

        Arrays of kept messages, and all that go to another host, are sent without a copy: do not write into them
        afterwards.
        """
        publisher = self._publishers[type(message)]
        self.published[publisher.row.kind] += 1
        envelope = codec.Envelope(self.session, self.published[publisher.row.kind], now_ns(), boot_id())
        publisher.send(codec.encode(message, envelope, publisher.arena, publisher.jpeg))
        publisher.count.inc()

    def loan(self, kind: type[Message], shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """An array to write pixels into for the next message of a kind; publishing that message then copies nothing.

        It is the caller's until it is published, and no longer than to the next loan of the kind.
        """
        arena = self._publishers[kind].arena
        slot = arena.loan(shape, np.uint8) if arena and math.prod(shape) >= shared.MIN_BYTES else None
        return np.empty(shape, np.uint8) if slot is None else slot

    def newest(self, kind: type[M]) -> M | None:
        """The newest message of a kind since the last call, or None. Waits at most 0.05 s, and only after a stall.

        Its arrays are read-only, may lie in their publisher's memory, and stay as they are however long they are kept.
        Drop them in any thread.
        """
        reader = self._readers[kind]
        give_up = time.monotonic() + FRESHEN_S
        reader.drain()
        newest: M | None = reader.pop_newest()
        while reader.behind and time.monotonic() < give_up:
            reader.socket.poll(max(1, int(1000 * (give_up - time.monotonic()))))
            reader.drain()
            newest = reader.pop_newest() or newest
        # where nothing fresh came there may be none: the next call does not wait for it again
        reader.behind = False
        return newest

    def every(self, kind: type[M]) -> list[M]:
        """All messages of a kind since the last call, oldest first; a kept value that was seen before is left out.

        Arrays are as those of `newest`.
        """
        reader = self._readers[kind]
        reader.drain()
        return reader.pop_all()

    def wait(self, timeout_s: float) -> None:
        """Returns when a message or a request is there, at the latest after `timeout_s`.

        Greets late joiners with the kept values on the way.
        """
        ready = [socket for socket, _ in self._poller.poll(max(0, int(timeout_s * 1000)))]
        for publisher in self._publishers.values():
            if publisher.socket in ready:
                publisher.greet()

    def repeat_kept(self) -> None:
        """Sends the kept values again: whoever's queue was full the first time gets them now."""
        for publisher in self._publishers.values():
            publisher.repeat()

    def control_socket(self) -> "zmq.Socket[bytes]":
        """The socket that requests arrive on; `wait` returns when there is one."""
        socket = self._context.socket(zmq.ROUTER)
        self._poller.register(socket, zmq.POLLIN)
        return socket

    def close(self) -> None:
        """Closes at once, whatever is unsent, and leaves no file behind."""
        self._context.destroy(linger=0)
        for publisher in self._publishers.values():
            publisher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Publisher:
    """The socket of one row that this service sends."""

    def __init__(
        self, row: Topic, topic: bytes, socket: "zmq.Socket[bytes]", where: str, metrics: Counts, *, jpeg: int
    ) -> None:
        # what is kept must outlive a slot, and another host cannot look into this one's memory
        shares = where.startswith("ipc://") and not row.kept and shared.available()
        self.arena = shared.Arena() if shares else None
        # what is kept is rare and should be exact: a plate is compared with every frame
        self.jpeg = 0 if where.startswith("ipc://") or row.kept else jpeg
        self.count = metrics.published.labels(row.kind)
        self.socket = socket
        self.row = row
        self._topic = topic
        self._last: list[codec.Buffer] = []
        # tells of every joiner, not of the first one alone
        socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        limit(socket, row.queue)
        self.address = Address(socket, where)

    def send(self, parts: list[codec.Buffer]) -> None:
        if self.row.kept:
            self._last = parts
        self._send(parts)

    def greet(self) -> None:
        """Sends the kept value that a new subscription asks for. Who has it already passes it over."""
        while waits(self.socket):
            event = self.socket.recv()
            if event[:1] == b"\x01" and self._topic.startswith(event[1:]):
                self.repeat()

    def repeat(self) -> None:
        if self._last:
            self._send(self._last)

    def _send(self, parts: list[codec.Buffer]) -> None:
        self.socket.send(self._topic, zmq.SNDMORE)
        for left, part in zip(range(len(parts) - 1, -1, -1), parts, strict=True):
            # of small parts a copy costs less than the account of who still needs the original
            self.socket.send(part, zmq.SNDMORE if left else 0, copy=len(part) < zmq.COPY_THRESHOLD)

    def close(self) -> None:
        self.address.release()
        if self.arena is not None:
            self.arena.close()


class _Reader:
    """The socket of one row that this service reads."""

    def __init__(self, row: Topic, socket: "zmq.Socket[bytes]", metrics: Counts) -> None:
        self.socket = socket
        self._row = row
        self._metrics = metrics
        self._waiting: deque[tuple[bytes, list[memoryview]]] = deque(maxlen=2 * max(row.queue, shared.IN_TURN))
        self.behind = False
        """Whether the newest at hand came out of a queue that had filled up, so that a newer one is on its way."""
        self._mappings = shared.Mappings()
        self._count = metrics.received.labels(row.kind)
        self._last: codec.Envelope | None = None
        self._kept: dict[bytes, tuple[str, int]] = {}
        self._complained: set[str] = set()
        limit(socket, row.queue)

    def connect(self, settings: Settings, places: Places) -> None:
        own_topic = self._row.publisher != "*"
        self.socket.subscribe(address(self._row, settings.camera.name, "") if own_topic else f"{self._row.kind}/")
        for service in (self._row.publisher,) if own_topic else SERVICES:
            where = topic_endpoint(self._row, service, settings, places)
            try:
                self.socket.connect(where)
            except zmq.ZMQError as error:
                raise UserError(
                    f"Cannot listen to {where}: {error.strerror}. See bus.endpoints in the settings."
                ) from None

    def drain(self) -> None:
        """Takes in what has arrived; of more than a queue's worth the oldest go, unread.

        With references to shared memory, hundreds may wait in the kernel's own buffer after a stall.
        """
        for _ in range(DRAINED_AT_ONCE):
            if not waits(self.socket):
                return
            topic = part = self.socket.recv(zmq.NOBLOCK, copy=False)
            parts = []
            while part.more:
                part = self.socket.recv(zmq.NOBLOCK, copy=False)
                parts.append(part.buffer)
            self._waiting.append((topic.bytes, parts))

    def pop_newest(self) -> Any:
        """The newest that can be read, or None; those before it are not even unpacked."""
        if not self._waiting:
            return None
        newest = None
        while newest is None and self._waiting:
            newest = self._read(self._waiting.pop())
        self._waiting.clear()
        self.behind = newest is None or self._stale()
        return newest

    def pop_all(self) -> list[Any]:
        """All that can be read, oldest first."""
        waiting = list(self._waiting)
        self._waiting.clear()
        return [message for message in map(self._read, waiting) if message is not None]

    def _read(self, arrived: tuple[bytes, list[memoryview]]) -> Any:
        topic, parts = arrived
        try:
            envelope, message = codec.decode(parts, self._mappings.take)
            if type(message) is not self._row.message:
                raise codec.WireError("malformed", f"a {type(message).__name__} on {self._row.kind}")
        except codec.WireError as error:
            self._drop(error)
            return None
        if self._row.kept:
            if self._kept.get(topic) == (envelope.session, envelope.seq):
                return None
            self._kept[topic] = (envelope.session, envelope.seq)
        self._count.inc()
        self._last = envelope
        return message

    def _drop(self, error: codec.WireError) -> None:
        self._metrics.dropped.labels(self._row.kind, error.reason).inc()
        if error.reason not in self._complained:
            self._complained.add(error.reason)
            _log.warning(
                "a message on %s was dropped, %s: %s. More are only counted", self._row.kind, error.reason, error
            )

    def _stale(self) -> bool:
        age = age_s(self._last.sent_ns, self._last.boot) if self._last else None
        return age is not None and age > STALE_S
