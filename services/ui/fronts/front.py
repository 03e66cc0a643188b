"""What a front is: shows pictures, and tells what a person did there."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from common.messages import FrameKey, Image


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, never written to again. `key` is its frame's, None where it shows no frame."""

    number: int
    image: Image
    key: FrameKey | None


class Gesture(StrEnum):
    """What a pointer does."""

    MOVE = "move"
    PRESS = "press"
    RELEASE = "release"
    DOUBLE = "double"
    """The second press of a double click; a front may tell of both presses as well."""
    SECOND = "second"
    """The right button went down."""
    GRAB = "grab"
    """The middle button went down, to push the picture along."""
    DROP = "drop"
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer in the picture; `x` and `y` in parts of its width and height, 0 to 1."""

    gesture: Gesture
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Wheel:
    """The wheel was turned over a place as in Pointer; `steps` are notches away from the person, or part of one."""

    x: float
    y: float
    steps: float


KEYS = ("esc", "enter", "backspace", "left", "up", "right", "down", "undo", "redo")
"""The keys that go by a name."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key, as one lower-case character, or one of KEYS."""

    name: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button of the page, by the id of the button in the picture."""

    button: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame's picture is on the screen since `at_ns` (common.clock.now_ns)."""

    key: FrameKey
    at_ns: int


@dataclass(frozen=True, slots=True)
class Closed:
    """The window was closed with its X."""


Event = Pointer | Wheel | Key | Press | Shown | Closed


class Front(Protocol):
    """A window or a page. For the main loop alone; none of these waits."""

    def show(self, picture: Picture) -> None:
        """Shows the picture, or as soon as it can a newer one."""
        ...

    def tell(self, status: Mapping[str, Any]) -> None:
        """Takes what a page says beside the picture; JSON types alone."""
        ...

    def events(self) -> list[Event]:
        """What happened since the last call."""
        ...

    def viewers(self) -> int:
        """How many look."""
        ...

    def close(self) -> None:
        """Ends it and frees what it holds."""
        ...
