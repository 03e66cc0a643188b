"""From PoseNet's maps to people.

Papandreou et al. 2018, *PersonLab*, section 3.2, in its fast form: the strongest joints not yet explained seed a person
each, and displacements lead from the seed along the tree to all other joints. Displacements err by more than a hand's
breadth, so what they lead to is looked for in the heatmap around, and the offsets there vote on its exact place, as in
the Hough voting of section 3.1.2.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.pose.skeleton import EDGES, KEYPOINTS, Floats, Skeleton

SAME_JOINT_PX = 20.0
"""Two people's same joint is never nearer than this, in pixels of the network's input at its trained size."""
LOOK_AROUND = 3
"""A joint is looked for within so many cells of where a displacement leads."""
TRUST = 0.05
"""How fast what lies there counts less with its distance in cells, squared."""
VOTERS = 2
"""Cells on each side of a joint's own whose offsets vote."""
SEED_SCORE = 0.3


@dataclass(frozen=True, slots=True)
class Maps:
    """What the network says of one picture, on h x w cells that lie `stride` pixels apart. Vectors are y, x."""

    heat: Floats
    """17,h,w in 0..1"""
    places: Floats
    """2,17,h,w: where each cell says that the joint is; see `places_of`."""
    forward: Floats
    """2,16,h,w"""
    backward: Floats
    """2,16,h,w"""
    stride: int


def places_of(offsets: Floats, stride: int) -> Floats:
    """From the network's offsets, 2,17,h,w from the cells to the joints, to the places of the joints."""
    rows, columns = np.indices(offsets.shape[2:], np.float32) * stride
    return offsets + np.stack((rows, columns))[:, None]


def find_people(maps: Maps, limit: int, min_score: float) -> list[Skeleton]:
    """At most `limit` people, best score first, in pixels of the network's input."""
    people: list[Floats] = []
    scores: list[float] = []
    for joint, row, column in seeds(maps.heat):
        if len(people) == limit:
            break
        root = _voted(maps, joint, row, column)
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
    row, column = _strongest(maps, joint, start + displacement[:, row, column])
    return np.array((*_voted(maps, joint, row, column), maps.heat[joint, row, column]), np.float32)


def _strongest(maps: Maps, joint: int, point: Floats) -> tuple[int, int]:
    """The cell with most heat around a point, the nearer the better."""
    rows, columns = _around(maps, *_cell(maps, point), LOOK_AROUND)
    down, across = (np.arange(s.start, s.stop) - at / maps.stride for s, at in zip((rows, columns), point, strict=True))
    heat = maps.heat[joint, rows, columns] * np.exp(-TRUST * (down[:, None] ** 2 + across**2))
    row, column = divmod(int(heat.argmax()), heat.shape[1])
    return rows.start + row, columns.start + column


def _voted(maps: Maps, joint: int, row: int, column: int) -> Floats:
    """Where a joint near a cell is: the mean of what the cells around say, those that agree with it weighing more."""
    around = _around(maps, row, column, VOTERS)
    said = maps.places[:, joint, *around].reshape(2, -1)
    apart = (said - maps.places[:, joint, row, column, None]) / maps.stride
    # where there is no heat at all, all count the same
    weight = (maps.heat[joint][around].ravel() + 1e-6) * np.exp(-(apart * apart).sum(0))
    voted: Floats = said @ weight / weight.sum()
    return voted


def _around(maps: Maps, row: int, column: int, reach: int) -> tuple[slice, slice]:
    """The cells within `reach` of one, cut at the edges."""
    height, width = maps.heat.shape[1:]
    rows = slice(max(0, row - reach), min(height, row + reach + 1))
    return rows, slice(max(0, column - reach), min(width, column + reach + 1))


def _cell(maps: Maps, point: Floats) -> tuple[int, int]:
    height, width = maps.heat.shape[1:]
    row, column = round(float(point[0]) / maps.stride), round(float(point[1]) / maps.stride)
    return min(max(row, 0), height - 1), min(max(column, 0), width - 1)


def _explained(people: list[Floats], joint: int, point: Floats) -> bool:
    return any(np.hypot(*(person[joint, :2] - point)) < SAME_JOINT_PX for person in people)


def _own_score(people: list[Floats], joints: Floats) -> float:
    """Mean score of the joints, those that a better person has already counting nothing."""
    own = np.ones(KEYPOINTS, bool)
    for person in people:
        own &= np.hypot(*(person[:, :2] - joints[:, :2]).T) >= SAME_JOINT_PX
    return float(joints[own, 2].sum() / KEYPOINTS)
