"""From PoseNet's maps to people.

Papandreou et al. 2018, *PersonLab*, section 3.2, in its fast form: the strongest joints not yet explained seed a person
each, and displacements lead from the seed along the tree to all other joints.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.pose.skeleton import EDGES, KEYPOINTS, Floats, Skeleton

SAME_JOINT_PX = 20.0
"""Two people's same joint is never nearer than this, in pixels of the network's input at its trained size."""
REFINEMENTS = 2
SEED_SCORE = 0.3


@dataclass(frozen=True, slots=True)
class Maps:
    """What the network says of one picture, on h x w cells that lie `stride` pixels apart. Vectors are y, x."""

    heat: Floats
    """17,h,w in 0..1"""
    offsets: Floats
    """2,17,h,w"""
    forward: Floats
    """2,16,h,w"""
    backward: Floats
    """2,16,h,w"""
    stride: int


def find_people(maps: Maps, limit: int, min_score: float) -> list[Skeleton]:
    """At most `limit` people, best score first, in pixels of the network's input."""
    people: list[Floats] = []
    scores: list[float] = []
    for joint, row, column in seeds(maps.heat):
        if len(people) == limit:
            break
        root = _refined(maps, joint, row, column)
        if _explained(people, joint, root):
            continue
        joints = trace(maps, joint, root, float(maps.heat[joint, row, column]))
        score = _own_score(people, joints)
        if score >= min_score:
            people.append(joints)
            scores.append(score)
    best = np.argsort(scores)[::-1]
    return [Skeleton(scores[i], people[i][:, [1, 0, 2]]) for i in best]


def seeds(heat: Floats) -> NDArray[np.int64]:
    """Local maxima of the heatmaps as rows of joint, row, column; strongest first."""
    around = np.stack([cv2.dilate(one, np.ones((3, 3), np.uint8)) for one in heat])
    peaks = np.argwhere((heat == around) & (heat >= SEED_SCORE))
    return peaks[np.argsort(-heat[tuple(peaks.T)], kind="stable")]


def trace(maps: Maps, joint: int, root: Floats, score: float) -> Floats:
    """All joints of the person whose `joint` is at `root`: 17x3 of y, x, score."""
    joints = np.zeros((KEYPOINTS, 3), np.float32)
    joints[joint] = (*root, score)
    known = {joint}
    for edge in reversed(range(len(EDGES))):
        parent, child = EDGES[edge]
        if child in known and parent not in known:
            joints[parent] = _hop(maps, joints[child, :2], maps.backward[:, edge], parent)
            known.add(parent)
    for edge, (parent, child) in enumerate(EDGES):
        if parent in known and child not in known:
            joints[child] = _hop(maps, joints[parent, :2], maps.forward[:, edge], child)
            known.add(child)
    return joints


def _hop(maps: Maps, start: Floats, displacement: Floats, joint: int) -> Floats:
    row, column = _cell(maps, start)
    point = start + displacement[:, row, column]
    for _ in range(REFINEMENTS):
        row, column = _cell(maps, point)
        point = _refined(maps, joint, row, column)
    return np.array((*point, maps.heat[joint, row, column]), np.float32)


def _cell(maps: Maps, point: Floats) -> tuple[int, int]:
    height, width = maps.heat.shape[1:]
    row, column = round(float(point[0]) / maps.stride), round(float(point[1]) / maps.stride)
    return min(max(row, 0), height - 1), min(max(column, 0), width - 1)


def _refined(maps: Maps, joint: int, row: int, column: int) -> Floats:
    cell = np.array((row, column), np.float32)
    return cell * maps.stride + maps.offsets[:, joint, row, column]


def _explained(people: list[Floats], joint: int, point: Floats) -> bool:
    return any(np.hypot(*(person[joint, :2] - point)) < SAME_JOINT_PX for person in people)


def _own_score(people: list[Floats], joints: Floats) -> float:
    """Mean score of the joints, those that a better person has already counting nothing."""
    own = np.ones(KEYPOINTS, bool)
    for person in people:
        own &= np.hypot(*(person[:, :2] - joints[:, :2]).T) >= SAME_JOINT_PX
    return float(joints[own, 2].sum() / KEYPOINTS)
