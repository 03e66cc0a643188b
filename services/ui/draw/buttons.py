"""The round buttons in the picture."""

from dataclasses import dataclass
from enum import StrEnum

from services.ui.draw.canvas import Canvas, Weight, text_width
from services.ui.draw.theme import ACT_DEEP, END_DEEP, GOOD, INK, PAPER, ease_out

RADIUS = 0.06
"""Of the picture's width."""
FLASH_S = 0.35


class Role(StrEnum):
    """What pressing a button does: something that can be undone by going on, a file or a plate, a training of minutes,
    or the end. A palm is asked once more before the last two."""

    HARMLESS = "harmless"
    WRITES = "writes"
    LONG = "long"
    ENDS = "ends"


@dataclass(frozen=True, slots=True)
class Button:
    """A button of an app. `x` and `y` are its centre in parts of the picture's width and height."""

    id: str
    word: str
    x: float
    y: float
    role: Role
    key: str
    hint: str
    """What it does, for the page and the help."""


@dataclass(frozen=True, slots=True)
class ButtonLook:
    """How a button stands at the moment; all parts 0 to 1."""

    hover: bool = False
    touched: bool = False
    """A palm lies on it, which the word must stay readable over."""
    dwell: float = 0.0
    counting: float | None = None
    """The part of its countdown that is over; None while it counts nothing."""
    pressed_s: float = FLASH_S
    """Seconds since it was pressed."""
    asks: bool = False
    """It waits for the second touch."""


def centre(button: Button, width: int, height: int) -> tuple[float, float, float]:
    """x, y and radius in pixels."""
    return button.x * width, button.y * height, RADIUS * width


def hit(button: Button, x: float, y: float, width: int, height: int) -> bool:
    """Whether a pointer at x, y (pixels) is on the button."""
    cx, cy, radius = centre(button, width, height)
    return (x - cx) ** 2 + (y - cy) ** 2 <= radius**2


def draw_face(canvas: Canvas, button: Button, look: ButtonLook) -> None:
    """The disc and its rim; palms are drawn over it."""
    x, y, radius = centre(button, canvas.width, canvas.height)
    rim = max(1.5, 0.045 * radius)
    if look.counting is not None:
        canvas.disc(x, y, radius, GOOD, 0.86)
    else:
        # ink first: colour alone would let a white wall through, and take the word's contrast with it
        canvas.disc(x, y, radius, INK, 0.5)
        canvas.disc(x, y, radius, END_DEEP if button.role is Role.ENDS else ACT_DEEP, 0.78 if look.hover else 0.6)
    canvas.ring(x, y, radius - rim / 2, rim, PAPER, alpha=1.0 if look.hover else 0.85)
    if look.pressed_s < FLASH_S:
        part = ease_out(look.pressed_s / FLASH_S)
        canvas.disc(x, y, radius, PAPER, 0.45 * (1 - part))
        canvas.ring(x, y, radius * (1 + 0.45 * part), 2 * rim, PAPER, alpha=0.8 * (1 - part))


def draw_word(canvas: Canvas, button: Button, look: ButtonLook) -> None:
    """The word and the rings; over the palms, so that a hand on the button hides neither."""
    x, y, radius = centre(button, canvas.width, canvas.height)
    word = "Sure?" if look.asks else button.word
    colour = INK if look.counting is not None else PAPER
    size = 0.54 * radius
    size *= min(1.0, 1.5 * radius / max(1.0, text_width(word, size, Weight.BOLD)))
    if look.touched and look.counting is None:
        canvas.halo(word, x, y, size, Weight.BOLD, align=0.5)
    canvas.text(word, x, y, size, Weight.BOLD, colour=colour, align=0.5)
    if look.counting is not None:
        canvas.ring(x, y, 1.18 * radius, 0.11 * radius, INK, alpha=0.35)
        canvas.ring(x, y, 1.18 * radius, 0.11 * radius, GOOD, part=look.counting)
    elif look.dwell > 0:
        canvas.ring(x, y, 1.2 * radius, 0.15 * radius, INK, alpha=0.5)
        canvas.ring(x, y, 1.2 * radius, 0.13 * radius, PAPER, part=look.dwell)
