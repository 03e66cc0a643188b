"""Makes a picture as small as the network wants it, at the price of reading it once.

OpenCV averages exactly two by two in vector instructions, and any other area several times slower. So a picture is
halved as often as it goes, and what is left, less than another halving, is interpolated.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


def shrunk(picture: Image, size: tuple[int, int]) -> Image:
    """H,W,3 -> the size (width, height), which may be a little larger than the picture."""
    while picture.shape[1] // 2 >= size[0] and picture.shape[0] // 2 >= size[1]:
        if picture.shape[0] % 2 or picture.shape[1] % 2:
            # half a row would be left over
            return _area(picture, size)
        picture = _area(picture, (picture.shape[1] // 2, picture.shape[0] // 2))
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _area(picture: Image, size: tuple[int, int]) -> Image:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
