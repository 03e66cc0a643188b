"""The signs on the tools: a few lines each, in a square of twice `size` around a place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from services.ui.draw.canvas import Canvas
from services.ui.draw.theme import INK, PAPER, Colour
from services.ui.label.acts import Do

_FIVE = ((-0.8, -0.1), (-0.1, -0.85), (0.85, -0.35), (0.55, 0.75), (-0.5, 0.75))
_THIN, _THICK = 0.19, 0.3


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws in a square from -1 to 1 whose middle is at x, y."""

    canvas: Canvas
    x: float
    y: float
    size: float
    alpha: float = 1.0

    def line(self, points: Sequence[tuple[float, float]], thick: float = _THIN, colour: Colour = PAPER) -> None:
        """Through the points."""
        self.canvas.line([self.at(*point) for point in points], thick * self.size, colour, self.alpha)

    def dot(self, x: float, y: float, radius: float) -> None:
        """A filled circle."""
        self.canvas.disc(*self.at(x, y), radius * self.size, PAPER, self.alpha)

    def ring(self, y: float, radius: float, *, thick: float = _THIN, part: float = 1.0, start: float = 0.0) -> None:
        """A circle's line in the middle, or part of it; see Canvas.ring."""
        at, radius, thick = self.at(0, y), radius * self.size, thick * self.size
        self.canvas.ring(*at, radius, thick, PAPER, alpha=self.alpha, part=part, start=start)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """In pixels."""
        return self.x + x * self.size, self.y + y * self.size


def _polygon(pen: Pen) -> None:
    pen.line((*_FIVE, _FIVE[0]))
    for corner in _FIVE:
        pen.dot(*corner, 0.24)


def _cut(pen: Pen) -> None:
    pen.line((*_FIVE, _FIVE[0]))
    pen.line(((-0.32, 0.08), (0.4, 0.08)))


def _brush(pen: Pen) -> None:
    pen.line(((0.8, -0.8), (0.0, 0.0)), _THICK)
    pen.dot(-0.3, 0.34, 0.44)
    pen.line(((-0.55, 0.4), (-0.82, 0.8), (-0.3, 0.68)), _THICK)


def _eraser(pen: Pen) -> None:
    pen.line(((-0.9, 0.25), (0.15, -0.8), (0.85, -0.1), (-0.2, 0.75), (-0.5, 0.75), (-0.9, 0.25)))
    pen.line(((-0.42, -0.22), (0.28, 0.45)))
    pen.line(((-0.1, 0.78), (0.9, 0.78)))


def _snap(pen: Pen) -> None:
    """A magnet."""
    pen.ring(0.12, 0.62, thick=0.34, part=0.5, start=0.25)
    for side in (-0.62, 0.62):
        pen.line(((side, 0.12), (side, -0.2)), 0.34)
        pen.dot(side, -0.68, 0.18)


def _back(pen: Pen, way: int = 1) -> None:
    """An arrow that turns back, or on where `way` is -1."""
    run = ((-0.7, -0.25), (0.3, -0.25), (0.68, -0.05), (0.72, 0.36), (0.45, 0.68), (-0.2, 0.7))
    head = ((-0.3, -0.65), (-0.75, -0.25), (-0.3, 0.15))
    for points in (run, head):
        pen.line([(way * x, y) for x, y in points])


def _network(pen: Pen) -> None:
    """Three layers of points, joined."""
    layers = ((-0.75, -0.5), (-0.75, 0.5)), ((0.0, -0.75), (0.0, 0.0), (0.0, 0.75)), ((0.75, 0.0),)
    for before, after in pairwise(layers):
        for joined in product(before, after):
            pen.line(joined, 0.09)
    for layer in layers:
        for point in layer:
            pen.dot(*point, 0.22)


def _nobody(pen: Pen) -> None:
    """A person, crossed out."""
    pen.ring(-0.45, 0.36)
    pen.ring(0.85, 0.72, part=0.5, start=-0.25)
    pen.line(((-0.95, -0.75), (0.75, 0.95)), 0.3, INK)
    pen.line(((-0.85, -0.85), (0.85, 0.85)))


def _next(pen: Pen, way: int = 1) -> None:
    pen.line(((way * 0.1, -0.6), (way * 0.7, 0.0), (way * 0.1, 0.6)))
    pen.line(((way * 0.65, 0.0), (-way * 0.75, 0.0)))


def enter(pen: Pen) -> None:
    """The key of that name."""
    pen.line(((0.75, -0.6), (0.75, 0.2), (-0.65, 0.2)), 0.24)
    pen.line(((-0.2, -0.25), (-0.65, 0.2), (-0.2, 0.65)), 0.24)


def _done(pen: Pen) -> None:
    pen.line(((-0.75, 0.05), (-0.2, 0.6), (0.8, -0.55)), _THICK)


SIGNS: Mapping[Do, Callable[[Pen], None]] = {
    Do.POLYGON: _polygon,
    Do.CUT: _cut,
    Do.BRUSH: _brush,
    Do.ERASER: _eraser,
    Do.SNAP: _snap,
    Do.UNDO: _back,
    Do.REDO: lambda pen: _back(pen, -1),
    Do.NETWORK: _network,
    Do.NOBODY: _nobody,
    Do.PREVIOUS: lambda pen: _next(pen, -1),
    Do.NEXT: _next,
    Do.DONE: _done,
}
"""The tools that have a sign."""
