"""What takes the whole picture for a while: countdown, learning, help, and the card where there is nothing to show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from common.messages import Image
from services.ui.draw.canvas import Canvas, Weight, balance, text_width
from services.ui.draw.theme import GOOD, INK, NIGHT, PAPER

_SOFT = 0.72
"""How white the second line is."""
_PRESSING = "Rest your palm on a button, or click it"
_PRESSING_SIZE = 13
_DIM = 0.58
"""White words keep 5:1 over a white wall that was dimmed by it."""


@dataclass(frozen=True, slots=True)
class Count:
    """A countdown. `left` and `total` in seconds; `dims` where nobody should be in the picture."""

    left: float
    total: float
    title: str
    words: str
    dims: bool


@dataclass(frozen=True, slots=True)
class Card:
    """Why there is no picture, and what to do."""

    title: str
    words: str
    sign: str
    """`camera` or `mask`: what is missing."""


def draw_count(canvas: Canvas, count: Count) -> None:
    """The seconds that are left, large, in a ring that empties."""
    u = canvas.unit
    x, y, radius = canvas.width / 2, 0.435 * canvas.height, 74 * u
    if count.dims:
        canvas.dim(_DIM)
    canvas.disc(x, y, radius, INK, 0.78 if count.dims else 0.6)
    canvas.ring(x, y, radius, 8 * u, PAPER, alpha=0.3)
    canvas.ring(x, y, radius, 8 * u, GOOD, part=count.left / count.total if count.total else 0)
    canvas.text(str(max(1, int(np.ceil(count.left)))), x, y, 84 * u, Weight.BOLD, align=0.5)
    _draw_two_lines(canvas, count.title, count.words, y + radius + 44 * u, shaded=not count.dims)


def draw_busy(canvas: Canvas, title: str, words: str, now: float) -> None:
    """Something is being worked out: a ring that turns. `now` in seconds."""
    u = canvas.unit
    x, y, radius = canvas.width / 2, 0.435 * canvas.height, 40 * u
    canvas.dim(_DIM)
    canvas.ring(x, y, radius, 7 * u, PAPER, alpha=0.25)
    canvas.ring(x, y, radius, 7 * u, GOOD, part=0.28, start=now / 1.4 % 1)
    _draw_two_lines(canvas, title, words, y + 108 * u, shaded=False)


def _draw_two_lines(canvas: Canvas, title: str, words: str, y: float, shaded: bool) -> None:
    u = canvas.unit
    big, small = 24 * u, 15 * u
    if shaded:
        width = max(text_width(title, big, Weight.BOLD), text_width(words, small, Weight.MEDIUM)) + 44 * u
        canvas.panel((canvas.width - width) / 2, y - 23 * u, width, 74 * u, 18 * u, colour=INK, alpha=0.7)
    canvas.text(title, canvas.width / 2, y, big, Weight.BOLD, align=0.5)
    canvas.text(words, canvas.width / 2, y + 30 * u, small, Weight.MEDIUM, align=0.5)


def night(height: int, width: int) -> Image:
    """A plain dark picture (BGR), a little lighter towards the middle."""
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    glow = np.clip(1.3 - 0.5 * (x**2 + y**2), 0.6, 1.3)[..., None]
    dither = np.random.default_rng(0).uniform(-0.5, 0.5, (height, width, 1))
    return np.asarray(np.clip(np.rint(glow * np.array(NIGHT.bgr) + dither), 0, 255), np.uint8)


def draw_card(canvas: Canvas, card: Card, now: float) -> None:
    """The card on what `night` gave: a sign, one line, and what to do."""
    u = canvas.unit
    x, y = canvas.width / 2, 0.36 * canvas.height
    canvas.disc(x, y, 50 * u, PAPER, 0.07)
    canvas.ring(x, y, 50 * u, 2.5 * u, PAPER, alpha=0.16)
    canvas.ring(x, y, 50 * u, 2.5 * u, PAPER, alpha=0.9, part=0.18, start=now / 2.4 % 1)
    {"camera": _draw_camera, "mask": _draw_person}[card.sign](canvas, x, y)
    canvas.text(card.title, x, y + 90 * u, 26 * u, Weight.BOLD, align=0.5)
    for number, line in enumerate(balance(card.words, 15 * u, Weight.MEDIUM, 0.74 * canvas.width)[:5]):
        canvas.text(line, x, y + (124 + 23 * number) * u, 15 * u, Weight.MEDIUM, colour=PAPER, alpha=_SOFT, align=0.5)


def _draw_camera(canvas: Canvas, x: float, y: float) -> None:
    u = canvas.unit
    canvas.panel(x - 24 * u, y - 15 * u, 32 * u, 30 * u, 7 * u, colour=PAPER, alpha=0.92)
    canvas.shape(
        [(x + 11 * u, y - 3 * u), (x + 23 * u, y - 11 * u), (x + 23 * u, y + 11 * u), (x + 11 * u, y + 3 * u)],
        PAPER,
        0.92,
    )


def _draw_person(canvas: Canvas, x: float, y: float) -> None:
    u = canvas.unit
    canvas.ring(x, y - 11 * u, 9 * u, 3 * u, PAPER, alpha=0.92)
    canvas.ring(x, y + 22 * u, 19 * u, 3 * u, PAPER, alpha=0.92, part=0.5, start=-0.25)


def draw_help(canvas: Canvas, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """How buttons are pressed, the keys, and what each does, in one panel over the dimmed picture."""
    u = canvas.unit
    canvas.dim(0.45)
    size, line = 15 * u, 29 * u
    keys = max(text_width(key, 13 * u, Weight.SEMIBOLD) for key, _ in rows) + 18 * u
    widest = keys + 16 * u + max(text_width(words, size, Weight.MEDIUM) for _, words in rows)
    width = max(widest, text_width(_PRESSING, _PRESSING_SIZE * u, Weight.MEDIUM)) + 56 * u
    height = line * len(rows) + 98 * u
    left, top = (canvas.width - width) / 2, (canvas.height - height) / 2
    canvas.panel(left, top, width, height, 22 * u, colour=INK, alpha=0.86)
    canvas.text(title, left + 28 * u, top + 32 * u, 19 * u, Weight.BOLD)
    canvas.text(_PRESSING, left + 28 * u, top + 58 * u, _PRESSING_SIZE * u, Weight.MEDIUM, alpha=_SOFT)
    for number, (key, words) in enumerate(rows):
        y = top + 92 * u + line * number
        canvas.panel(left + 28 * u, y - 11 * u, keys, 22 * u, 7 * u, colour=PAPER, alpha=0.16)
        canvas.text(key, left + 28 * u + keys / 2, y, 13 * u, Weight.SEMIBOLD, align=0.5)
        canvas.text(words, left + 44 * u + keys, y, size, Weight.MEDIUM)
