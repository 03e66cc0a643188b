"""The row of apps under the strip: one tab each, the one on show in paper. Pressed by mouse and by palm."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.ui.draw.canvas import Box, Canvas, Weight, text_width, unit_of
from services.ui.draw.theme import INK, PANEL_ALPHA, PAPER

LEFT, TOP, HEIGHT = 14, 50, 30
_PITCH = 72
"""Tabs are as far apart as a palm is seen exactly."""
_SIZE = 13
_INSET = 3
"""All lengths at a height of 480."""


@dataclass(frozen=True, slots=True)
class Tab:
    """An app's place in the row. `id` is what a press of it is called."""

    id: str
    word: str
    box: Box

    @property
    def centre(self) -> tuple[float, float]:
        """In pixels."""
        return self.box.x + self.box.width / 2, self.box.y + self.box.height / 2


@dataclass(frozen=True, slots=True)
class RowLook:
    """How the row stands: which tab is on show, which is under the pointer, how long palms dwell (0 to 1)."""

    shown: str
    hover: str = ""
    dwell: Mapping[str, float] | None = None
    asks: str = ""
    """The tab that waits for its second touch."""
    touched: Collection[str] = ()
    """Those that a palm lies on, which their words must stay readable over."""


@lru_cache(maxsize=8)
def tabs(apps: tuple[tuple[str, str], ...], width: int, height: int) -> tuple[Tab, ...]:
    """One for each app (name, title) in a picture of that size; none where there is nothing to choose."""
    if len(apps) < 2:
        return ()
    u = unit_of(width, height)
    pitch = min(_PITCH * u, (width - 2 * LEFT * u) / len(apps))
    return tuple(
        Tab(f"app:{name}", title, Box(LEFT * u + number * pitch, TOP * u, pitch, HEIGHT * u))
        for number, (name, title) in enumerate(apps)
    )


def end_of(row: Sequence[Tab]) -> float:
    """Where the row ends, in pixels from the left; 0 where there is none."""
    return row[-1].box.x + row[-1].box.width if row else 0.0


def draw_row(canvas: Canvas, row: Sequence[Tab], look: RowLook) -> None:
    """The ink, the tab on show, and how far a palm's dwelling is; palms are drawn over it."""
    if not row:
        return
    first, inset = row[0].box, _INSET * canvas.unit
    width = end_of(row) - first.x
    canvas.panel(first.x, first.y, width, first.height, first.height / 2, colour=INK, alpha=PANEL_ALPHA)
    for tab in row:
        part = 1.0 if tab.id == look.shown else (look.dwell or {}).get(tab.id, 0.0)
        alpha = 0.95 if tab.id == look.shown else 0.22
        x, y = tab.box.x + inset, tab.box.y + inset
        width, height = tab.box.width - 2 * inset, tab.box.height - 2 * inset
        if tab.id == look.hover and tab.id != look.shown:
            canvas.panel(x, y, width, height, height / 2, colour=PAPER, alpha=0.16)
        if part > 0:
            canvas.panel(x, y, max(height, part * width), height, height / 2, colour=PAPER, alpha=alpha)


def draw_row_words(canvas: Canvas, row: Sequence[Tab], look: RowLook) -> None:
    """The titles; over the palms."""
    for tab in row:
        word = "Sure?" if tab.id == look.asks else tab.word
        size, room = _SIZE * canvas.unit, tab.box.width - 3.5 * _INSET * canvas.unit
        size *= min(1.0, room / max(1.0, text_width(word, size, Weight.SEMIBOLD)))
        x, y = tab.centre
        colour = INK if tab.id == look.shown else PAPER
        if tab.id in look.touched and tab.id != look.shown:
            canvas.halo(word, x, y, size, Weight.SEMIBOLD, align=0.5)
        canvas.text(word, x, y, size, Weight.SEMIBOLD, colour=colour, align=0.5)
