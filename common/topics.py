"""THE table of topics: who publishes what, how it is kept, how many may wait, and when silence means trouble.

The bus builds its sockets from these rows, `bgsub status` and the system test check the declared rates and silences,
docs/PROTOCOL.md prints them.
"""

from dataclasses import dataclass

from common import messages as m

SERVICES = ("camera", "pose", "segment", "recorder", "trainer", "ui")
"""Every service, in the order of its metrics port."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One row. Rates are in messages a second, times in seconds."""

    kind: str
    publisher: str
    """The service that sends it; `*` is every service."""
    message: type[m.Message]
    min_rate_hz: float
    """The rate it keeps while frames flow at 30 a second on two cores; 0 where it is sent only on change."""
    alive_s: float
    """Silence after which its sender counts as hung; 0 where silence says nothing."""
    kept: bool
    """The last value is sent again to whoever joins late."""
    queue: int
    """How many messages may wait on each side before the newest are dropped (ZeroMQ's high-water mark)."""
    per_camera: bool


TABLE = (
    Topic("frame", "camera", m.Frame, min_rate_hz=24, alive_s=3, kept=False, queue=3, per_camera=True),
    Topic("palms", "pose", m.Palms, min_rate_hz=5, alive_s=3, kept=False, queue=3, per_camera=True),
    Topic("mask", "segment", m.Mask, min_rate_hz=20, alive_s=3, kept=False, queue=3, per_camera=True),
    Topic("plate", "segment", m.Plate, min_rate_hz=0, alive_s=0, kept=True, queue=4, per_camera=True),
    Topic("recording", "recorder", m.Recording, min_rate_hz=0, alive_s=0, kept=True, queue=64, per_camera=True),
    Topic("training", "trainer", m.Training, min_rate_hz=0, alive_s=0, kept=True, queue=64, per_camera=False),
    Topic("health", "*", m.Health, min_rate_hz=1, alive_s=3, kept=True, queue=16, per_camera=False),
)

_BY_MESSAGE = {row.message: row for row in TABLE}


def topic_of(message: type[m.Message]) -> Topic:
    """The row of a message's class."""
    return _BY_MESSAGE[message]


def address(topic: Topic, camera: str, service: str) -> str:
    """The topic as it stands on the wire, `kind/instance/`; the slash ends it, since ZeroMQ matches prefixes."""
    if topic.publisher == "*":
        return f"{topic.kind}/{service}/"
    return f"{topic.kind}/{camera}/" if topic.per_camera else f"{topic.kind}/"


def published_by(service: str) -> tuple[Topic, ...]:
    """The rows a service sends."""
    return tuple(row for row in TABLE if row.publisher in (service, "*"))
