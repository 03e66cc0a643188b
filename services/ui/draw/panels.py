"""Words on ink: the strip of facts, the sentence at the bottom, toasts."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ui.draw.canvas import Box, Canvas, Weight, balance, text_width
from services.ui.draw.theme import INK, LEVEL_COLOUR, PANEL_ALPHA, PAPER, Level, ease_out

_MARGIN = 14
_STRIP_ENDS = 0.77
"""Of the width: the strip stays clear of the button at the top right."""
_WIDEST = 0.57
"""Of the width: sentences and toasts stay clear of the buttons on both sides."""
_LINES = 5
_CHIP_PAD = 20
UNDO_KEY = "U"
"""Takes a toast's offer."""


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


@dataclass(frozen=True, slots=True)
class Toast:
    """Something that happened, shown for a while. Times in seconds of the monotonic clock."""

    sentence: Sentence
    since: float
    until: float
    offer: str = ""
    """The word on its button, empty where it has none."""

    def alpha(self, now: float) -> float:
        """Fades in within 0.16 s and out within 0.2 s."""
        return min(ease_out((now - self.since) / 0.16), ease_out((self.until - now) / 0.2))


def draw_stack(
    canvas: Canvas, sentence: Sentence | None, toasts: Sequence[Toast], bottom: float, now: float
) -> Box | None:
    """The sentence above `bottom` (pixels) and the toasts above it, the newest lowest.

    Returns where the newest toast's button is, None where none has one.
    """
    u = canvas.unit
    button = None
    if sentence is not None:
        bottom = draw_sentence(canvas, sentence, bottom).y - 8 * u
    for toast in reversed(toasts):
        shown = toast.alpha(now)
        if shown <= 0:
            continue
        offer = toast.offer if button is None else ""
        pill = draw_sentence(canvas, toast.sentence, bottom + (1 - shown) * 6 * u, shown, offer)
        if offer:
            button = _chip(pill, offer, u)
        bottom = pill.y - 8 * u
    return button


def draw_sentence(canvas: Canvas, sentence: Sentence, bottom: float, alpha: float = 1.0, offer: str = "") -> Box:
    """A pill centred above `bottom` (pixels), between the columns of buttons; returns its place."""
    u = canvas.unit
    size, line, pad = 16 * u, 22 * u, 20 * u
    mark = 22 * u if sentence.level is not Level.PLAIN else 0
    chip = _chip_width(offer, u) + 4 * u if offer else 0
    room = _WIDEST * canvas.width - 2 * pad - mark - chip
    lines = balance(sentence.words, size, Weight.SEMIBOLD, room)[:_LINES]
    width = max((text_width(words, size, Weight.SEMIBOLD) for words in lines), default=0) + 2 * pad + mark + chip
    height = line * len(lines) + 18 * u
    pill = Box((canvas.width - width) / 2, bottom - height, width, height)
    canvas.panel(pill.x, pill.y, width, height, min(height / 2, 20 * u), colour=INK, alpha=PANEL_ALPHA * alpha)
    if mark and alpha > 0.5:
        draw_mark(canvas, pill.x + pad + 5 * u, pill.y + 9 * u + line / 2, 5.5 * u, sentence.level)
    for number, words in enumerate(lines):
        y = pill.y + 9 * u + line * (number + 0.5)
        aligned = mark or chip
        x, align = (pill.x + pad + mark, 0.0) if aligned else (canvas.width / 2, 0.5)
        canvas.text(words, x, y, size, Weight.SEMIBOLD, alpha=alpha, align=align)
    if offer:
        _draw_chip(canvas, _chip(pill, offer, u), offer, alpha)
    return pill


def _chip_width(word: str, u: float) -> float:
    return text_width(word, 14 * u, Weight.BOLD) + (_CHIP_PAD + 22) * u


def _chip(pill: Box, word: str, u: float) -> Box:
    """The place of a toast's button: at its right end."""
    width, height = _chip_width(word, u), 28 * u
    return Box(pill.x + pill.width - width - 6 * u, pill.y + (pill.height - height) / 2, width, height)


def _draw_chip(canvas: Canvas, chip: Box, word: str, alpha: float) -> None:
    u = canvas.unit
    canvas.panel(chip.x, chip.y, chip.width, chip.height, chip.height / 2, colour=PAPER, alpha=0.95 * alpha)
    y = chip.y + chip.height / 2
    canvas.text(word, chip.x + _CHIP_PAD / 2 * u, y, 14 * u, Weight.BOLD, colour=INK, alpha=alpha)
    # the key that does the same
    canvas.panel(chip.x + chip.width - 25 * u, y - 9 * u, 18 * u, 18 * u, 5 * u, colour=INK, alpha=0.14 * alpha)
    canvas.text(UNDO_KEY, chip.x + chip.width - 16 * u, y, 11 * u, Weight.BOLD, colour=INK, alpha=alpha, align=0.5)
