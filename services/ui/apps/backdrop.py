"""Another room: whatever is not the person is replaced. Fails closed; the desk shows a card where masks are missing."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from common.errors import UserError
from common.messages import Image, PlateState
from services.ui.actions import Action, Quit
from services.ui.apps.app import By, Tool
from services.ui.apps.studio import EXT
from services.ui.draw.buttons import Button, Role
from services.ui.draw.canvas import Canvas
from services.ui.draw.layers import cover, lift
from services.ui.draw.panels import Sentence
from services.ui.draw.theme import Level
from services.ui.pairing import View
from services.ui.state import State

NEXT = Button("next", "Next", 0.15, 0.45, Role.HARMLESS, "N", "Another room")
_FILMS = {".avi", ".mp4", ".mkv", ".mov", ".webm"}


class Scenery(Protocol):
    """Something to stand in front of."""

    name: str

    def behind(self, height: int, width: int, plate: Image | None) -> Image:
        """BGR of that size."""
        ...


class Backdrop:
    """See the module."""

    name = "backdrop"
    title = "Backdrop"
    hides_room = True

    def __init__(self, own: str = "") -> None:
        """`own`: an image or a film to begin with, empty for none. Raises UserError where it cannot be read."""
        shades = (
            Shade("studio", (52, 46, 43), (164, 156, 150)),
            Shade("dusk", (86, 56, 62), (150, 132, 212)),
            Shade("mint", (104, 120, 60), (186, 214, 168)),
        )
        plain = (Plain("green", (64, 177, 0)), Plain("white", (245, 245, 245)))
        self._sceneries: list[Scenery] = [*([open_scenery(Path(own))] if own else []), *shades, Blurred(), *plain]
        self._at = 0

    def buttons(self) -> Sequence[Button]:
        """The next room, and the end."""
        return NEXT, EXT

    def counting(self, state: State, now: float) -> Mapping[str, float]:
        """Nothing counts here."""
        return {}

    def press(self, button: str, by: By, state: State, now: float) -> Action | None:
        """Goes round."""
        if button == EXT.id:
            return Quit()
        self._at = (self._at + 1) % len(self._sceneries)
        return None

    def tools(self) -> Sequence[Tool]:
        """All is on the buttons."""
        return ()

    def use(self, key: str) -> str:
        """There are no tools."""
        return ""

    def turn(self, state: State, now: float) -> Action | None:
        """Time brings nothing."""
        return None

    def compose(self, view: View, state: State) -> Image:
        """The person on the scenery. Without the frame's own mask nobody and nothing of the frame is shown."""
        height, width = view.frame.image.shape[:2]
        plate = state.plate.image if state.plate is not None else None
        behind = self._sceneries[self._at].behind(height, width, plate)
        if view.mask is None or not view.own:
            return behind
        same = state.plate is not None and state.plate.plate_id == view.mask.plate_id
        # feathered: no border of a cut-out is sharper than a camera's own
        alpha = np.asarray(cv2.GaussianBlur(view.mask.alpha, (3, 3), 0), np.uint8)
        picture = behind.copy()
        lift(view.frame.image, alpha, plate if same else None).onto(picture)
        return picture

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """Nothing lies over it."""

    def guide(self, state: State, now: float) -> Sentence | None:
        """The plate, where something is wrong with it."""
        health = state.plate_health()
        fine = health.state in (PlateState.GOOD, PlateState.NONE)
        return None if fine else Sentence(health.words, Level.WARN)


def open_scenery(path: Path) -> Scenery:
    """An image or a film. Raises UserError where it cannot be read."""
    if path.suffix.lower() in _FILMS:
        return Film(path)
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise UserError(f"{path} cannot be read as an image or a film. Name another backdrop.")
    return Picture(path.name, np.asarray(image, np.uint8))


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

    name = "blur"

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
    """A film from disk, round and round, a frame a picture."""

    def __init__(self, path: Path) -> None:
        """Raises UserError where it cannot be read."""
        self.name = path.name
        self._path = path
        self._film = cv2.VideoCapture(str(path))
        if not self._film.read()[0]:
            raise UserError(f"{path} cannot be read as a film. Name another backdrop.")

    def behind(self, height: int, width: int, plate: Image | None) -> Image:
        """See Scenery."""
        there, image = self._film.read()
        if not there:
            self._film = cv2.VideoCapture(str(self._path))
            there, image = self._film.read()
        if not there:
            return shade(height, width, (40, 40, 40), (40, 40, 40))
        return cover(np.asarray(image, np.uint8), height, width)
