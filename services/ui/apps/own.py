"""What an app is besides that works on pictures of its own: none of the camera's is shown under it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from common.messages import Image
from services.ui.draw.panels import Fact, Sentence, Toast
from services.ui.draw.row import RowLook, Tab
from services.ui.fronts.front import Event
from services.ui.state import State


@dataclass(frozen=True, slots=True)
class Around:
    """What all apps share and such an app draws over its picture."""

    toasts: Sequence[Toast]
    row: Sequence[Tab]
    row_look: RowLook
    help_open: bool


@runtime_checkable
class OwnPictures(Protocol):
    """Such an app sees every event first, and draws the whole picture itself; it has neither palms nor buttons."""

    def size(self) -> tuple[int, int]:
        """Height and width of its picture."""
        ...

    def take(self, event: Event) -> bool:
        """Something was done at a front; False leaves it to the desk: the row of apps, and keys that all apps share."""
        ...

    def sheet(self, around: Around, now: float) -> Image | None:
        """The picture (BGR) with everything on it, None while the last may stay."""
        ...

    def guide(self, state: State, now: float) -> Sentence | None:
        """What to do next; see App."""
        ...

    def facts(self) -> Sequence[Fact]:
        """What the strip and the page say of it."""
        ...

    def leave(self) -> None:
        """Another app is shown from now on."""
        ...

    def close(self) -> None:
        """Frees what it holds; called once, at the end."""
        ...
