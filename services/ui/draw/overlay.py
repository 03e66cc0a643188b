"""The person, shown in the picture: a green contour and a light veil, the veil alone, or cut out of the room."""

from enum import StrEnum
from functools import lru_cache

import cv2
import numpy as np

from common.messages import Alpha, Image
from services.ui.draw.theme import GOOD, NIGHT

_VEIL = 0.16
_LINE_PX = 2.0


class Overlay(StrEnum):
    """The ways the mask is shown, in the order the key steps through."""

    CONTOUR = "contour and veil"
    VEIL = "veil"
    CUTOUT = "cut-out"
    OFF = "no mask"

    @property
    def next(self) -> "Overlay":
        """The one after this, round and round."""
        modes = list(Overlay)
        return modes[(modes.index(self) + 1) % len(modes)]


def lay(image: Image, alpha: Alpha, mode: Overlay) -> Image:
    """The BGR image with the mask on it, a new array; where there is nobody, and with OFF, `image` itself."""
    if mode is Overlay.CUTOUT:
        return cut_out(image, alpha)
    if mode is Overlay.OFF:
        return image
    box = _around(alpha)
    if box is None:
        return image
    out = image.copy()
    green = _field(alpha.shape, GOOD.bgr)[box]
    line = _LINE_PX * image.shape[0] / 480 if mode is Overlay.CONTOUR else 0
    out[box] = _tint(image[box], alpha[box], green, line)
    return out


def cut_out(image: Image, alpha: Alpha, colour: tuple[int, int, int] = NIGHT.bgr) -> Image:
    """The person on plain `colour` (BGR): image * alpha + colour * (1 - alpha)."""
    return compose(image, alpha, _field(alpha.shape, colour))


def compose(image: Image, alpha: Alpha, behind: Image) -> Image:
    """`image` where alpha is 255, `behind` where it is 0, both BGR and of alpha's size; a new array."""
    weight = cv2.merge([alpha] * 3)
    parts = cv2.multiply(image, weight, scale=1 / 255), cv2.multiply(behind, cv2.bitwise_not(weight), scale=1 / 255)
    return np.asarray(cv2.add(*parts), np.uint8)


def _around(alpha: Alpha) -> tuple[slice, slice] | None:
    """Where the mask is, with room for its line; None where it is empty."""
    x, y, width, height = cv2.boundingRect(cv2.threshold(alpha, 127, 255, cv2.THRESH_BINARY)[1])
    if not width:
        return None
    margin = max(4, alpha.shape[0] // 60)
    return slice(max(0, y - margin), y + height + margin), slice(max(0, x - margin), x + width + margin)


def _tint(image: Image, alpha: Alpha, green: Image, line: float) -> Image:
    """The veil of `green` where the mask is, and a line of `line` pixels along its border."""
    inside = np.asarray(cv2.threshold(alpha, 127, 255, cv2.THRESH_BINARY)[1], np.uint8)
    out = image.copy()
    cv2.copyTo(cv2.addWeighted(image, 1 - _VEIL, green, _VEIL, 0), inside, out)
    if line:
        _draw_border(out, inside, line)
    return out


def _draw_border(image: Image, inside: Alpha, line: float) -> None:
    """Mixes green in along the border of `inside`, in place.

    After two box blurs of a known width a pixel's value tells how far it is from the border: the line comes out smooth,
    at a fraction of the cost of following the contour with a pen.
    """
    reach = 2 * max(1, round(0.9 * line + 0.6)) + 1
    soft = cv2.blur(cv2.blur(inside, (reach, reach)), (reach, reach))
    strength = cv2.LUT(soft, _line_by_value(line, reach))
    where = np.flatnonzero(strength)
    part = strength.reshape(-1)[where, None].astype(np.float32) / 255
    flat = image.reshape(-1, 3)
    flat[where] = np.rint(flat[where] * (1 - part) + part * np.array(GOOD.bgr, np.float32)).astype(np.uint8)


@lru_cache(maxsize=8)
def _line_by_value(line: float, reach: int) -> Image:
    """How green a pixel gets by its blurred value: 128 is the border, and a pixel further is 255 / reach more."""
    away = np.abs(np.arange(256, dtype=np.float32) - 127.5) / 255 * reach
    return np.asarray(np.rint(255 * np.clip(line / 2 + 0.5 - away, 0, 1)), np.uint8)


@lru_cache(maxsize=4)
def _field(size: tuple[int, int], colour: tuple[int, int, int]) -> Image:
    return np.full((*size, 3), colour, np.uint8)
