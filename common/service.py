"""What starting any service needs: logs, signals, the metrics port, the heartbeat, an end without leftovers."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from prometheus_client import start_http_server

from common.bus import Bus
from common.control import Call, ControlServer
from common.errors import UserError
from common.messages import AskStatus, Health, Image, Message, ServiceState
from common.metrics import Metrics
from common.parent import die_with
from common.places import Places, places
from common.settings import Settings
from common.topics import SERVICES

BEAT_S = 0.5
KEPT_AGAIN_S = 2.0
RATE_OVER_S = 2.0
HAND_OVER_S = 0.0005

M = TypeVar("M", bound=Message)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a worker says of itself. `error` is one sentence, empty while all is well."""

    state: ServiceState = ServiceState.RUNNING
    device: str = ""
    error: str = ""
    latency_ms: float | None = None
    rate_hz: float | None = None
    """For a service whose work is not what it publishes; else the bus's own count is told."""


class ServiceLike(Protocol):
    """What a service's `run` needs of its surroundings; tests/fakes.py meets it without a socket."""

    metrics: Metrics
    session: str

    def stopping(self) -> bool: ...
    def wait(self, timeout_s: float) -> None: ...
    def publish(self, message: Message) -> None: ...
    def loan(self, kind: type[Message], shape: tuple[int, ...]) -> Image: ...
    def newest(self, kind: type[M]) -> M | None: ...
    def every(self, kind: type[M]) -> list[M]: ...
    def requests(self) -> list[Call]: ...
    def beat(self, vitals: Vitals) -> None: ...


class Service:
    """A running service: bus, control, metrics and heartbeat. For the main loop alone."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        where: Places,
        reads: Sequence[type[Message]],
        stop: list[int] | None = None,
    ) -> None:
        """Anything in `stop` asks for the end. Raises UserError where this service runs already."""
        self.name = name
        self.settings = settings
        self.places = where
        self.metrics = Metrics(name)
        self._bus = Bus(name, settings, where, self.metrics, reads)
        try:
            self._control = ControlServer(name, self._bus, settings, where, self.metrics)
        except UserError:
            self._bus.close()
            raise
        self.session = self._bus.session
        self._stop = stop if stop is not None else []
        self._supervisor = _supervisor()
        self._heart = _Heart(name, self._bus)

    def stopping(self) -> bool:
        """True once a signal or `stop` asked for the end."""
        return bool(self._stop)

    def stop(self) -> None:
        """Asks the loop to end."""
        self._stop.append(0)

    def wait(self, timeout_s: float) -> None:
        """See Bus.wait."""
        self._bus.wait(timeout_s)

    def publish(self, message: Message) -> None:
        """See Bus.publish."""
        self._bus.publish(message)

    def loan(self, kind: type[Message], shape: tuple[int, ...]) -> Image:
        """See Bus.loan."""
        return self._bus.loan(kind, shape)

    def newest(self, kind: type[M]) -> M | None:
        """See Bus.newest."""
        return self._bus.newest(kind)

    def every(self, kind: type[M]) -> list[M]:
        """See Bus.every."""
        return self._bus.every(kind)

    def requests(self) -> list[Call]:
        """The requests for the worker; a question for the status is answered here."""
        calls = []
        for call in self._control.requests():
            if isinstance(call.request, AskStatus):
                call.reply(self._heart.health())
            else:
                calls.append(call)
        return calls

    def beat(self, vitals: Vitals) -> None:
        """Call it every turn of the main loop, and from nowhere else: a loop that hangs must fall silent."""
        self._heart.beat(vitals)
        if vitals.device:
            self.metrics.device(vitals.device)
        if self._supervisor and os.getppid() != self._supervisor:
            self.stop()

    def close(self) -> None:
        """Closes every socket at once."""
        self._control.close()
        self._bus.close()


class _Heart:
    """Turns vitals into Health messages at a steady pace."""

    def __init__(self, name: str, bus: Bus) -> None:
        self._name = name
        self._bus = bus
        self._started = time.monotonic()
        self._beat_at = self._kept_at = 0.0
        self._vitals = Vitals(ServiceState.STARTING)
        self._counts: list[tuple[float, int]] = []

    def beat(self, vitals: Vitals) -> None:
        now = time.monotonic()
        changed = (vitals.state, vitals.error) != (self._vitals.state, self._vitals.error)
        self._vitals = vitals
        if changed or now - self._beat_at >= BEAT_S:
            self._beat_at = now
            self._count(now)
            self._bus.publish(self.health())
        if now - self._kept_at >= KEPT_AGAIN_S:
            self._kept_at = now
            self._bus.repeat_kept()

    def health(self) -> Health:
        vitals = self._vitals
        return Health(
            service=self._name,
            state=vitals.state,
            pid=os.getpid(),
            uptime_s=time.monotonic() - self._started,
            rate_hz=self._rate_hz() if vitals.rate_hz is None else vitals.rate_hz,
            latency_ms=vitals.latency_ms,
            device=vitals.device,
            error=vitals.error,
        )

    def _count(self, now: float) -> None:
        sent = max((count for kind, count in self._bus.published.items() if kind != "health"), default=0)
        self._counts = [(at, count) for at, count in self._counts if now - at <= RATE_OVER_S] + [(now, sent)]

    def _rate_hz(self) -> float | None:
        if len(self._counts) < 2:
            return None
        (first_at, first), (last_at, last) = self._counts[0], self._counts[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else None


@contextmanager
def running(name: str, settings: Settings, reads: Sequence[type[Message]] = ()) -> Iterator[Service]:
    """A service that lives as long as the block; SIGTERM and SIGINT make `stopping()` true.

    Raises UserError where it runs already or its metrics port is taken.
    """
    _log_to_stderr(name)
    _die_with_supervisor()
    # threads that write files or talk to pages give the interpreter back to the loop sooner than after the usual 5 ms
    sys.setswitchinterval(HAND_OVER_S)
    # not an Event: the handler of a second signal would wait for the lock that the first one's holds
    stop: list[int] = []
    # before anything of the service can be seen: who sees it may end it
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: stop.append(got))
    service = Service(name, settings, places(), reads, stop)
    stop_metrics = _serve_metrics(service)
    try:
        yield service
    finally:
        stop_metrics()
        service.close()
        _log.info("stopped")


def _log_to_stderr(name: str) -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format=f"%(asctime)s {name} %(levelname)s %(message)s", force=True
    )


def _supervisor() -> int:
    """The pid of the supervisor that started this process, 0 where a person did."""
    return int(os.environ.get("BGSUB_SUPERVISED", "0"))


def _die_with_supervisor() -> None:
    """Where a supervisor started this process, its death (even by kill -9) is ours: no orphan holds the camera.

    What is on disk withstands it. Elsewhere than on Linux `beat` sees that the parent is another one. Raises
    UserError where it died before this was asked for.
    """
    supervisor = _supervisor()
    if supervisor and not die_with(supervisor):
        raise UserError("The supervisor that started this process has ended, and so does this process.")


def _serve_metrics(service: Service) -> Callable[[], None]:
    port = service.places.base_port + SERVICES.index(service.name)
    try:
        server, thread = start_http_server(port, "127.0.0.1", service.metrics.registry)
    except OSError as error:
        service.close()
        raise UserError(
            f"The metrics port 127.0.0.1:{port} of {service.name} is taken ({error.strerror}). "
            "Set BGSUB_BASE_PORT, or another BGSUB_INSTANCE."
        ) from None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(timeout=2)

    return stop
