"""A recorder before a camera and a segment of our own, with a clock that the tests turn."""

import time
from pathlib import Path

import numpy as np

from common.messages import (
    Capture,
    Frame,
    FrameKey,
    Plate,
    PlateHealth,
    PlateState,
    Recording,
    RecordingTarget,
)
from common.sets import ImageSets
from common.settings import RecorderSettings
from services.recorder.shelf import Shelf
from services.recorder.worker import Recorder

BKG, SAV = Capture(RecordingTarget.PLATE), Capture(RecordingTarget.FRAME)
EMPTY = np.full((24, 32, 3), 90, np.uint8)
PLATE = np.full((24, 32, 3), 91, np.uint8)
GOOD = PlateHealth(PlateState.GOOD, "")


class Segment:
    """Answers LearnPlate as told; `asked` holds what it was asked."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.asked: list[object] = []

    def __call__(self, request: object) -> "Segment":
        self.asked.append(request)
        return self

    def reply(self) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def told(job: str = "job-1", image: np.ndarray = PLATE, **changes: object) -> Plate:
    """What segment tells of a job."""
    values = {"plate_id": "p", "image": image, "camera": "cam0", "frames": 31, "job": job, "health": GOOD}
    return Plate(**{**values, **changes})


class Studio:
    """A recorder with a clock of its own, in front of a camera that shows `picture` thirty times a second."""

    def __init__(self, root: Path, number: int = 0, answer: object = None) -> None:
        self.now = 1000.0
        self.picture: np.ndarray | None = EMPTY
        self.root = root
        self.segment = Segment(answer)
        settings = RecorderSettings(sets=str(root), set=number)
        self.recorder = Recorder(settings, Shelf(root, number), 1.5, self.segment, lambda: self.now)
        self.run(0.1)

    def run(self, seconds: float) -> Recording:
        for _ in range(round(seconds * 30)):
            self.now += 1 / 30
            if self.picture is not None:
                key = FrameKey("cam0", "s", 0, 0, "b")
                self.recorder.see(Frame(key, self.picture, mirrored=False, source="test", index=0, live=True))
            self.recorder.turn()
        return self.settled()

    def settled(self) -> Recording:
        """The state once a file that is being written is there."""
        give_up = time.monotonic() + 20
        while self.recorder._saving is not None and time.monotonic() < give_up:
            time.sleep(0.002)
            self.recorder.turn()
        return self.recorder.turn()

    def learned(self, image: np.ndarray = PLATE, job: str = "job-1", **changes: object) -> Recording:
        self.recorder.hear(told(job, image, **changes))
        return self.run(0.1)

    def save_set(self, number: int, frames: int = 0) -> None:
        chosen = ImageSets(self.root).open(number)
        chosen.save_plate(PLATE)
        for _ in range(frames):
            chosen.save_frame(EMPTY)
