"""What was saved, small, under the button that saves: the newest on top, the plate last, each with its number."""

from collections.abc import Sequence
from pathlib import Path

from common.messages import Shot
from services.ui.draw.canvas import Box, Canvas, Weight, text_width
from services.ui.draw.theme import INK, PAPER, ease_out

_WIDTH, _GAP, _TAG = 68, 8, 18
"""At a height of 480."""
_COMES_S = 0.2


def draw_shots(canvas: Canvas, shots: Sequence[Shot], x: float, top: float, age_s: float) -> None:
    """A column centred on `x`, as many as there is room for; the first came `age_s` ago."""
    if not shots:
        return
    u = canvas.unit
    height, width = shots[0].image.shape[:2]
    each = _WIDTH * u * min(1.25, height / width)
    fit = int((canvas.height - 16 * u - top + _GAP * u) // (each + _GAP * u))
    frames, plate = [shot for shot in shots if not _is_plate(shot)], [shot for shot in shots if _is_plate(shot)]
    shown = (frames[: max(0, fit - len(plate))] + plate)[: max(0, fit)]
    come = ease_out(age_s / _COMES_S)
    for number, shot in enumerate(shown):
        # what was there makes room for the new one
        slide = (1 - come) * (each + _GAP * u) if number else 0
        scale = 0.8 + 0.2 * come if number == 0 else 1
        y = top + number * (each + _GAP * u) - slide + (1 - scale) * each / 2
        if slide and number == len(shown) - 1 and y < top:
            continue
        wide = scale * _WIDTH * u
        _draw_shot(canvas, shot, Box(round(x - wide / 2), round(y), round(wide), round(scale * each)))


def _draw_shot(canvas: Canvas, shot: Shot, box: Box) -> None:
    u = canvas.unit
    canvas.panel(box.x, box.y + 1.5 * u, box.width, box.height, 9 * u, colour=INK, alpha=0.35)
    canvas.image(shot.image, box, 9 * u)
    canvas.frame(box, 9 * u, 1.5 * u, PAPER, 0.9)
    word = "plate" if _is_plate(shot) else Path(shot.name).stem
    size = 11 * u
    wide = max(_TAG * u, text_width(word, size, Weight.SEMIBOLD) + 10 * u)
    x, y = box.x + 4 * u, box.y + box.height - (_TAG + 4) * u
    canvas.panel(x, y, wide, _TAG * u, 6 * u, colour=INK, alpha=0.8)
    canvas.text(word, x + wide / 2, y + _TAG / 2 * u, size, Weight.SEMIBOLD, align=0.5)


def _is_plate(shot: Shot) -> bool:
    return shot.name == "bkg.png"
