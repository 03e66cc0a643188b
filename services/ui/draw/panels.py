"""Words on ink: the strip of facts, the sentence at the bottom, toasts."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ui.draw.canvas import Canvas, Weight, balance, text_width
from services.ui.draw.theme import INK, LEVEL_COLOUR, PANEL_ALPHA, Level, ease_out

_MARGIN = 14
_STRIP_ENDS = 0.77
"""Of the width: the strip stays clear of the button at the top right."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One item of the strip."""

    words: str
    level: Level = Level.PLAIN


@dataclass(frozen=True, slots=True)
class Sentence:
    """What the person is told, and how it is meant."""

    words: str
    level: Level = Level.PLAIN


def draw_strip(canvas: Canvas, facts: Sequence[Fact]) -> None:
    """The facts in a pill at the top left; the last ones are left out where the picture is too narrow."""
    u = canvas.unit
    size, gap, mark = 13 * u, 14 * u, 14 * u
    height, margin = 28 * u, _MARGIN * u
    widths = [mark + text_width(fact.words, size, Weight.MEDIUM) for fact in facts]
    room = _STRIP_ENDS * canvas.width - 2 * margin
    while len(widths) > 1 and sum(widths) + gap * (len(widths) + 1) > room:
        widths.pop()
    canvas.panel(
        margin, margin, sum(widths) + gap * (len(widths) + 1), height, height / 2, colour=INK, alpha=PANEL_ALPHA
    )
    x, y = margin + gap, margin + height / 2
    for fact, width in zip(facts, widths, strict=False):
        draw_mark(canvas, x + 4 * u, y, 4 * u, fact.level)
        canvas.text(fact.words, x + mark, y, size, Weight.MEDIUM)
        x += width + gap


def draw_mark(canvas: Canvas, x: float, y: float, radius: float, level: Level) -> None:
    """A level as colour and shape: a dot is well, a triangle warns, a diamond is wrong."""
    colour = LEVEL_COLOUR[level]
    if level is Level.WARN:
        r = 1.25 * radius
        canvas.shape([(x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r)], colour)
    elif level is Level.BAD:
        r = 1.3 * radius
        canvas.shape([(x, y - r), (x + r, y), (x, y + r), (x - r, y)], colour)
    else:
        canvas.disc(x, y, radius if level is Level.GOOD else 0.8 * radius, colour)


def draw_sentence(canvas: Canvas, sentence: Sentence, bottom: float, alpha: float = 1.0) -> float:
    """A pill centred above `bottom` (pixels), three lines at most; returns its top."""
    u = canvas.unit
    size, line, pad = 16 * u, 22 * u, 20 * u
    mark = 22 * u if sentence.level in (Level.WARN, Level.BAD, Level.GOOD) else 0
    lines = balance(sentence.words, size, Weight.SEMIBOLD, 0.9 * canvas.width - 2 * pad - mark)[:3]
    if not lines:
        return bottom
    width = max(text_width(words, size, Weight.SEMIBOLD) for words in lines) + 2 * pad + mark
    height = line * len(lines) + 18 * u
    left, top = (canvas.width - width) / 2, bottom - height
    canvas.panel(left, top, width, height, min(height / 2, 20 * u), colour=INK, alpha=PANEL_ALPHA * alpha)
    if mark and alpha > 0.5:
        draw_mark(canvas, left + pad + 5 * u, top + 9 * u + line / 2, 5.5 * u, sentence.level)
    for number, words in enumerate(lines):
        y = top + 9 * u + line * (number + 0.5)
        x, align = (left + pad + mark, 0.0) if mark else (canvas.width / 2, 0.5)
        canvas.text(words, x, y, size, Weight.SEMIBOLD, alpha=alpha, align=align)
    return top


@dataclass(frozen=True, slots=True)
class Toast:
    """Something that happened, shown for a while. Times in seconds of the monotonic clock."""

    sentence: Sentence
    since: float
    until: float

    def alpha(self, now: float) -> float:
        """Fades in within 0.16 s and out within 0.2 s."""
        return min(ease_out((now - self.since) / 0.16), ease_out((self.until - now) / 0.2))


def draw_stack(canvas: Canvas, sentence: Sentence | None, toasts: Sequence[Toast], now: float) -> None:
    """The sentence at the bottom and the toasts above it, the newest lowest."""
    u = canvas.unit
    bottom = canvas.height - 16 * u
    if sentence is not None:
        bottom = draw_sentence(canvas, sentence, bottom) - 8 * u
    for toast in reversed(toasts):
        shown = toast.alpha(now)
        if shown > 0:
            bottom = draw_sentence(canvas, toast.sentence, bottom + (1 - shown) * 6 * u, shown) - 8 * u
