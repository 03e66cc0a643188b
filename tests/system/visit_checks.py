"""What the pixels of a visit must show: the double is the mirrored person, and nothing of the room is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from common.messages import Alpha, Image
from common.scores import HALF
from services.camera.demo import PERIOD, truth
from services.camera.demo.scene import scene_of

HEIGHT, WIDTH = 480, 640
APART = 48
"""Grey levels by which two pictures must differ at a pixel to tell which of them it shows."""
SAME = 14
"""Grey levels that JPEG and soft edges may make of a flat colour."""
DARK = 90
"""Of the brightest channel: darker than this is what cards are made of."""
BESIDE = 12
"""Pixels beside the figure that tell nothing: its edge is soft, and its shadow on the wall may be taken for it. The
shipped weights on all of the demo's frames, one after the other: 7 patches
of the room lie beyond 6 pixels, none beyond 8."""
WITHIN = 4
"""Pixels within the figure's edge that tell nothing: the outline says which frame it is, give or take one."""
FEW = np.s_[::8, ::8]
BUTTONS = ((0.15, 0.45), (0.85, 0.45), (0.85, 0.15))

Region = NDArray[np.bool_]


@cache
def free() -> Region:
    """Where no button, word or pill is drawn while nothing is said."""
    region = np.zeros((HEIGHT, WIDTH), np.uint8)
    region[90:415] = 1
    for x, y in BUTTONS:
        cv2.circle(region, (round(x * WIDTH), round(y * HEIGHT)), 56, 0, -1)
    return region > 0


def far(image: Image, other: Image) -> NDArray[np.uint8]:
    """The largest difference of the three channels, pixel by pixel."""
    blue, green, red = cv2.split(cv2.absdiff(image, other))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)


def grown(region: Region, pixels: int) -> Region:
    """The region and all within `pixels` of it, up and across."""
    square = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    return np.asarray(cv2.dilate(region.astype(np.uint8), square)) > 0


@dataclass(frozen=True, slots=True)
class Double:
    """How well the double in a picture is the mirrored person of its frame."""

    shown: float
    """The share of the pixels that can tell, within the mirrored mask, that show it."""
    worst_px: float
    """How far from the mirrored mask's border the farthest pixel on the wrong side of it lies."""
    area: int
    """Pixels that could tell, within the mirrored mask."""

    @property
    def is_right(self) -> bool:
        """Whether the double is the mirrored person within two pixels."""
        return self.area > 3000 and self.shown > 0.97 and self.worst_px <= 2.0


def double(picture: Image, frame: Image, alpha: Alpha) -> Double:
    """Compares the mask of the double, as the picture shows it, with the mirrored mask of the person."""
    flipped, soft = (np.asarray(cv2.flip(image, 1), np.uint8) for image in (frame, alpha))
    mirrored = soft >= HALF
    you = grown(alpha > 0, 3)
    tells = free() & ~you & (far(flipped, frame) > APART)
    # the median: a single pixel may be off, by the sensor's noise and JPEG
    seen = cv2.medianBlur((far(picture, flipped) < far(picture, frame)).astype(np.uint8), 3) > 0
    inside, outside = (
        # from the soft edge on, which is neither
        np.asarray(cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 5))
        for side in (soft > 250, soft < 5)
    )
    wrong = np.where(mirrored & ~seen, inside, np.where(~mirrored & seen, outside, 0)) * tells
    area = int((tells & mirrored).sum())
    return Double(float((tells & mirrored & seen).sum() / max(1, area)), float(wrong.max()), area)


def best_frame(picture: Image, pairs: Sequence[tuple[Image, Alpha]]) -> tuple[Image, Alpha]:
    """The pair whose frame the picture shows: the person in it is the same."""
    few = np.s_[::5, ::5]

    def unlike(pair: tuple[Image, Alpha]) -> float:
        person = free()[few] & (pair[1][few] == 255)
        return float(far(picture[few], pair[0][few])[person].mean()) if person.any() else 255.0

    return min(pairs, key=unlike)


@cache
def _silhouettes() -> Region:
    """The demo's figure in each of its frames, as far as it can be seen in FEW pixels: (PERIOD, pixels)."""
    return np.array([((truth(index, WIDTH, HEIGHT).alpha >= HALF) & free())[FEW].ravel() for index in range(PERIOD)])


def shown_index(picture: Image, backdrop: tuple[int, int, int]) -> int:
    """Which of the demo's frames a picture of backdrop shows, by the figure's outline."""
    few = np.ascontiguousarray(picture[FEW])
    seen = (far(few, np.full_like(few, backdrop)) > 2 * SAME) & free()[FEW]
    return int(np.count_nonzero(_silhouettes() != seen.ravel(), axis=1).argmin())


def room_left(picture: Image, rooms: Sequence[Image], backdrop: tuple[int, int, int]) -> int:
    """How many patches of 3x3 pixels show the room: beside the figure where they are as in one of the `rooms`, and
    within it where they are as in the first, and the figure is not.

    Rooms are the plate and a raw frame, since the light goes another way than the plate's. The demo knows where the
    figure truly is; its sweater is as the wall, and tells nothing. Nor does a room where it is dark, or as the
    backdrop: a card is dark as well. Single pixels happen to be like it in the edges of words.
    """
    index = shown_index(picture, backdrop)
    person = truth(index, WIDTH, HEIGHT).alpha
    beside = ~grown(person > 0, BESIDE) & np.logical_or.reduce([_shows(picture, room, backdrop) for room in rooms])
    unlike_room = far(scene_of(WIDTH, HEIGHT).frame(index), rooms[0]) > APART
    within = ~grown(person < 255, WITHIN) & unlike_room & _shows(picture, rooms[0], backdrop)
    found = ((beside | within) & free()).astype(np.uint8)
    return int(cv2.erode(found, np.ones((3, 3), np.uint8)).sum())


def _shows(picture: Image, room: Image, backdrop: tuple[int, int, int]) -> Region:
    tells = (far(room, np.full_like(room, backdrop)) > APART) & (far(room, np.zeros_like(room)) > DARK)
    shows: Region = (far(picture, room) <= SAME) & tells
    return shows


def foreign(picture: Image, backdrop: tuple[int, int, int], anybody: Region) -> int:
    """How many pixels are neither the backdrop's nor near anybody."""
    return int((far(picture, np.full_like(picture, backdrop)) > 2 * SAME)[free() & ~grown(anybody, 6)].sum())
