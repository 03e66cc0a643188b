"""Which part of the camera's picture the network is shown, and at what size.

The whole picture is brought to about NET_AREA pixels. Somebody who takes up a part of it can be shown closer: a smaller
picture for the network, so that it is done sooner, and less shrinking, so that edges come out finer. What has few of
the camera's pixels is enlarged: the network knows people better the larger they are.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from common.nets.shrink import shrunk

Image = NDArray[np.uint8]
Size = tuple[int, int]
"""Width and height."""

NET_AREA = 384 * 288  # pixels of the whole picture as the network sees it
STRIDE = 16
SMALLER = 0.75
CLOSE = ((0.5, 1.0), (SMALLER, SMALLER), (1.0, 1.0), (4 / 3, 0.75))
"""Sizes of close views, as shares of the whole's width and height: for somebody who stands and for one who sits; and as
dear as the whole, for all who fit into neither, and for several beside each other."""
DEAR = 0.9
"""Of the whole's pixels, from which on a view is dear."""
MAGNIFIED = 2
"""At most so many pixels across are made of one of the camera's: beyond, nothing was gained."""
WORTH = 1.05
"""So much larger must a bigger close view show something to be preferred."""


@dataclass(frozen=True, slots=True)
class Box:
    """Left, top, right and bottom as shares of a picture's width and height, 0..1."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def grown(self, by: float) -> "Box":
        """By a share of the picture on each side, as far as the picture goes."""
        return Box(max(0, self.left - by), max(0, self.top - by), min(1, self.right + by), min(1, self.bottom + by))

    def joined(self, other: "Box") -> "Box":
        """What encloses both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def within(self, other: "Box") -> "Box":
        """The same place as shares of another box, which it may go beyond."""
        left, right = ((x - other.left) / other.width for x in (self.left, self.right))
        top, bottom = ((y - other.top) / other.height for y in (self.top, self.bottom))
        return Box(left, top, right, bottom)

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


EVERYTHING = Box(0, 0, 1, 1)


def part_of(
    box: Box, shape: tuple[int, ...], begin: Callable[[float], int] = round, end: Callable[[float], int] = round
) -> tuple[slice, slice]:
    """The box in an array H,W,... that shows the whole, as far as it lies in there; its sides are rounded as told."""
    return (
        slice(max(0, begin(box.top * shape[0])), max(0, end(box.bottom * shape[0]))),
        slice(max(0, begin(box.left * shape[1])), max(0, end(box.right * shape[1]))),
    )


@dataclass(frozen=True, slots=True)
class View:
    """The pixels `x`, `y`, `width`, `height` of frames of the size `frame`, shown to the network at `size`."""

    frame: Size
    x: int
    y: int
    width: int
    height: int
    size: Size

    @property
    def whole(self) -> bool:
        return (self.width, self.height) == self.frame

    @property
    def dear(self) -> bool:
        """Whether it costs about what the whole does."""
        return is_dear(self.size, self.frame)

    @property
    def zoom(self) -> float:
        """How much larger things come out than in the whole picture as the network sees it."""
        return self.size[0] / self.width * self.frame[0] / net_size(*self.frame)[0]

    @property
    def box(self) -> Box:
        width, height = self.frame
        return Box(self.x / width, self.y / height, (self.x + self.width) / width, (self.y + self.height) / height)

    @property
    def part(self) -> tuple[slice, slice]:
        """Of an array of the frame's height and width."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    def shown(self, picture: Image) -> Image:
        """The frame or plate, H,W,3, as the network gets it."""
        return shrunk(picture[self.part], self.size)


def net_size(width: int, height: int) -> Size:
    """Of a whole picture for the network: same shape, about NET_AREA at most, both sides multiples of STRIDE."""
    scale = min(MAGNIFIED, math.sqrt(NET_AREA / (width * height)))
    return on_stride(width * scale), on_stride(height * scale)


def on_stride(side: float) -> int:
    return max(STRIDE, round(side / STRIDE) * STRIDE)


def whole(frame: Size) -> View:
    return View(frame, 0, 0, *frame, net_size(*frame))


def is_dear(size: Size, frame: Size) -> bool:
    return math.prod(size) > DEAR * math.prod(net_size(*frame))


def smaller_whole(frame: Size) -> View:
    """The whole at the size of a close view, so that the network need not be made ready for one more."""
    across, down = net_size(*frame)
    return View(frame, 0, 0, *frame, (on_stride(SMALLER * across), on_stride(SMALLER * down)))


def close_sizes(frame: Size) -> list[Size]:
    """That close views of such frames can have, the smallest first."""
    width, height = net_size(*frame)
    sizes = {(on_stride(width * across), on_stride(height * down)) for across, down in CLOSE}
    return sorted(sizes, key=lambda size: size[0] * size[1])


def closest(frame: Size, box: Box, sizes: Sequence[Size], most: float = math.inf) -> View:
    """What shows the box largest, but not beyond MAGNIFIED nor larger than in the whole by more than `most`, and dear
    only if it must be; the whole picture where no size can hold it."""
    cheap = [size for size in sizes if not is_dear(size, frame)]
    dear = [size for size in sizes if is_dear(size, frame)]
    return _largest(frame, box, cheap, 0, most) or _largest(frame, box, dear, 1, most) or whole(frame)


def _largest(frame: Size, box: Box, sizes: Sequence[Size], least: float, most: float) -> View | None:
    """The view whose size shows the box largest, a bigger size only where it is WORTH it; None where the zoom is not
    above `least`."""
    across, down = net_size(*frame)
    most = min(most, max(1, MAGNIFIED * min(frame[0] / across, frame[1] / down)))
    best = None
    for size in sizes:
        held = size[0] / across, size[1] / down
        zoom = min(held[0] / box.width, held[1] / box.height, most)
        if zoom >= max(1, *held) and zoom > WORTH * least:
            best, least = around(frame, box, size, (held[0] / zoom, held[1] / zoom)), zoom
    return best


def around(frame: Size, box: Box, size: Size, share: tuple[float, float]) -> View:
    """The view that shows this share of the frame's width and height, the box in its middle as far as that goes."""
    width, height = round(frame[0] * share[0]), round(frame[1] * share[1])
    x = round(frame[0] * (box.left + box.right) / 2 - width / 2)
    y = round(frame[1] * (box.top + box.bottom) / 2 - height / 2)
    return View(frame, min(max(x, 0), frame[0] - width), min(max(y, 0), frame[1] - height), width, height, size)
