"""Did somebody stand still in the picture while the plate was learned? The poses of those seconds can tell."""

import numpy as np
from numpy.typing import NDArray

from common.messages import Palms, Person

GRID = (24, 32)  # rows, columns
SURE = 0.4  # score of a keypoint
BODY = 5
"""Sure keypoints that make somebody. A person's own score is the mean of all 17: at a laptop's edge it is 0.27."""
ENOUGH_SIGHTINGS = 3
MOST_OF_THE_TIME = 0.6


class Presence:
    """Counts for each place of a coarse grid how often a person covered it. Somebody who walks covers none for long."""

    def __init__(self, height: int, width: int) -> None:
        """Size of the frames in pixels."""
        self._covered: NDArray[np.int64] = np.zeros(GRID, np.int64)
        self._scale = np.array([GRID[1] / width, GRID[0] / height])
        self._looks = 0

    def notice(self, palms: Palms) -> None:
        """The poses of one frame."""
        self._looks += 1
        covered = np.zeros(GRID, np.bool_)
        for person in palms.people:
            left, top, right, bottom = self._box(person)
            covered[top:bottom, left:right] = True
        self._covered += covered

    def somebody_stands(self) -> bool:
        """Whether one place was covered for most of the time; False while there is too little to go by."""
        return self._looks >= ENOUGH_SIGHTINGS and bool(self._covered.max() > MOST_OF_THE_TIME * self._looks)

    def _box(self, person: Person) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in places of the grid; empty where too few keypoints are sure."""
        points = [(point.x, point.y) for point in person.keypoints if point.score >= SURE]
        if len(points) < BODY:
            return 0, 0, 0, 0
        places = np.clip(np.array(points) * self._scale, 0, (GRID[1], GRID[0]))
        (left, top), (right, bottom) = np.floor(places.min(0)), np.ceil(places.max(0))
        return int(left), int(top), int(right), int(bottom)
