"""Who is who from picture to picture, so that each person's points are smoothed over time."""

from dataclasses import dataclass

import numpy as np

from services.pose.skeleton import Floats, Skeleton
from services.pose.smooth import OneEuro

FORGET_S = 0.3
FAR = 0.15
"""A person is another one where the body moved more than this share of the picture's width between two pictures."""


@dataclass(slots=True)
class Track:
    """One person over time."""

    points: Floats
    """17x3 as last seen: x, y, score."""
    smooth: OneEuro
    at_s: float


class Tracks:
    """Smooths skeletons. It never invents one: who is not seen in a picture is not in what comes back."""

    def __init__(self, min_score: float) -> None:
        """Joints that score below `min_score` start anew when they are seen again."""
        self._min_score = min_score
        self._tracks: list[Track] = []

    def smooth(self, people: list[Skeleton], width: int, at_s: float) -> list[Skeleton]:
        """The same people in the same order, smoothed. `width` is the picture's, `at_s` when it was taken."""
        old = [track for track in self._tracks if 0 <= at_s - track.at_s <= FORGET_S]
        self._tracks = []
        for person in people:
            track = _nearest(person, old, FAR * width)
            if track is None:
                track = Track(person.keypoints, _filter(person, width, at_s), at_s)
            else:
                old = [other for other in old if other is not track]
            self._tracks.append(self._moved(track, person, width, at_s))
        return [Skeleton(p.score, t.points) for p, t in zip(people, self._tracks, strict=True)]

    def _moved(self, track: Track, person: Skeleton, width: int, at_s: float) -> Track:
        points, place = person.keypoints.copy(), person.keypoints[:, :2].astype(np.float64) / width
        track.smooth.restart((track.points[:, 2] < self._min_score) & (points[:, 2] >= self._min_score), place)
        points[:, :2] = track.smooth(place, at_s) * width
        return Track(points, track.smooth, at_s)


def _filter(person: Skeleton, width: int, at_s: float) -> OneEuro:
    return OneEuro(person.keypoints[:, :2].astype(np.float64) / width, at_s)


def _nearest(person: Skeleton, tracks: list[Track], far: float) -> Track | None:
    near = min(tracks, key=lambda track: _distance(track.points, person.keypoints), default=None)
    return near if near is not None and _distance(near.points, person.keypoints) < far else None


def _distance(one: Floats, other: Floats) -> float:
    """Mean distance of the joints, each weighted by how well both see it."""
    weights = one[:, 2] * other[:, 2]
    apart = np.hypot(*(one[:, :2] - other[:, :2]).T)
    return float((weights * apart).sum() / max(float(weights.sum()), 1e-6))
