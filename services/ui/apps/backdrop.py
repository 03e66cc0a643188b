"""Another room: whatever is not the person is replaced. Fails closed; the desk shows a card where masks are missing."""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from common.messages import Image
from services.ui import guide
from services.ui.actions import Action, Quit
from services.ui.apps.app import By, Tool
from services.ui.apps.studio import EXT
from services.ui.draw.buttons import Button, Role
from services.ui.draw.canvas import Canvas
from services.ui.draw.layers import lift
from services.ui.draw.panels import Sentence
from services.ui.pairing import View
from services.ui.scenery import Blurred, Plain, Scenery, Shade, open_sceneries
from services.ui.state import State

NEXT = Button("next", "Next", 0.15, 0.45, Role.HARMLESS, "N", "Another room")
_NAMED_S = 2.0
"""How long a new room's name stands."""


class Backdrop:
    """See the module."""

    name = "backdrop"
    title = "Backdrop"
    hides_room = True

    def __init__(self, own: str = "") -> None:
        """`own`: images, films and colours to begin with, apart by commas; UserError where one cannot be read."""
        shades = (
            Shade("studio", (52, 46, 43), (164, 156, 150)),
            Shade("dusk", (86, 56, 62), (150, 132, 212)),
            Shade("mint", (104, 120, 60), (186, 214, 168)),
        )
        plain = (Plain("green", (64, 177, 0)), Plain("white", (245, 245, 245)))
        self._sceneries: list[Scenery] = [*open_sceneries(own), *shades, Blurred(), *plain]
        self._at = 0
        self._named_until = float("-inf")

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
        self._named_until = now + _NAMED_S
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
        # feathered: no border of a cut-out is sharper than a camera's own
        alpha = np.asarray(cv2.GaussianBlur(view.mask.alpha, (3, 3), 0), np.uint8)
        picture = behind.copy()
        lift(view.frame.image, alpha, state.plate_under(view.mask)).onto(picture)
        return picture

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """Nothing lies over it."""

    def guide(self, state: State, now: float) -> Sentence | None:
        """The plate, where something is wrong with it; else which room this is, for a moment."""
        named = Sentence(f"Backdrop: {self._sceneries[self._at].name}") if now < self._named_until else None
        return guide.plate_trouble(state, guide.IN_STUDIO) or named
