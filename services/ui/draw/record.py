"""The film's pill under strip and row: press it to film; while a film is under way, a red dot and the time."""

from services.ui.draw.canvas import Canvas, Weight, text_width
from services.ui.draw.theme import END, INK, PANEL_ALPHA, PAPER

_LEFT, _TOP, _HEIGHT, _SIZE = 14, 86, 28, 13
_MARK = 18
_LEAST = 64
"""All lengths at a height of 480."""


def pill(words: str, unit: float) -> tuple[float, float, float, float]:
    """x, y, width and height in pixels."""
    width = max(_LEAST * unit, (_MARK + 26) * unit + text_width(words, _SIZE * unit, Weight.SEMIBOLD))
    return _LEFT * unit, _TOP * unit, width, _HEIGHT * unit


def holds(words: str, unit: float, x: float, y: float) -> bool:
    """Whether a pointer at x, y (pixels) is on the pill."""
    left, top, width, height = pill(words, unit)
    return left <= x <= left + width and top <= y <= top + height


def draw_pill(canvas: Canvas, words: str, rolls: bool, hover: bool) -> None:
    """`rolls` while a film is under way."""
    u = canvas.unit
    left, top, width, height = pill(words, u)
    canvas.panel(left, top, width, height, height / 2, colour=INK, alpha=0.92 if hover else PANEL_ALPHA)
    middle = top + height / 2
    if rolls:
        canvas.disc(left + 17 * u, middle, 6 * u, END)
    else:
        canvas.ring(left + 17 * u, middle, 5 * u, 2 * u, PAPER, alpha=0.9)
        canvas.disc(left + 17 * u, middle, 2 * u, PAPER, 0.9)
    canvas.text(words, left + (_MARK + 12) * u, middle, _SIZE * u, Weight.SEMIBOLD)
