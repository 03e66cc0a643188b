"""Everything the picture tells of: the newest of each message, and how long ago it came."""

from collections import deque
from dataclasses import dataclass

from common.clock import boot_id
from common.messages import (
    Frame,
    FrameKey,
    Health,
    Image,
    Keypoint,
    Mask,
    Message,
    Palms,
    Plate,
    PlateHealth,
    PlateState,
    Recording,
    ServiceState,
    Training,
)
from common.topics import SERVICES, topic_of
from services.ui.pairing import Pairing

CAMERA_GONE_S = 1.5
STARTING_S = 6.0
"""Services may take so long to come up before their silence is worth a word."""
_RATE_OVER_S = 1.0
_LATENCIES = 45
_NO_PLATE = PlateHealth(PlateState.NONE, "")


@dataclass(frozen=True, slots=True)
class Came:
    """A message and when it came, in seconds of the monotonic clock."""

    message: Recording
    at: float


class State:
    """For the main loop alone. `now` is always seconds of the monotonic clock."""

    def __init__(self, pairing: Pairing, now: float) -> None:
        self.pairing = pairing
        self.started = now
        self.frame: Frame | None = None
        self.mask: Mask | None = None
        self.palms: Palms | None = None
        self.plate: Plate | None = None
        self.refused_plate: Plate | None = None
        """Of the last learning that came to nothing: its job, and why."""
        self.recording: Came | None = None
        self.training: Training | None = None
        self.training_came = float("-inf")
        """When its state was last seen to change."""
        self._health: dict[str, tuple[Health, float]] = {}
        self._frame_came = self._mask_came = float("-inf")
        self._shown: deque[float] = deque(maxlen=240)
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)

    def take(self, message: Message, now: float) -> None:
        """Takes a message in. Images stay the bus's own read-only arrays."""
        match message:
            case Frame():
                self.frame, self._frame_came = message, now
                self.pairing.add_frame(message, now)
            case Mask():
                self.mask, self._mask_came = message, now
                self.pairing.add_mask(message, now)
            case Palms():
                self.palms = message
            case Plate() if message.job and not message.frames:
                self.refused_plate = message
            case Plate():
                self.plate = message
            case Recording():
                self.recording = Came(message, now)
            case Training():
                if self.training is not None and message.state is not self.training.state:
                    self.training_came = now
                self.training = message
            case Health():
                self._health[message.service] = message, now

    def shown(self, key: FrameKey, at_ns: int) -> float | None:
        """A front showed the frame; returns capture to picture in seconds, None where the clocks are not the same."""
        if key.boot != boot_id():
            return None
        self._latencies.append((at_ns - key.capture_ns) / 1e9)
        return self._latencies[-1]

    def drew(self, now: float) -> None:
        """A new frame was drawn."""
        self._shown.append(now)

    def fps(self, now: float) -> float:
        """Frames drawn over the last second."""
        return sum(now - at <= _RATE_OVER_S for at in self._shown) / _RATE_OVER_S

    def latency_ms(self) -> float | None:
        """Median capture-to-picture of the last pictures; None while unknown, as for a file on another host."""
        if not self._latencies:
            return None
        return 1000 * sorted(self._latencies)[len(self._latencies) // 2]

    def camera_gone(self, now: float) -> bool:
        """No frame has come for a while."""
        return now - self._frame_came > CAMERA_GONE_S

    def mask_gone(self, now: float) -> bool:
        """No mask has come for a while."""
        return now - self._mask_came > topic_of(Mask).alive_s

    def health(self, service: str) -> Health | None:
        """The last heartbeat, None if there never was one."""
        return self._health[service][0] if service in self._health else None

    def alive(self, service: str, now: float) -> bool:
        """Whether its heart beats."""
        return service in self._health and now - self._health[service][1] <= topic_of(Health).alive_s

    def sees_palms(self, now: float) -> bool:
        """Whether pose is there and has what it needs."""
        health = self.health("pose")
        return self.alive("pose", now) and health is not None and not health.error

    def missing(self, service: str, now: float) -> bool:
        """Whether it should be there by now and is not."""
        return not self.alive(service, now) and now - self.started > STARTING_S

    def services(self, now: float) -> list[tuple[str, str]]:
        """Each service with its state in a word."""
        return [(name, self._word(name, now)) for name in SERVICES]

    def _word(self, name: str, now: float) -> str:
        if not self.alive(name, now):
            return "missing" if self.missing(name, now) else "starting"
        health = self._health[name][0]
        return "degraded" if health.state is ServiceState.RUNNING and health.error else health.state.value

    def plate_health(self) -> PlateHealth:
        """The newest word on the plate: the mask's, which comes with every frame, else the plate's own."""
        if self.plate is None or not self.plate.plate_id:
            return _NO_PLATE
        if self.mask is not None and self.mask.plate_id == self.plate.plate_id:
            return self.mask.health
        return self.plate.health

    def has_plate(self) -> bool:
        """Whether there is a plate at all."""
        return self.plate is not None and bool(self.plate.plate_id)

    def plate_under(self, mask: Mask) -> Image | None:
        """The plate that the mask was made with, None while another one is known, or none."""
        return self.plate.image if self.plate is not None and self.plate.plate_id == mask.plate_id else None

    def palm_points(self) -> tuple[Keypoint, ...]:
        """The palms of the newest sighting, both hands of everybody."""
        people = self.palms.people if self.palms is not None else ()
        return tuple(palm for person in people for palm in (person.left_palm, person.right_palm) if palm is not None)

    def seconds_left(self, now: float) -> float:
        """Of the recorder's countdown, carried on since its last message."""
        if self.recording is None:
            return 0.0
        return max(0.0, self.recording.message.seconds_left - (now - self.recording.at))
