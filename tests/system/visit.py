"""One visit from the first plate to the end, the same at the window and at the page.

The demo's figure presses Bkg and Sav with its palms, as pose sees them; a visitor at the front presses the rest. What
the pictures must show is measured on the way, and each stage's picture goes to `keep`.
"""

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np

from common.bus import Bus
from common.messages import Frame, FrameKey, Image, Keypoint, Mask, Palms, Person, Plate, Recording, RecordingState
from common.metrics import Metrics
from common.settings import load_settings
from deploy import rpc
from deploy.supervisor import GROUP, socket_path
from services.camera.demo import FPS, PERIOD, truth
from tests.system import visit_checks as check
from tests.system.running import Running
from tests.system.visitors import Visitor

BACKDROP = "#e000c8"
"""A colour that neither the demo's room nor its figure has."""
BACKDROP_BGR = (0xC8, 0x00, 0xE0)
SETTINGS = {
    "BGSUB_RECORDER_BKG_SECONDS": "4",  # over when the figure has left
    "BGSUB_RECORDER_SAV_SECONDS": "0",  # soon, since the figure then goes to where Clone is
    "BGSUB_UI_BACKDROP": ",".join([BACKDROP] * 8),  # the figure presses Next as well
}
GREETS = range(round(10.9 * FPS), round(13.4 * FPS))
"""The demo's frames in which both palms are in sight and well apart."""
NEAR = 0.06
"""Of the width: a palm within a button's radius of the true one is right."""
CLONE, EXT = (0.15, 0.45), (0.85, 0.15)
KEPT = 150
DOUBLE_S = 14.0
Keep = Callable[[str, Image], None]


@dataclass
class Findings:
    """What a visit showed."""

    palms: str = ""
    """Whose palms pressed Bkg and Sav."""
    palms_near: float = 0.0
    """The share of the figure's true palms that pose saw within a button's radius."""
    sightings: int = 0
    """What pose said, times."""
    double: check.Double = field(default_factory=lambda: check.Double(0, 99, 0))
    pictures_hidden: int = 0
    """Pictures looked at under backdrop, segment killed among them."""
    cards: int = 0
    """How many of them were the card that says what is missing."""
    room_px: int = 0
    """The most patches of the room in one of them; see visit_checks.room_left."""
    room_on_cards: int = 0
    """The same of the cards alone."""
    film: str = ""
    seconds: float = 0.0


