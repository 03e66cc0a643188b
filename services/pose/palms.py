"""Palms from skeletons: beyond the wrist, along the forearm."""

import numpy as np

from common.messages import Keypoint, Person
from services.pose.skeleton import NAMES, Floats, Skeleton

REACH = 0.35
"""Palm's centre beyond the wrist, in forearms; chosen by eye-marked palms (docs/adr/0021)."""


def to_person(skeleton: Skeleton, min_score: float) -> Person:
    """The message for one skeleton whose left and right are the person's own."""
    points = skeleton.keypoints
    return Person(
        float(skeleton.score),
        tuple(to_keypoint(point) for point in points),
        left_palm=palm(points, "left", min_score),
        right_palm=palm(points, "right", min_score),
    )


def palm(points: Floats, side: str, min_score: float) -> Keypoint | None:
    """The palm of one side, None where the wrist is seen too poorly to trust it.

    The elbow only gives the direction, which its place in the skeleton tells well enough where it is hidden.
    """
    wrist, elbow = points[NAMES.index(f"{side}_wrist")], points[NAMES.index(f"{side}_elbow")]
    x, y = wrist[:2] + REACH * (wrist[:2] - elbow[:2])
    return to_keypoint(np.array((x, y, wrist[2]))) if wrist[2] >= min_score else None


def to_keypoint(point: Floats) -> Keypoint:
    """x, y, score."""
    x, y, score = (float(value) for value in point)
    return Keypoint(x, y, float(np.clip(score, 0, 1)))
