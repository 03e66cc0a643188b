"""The seam for pose estimators. Another one (MediaPipe, RTMPose) is a file like this with a class of its own.

`PoseNetEstimator` is what runs; `services/pose/worker.py` knows the protocol alone.
"""

from pathlib import Path
from typing import Protocol

import numpy as np

from common.messages import Image
from common.settings import PoseSettings
from services.pose.decode import find_people
from services.pose.engine import PoseEngine, model_folder
from services.pose.models import MODELS, STRIDE
from services.pose.skeleton import Skeleton


class Estimator(Protocol):
    """Finds people in a picture."""

    @property
    def device(self) -> str:
        """What it computes on, and what it is, for `bgsub status`."""

    def people(self, image: Image) -> list[Skeleton]:
        """The people in a BGR picture, best first, in its pixels; left and right as if it were no mirror image."""


class PoseNetEstimator:
    """PoseNet in OpenVINO. Raises RuntimeError where the kept model is damaged."""

    def __init__(self, settings: PoseSettings, cache: Path, stride: int = STRIDE) -> None:
        folder = model_folder(MODELS[settings.model], stride, cache)
        self._engine = PoseEngine(folder, stride, settings.width, settings.threads)
        self._limit, self._min_score = settings.people, settings.min_person
        self.device = "cpu, openvino"

    def people(self, image: Image) -> list[Skeleton]:
        maps, seen = self._engine.maps(image)
        return [to_frame(person, seen, image) for person in find_people(maps, self._limit, self._min_score)]


def to_frame(person: Skeleton, seen: tuple[int, int], image: Image) -> Skeleton:
    """From pixels of the network's input, height and width `seen`, to those of the picture; pixels' centres fit."""
    (height, width), points = seen, person.keypoints.copy()
    scale = np.array((image.shape[1] / width, image.shape[0] / height), np.float32)
    points[:, :2] = (points[:, :2] + 0.5) * scale - 0.5
    return Skeleton(person.score, points)