class Visit:
    """Watches the bus and the front all the while; every wait has a limit."""

    def __init__(self, running: Running, visitor: Visitor, keep: Keep) -> None:
        self.running, self.visitor, self._keep = running, visitor, keep
        self.found = Findings()
        self.pairs: deque[tuple[float, Image, Image]] = deque(maxlen=KEPT)
        self._frames: dict[FrameKey, Frame] = {}
        self._plate: Plate | None = None
        self._recording: Recording | None = None
        self._index = 0
        self._palms: list[bool] = []
        self._picture: Image | None = None
        self._on_picture: Callable[[Image], None] | None = None
        self._bus: Bus
        self._true_palms: Bus | None = None

    def run(self) -> Findings:
        """The whole visit. AssertionError where something does not come to pass."""
        truth(0)  # prepares the scene
        start = time.monotonic()
        with self.running.listen(Frame, Mask, Palms, Plate, Recording) as self._bus, self._palms_of_truth_closed():
            self._trust_palms()
            self._learn_by_palm()
            self._learn_for_clone()
            self._save_by_palm()
            self._clone()
            self._backdrop()
            self._end()
        self.found.seconds = time.monotonic() - start
        return self.found

    def _trust_palms(self) -> None:
        """Looks at what pose makes of the greeting figure; where it does not find it, plays the true palms instead."""
        self._until(lambda: self._index in GREETS, 40)
        self._palms.clear()
        self._until(lambda: self._index not in GREETS, 10)
        self.found.palms_near = sum(self._palms) / max(1, len(self._palms))
        self.found.palms = "PoseNet"
        if self.found.palms_near < 0.5:
            self.found.palms = "the demo's truth"
            self._supervisor("stopProcess", "pose")
            self._true_palms = Bus("pose", load_settings(), self.running.places, Metrics("pose"))

    def _learn_by_palm(self) -> None:
        # the figure comes again, should a busy machine have missed its press
        self._until(lambda: self._recorder() is RecordingState.COUNTDOWN, 20 + PERIOD / FPS)
        self._until(self._figure_is_away, 20)
        self.keep("1-bkg-by-palm")
        self._until((self.running.folder / "images/set1/bkg.png").exists, 20)

    def _learn_for_clone(self) -> None:
        """By click, while the room is empty."""
        self._until(lambda: self._plate is not None and self._plate.plate_id, 10)
        assert self._plate is not None
        self.visitor.key("3")
        before = self._plate.plate_id
        self.visitor.click(*CLONE)
        self._for(1.0)
        self.keep("2-clone-counts")
        self._until(lambda: self._plate is not None and self._plate.plate_id != before, 12)
        self._for(1.0)
        self.visitor.key("1")

    def _save_by_palm(self) -> None:
        self._until((self.running.folder / "images/set1/0.png").exists, 40)
        self.keep("3-sav-by-palm")

    def _clone(self) -> None:
        """The double must be the mirrored person; then more of them, and a film of it."""
        self.visitor.key("3")
        self.visitor.key("r")
        self.visitor.click(*CLONE)
        tries: list[tuple[check.Double, Image]] = []

        def look(picture: Image) -> None:
            near = [(frame, alpha) for at, frame, alpha in self.pairs if time.monotonic() - at < 3]
            if near:
                tries.append((check.double(picture, *check.best_frame(picture, near)), picture))

        self._on_picture = look
        # a picture read from the screen may be torn, the first have none, and what is said lies over others, for 8 s
        # where it offers an undo; a wrong double is wrong in all of them
        deadline = time.monotonic() + DOUBLE_S
        while time.monotonic() < deadline and not any(one.is_right for one, _ in tries):
            self._turn()
        self._on_picture = None
        self.found.double, picture = max(tries, key=lambda one: (one[0].is_right, one[0].shown))
        self._keep("4-double", picture)
        self.visitor.key("d")
        self.visitor.key("d")
        self._for(0.4)
        self.keep("5-three-doubles")
        self.visitor.key("r")

    def _backdrop(self) -> None:
        """Every picture that leaves is looked at for the room, while segment dies and comes back."""
        self.visitor.key("4")
        self._for(0.8)
        self.keep("6-backdrop")
        self.visitor.seen()
        self._on_picture = self._look_for_room
        self._for(0.5)
        os.kill(self.running.pids()["segment"], signal.SIGKILL)
        # and kept down for a while: it would be back within a second
        self._supervisor("stopProcess", "segment")
        self._until(lambda: self.found.cards > 0, 15)
        self._for(0.5)
        self.keep("7-segment-killed")
        self._supervisor("startProcess", "segment")
        self._until(self._shows_backdrop, 15)
        self._for(0.5)
        self._on_picture = None

    def _look_for_room(self, picture: Image) -> None:
        assert self._plate is not None
        self.found.pictures_hidden += 1
        rooms = self._plate.image, list(self._frames.values())[-1].image
        left = check.room_left(picture, rooms, BACKDROP_BGR)
        if left > self.found.room_px:
            self.found.room_px = left
            self._keep("room-seen", picture)
        if not self._is_backdrop(picture):
            self.found.cards += 1
            self.found.room_on_cards = max(self.found.room_on_cards, left)

    def _is_backdrop(self, picture: Image) -> bool:
        other = check.foreign(picture, BACKDROP_BGR, np.zeros(check.free().shape, bool))
        return other < 0.6 * int(check.free().sum())

    def _shows_backdrop(self) -> bool:
        return self._picture is not None and self._is_backdrop(self._picture)

    def _end(self) -> None:
        self.visitor.click(*EXT)
        assert self.running.process.wait(10) == 0
        self.found.film = next((str(path) for path in (self.running.folder / "snapshots").glob("*.mp4")), "")

    # --- what goes on all the while

    def _turn(self) -> None:
        self._bus.wait(0.01)
        self._hear(time.monotonic())
        seen = self.visitor.seen()
        for picture in seen if self._on_picture is not None else seen[-1:]:
            self._picture = picture()
            if self._on_picture is not None:
                self._on_picture(self._picture)

    def _hear(self, now: float) -> None:
        for frame in self._bus.every(Frame):
            self._index = frame.index % PERIOD
            self._frames[frame.key] = frame
            if self._true_palms is not None:
                self._true_palms.publish(true_palms(frame))
        for key in list(self._frames)[:-60]:
            del self._frames[key]
        for mask in self._bus.every(Mask):
            paired = self._frames.get(mask.key)
            if paired is not None:
                self.pairs.append((now, paired.image, mask.alpha))
        sightings = self._bus.every(Palms)
        self.found.sightings += len(sightings)
        for palms in sightings[-1:]:
            self._judge(palms)
        for plate in self._bus.every(Plate):
            self._plate = plate
        for recording in self._bus.every(Recording):
            self._recording = recording

    def _judge(self, palms: Palms) -> None:
        frame = self._frames.get(palms.key)
        if frame is None or frame.index % PERIOD not in GREETS:
            return
        seen = [hand for one in palms.people for hand in (one.left_palm, one.right_palm) if hand is not None]
        true = truth(frame.index, frame.image.shape[1], frame.image.shape[0])
        for palm in (true.left_palm, true.right_palm):
            if palm is not None:
                near = NEAR * frame.image.shape[1]
                self._palms.append(any(np.hypot(palm[0] - one.x, palm[1] - one.y) <= near for one in seen))

    def _supervisor(self, method: str, service: str) -> None:
        rpc.call(socket_path(self.running.places), f"supervisor.{method}", f"{GROUP}:{service}", True, timeout_s=10)

    def _recorder(self) -> RecordingState | None:
        return self._recording.state if self._recording is not None else None

    def _figure_is_away(self) -> bool:
        return not truth(self._index).alpha.any()

    def _until(self, wanted: Callable[[], object], limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        while not wanted():
            self._turn()
            if time.monotonic() > deadline and not wanted():
                self.keep("failed")
                raise AssertionError(f"waited {limit_s:g} s in vain at the {self.visitor.name}; so far {self.found}")

    def _for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._turn()

    def keep(self, name: str) -> None:
        """The picture of now."""
        if self._picture is not None:
            self._keep(name, self._picture)

    @contextmanager
    def _palms_of_truth_closed(self) -> Iterator[None]:
        try:
            yield
        finally:
            if self._true_palms is not None:
                self._true_palms.close()


def true_palms(frame: Frame) -> Palms:
    """What pose would say of a frame of the demo if it saw everything."""
    found = truth(frame.index, frame.image.shape[1], frame.image.shape[0])
    left, right = (Keypoint(*palm, 1.0) if palm is not None else None for palm in (found.left_palm, found.right_palm))
    return Palms(frame.key, (Person(1.0, (), left, right),) if left or right else ())


def sheet(pictures: dict[str, Image]) -> Image:
    """All stages side by side, three in a row."""
    shown = [np.asarray(cv2.resize(image, (480, 360), interpolation=cv2.INTER_AREA)) for image in pictures.values()]
    shown += [np.zeros_like(shown[0])] * (-len(shown) % 3)
    return np.vstack([np.hstack(shown[at : at + 3]) for at in range(0, len(shown), 3)])
