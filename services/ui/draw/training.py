"""A training under way: how it does, how long it takes, and what the weights so far cut out."""

from collections.abc import Sequence

from common.messages import Training
from services.ui.draw.canvas import Box, Canvas, Weight, balance, text_width
from services.ui.draw.theme import GOOD, INK, PAPER

_WIDTH, _HEIGHT, _PAD = 360, 118, 14
"""At a height of 480."""
_SOFT = 0.78
_ASIDE = 0.32
"""Of the width inside: the preview."""


def draw_training(canvas: Canvas, training: Training, bottom: float) -> float:
    """A panel centred above `bottom` (pixels); returns its top."""
    u = canvas.unit
    width, height = min(_WIDTH * u, 0.54 * canvas.width), _HEIGHT * u
    left, top = (canvas.width - width) / 2, bottom - height
    canvas.panel(left, top, width, height, 18 * u, colour=INK, alpha=0.84)
    inside = Box(left + _PAD * u, top, width - 2 * _PAD * u, height)
    _draw_head(canvas, training, inside, top + 19 * u)
    chart = Box(inside.x, top + 36 * u, inside.width, 58 * u)
    if training.preview is not None and training.preview.size:
        shown = Box(chart.x, chart.y, _ASIDE * chart.width, chart.height)
        canvas.image(training.preview, shown, 8 * u)
        rest = shown.width + 12 * u
        chart = Box(chart.x + rest, chart.y, chart.width - rest, chart.height)
    if training.curve:
        _draw_curves(canvas, training, chart)
    else:
        _draw_words(canvas, training.words, chart)
    _draw_bar(canvas, training, inside, top + 106 * u)
    return top


def left_in_words(training: Training) -> str:
    """How long it will take, as exact as it is known."""
    if training.eta_s is None:
        return "starting"
    if training.eta_s < 10:
        return "a few seconds left"
    if training.eta_s < 90:
        return f"{10 * round(training.eta_s / 10)} s left"
    return f"{round(training.eta_s / 60)} min left"


def _draw_head(canvas: Canvas, training: Training, inside: Box, y: float) -> None:
    u = canvas.unit
    canvas.text("Training", inside.x, y, 15 * u, Weight.BOLD)
    step = f"{training.iteration} / {training.iterations}"
    x = inside.x + text_width("Training", 15 * u, Weight.BOLD) + 9 * u
    canvas.text(step, x, y, 12.5 * u, Weight.MEDIUM, alpha=_SOFT)
    canvas.text(left_in_words(training), inside.x + inside.width, y, 12.5 * u, Weight.MEDIUM, align=1)


def _draw_words(canvas: Canvas, words: str, box: Box) -> None:
    """What it does before there is anything to draw."""
    size = 13 * canvas.unit
    for number, line in enumerate(balance(words, size, Weight.MEDIUM, box.width)[:3]):
        canvas.text(line, box.x, box.y + (10 + 19 * number) * canvas.unit, size, Weight.MEDIUM, alpha=_SOFT)


def _draw_bar(canvas: Canvas, training: Training, inside: Box, y: float) -> None:
    u = canvas.unit
    part = training.iteration / max(1, training.iterations)
    canvas.panel(inside.x, y - 2 * u, inside.width, 4 * u, 2 * u, colour=PAPER, alpha=0.2)
    if part > 0:
        canvas.panel(inside.x, y - 2 * u, max(4 * u, part * inside.width), 4 * u, 2 * u, colour=GOOD, alpha=1)


def scores(training: Training) -> list[str]:
    """The newest loss and IoU, as far as they are known."""
    losses = [point.loss for point in training.curve][-1:] or ([training.loss] if training.loss is not None else [])
    ious = [point.iou for point in training.curve if point.iou is not None][-1:]
    words = [f"loss {loss:.3f}" for loss in losses]
    if ious:
        before = training.iou_before
        words.append(f"IoU {gain(before, ious[0])}" if before is not None else f"IoU {ious[0]:.3f}")
    return words


def _draw_curves(canvas: Canvas, training: Training, box: Box) -> None:
    """Loss falls and IoU climbs, each on a scale of its own, from the left as far as the training has come."""
    u = canvas.unit
    told = scores(training)
    if sum(text_width(words, 12 * u, Weight.MEDIUM) + 22 * u for words in told) > box.width:
        # there is room for one: how good the masks are
        told = told[-1:]
    for words in told:
        if words.startswith("loss"):
            canvas.disc(box.x + 4 * u, box.y + 5 * u, 3 * u, PAPER, 0.9)
            canvas.text(words, box.x + 12 * u, box.y + 5 * u, 12 * u, Weight.MEDIUM)
        else:
            wide = text_width(words, 12 * u, Weight.MEDIUM)
            canvas.ring(box.x + box.width - wide - 8 * u, box.y + 5 * u, 3 * u, 2 * u, GOOD)
            canvas.text(words, box.x + box.width, box.y + 5 * u, 12 * u, Weight.MEDIUM, align=1)
    plot = Box(box.x, box.y + 16 * u, box.width, box.height - 18 * u)
    canvas.line([(plot.x, plot.y + plot.height), (plot.x + plot.width, plot.y + plot.height)], 1 * u, PAPER, 0.22)
    losses = [(point.iteration, point.loss) for point in training.curve]
    ious = [(point.iteration, point.iou) for point in training.curve if point.iou is not None]
    _draw_line(canvas, losses, training.iterations, plot, 1.6, filled=False)
    _draw_line(canvas, ious, training.iterations, plot, 2.2, filled=True)


def gain(before: float, after: float) -> str:
    """Two scores; with a third digit only where two tell no difference."""
    digits = 2 if f"{before:.2f}" != f"{after:.2f}" else 3
    return f"{before:.{digits}f} → {after:.{digits}f}"


def _draw_line(
    canvas: Canvas, values: Sequence[tuple[int, float]], last: int, plot: Box, thick: float, *, filled: bool
) -> None:
    if not values:
        return
    u = canvas.unit
    low, high = min(value for _, value in values), max(value for _, value in values)
    span = max(high - low, 1e-6)
    points = [
        (
            plot.x + plot.width * min(1.0, at / max(1, last)),
            plot.y + plot.height * (0.92 - 0.84 * ((value - low) / span if high > low else 0.5)),
        )
        for at, value in values
    ]
    colour, alpha = (GOOD, 1.0) if filled else (PAPER, 0.9)
    if len(points) > 1:
        canvas.line(points, thick * u, colour, alpha)
    canvas.disc(*points[-1], 3 * u, colour, alpha)
