"""The tools at the left of the picture. While something is drawn they fade, and let every click through."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ui.draw.canvas import Box, Canvas, Weight, text_width
from services.ui.draw.theme import ACT_DEEP, INK, PANEL_ALPHA, PAPER
from services.ui.label.acts import ACTS, Act, Do
from services.ui.label.icons import SIGNS, Pen, enter

_LEFT, _TOP, _WIDE, _HIGH, _GAP = 12.0, 54.0, 50.0, 29.0, 9.0
_BELOW_ROW = 88.0
"""At a height of 480; where there is a row of apps the tools begin below it."""
BLOCKS = (
    (Do.POLYGON, Do.CUT, Do.BRUSH, Do.ERASER, Do.SNAP),
    (Do.UNDO, Do.REDO),
    (Do.NETWORK, Do.NOBODY),
    (Do.PREVIOUS, Do.NEXT, Do.DONE),
)


@dataclass(frozen=True, slots=True)
class Cell(Box):
    """A tool's place."""

    act: Act


@dataclass(frozen=True, slots=True)
class RailLook:
    """How the tools stand: which is chosen, which are idle, where the pointer is, whether something is drawn."""

    chosen: Do
    idle: frozenset[Do]
    pointer: tuple[float, float] | None
    faded: bool


def cells(unit: float, below_row: bool = False) -> list[Cell]:
    """Where each tool is, at so many pixels a unit of the look."""
    acts = {act.do: act for act in ACTS}
    found, y = [], _BELOW_ROW if below_row else _TOP
    for block in BLOCKS:
        for do in block:
            found.append(Cell(_LEFT * unit, y * unit, _WIDE * unit, _HIGH * unit, acts[do]))
            y += _HIGH
        y += _GAP
    return found


def draw_arrow(canvas: Canvas, x: float, y: float) -> None:
    """A pointer's arrow, for over the tools."""
    s = 1.1 * canvas.unit
    arrow = [(0, 0), (0, 13), (3.4, 9.8), (5.8, 14.6), (8.2, 13.4), (5.9, 8.8), (10, 8.4)]
    points = [(x + s * px, y + s * py) for px, py in arrow]
    canvas.line([*points, points[0]], 2.2 * s, INK, 0.7)
    canvas.shape(points, PAPER)


def draw_rail(canvas: Canvas, places: Sequence[Cell], look: RailLook) -> None:
    """A panel for each block; the tool in hand on blue, the one under the pointer with its words beside it."""
    for block in BLOCKS:
        _draw_block(canvas, [cell for cell in places if cell.act.do in block], look)
    if look.pointer is not None and not look.faded:
        for cell in places:
            if cell.holds(*look.pointer):
                _draw_words(canvas, cell)


def _draw_block(canvas: Canvas, block: Sequence[Cell], look: RailLook) -> None:
    u, first = canvas.unit, block[0]
    alpha = 0.16 if look.faded else 1.0
    height = first.height * len(block)
    canvas.panel(first.x, first.y, first.width, height, 11 * u, colour=INK, alpha=alpha * PANEL_ALPHA)
    if look.faded:
        return
    for cell in block:
        chosen = cell.act.do is look.chosen
        hover = look.pointer is not None and cell.holds(*look.pointer)
        if chosen or hover:
            inner = (cell.x + 3 * u, cell.y + 2.5 * u, cell.width - 6 * u, cell.height - 5 * u, 8.5 * u)
            canvas.panel(*inner, colour=ACT_DEEP if chosen else PAPER, alpha=0.95 if chosen else 0.16)
        _draw_cell(canvas, cell, 0.35 if cell.act.do in look.idle else 1.0)


def _draw_cell(canvas: Canvas, cell: Cell, alpha: float) -> None:
    u, y = canvas.unit, cell.y + cell.height / 2
    SIGNS[cell.act.do](Pen(canvas, cell.x + 17 * u, y, 8 * u, alpha))
    if cell.act.key == "Enter":
        enter(Pen(canvas, cell.x + 38 * u, y, 5 * u, 0.85 * alpha))
    else:
        canvas.text(cell.act.key, cell.x + 38 * u, y, 11 * u, Weight.SEMIBOLD, alpha=0.85 * alpha, align=0.5)


def _draw_words(canvas: Canvas, cell: Cell) -> None:
    u, act = canvas.unit, cell.act
    bold, size = text_width(act.word, 13 * u, Weight.BOLD), 12 * u
    width = bold + text_width(act.hint, size, Weight.MEDIUM) + 32 * u
    x, y = cell.x + cell.width + 8 * u, cell.y + cell.height / 2
    canvas.panel(x, y - 14 * u, width, 28 * u, 9 * u, colour=INK, alpha=0.9)
    canvas.text(act.word, x + 12 * u, y, 13 * u, Weight.BOLD)
    canvas.text(act.hint, x + 20 * u + bold, y, size, Weight.MEDIUM, alpha=0.85)
