"""The sheet everything is drawn on: skia over a BGRA copy of the frame, made once a picture."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import skia

from common.messages import Image
from services.ui.draw.layers import cover
from services.ui.draw.theme import INK, PAPER, Colour

_FONTS = Path(__file__).parent.parent / "fonts"
_CAP_HEIGHT = 0.727
"""Inter's capitals, as a part of its size; words are centred by them, not by descenders they may lack."""


class Weight(StrEnum):
    """The three cuts of Inter that are bundled: facts, what to do, buttons."""

    MEDIUM = "Medium"
    SEMIBOLD = "SemiBold"
    BOLD = "Bold"


@lru_cache(maxsize=256)
def font(size: float, weight: Weight) -> skia.Font:
    """Inter at a size in pixels, without hints, so that a word keeps its width wherever it stands."""
    # a manager of its own: the default one reads all of the system's fonts first
    face = skia.FontMgr.New_Custom_Empty().makeFromFile(str(_FONTS / f"Inter-{weight.value}.ttf"), 0)
    made = skia.Font(face, size)
    made.setSubpixel(True)
    made.setEdging(skia.Font.Edging.kAntiAlias)
    made.setHinting(skia.FontHinting.kNone)
    return made


@lru_cache(maxsize=1024)
def text_width(words: str, size: float, weight: Weight) -> float:
    """Pixels a line takes."""
    return float(font(size, weight).measureText(words))


@lru_cache(maxsize=512)
def _blob(words: str, size: float, weight: Weight) -> skia.TextBlob:
    return skia.TextBlob(words, font(size, weight))


def wrap(words: str, size: float, weight: Weight, width: float) -> list[str]:
    """Lines no wider than `width`, broken at spaces, and within a path that is wider at its slashes; a single word that
    is wider still is cut with an ellipsis."""
    lines = [""]
    for word in words.split():
        for number, part in enumerate(_parts(word, size, weight, width)):
            longer = f"{lines[-1]}{part}" if number or not lines[-1] else f"{lines[-1]} {part}"
            if lines[-1] and text_width(longer, size, weight) > width:
                lines.append(part)
            else:
                lines[-1] = longer
    return [_cut(line, size, weight, width) for line in lines]


def _parts(word: str, size: float, weight: Weight, width: float) -> list[str]:
    return [word] if text_width(word, size, weight) <= width else re.findall(r"[^/]*/|[^/]+", word)


@lru_cache(maxsize=256)
def balance(words: str, size: float, weight: Weight, width: float) -> tuple[str, ...]:
    """Lines like those of `wrap`, as many, but of like lengths: no single word is left on the last."""
    lines = wrap(words, size, weight, width)
    # no narrower than a word, which would be broken
    fitting = [each for each in (text_width(word, size, weight) for word in words.split()) if each <= width]
    narrow, wide = max([width / max(1, len(lines)), *fitting]), width
    while wide - narrow > size / 4 and len(lines) > 1:
        middle = (narrow + wide) / 2
        tried = wrap(words, size, weight, middle)
        fits = len(tried) <= len(lines) and not any(line.endswith("…") for line in tried)
        narrow, wide, lines = (narrow, middle, tried) if fits else (middle, wide, lines)
    return tuple(lines)


