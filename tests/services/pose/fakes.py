"""A pose estimator that sees what the test says, and a loading that hands it over when the test says."""

from dataclasses import dataclass, field

import numpy as np

from common.clock import boot_id, now_ns
from common.messages import Frame, FrameKey, Image
from services.pose.skeleton import Skeleton
from tests.services.pose.drawn import person_at


@dataclass
class FakeEstimator:
    """Sees somebody whose nose is at 320, 100, all joints well."""

    device: str = "fake"
    looked: list[Image] = field(default_factory=list)

    def people(self, image: Image) -> list[Skeleton]:
        self.looked.append(image)
        points = np.column_stack([person_at(320, 100), np.full(17, 0.9)]).astype(np.float32)
        return [Skeleton(0.9, points)]


@dataclass
class FakeLoading:
    """Has an estimator after it was asked `after` times."""

    ready: FakeEstimator
    after: int = 0
    words: str = "There are no pose weights."
    closed: bool = False

    def estimator(self) -> FakeEstimator | None:
        self.after -= 1
        return self.ready if self.after < 0 else None

    def close(self) -> None:
        self.closed = True


def frame(seq: int = 0, mirrored: bool = False, session: str = "one") -> Frame:
    """A black frame taken now."""
    key = FrameKey("cam0", session, seq, now_ns(), boot_id())
    return Frame(key, np.zeros((480, 640, 3), np.uint8), mirrored, "test", seq, live=True)
