"""Messages and a desk for the tests of the UI, its benchmark and its pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from common.clock import boot_id, now_ns
from common.messages import (
    Alpha,
    Frame,
    FrameKey,
    Health,
    Image,
    Keypoint,
    Mask,
    Palms,
    Person,
    Plate,
    PlateHealth,
    PlateState,
    Recording,
    RecordingState,
    RecordingTarget,
    Reply,
    Request,
    ServiceState,
)
from common.metrics import Metrics
from common.topics import SERVICES
from services.ui.actions import Ask
from services.ui.apps.app import App
from services.ui.apps.catalogue import apps
from services.ui.desk import Desk
from services.ui.errands import ClientLike, Errands
from services.ui.painter import Painter
from services.ui.pairing import Pairing, Sync
from services.ui.state import State
from services.ui.touch import Feel, Touch

GOOD = PlateHealth(PlateState.GOOD, "")


def key(seq: int, session: str = "s", capture_ns: int | None = None) -> FrameKey:
    return FrameKey("cam0", session, seq, now_ns() if capture_ns is None else capture_ns, boot_id())


def frame(seq: int, image: Image | None = None, session: str = "s", capture_ns: int = 0) -> Frame:
    if image is None:
        image = np.full((480, 640, 3), 120, np.uint8)
    image.flags.writeable = False
    return Frame(key(seq, session, capture_ns), image, mirrored=False, source="test", index=seq, live=False)


def mask_of(of: Frame, alpha: Alpha | None = None, plate_id: str = "p1", health: PlateHealth = GOOD) -> Mask:
    if alpha is None:
        alpha = np.zeros(of.image.shape[:2], np.uint8)
        cv2.ellipse(alpha, (320, 280), (90, 160), 0, 0, 360, 255, -1)
    alpha.flags.writeable = False
    return Mask(of.key, alpha, "w1", plate_id, health, "torch cpu")


def plate(plate_id: str = "p1", health: PlateHealth = GOOD, job: str = "job", frames: int = 30) -> Plate:
    return Plate(plate_id, np.full((480, 640, 3), 90, np.uint8), "cam0", frames, job, health)


def palms(seq: int, *points: tuple[float, float]) -> Palms:
    people = tuple(Person(0.9, (), Keypoint(x, y, 0.9), None) for x, y in points)
    return Palms(key(seq), people)


def health(service: str, state: ServiceState = ServiceState.RUNNING, error: str = "", device: str = "cpu") -> Health:
    return Health(service, state, 1, 10.0, 30.0, 12.0, device, error)


def recording(
    state: RecordingState,
    target: RecordingTarget = RecordingTarget.PLATE,
    *,
    left: float = 0.0,
    total: float = 5.0,
    frames: int = 0,
    words: str = "",
    saved: str = "",
) -> Recording:
    return Recording(state, target, total, left, 3, True, frames, saved, words, "job")


class FakePending:
    """Answers with what it was given; an error is raised."""

    def __init__(self, answer: Reply | Exception | None) -> None:
        self._answer = answer

    def reply(self) -> Reply | None:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class FakeClient:
    """Keeps what was sent."""

    def __init__(self, sent: list[Ask], service: str, answer: Reply | Exception | None) -> None:
        self._sent, self._service, self._answer = sent, service, answer

    def send(self, request: Request, timeout_s: float) -> FakePending:
        self._sent.append(Ask(self._service, request, patience_s=timeout_s))
        return FakePending(self._answer)

    def close(self) -> None:
        pass


def desk(
    *,
    app: str = "studio",
    answer: Reply | Exception | None = None,
    sent: list[Ask] | None = None,
    sync: Sync = Sync.EXACT,
    all_apps: Sequence[App] | None = None,
    snapshots: Path = Path("nowhere"),
    client: Callable[[str], ClientLike] | None = None,
    size: tuple[int, int] = (480, 640),
    wait_s: float = 0.12,
    fps: float = 30,
) -> Desk:
    """A desk at time 0 whose requests land in `sent` and are answered with `answer`, or go to `client(service)`."""
    log = sent if sent is not None else []
    return Desk(
        all_apps or apps(),
        app,
        state=State(Pairing(sync, wait_s), 0.0),
        painter=Painter(*size),
        touch=Touch(Feel()),
        errands=Errands(client or (lambda service: FakeClient(log, service, answer))),
        metrics=Metrics("ui"),
        fps=fps,
        snapshots=snapshots,
    )


def alive(made: Desk, now: float, *services: str) -> None:
    """Lets the hearts of all services, or of those named, beat at `now`."""
    for service in services or SERVICES:
        made.take(health(service), now)


def room(data: Path, number: int, name: str = "0") -> tuple[Image, Alpha]:
    """A set's frame and mask."""
    image = cv2.imread(str(data / f"seed_sets/set{number}/{name}.png"))
    alpha = cv2.imread(str(data / f"seed_sets/set{number}/{name}_mask.png"), cv2.IMREAD_GRAYSCALE)
    assert image is not None and alpha is not None
    return np.asarray(image, np.uint8), np.asarray(alpha, np.uint8)