def _cut(line: str, size: float, weight: Weight, width: float) -> str:
    if text_width(line, size, weight) <= width:
        return line
    while len(line) > 1 and text_width(f"{line}…", size, weight) > width:
        line = line[:-1]
    return f"{line}…"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels that something can be pressed in."""

    x: float
    y: float
    width: float
    height: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a pointer is on it."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


def unit_of(width: int, height: int) -> float:
    """Pixels of the picture that a length of 1 in the look takes; a tall or narrow one must still hold its words."""
    return max(0.5, min(height, 0.85 * width) / 480)


class Canvas:
    """One picture in the making. `begin` with a BGR image, draw, take it with `finish`; lengths are in pixels.

    A length of the look, which is drawn at a height of 480, times `unit` is a length in pixels.
    """

    def __init__(self) -> None:
        self.width = self.height = 0
        self.unit = 1.0
        self._pixels = np.empty((0, 0, 4), np.uint8)
        self._surface: skia.Surface | None = None
        self._skia: skia.Canvas | None = None
        self._stamps: dict[tuple[int, int, int], tuple[Image, skia.Image]] = {}
        self._used: dict[tuple[int, int, int], tuple[Image, skia.Image]] = {}

    def begin(self, image: Image) -> None:
        """Copies `image` (height, width, 3) in; it is not written to."""
        height, width = image.shape[:2]
        if (height, width) != (self.height, self.width):
            self._resize(height, width)
        self._stamps, self._used = self._used, {}
        cv2.cvtColor(image, cv2.COLOR_BGR2BGRA, dst=self._pixels)

    def _resize(self, height: int, width: int) -> None:
        self.width, self.height = width, height
        self.unit = unit_of(width, height)
        self._pixels = np.empty((height, width, 4), np.uint8)
        info = skia.ImageInfo.Make(width, height, skia.kBGRA_8888_ColorType, skia.kOpaque_AlphaType)
        self._surface = skia.Surface.MakeRasterDirect(info, self._pixels, 4 * width)
        self._skia = self._surface.getCanvas()

    def finish(self) -> Image:
        """The picture as a new BGR array."""
        return np.asarray(cv2.cvtColor(self._pixels, cv2.COLOR_BGRA2BGR), np.uint8)

    def dim(self, amount: float) -> None:
        """Darkens all that was drawn so far by `amount`, 0 to 1."""
        cv2.convertScaleAbs(self._pixels, dst=self._pixels, alpha=1 - amount)

    def text(
        self,
        words: str,
        x: float,
        y: float,
        size: float,
        weight: Weight,
        *,
        colour: Colour = PAPER,
        alpha: float = 1.0,
        align: float = 0.0,
    ) -> None:
        """A line whose capitals are centred on `y`; `align` 0 starts at `x`, 0.5 centres, 1 ends there."""
        if not words:
            return
        left = x - align * text_width(words, size, weight)
        paint = skia.Paint(Color=colour.argb(alpha), AntiAlias=True)
        self._drawn.drawTextBlob(_blob(words, size, weight), left, y + _CAP_HEIGHT * size / 2, paint)

    def halo(self, words: str, x: float, y: float, size: float, weight: Weight, *, align: float = 0.0) -> None:
        """A dark edge around the line that `text` draws at the same place, where something bright may lie under it."""
        left = x - align * text_width(words, size, weight)
        paint = skia.Paint(
            Color=INK.argb(0.62),
            AntiAlias=True,
            Style=skia.Paint.kStroke_Style,
            StrokeWidth=0.2 * size,
            StrokeJoin=skia.Paint.kRound_Join,
        )
        self._drawn.drawTextBlob(_blob(words, size, weight), left, y + _CAP_HEIGHT * size / 2, paint)

    def panel(
        self, x: float, y: float, width: float, height: float, radius: float, *, colour: Colour, alpha: float
    ) -> None:
        """A rectangle with round corners."""
        paint = skia.Paint(Color=colour.argb(alpha), AntiAlias=True)
        self._drawn.drawRoundRect(skia.Rect.MakeXYWH(x, y, width, height), radius, radius, paint)

    def disc(self, x: float, y: float, radius: float, colour: Colour, alpha: float = 1.0) -> None:
        """A filled circle."""
        self._drawn.drawCircle(x, y, radius, skia.Paint(Color=colour.argb(alpha), AntiAlias=True))

    def ring(
        self,
        x: float,
        y: float,
        radius: float,
        thick: float,
        colour: Colour,
        *,
        alpha: float = 1.0,
        part: float = 1.0,
        start: float = 0.0,
    ) -> None:
        """A circle's line with round ends: `part` of it, clockwise from twelve o'clock plus `start` turns."""
        if part <= 0:
            return
        paint = skia.Paint(
            Color=colour.argb(alpha),
            AntiAlias=True,
            Style=skia.Paint.kStroke_Style,
            StrokeWidth=thick,
            StrokeCap=skia.Paint.kRound_Cap,
        )
        if part >= 1:
            self._drawn.drawCircle(x, y, radius, paint)
            return
        box = skia.Rect.MakeLTRB(x - radius, y - radius, x + radius, y + radius)
        self._drawn.drawArc(box, 360 * start - 90, 360 * part, False, paint)

    def line(self, points: list[tuple[float, float]], thick: float, colour: Colour, alpha: float = 1.0) -> None:
        """A line through the points with round ends and corners."""
        paint = skia.Paint(
            Color=colour.argb(alpha),
            AntiAlias=True,
            Style=skia.Paint.kStroke_Style,
            StrokeWidth=thick,
            StrokeCap=skia.Paint.kRound_Cap,
            StrokeJoin=skia.Paint.kRound_Join,
        )
        self._drawn.drawPath(_path(points, close=False), paint)

    def shape(self, points: list[tuple[float, float]], colour: Colour, alpha: float = 1.0) -> None:
        """A filled polygon."""
        self._drawn.drawPath(_path(points, close=True), skia.Paint(Color=colour.argb(alpha), AntiAlias=True))

    def image(self, image: Image, box: Box, radius: float) -> None:
        """A picture (BGR, never written to again) that covers the box, its middle where it has another shape, with
        round corners. One that was in the picture before costs little."""
        width, height = max(1, round(box.width)), max(1, round(box.height))
        name = id(image), width, height
        # the image is held on to, so that no other one gets its id
        self._used[name] = self._stamps.get(name) or (image, _stamp(cover(image, height, width), radius))
        self._drawn.drawImage(self._used[name][1], round(box.x), round(box.y))

    def frame(self, box: Box, radius: float, thick: float, colour: Colour, alpha: float = 1.0) -> None:
        """The line around a rectangle with round corners."""
        paint = skia.Paint(Color=colour.argb(alpha), AntiAlias=True, Style=skia.Paint.kStroke_Style, StrokeWidth=thick)
        self._drawn.drawRoundRect(skia.Rect.MakeXYWH(box.x, box.y, box.width, box.height), radius, radius, paint)

    @property
    def _drawn(self) -> skia.Canvas:
        if self._skia is None:
            raise RuntimeError("begin() comes before drawing")
        return self._skia


def _stamp(image: Image, radius: float) -> skia.Image:
    """The BGR image with round corners."""
    height, width = image.shape[:2]
    surface = skia.Surface(width, height)
    with surface as canvas:
        canvas.clipRRect(skia.RRect.MakeRectXY(skia.Rect.MakeWH(width, height), radius, radius), doAntiAlias=True)
        pixels = np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA))
        canvas.drawImage(skia.Image.fromarray(pixels, skia.kBGRA_8888_ColorType), 0, 0)
    return surface.makeImageSnapshot()


def _path(points: list[tuple[float, float]], close: bool) -> skia.Path:
    builder = skia.PathBuilder() if hasattr(skia, "PathBuilder") else skia.Path()
    builder.moveTo(*points[0])
    for point in points[1:]:
        builder.lineTo(*point)
    if close:
        builder.close()
    return builder.detach() if hasattr(builder, "detach") else builder
