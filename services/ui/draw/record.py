"""The film's pill in the lower left: press it to film; while a film is under way, a red dot and the time."""

from services.ui.draw.canvas import Box, Canvas, Weight, text_width
from services.ui.draw.theme import END, INK, PANEL_ALPHA, PAPER

_MARGIN, _HEIGHT, _SIZE = 14, 28, 13
_MARK = 18
_LEAST = 64
"""All lengths at a height of 480."""


def draw_pill(canvas: Canvas, words: str, rolls: bool, hover: bool) -> Box:
    """`rolls` while a film is under way. Returns where it is pressed."""
    u = canvas.unit
    width = max(_LEAST * u, (_MARK + 26) * u + text_width(words, _SIZE * u, Weight.SEMIBOLD))
    pill = Box(_MARGIN * u, canvas.height - (_MARGIN + _HEIGHT) * u, width, _HEIGHT * u)
    canvas.panel(pill.x, pill.y, width, pill.height, pill.height / 2, colour=INK, alpha=0.92 if hover else PANEL_ALPHA)
    x, middle = pill.x + 17 * u, pill.y + pill.height / 2
    if rolls:
        canvas.disc(x, middle, 6 * u, END)
    else:
        canvas.ring(x, middle, 5 * u, 2 * u, PAPER, alpha=0.9)
        canvas.disc(x, middle, 2 * u, PAPER, 0.9)
    canvas.text(words, pill.x + (_MARK + 12) * u, middle, _SIZE * u, Weight.SEMIBOLD)
    return pill
