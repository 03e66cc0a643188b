"""The person as a layer of its own, free of the room's colours, and laid on something else.

Of a pixel that is part person (alpha a, colour F) and part room (B, known from the plate) the camera sees
I = a F + (1 - a) B. So a F = I - (1 - a) B: the colour is decontaminated without guessing, and no halo of the old room
stands around the person in the new one.
"""

import cv2
import numpy as np

from common.messages import Alpha, Image


def lift(image: Image, alpha: Alpha, plate: Image | None) -> Image:
    """The person's light alone, a F (BGR, premultiplied), 0 where alpha is 0; I a where there is no plate that fits."""
    out = np.zeros_like(image)
    box = _around(alpha)
    weight = cv2.merge([alpha[box]] * 3)
    if plate is None or plate.shape != image.shape:
        out[box] = cv2.multiply(image[box], weight, scale=1 / 255)
        return out
    room = cv2.multiply(plate[box], cv2.bitwise_not(weight), scale=1 / 255)
    # F is at most white, so a F at most a: where alpha is 0 no room comes through, however the light changed
    out[box] = cv2.min(cv2.subtract(image[box], room), weight)
    return out


def lay_on(lifted: Image, alpha: Alpha, behind: Image) -> Image:
    """`lifted` over `behind` (BGR, of one size); a new array."""
    out = behind.copy()
    box = _around(alpha)
    rest = cv2.bitwise_not(cv2.merge([alpha[box]] * 3))
    out[box] = cv2.add(lifted[box], cv2.multiply(behind[box], rest, scale=1 / 255))
    return out


def _around(alpha: Alpha) -> tuple[slice, slice]:
    """The box that holds all of the person; one pixel where there is nobody."""
    x, y, width, height = cv2.boundingRect(alpha)
    return slice(y, y + max(1, height)), slice(x, x + max(1, width))


def cover(image: Image, height: int, width: int) -> Image:
    """The image scaled and cropped about its centre until it covers the size."""
    scale = max(height / image.shape[0], width / image.shape[1])
    size = max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale))
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])


def shift(image: Image, pixels: int) -> Image:
    """The image moved to the right (to the left where negative), black or 0 where it came from."""
    out = np.zeros_like(image)
    if pixels >= 0:
        out[:, pixels:] = image[:, : image.shape[1] - pixels]
    else:
        out[:, :pixels] = image[:, -pixels:]
    return out
