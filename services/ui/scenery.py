"""What to stand in front of: a colour, a lit wall, an image, a film, or the room itself out of focus."""

import threading
import time
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from common.errors import UserError
from common.messages import Image
from common.pictures import decode, read_file
from services.ui.draw.layers import cover

_FILMS = {".avi", ".mp4", ".mkv", ".mov", ".webm", ".mpg", ".mpeg", ".m4v", ".gif"}
_PAUSE_S = 0.5
"""A film that nobody asked for so long stops, and goes on where it was."""
_LOOK_S = 1.0


class Scenery(Protocol):
    """Something to stand in front of."""

    name: str

    def behind(self, height: int, width: int, plate: Image | None) -> Image:
        """BGR of that size, not to be written to."""
        ...


def open_sceneries(named: str) -> list[Scenery]:
    """What the words name, apart by commas: images, films, colours such as #204080.

    Raises UserError where one cannot be read.
    """
    return [_open(one.strip()) for one in named.split(",") if one.strip()]


def _open(name: str) -> Scenery:
    if name.startswith("#"):
        return Plain(name, _colour(name))
    path = Path(name)
    if path.suffix.lower() in _FILMS:
        return Film(path)
    return Picture(path.name, decode(read_file(path), path))


def _colour(name: str) -> tuple[int, int, int]:
    try:
        red, green, blue = bytes.fromhex(name[1:])
    except ValueError:
        raise UserError(f"{name} is no colour for the backdrop. Write it as #rrggbb, such as #204080.") from None
    return blue, green, red


class Plain:
    """One colour."""

    def __init__(self, name: str, bgr: tuple[int, int, int]) -> None:
        self.name = name
        self._bgr = bgr

    def behind(self, height: int, width: int, plate: Image | None) -> Image:
        """See Scenery."""
        return shade(height, width, self._bgr, self._bgr)


class Shade:
    """A wall lit from above, from one colour to another."""

    def __init__(self, name: str, low: tuple[int, int, int], high: tuple[int, int, int]) -> None:
        self.name = name
        self._low, self._high = low, high

    def behind(self, height: int, width: int, plate: Image | None) -> Image:
        """See Scenery."""
        return shade(height, width, self._low, self._high)


@lru_cache(maxsize=4)
def shade(height: int, width: int, low: tuple[int, int, int], high: tuple[int, int, int]) -> Image:
    """From `high` around a light above the middle down to `low`; BGR."""
    y, x = np.mgrid[0 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = np.clip(1.05 - np.hypot(0.8 * x, y - 0.15), 0, 1)[..., None]
    mixed = light * np.array(high) + (1 - light) * np.array(low)
    dither = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    return np.asarray(np.clip(np.rint(mixed + dither), 0, 255), np.uint8)


class Blurred:
    """The room itself, out of focus: made from the plate, so that nobody's blurred shadow stands around them."""

    name = "the room, out of focus"

    def __init__(self) -> None:
        self._plate: Image | None = None
        self._blurred: Image | None = None

    def behind(self, height: int, width: int, plate: Image | None) -> Image:
        """See Scenery."""
        if plate is None or plate.shape[:2] != (height, width):
            return shade(height, width, (40, 40, 40), (40, 40, 40))
        if self._blurred is None or self._plate is not plate:
            self._plate, self._blurred = plate, np.asarray(cv2.GaussianBlur(plate, (0, 0), height / 34), np.uint8)
        return self._blurred


class Picture:
    """An image from disk."""

    def __init__(self, name: str, image: Image) -> None:
        self.name = name
        self._image = image
        self._covering: Image | None = None

    def behind(self, height: int, width: int, plate: Image | None) -> Image:
        """See Scenery."""
        if self._covering is None or self._covering.shape[:2] != (height, width):
            self._covering = cover(self._image, height, width)
        return self._covering


class Film:
    """A film from disk, round and round at its own pace; a thread reads it, so that no picture waits for it."""

    def __init__(self, path: Path) -> None:
        """Raises UserError where it cannot be read."""
        self.name = path.name
        self._path = path
        self._film = cv2.VideoCapture(str(path)) if path.is_file() else None
        self._size: tuple[int, int] | None = None
        self._asked = float("-inf")
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._play, name="backdrop", daemon=True)
        image = self._read()
        if image is None:
            raise UserError(f"{path} cannot be read as a film. Name another backdrop.")
        self._image = image

    def behind(self, height: int, width: int, plate: Image | None) -> Image:
        """See Scenery."""
        self._size, self._asked = (height, width), time.monotonic()
        self._wanted.set()
        if self._thread.ident is None:
            self._thread.start()
        image = self._image
        return image if image.shape[:2] == (height, width) else cover(image, height, width)

    def _play(self) -> None:
        due = time.monotonic()
        while True:
            if time.monotonic() - self._asked > _PAUSE_S:
                self._wanted.clear()
                while not self._wanted.wait(_LOOK_S):
                    pass
                due = time.monotonic()
            image = self._read()
            if image is None:
                return
            due = max(due + self._apart_s(), time.monotonic() - 0.2)
            time.sleep(max(0.0, due - time.monotonic()))
            self._image = image

    def _apart_s(self) -> float:
        rate = self._film.get(cv2.CAP_PROP_FPS) if self._film is not None else 0.0
        return 1 / rate if 1 <= rate <= 240 else 1 / 30

    def _read(self) -> Image | None:
        """The next picture, the first again after the last; None where there is none any more."""
        for _ in range(2):
            there, image = self._film.read() if self._film is not None else (False, None)
            if there and image is not None:
                found = np.asarray(image, np.uint8)
                return cover(found, *self._size) if self._size is not None else found
            self._film = cv2.VideoCapture(str(self._path)) if self._path.is_file() else None
        return None
