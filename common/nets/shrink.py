"""Makes a picture as small (or, of a small one, as large) as the network wants it, at the price of reading it once.

OpenCV averages exactly two by two in vector instructions, and any other area several times slower. So a picture is
halved as often as it goes, and what is left, less than another halving, is interpolated.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

GLANCE = (240, 180)


def shrunk(picture: Image, size: tuple[int, int]) -> Image:
    """H,W,3 -> the size (width, height), which may be larger than the picture."""
    picture = halved(picture, size)
    if picture.shape[1::-1] == size:
        return picture
    odd = picture.shape[1] >= 2 * size[0] and picture.shape[0] >= 2 * size[1]
    return _resized(picture, size, cv2.INTER_AREA if odd else cv2.INTER_LINEAR)


def glance(picture: Image) -> Image:
    """H,W,3 -> the same halved to 240x180 or a little more: for all that does not need every pixel of the network's."""
    return halved(picture, GLANCE)


def averaged(picture: Image, size: tuple[int, int]) -> Image:
    """The means of equal areas; for small sizes, where each place must count."""
    return _resized(halved(picture, size), size, cv2.INTER_AREA)


def halved(picture: Image, size: tuple[int, int]) -> Image:
    """As often as it goes without becoming smaller than the size or leaving half a row over."""
    while picture.shape[1] >= 2 * size[0] and picture.shape[0] >= 2 * size[1]:
        if picture.shape[0] % 2 or picture.shape[1] % 2:
            break
        picture = _resized(picture, (picture.shape[1] // 2, picture.shape[0] // 2), cv2.INTER_AREA)
    return picture


def _resized(picture: Image, size: tuple[int, int], how: int) -> Image:
    return np.asarray(cv2.resize(picture, size, interpolation=how), np.uint8)
