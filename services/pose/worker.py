"""What pose does with a frame: people, their palms, smoothed over time."""

from collections.abc import Callable

from common.clock import age_s
from common.messages import Frame, Palms, ServiceState
from common.service import Vitals
from common.settings import PoseSettings
from services.pose.estimator import Estimator
from services.pose.loading import Loading
from services.pose.palms import to_person
from services.pose.tracks import Tracks


class Watcher:
    """Knows no bus. Without weights it sees nobody and says why."""

    def __init__(self, loading: Loading, settings: PoseSettings) -> None:
        self._loading = loading
        self._min_score = settings.min_score
        self._estimator: Estimator | None = None
        self._tracks = Tracks(settings.min_score)
        self._camera = ""
        self._latency_ms: float | None = None

    def look(self, frame: Frame) -> Palms:
        """The people in the frame, left and right being their own, also in a mirror image."""
        people = self._estimator.people(frame.image) if self._estimator else []
        if frame.mirrored:
            people = [person.mirrored() for person in people]
        if frame.key.session != self._camera:
            self._camera, self._tracks = frame.key.session, Tracks(self._min_score)
        people = self._tracks.smooth(people, frame.image.shape[1], frame.key.capture_ns / 1e9)
        age = age_s(frame.key.capture_ns, frame.key.boot)
        self._latency_ms = None if age is None else age * 1e3
        return Palms(frame.key, tuple(to_person(person, self._min_score) for person in people))

    def vitals(self) -> Vitals:
        """Also the place where the network is asked for, until it is there."""
        if self._estimator is None:
            self._estimator = self._loading.estimator()
        if self._estimator is None:
            return Vitals(ServiceState.DEGRADED, error=self._loading.words, latency_ms=self._latency_ms)
        return Vitals(device=self._estimator.device, latency_ms=self._latency_ms)

    def close(self) -> None:
        """Leaves no process behind."""
        self._loading.close()


class Pace:
    """Lets through so many turns a second and no more, evenly, on average exactly."""

    def __init__(self, rate_hz: float, clock: Callable[[], float]) -> None:
        self._period, self._clock, self._next = 1 / rate_hz, clock, 0.0

    def due(self) -> bool:
        """Whether the next turn may begin."""
        return self._clock() >= self._next

    def took(self) -> None:
        """A turn begins; lateness is made up for within one period, and forgotten beyond."""
        self._next = max(self._next + self._period, self._clock())
