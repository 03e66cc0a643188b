"""The person as a layer of its own, free of the room's colours, and laid on something else.

Of a pixel that is part person (alpha a, colour F) and part room (B, known from the plate) the camera sees
I = a F + (1 - a) B. So a F = I - (1 - a) B: the colour is decontaminated without guessing, and no halo of the old room
stands around the person in the new one. All is done in bytes and within the person's box, which is what makes it quick.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from common.messages import Alpha, Image


@dataclass(frozen=True, slots=True)
class Layer:
    """Somebody cut out: the box around them, at `x`, `y` of a picture `width` pixels wide."""

    x: int
    y: int
    width: int
    light: Image
    """a F, BGR premultiplied; 0 where alpha is 0."""
    rest: Image
    """255 - a, in three channels: how much of what lies behind comes through."""

    def mirrored(self) -> "Layer":
        """The layer as in a mirror as wide as the picture."""
        light, rest = (np.asarray(cv2.flip(part, 1), np.uint8) for part in (self.light, self.rest))
        return Layer(self.width - self.x - light.shape[1], self.y, self.width, light, rest)

    def onto(self, picture: Image, right: int = 0) -> None:
        """Lays it over the picture (BGR, of the layer's size), in place and moved to the right by so many pixels."""
        left = self.x + right
        start, end = max(0, -left), min(self.light.shape[1], picture.shape[1] - left)
        if start >= end:
            return
        place = picture[self.y : self.y + self.light.shape[0], left + start : left + end]
        seen = cv2.multiply(place, self.rest[:, start:end], scale=1 / 255)
        cv2.add(seen, self.light[:, start:end], place)

    def behind(self, nearer: "Layer", right: int) -> "Layer":
        """This layer, to be moved by so many pixels, as the nearer one lets it be seen: with their light over it.

        So it can be laid on the nearer one's own frame, whose soft edges are in it already, and stand behind them.
        """
        x, y = max(self.x + right, nearer.x), max(self.y, nearer.y)
        width = min(self.x + right + self.light.shape[1], nearer.x + nearer.light.shape[1]) - x
        height = min(self.y + self.light.shape[0], nearer.y + nearer.light.shape[0]) - y
        if width <= 0 or height <= 0:
            return self
        mine, theirs = (
            np.s_[y - top : y - top + height, x - left : x - left + width]
            for left, top in ((self.x + right, self.y), (nearer.x, nearer.y))
        )
        light = self.light.copy()
        seen = cv2.multiply(light[mine], nearer.rest[theirs], scale=1 / 255)
        covering = cv2.multiply(nearer.light[theirs], cv2.bitwise_not(self.rest[mine]), scale=1 / 255)
        light[mine] = cv2.add(seen, covering)
        return replace(self, light=light)


def cut_out(layers: Sequence[tuple[Layer, int]], height: int, width: int) -> Image:
    """Layers on nothing, the farthest first, each moved to the right: BGRA with colours, not light."""
    light, clear = np.zeros((height, width, 3), np.uint8), np.full((height, width, 3), 255, np.uint8)
    for layer, right in layers:
        layer.onto(light, right)
        replace(layer, light=np.zeros_like(layer.light)).onto(clear, right)
    alpha = 255 - clear[..., 0]
    colour = light * np.float32(255) / np.maximum(alpha, 1)[..., None]
    return np.dstack([np.clip(np.rint(colour), 0, 255).astype(np.uint8), alpha])


def lift(image: Image, alpha: Alpha, plate: Image | None) -> Layer:
    """The person of a frame; where there is no plate that fits, with the room's colours in the soft edge."""
    x, y, width, height = cv2.boundingRect(alpha)
    box = slice(y, y + max(1, height)), slice(x, x + max(1, width))
    weight = cv2.merge([alpha[box]] * 3)
    rest = np.asarray(cv2.bitwise_not(weight), np.uint8)
    if plate is None or plate.shape != image.shape:
        light = cv2.multiply(image[box], weight, scale=1 / 255)
    else:
        room = cv2.multiply(plate[box], rest, scale=1 / 255)
        # F is at most white, so a F at most a: where alpha is 0 no room comes through, however the light changed
        light = cv2.min(cv2.subtract(image[box], room), weight)
    return Layer(x, y, image.shape[1], np.asarray(light, np.uint8), rest)


def cover(image: Image, height: int, width: int) -> Image:
    """The image scaled and cropped about its centre until it covers the size."""
    scale = max(height / image.shape[0], width / image.shape[1])
    size = max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale))
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])
