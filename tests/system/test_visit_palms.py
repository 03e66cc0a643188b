"""Palms on real pictures: a hand comes to rest where a button is, the real pose service sees it, and it presses.

The pictures are frames of real sets, moved until a palm that was marked by eye lies on the button, with a sensor's
noise and an unsteady hand. Nothing but the picture says where the palm is.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.bus import Bus
from common.clock import boot_id
from common.messages import Capture, Frame, FrameKey, Health, Image, Palms, RecordingTarget
from common.metrics import Metrics
from common.places import Places
from common.sets import read_image
from common.settings import load_settings
from services.ui.actions import Ask
from services.ui.apps.studio import BKG, SAV
from services.ui.draw.buttons import Button
from tests.services.ui.fakes import desk
from tests.system.conftest import Figure
from tests.system.running import until

pytestmark = pytest.mark.system

RATE_HZ = 12.0
EMPTY_S, ASIDE_S = 0.3, 1.2
LIMIT_S = 3.0
STALL_S = 20.0
TARGETS = {BKG.id: RecordingTarget.PLATE, SAV.id: RecordingTarget.FRAME}


@dataclass(frozen=True)
class Case:
    """A palm marked by eye in a picture of the sets, in pixels, and the button it is brought to."""

    picture: str
    palm: tuple[int, int]
    button: Button


CASES = [
    Case("set10/1.png", (445, 267), SAV),
    Case("set13/0.png", (375, 322), SAV),
    Case("set25/0.png", (252, 330), BKG),
    Case("set25/2.png", (174, 318), BKG),
    Case("set25/3.png", (439, 311), SAV),
]
"""Hands well apart, whose palms pose sees within a button's radius; `python -m benchmarks.palms` tells of all."""


def moved(image: Image, right: float, down: float) -> Image:
    """The picture moved; its border goes on where nothing was."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    size = image.shape[1], image.shape[0]
    return np.asarray(cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)


class Room:
    """A camera that plays pictures, the real pose service, and a desk that hears what it sees.

    The clock of frames and desk goes on with pose's answers, RATE_HZ of them a second: so a busy machine presses like
    an idle one.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._seq = 0
        self._rng = np.random.default_rng(1)
        self._noise = self._rng.normal(0, 2, (480, 640, 3)).astype(np.int16)
        self.now = 100.0
        self.asked: list[Ask] = []
        self.desk = desk(sent=self.asked)
        self.health: Health | None = None

    def show(self, image: Image) -> bool:
        """One frame; whether pose answered, and so time went on."""
        hand = self._rng.normal(0, 1.0, 2)
        noise = np.roll(self._noise, self._seq * 7919, axis=1)
        picture = np.asarray(cv2.add(moved(image, *hand), noise, dtype=cv2.CV_8U), np.uint8)
        key = FrameKey("cam0", self._bus.session, self._seq, round(self.now * 1e9), boot_id())
        frame = Frame(key, picture, True, "set", self._seq, True)
        self._seq += 1
        self._bus.publish(frame)
        self._bus.wait(0.09)
        for health in self._bus.every(Health):
            self.health = health if health.service == "pose" else self.health
        answers = self._bus.every(Palms)
        for palms in answers:
            self.now += 1 / RATE_HZ
            self.desk.take(frame, self.now)
            self.desk.take(palms, self.now)
            self.desk.turn(self.now)
        return bool(answers)

    def hold(self, image: Image, seconds: float, until_asked: bool = False) -> float:
        """Shows the same picture for so long, or until something was asked for; the seconds it took."""
        begun, deadline = self.now, time.monotonic() + STALL_S
        while self.now < begun + seconds and not (until_asked and self.asked):
            if self.show(image):
                deadline = time.monotonic() + STALL_S
            assert time.monotonic() < deadline, f"pose answered nothing for {STALL_S:g} s"
        return self.now - begun

    def blind(self) -> str:
        """Why pose sees nothing, in its own words; empty where it sees, or has said nothing yet."""
        return self.health.error if self.health is not None else ""


@pytest.fixture
def room(instance: Places) -> Iterator[Room]:
    """With pose at work; the test is skipped where it has no weights."""
    pose = subprocess.Popen([sys.executable, "-c", "from services.pose.main import main; main()"], env=os.environ)
    try:
        with Bus("camera", load_settings(), instance, Metrics("camera"), (Palms, Health)) as bus:
            made = Room(bus)
            blank = np.zeros((480, 640, 3), np.uint8)
            until(lambda: made.show(blank) or made.blind(), 60, every_s=0)
            if made.blind():
                pytest.skip(f"pose sees nothing here: {made.blind()}")
            made.asked.clear()
            yield made
    finally:
        pose.terminate()
        pose.wait(10)


def test_a_palm_that_rests_on_a_button_presses_it(room: Room, data: Path, figure: Figure) -> None:
    waited = []
    for case in CASES:
        path = data / "seed_sets" / case.picture
        image, empty = read_image(path), read_image(path.with_name("bkg.png"))
        x, y = case.palm
        right, down = case.button.x * image.shape[1] - x, case.button.y * image.shape[0] - y
        room.hold(moved(empty, right, down), EMPTY_S)
        # below the button nothing is pressed, however long the palm rests there
        below = 2.0 * 0.06 * image.shape[1]
        room.hold(moved(image, right, down + below), ASIDE_S)
        assert room.asked == [], f"{case} was pressed from aside"
        waited.append(room.hold(moved(image, right, down), LIMIT_S, until_asked=True))
        assert room.asked == [Ask("recorder", Capture(TARGETS[case.button.id]))], f"{case} was not pressed"
        room.asked.clear()
    seconds = ", ".join(f"{second:.1f}" for second in waited)
    figure(f"palms on real pictures: {len(waited)} of {len(CASES)} pressed, after {seconds} s")
