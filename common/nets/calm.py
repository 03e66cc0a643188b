"""Calm edges: alpha is held where the picture is still, and follows at once where it is not.

A mask that is judged frame by frame shimmers along its edges, because the camera's noise and the fitted light tip every
doubtful pixel a little each time. Held are the logits together with the picture that they belong to. Both are drawn to
the present by one share a place and frame: a tenth where the present looks like what is held, so that a thing that was
judged wrongly is put right within a second, up to all of it where something moved. As the comparison is with what is
held and not with the last frame, what creeps is seen to move too, and a dropped frame or a jump of light is no matter.
What the view before did not show is taken from the present alone.

After the recursive noise filters of television, whose gain follows the motion (Dennis 1980, "Nonlinear temporal
filter for television picture noise reduction", IEE Proc. G 127).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from common.nets.engine import LOGIT_RANGE
from common.nets.view import EVERYTHING, Box, Size, part_of

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]

LEAST = 0.1  # share of the present that is taken in where the picture is still: 95 % after 28 frames
STILL, MOVED = 2.0, 6.0  # grey levels between held and present picture, of the mean over about 12x12 pixels at 640x480
WIDTH = 160  # of the pictures that are compared
REACH = np.ones((3, 3), np.uint8)  # what is beside something that moved moves along


class Calm:
    """The state of one film, whose frames come in order. Call `forget` where the plate or the film changes."""

    def __init__(self) -> None:
        self._picture: Floats | None = None
        self._logits: Floats = np.zeros((0, 0), np.float32)
        self._shows = EVERYTHING

    def forget(self) -> None:
        """The next frame is taken as it is."""
        self._picture = None

    def hold(self, picture: Image, logits: Floats, shows: Box = EVERYTHING) -> Floats:
        """The whole picture H,W,3 BGR, and logits within LOGIT_RANGE, of any size, of the part that they show -> the
        calm logits of that part. About a millisecond at 384x288."""
        now = looks(picture)
        if self._picture is None or self._picture.shape != now.shape:
            self._picture, self._logits, self._shows = now, logits.copy(), shows
            return self._logits
        size = logits.shape[::-1]
        share = taken_in(self._picture, now)
        self._picture = mixed(self._picture, now, share)
        held = seen_as(self._logits, self._shows, shows, size)
        taken = np.asarray(cv2.resize(share[part_of(shows, share.shape)], size), np.float32)
        if not self._shows.holds(shows):
            taken = wholly_beyond(self._shows.within(shows), taken)
        self._logits, self._shows = mixed(held, logits, taken), shows
        return self._logits


def seen_as(logits: Floats, shown: Box, wanted: Box, size: Size) -> Floats:
    """Logits of one part of a picture, H,W -> of another at another size; background where they don't reach."""
    if shown == wanted:
        return logits if logits.shape[::-1] == size else np.asarray(cv2.resize(logits, size), np.float32)
    height, width = logits.shape
    # a place's middle in the result -> its middle in the logits
    across, down = wanted.width / shown.width * width / size[0], wanted.height / shown.height * height / size[1]
    left, top = (wanted.left - shown.left) / shown.width * width, (wanted.top - shown.top) / shown.height * height
    back = np.array([[across, 0, left + across / 2 - 0.5], [0, down, top + down / 2 - 0.5]])
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    near = np.asarray(cv2.warpAffine(logits, back, size, flags=how, borderMode=cv2.BORDER_REPLICATE), np.float32)
    seen = np.full(near.shape, -LOGIT_RANGE, np.float32)
    # the part of the result that was shown
    part = part_of(shown.within(wanted), seen.shape)
    seen[part] = near[part]
    return seen


def wholly_beyond(shown: Box, share: Floats) -> Floats:
    """The shares of the present, H,W; all of it outside of `shown`: there is nothing to hold."""
    taken = np.ones_like(share)
    part = part_of(shown, share.shape)
    taken[part] = share[part]
    return taken


def looks(picture: Image) -> Floats:
    """H,W,3 -> the same at half the size, at most WIDTH across, and without the noise."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    if width > WIDTH:
        small = cv2.resize(small, (WIDTH, round(height * WIDTH / width)), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.blur(small, (3, 3)), np.float32)


def taken_in(held: Floats, now: Floats) -> Floats:
    """How much of the present each place takes in, LEAST to 1, given two of what `looks` made: H,W."""
    blue, green, red = cv2.split(cv2.absdiff(held, now))
    apart: Floats = np.asarray(cv2.dilate(cv2.max(cv2.max(blue, green), red), REACH), np.float32)
    share = np.minimum((apart - np.float32(STILL)) * np.float32(1 / (MOVED - STILL)), np.float32(1))
    return np.asarray(np.maximum(share, np.float32(LEAST)))


def mixed(held: Floats, now: Floats, share: Floats) -> Floats:
    return np.asarray(cv2.blendLinear(held, now, 1 - share, share), np.float32)
