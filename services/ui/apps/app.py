"""What an app is. A new one is one file beside this, and one line in `catalogue.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from common.messages import Image
from services.ui.actions import Action
from services.ui.draw.buttons import Button
from services.ui.draw.canvas import Canvas
from services.ui.draw.panels import Sentence
from services.ui.pairing import View
from services.ui.state import State


class By(StrEnum):
    """What pressed a button."""

    POINTER = "pointer"
    KEY = "key"
    PALM = "palm"


@dataclass(frozen=True, slots=True)
class Tool:
    """Something an app does at a key, without a button in the picture: what to press, its name, what it does."""

    key: str
    word: str
    hint: str
    on: bool | None = None
    """Whether it is chosen, or on; None for what is done at once."""
    idle: bool = False
    """Whether it would do nothing now."""


class App(Protocol):
    """Draws the person and answers touches; the desk draws what all apps share. `now` is monotonic seconds."""

    name: str
    title: str
    hides_room: bool
    """No picture leaves without a fresh mask of its own frame: the desk shows a card instead."""

    def buttons(self) -> Sequence[Button]:
        """The buttons in the picture."""
        ...

    def counting(self, state: State, now: float) -> Mapping[str, float]:
        """The buttons that count down, with the part that is over, 0 to 1."""
        ...

    def press(self, button: str, by: By, state: State, now: float) -> Action | None:
        """A button was pressed."""
        ...

    def tools(self) -> Sequence[Tool]:
        """What else there is to do, by key."""
        ...

    def use(self, key: str) -> str | Action:
        """One of the tools' keys (upper case) was pressed; returns what it did, in words for a toast, or what to do."""
        ...

    def turn(self, state: State, now: float) -> Action | None:
        """What time alone brings, such as the end of a countdown."""
        ...

    def compose(self, view: View, state: State) -> Image:
        """The picture under everything: BGR, the frame's size. Called once a picture; never writes into the frame."""
        ...

    def draw_over(self, canvas: Canvas, state: State, now: float) -> None:
        """Draws over the picture and under the buttons, such as a countdown."""
        ...

    def guide(self, state: State, now: float) -> Sentence | None:
        """What to do next, None where nothing needs saying, as while a countdown says it."""
        ...
