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
    weight = cv2.merge([alpha] * 3)
    if plate is None or plate.shape != image.shape:
        return np.asarray(cv2.multiply(image, weight, scale=1 / 255), np.uint8)
    room = cv2.multiply(plate, cv2.bitwise_not(weight), scale=1 / 255)
    # F is at most white, so a F at most a: where alpha is 0 no room comes through, however the light changed
    return np.asarray(cv2.min(cv2.subtract(image, room), weight), np.uint8)


def lay_on(lifted: Image, alpha: Alpha, behind: Image) -> Image:
    """`lifted` over `behind` (BGR, of one size); a new array."""
    rest = cv2.bitwise_not(cv2.merge([alpha] * 3))
    return np.asarray(cv2.add(lifted, cv2.multiply(behind, rest, scale=1 / 255)), np.uint8)


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
