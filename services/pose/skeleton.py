"""The 17 joints of COCO, and the tree along which PoseNet walks from one to the next."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
    "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
    "right_ankle",
)  # fmt: skip
KEYPOINTS = len(NAMES)

_TREE = (
    "nose left_eye", "left_eye left_ear", "nose right_eye", "right_eye right_ear",
    "nose left_shoulder", "left_shoulder left_elbow", "left_elbow left_wrist",
    "left_shoulder left_hip", "left_hip left_knee", "left_knee left_ankle",
    "nose right_shoulder", "right_shoulder right_elbow", "right_elbow right_wrist",
    "right_shoulder right_hip", "right_hip right_knee", "right_knee right_ankle",
)  # fmt: skip
EDGES = tuple((NAMES.index(parent), NAMES.index(child)) for parent, child in map(str.split, _TREE))
"""Parent and child of each edge, in the order of the network's displacement channels."""

OTHER_SIDE = tuple(
    NAMES.index(name.replace("left", "?").replace("right", "left").replace("?", "right")) for name in NAMES
)
"""For each joint the index of its mirror image."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """One person. `keypoints` is 17x3: x and y in pixels, score 0..1; left and right as on an unmirrored picture."""

    score: float
    keypoints: Floats

    def mirrored(self) -> "Skeleton":
        """The same points with left and right exchanged: what they mean where the picture is a mirror image."""
        return Skeleton(self.score, self.keypoints[list(OTHER_SIDE)])
