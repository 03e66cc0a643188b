"""The hands before the picture: the pointer and the palms, what they are on, and how that looks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ui.draw.buttons import FLASH_S, Button, ButtonLook, hit
from services.ui.draw.canvas import Box
from services.ui.draw.palms import Dot, Trail
from services.ui.draw.row import RowLook, Tab
from services.ui.touch import Feel, Sighting, Target, Touch

_STEADY_S = 0.12
"""Palms seen for less are not drawn."""


@dataclass(frozen=True, slots=True)
class Board:
    """What there is to press in a picture of that height and width; `tab` is the one on show."""

    buttons: Sequence[Button]
    row: Sequence[Tab]
    tab: str
    targets: Sequence[Target]
    size: tuple[int, int]


class Hands:
    """Times are seconds of the monotonic clock, places pixels."""

    def __init__(self, touch: Touch) -> None:
        self._touch = touch
        self._trail = Trail()
        self._pointer: tuple[float, float] | None = None
        self._pressed: dict[str, float] = {}

    @property
    def feel(self) -> Feel:
        """The numbers of the touch."""
        return self._touch.feel

    def point(self, at: tuple[float, float] | None) -> None:
        """The pointer moved; None where it left."""
        self._pointer = at

    def on(self, box: Box | None) -> bool:
        """Whether the pointer is there."""
        return box is not None and self._pointer is not None and box.holds(*self._pointer)

    def under_pointer(self, board: Board) -> list[str]:
        """The tabs and buttons that a click presses."""
        tabs = [tab.id for tab in board.row if self.on(tab.box)]
        return tabs + [button.id for button in board.buttons if self._over(button, board)]

    def see(self, points: tuple[tuple[float, float], ...], people: int, board: Board, now: float) -> list[str]:
        """Palms were looked for; what they press."""
        self._trail.update(points, board.size[1], now)
        return self._touch.see(Sighting(points, people), board.targets, now)

    def lose(self, now: float) -> None:
        """Time went on without palms."""
        self._touch.lose(now)

    def flash(self, button: str, now: float) -> None:
        """It was pressed, and lights up."""
        self._pressed[button] = now

    def asking(self, now: float) -> tuple[str, ...]:
        """What wants a second touch."""
        return self._touch.asking(now)

    def palms(self, now: float) -> Sequence[tuple[Dot, float]]:
        """The palms to draw, each with how much it shows."""
        return self._trail.shown(now, _STEADY_S)

    def looks(self, board: Board, counting: Mapping[str, float], now: float) -> list[tuple[Button, ButtonLook]]:
        """How the buttons stand; `counting` is the part of a countdown that is over."""
        dwell, asking = self._touch.progress(board.targets, now), self.asking(now)
        dots = [dot for dot, _ in self.palms(now)]
        height, width = board.size
        return [
            (
                button,
                ButtonLook(
                    hover=self._over(button, board),
                    touched=any(hit(button, dot.x, dot.y, width, height) for dot in dots),
                    dwell=dwell.get(button.id, 0.0),
                    counting=counting.get(button.id),
                    pressed_s=now - self._pressed.get(button.id, now - FLASH_S),
                    asks=button.id in asking,
                ),
            )
            for button in board.buttons
        ]

    def row_look(self, board: Board, now: float) -> RowLook:
        """How the row of apps stands."""
        hover = [tab.id for tab in board.row if self.on(tab.box)]
        asking = [one for one in self.asking(now) if one.startswith("app:")]
        touched = [tab.id for tab in board.row if any(tab.box.holds(dot.x, dot.y) for dot, _ in self.palms(now))]
        dwell = self._touch.progress(board.targets, now)
        return RowLook(board.tab, "".join(hover), dwell, "".join(asking[:1]), touched)

    def _over(self, button: Button, board: Board) -> bool:
        height, width = board.size
        return self._pointer is not None and hit(button, *self._pointer, width, height)
