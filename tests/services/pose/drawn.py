"""Maps as a perfect network would make them, of people that the test made up."""

import numpy as np

from services.pose.decode import Maps, places_of
from services.pose.skeleton import EDGES, KEYPOINTS, NAMES, Floats

STRIDE = 16
CELLS = (31, 41)
BODY = {
    "nose": (0, 0), "left_eye": (4, -4), "right_eye": (-4, -4), "left_ear": (8, -2), "right_ear": (-8, -2),
    "left_shoulder": (25, 25), "right_shoulder": (-25, 25), "left_elbow": (45, 55), "right_elbow": (-45, 55),
    "left_wrist": (60, 25), "right_wrist": (-60, 85), "left_hip": (15, 90), "right_hip": (-15, 90),
    "left_knee": (15, 135), "right_knee": (-15, 135), "left_ankle": (15, 180), "right_ankle": (-15, 180),
}  # fmt: skip


def person_at(x: float, y: float) -> Floats:
    """17x2 of x, y: somebody whose nose is there."""
    return np.array([(x + BODY[name][0], y + BODY[name][1]) for name in NAMES], np.float32)


def maps_of(people: list[Floats], scores: list[float]) -> Maps:
    """Heat of `scores` at each joint's cell, offsets and displacements that lead exactly to the joints."""
    heat = np.zeros((KEYPOINTS, *CELLS), np.float32)
    offsets = np.zeros((2, KEYPOINTS, *CELLS), np.float32)
    forward, backward = (np.zeros((2, len(EDGES), *CELLS), np.float32) for _ in range(2))
    rows, columns = np.meshgrid(*map(np.arange, CELLS), indexing="ij")
    for person, score in zip(people, scores, strict=True):
        for joint, (x, y) in enumerate(person):
            reach = np.hypot(rows * STRIDE - y, columns * STRIDE - x)
            near = reach <= 1.5 * STRIDE
            heat[joint][near] = np.maximum(heat[joint], score * np.exp(-((reach / 16) ** 2)))[near]
            offsets[0, joint][near] = (y - rows * STRIDE)[near]
            offsets[1, joint][near] = (x - columns * STRIDE)[near]
            for edge, (parent, child) in enumerate(EDGES):
                if joint == parent:
                    forward[:, edge, near] = (person[child] - person[parent])[::-1, None]
                if joint == child:
                    backward[:, edge, near] = (person[parent] - person[child])[::-1, None]
    return Maps(heat, places_of(offsets, STRIDE), forward, backward, STRIDE)
