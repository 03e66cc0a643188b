"""The contact sheet: a set's plate and frames at a glance, with the outlines of their masks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cli.sets.counted import counted
from common.errors import UserError
from common.messages import Alpha, Image
from common.sets import ImageSet, SetFrame, read_image, read_mask
from services.ui.draw.canvas import Canvas, Weight
from services.ui.draw.theme import END, GOOD, INK, NIGHT, PAPER, WARN, Colour

MOST = 120
"""Tiles on a sheet; of a longer set they are spread evenly."""
COLUMNS = 6
WIDTH = 256
GAP, HEAD, FOOT = 16, 76, 34
"""Pixels between tiles, above them all, and under each for its words."""
SHADE = 0.45
"""How dark it is around a person."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture, or None where it cannot be read, and what is said of it."""

    picture: Image | None
    name: str
    words: str = ""
    colour: Colour = PAPER


def contact_sheet(image_set: ImageSet) -> Image:
    """One picture of the whole set. Raises UserError where it holds nothing to show."""
    frames = image_set.frames()
    if not frames and not image_set.has_plate:
        raise UserError(f"{image_set.folder} holds no pictures.")
    tiles = [_plate(image_set.plate_path), *_spread(frames)]
    height = next((_height(tile.picture) for tile in tiles if tile.picture is not None), round(WIDTH * 0.75))
    columns = min(COLUMNS, max(3, math.ceil(math.sqrt(1.5 * len(tiles)))))
    rows = math.ceil(len(tiles) / columns)
    size = (HEAD + rows * (height + FOOT + GAP), GAP + columns * (WIDTH + GAP), 3)
    canvas = Canvas()
    canvas.begin(_laid_out(tiles, size, columns, height))
    _head(canvas, image_set, frames)
    for place, tile in enumerate(tiles):
        x, y = _corner(place, columns, height)
        _caption(canvas, tile, x, y, height)
    return canvas.finish()


def _spread(frames: list[SetFrame]) -> Iterator[Tile]:
    step = max(1.0, len(frames) / (MOST - 1))
    for place in range(min(len(frames), MOST - 1)):
        yield _tile(frames[int(place * step)])


def _plate(path: Path) -> Tile:
    try:
        return Tile(_thumb(read_image(path)), "plate")
    except UserError:
        return Tile(None, "plate", "missing or broken", END)


def _tile(frame: SetFrame) -> Tile:
    name = str(frame.k)
    try:
        image = read_image(frame.image_path)
    except UserError:
        return Tile(None, name, "cannot be read", END)
    if frame.mask_path is None:
        return Tile(_thumb(image), name, "no mask", WARN)
    try:
        mask = read_mask(frame.mask_path)
    except UserError:
        return Tile(_thumb(image), name, "mask cannot be used", END)
    if mask.shape != image.shape[:2]:
        return Tile(_thumb(image), name, f"mask is {mask.shape[1]}x{mask.shape[0]}", END)
    foreground = np.where(mask > 127, np.uint8(255), np.uint8(0))
    if not foreground.any():
        return Tile(_thumb(image), name, "nobody")
    return Tile(_outlined(_thumb(image), _thumb(foreground)), name)


def _outlined(thumb: Image, mask: Alpha) -> Image:
    """The person as they are, what is around them darker, and a line in between."""
    person = (mask > 127).astype(np.uint8)
    shaded = np.where(person[..., None] > 0, thumb, (thumb * (1 - SHADE)).astype(np.uint8))
    lines, _ = cv2.findContours(person, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(np.ascontiguousarray(shaded), lines, -1, GOOD.bgr, 1, cv2.LINE_AA), np.uint8)


def _thumb(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (WIDTH, _height(image)), interpolation=cv2.INTER_AREA), np.uint8)


def _height(image: Image) -> int:
    """Of the thumbnail; one as narrow as a thread is squeezed to twice its width."""
    return min(2 * WIDTH, max(1, int(0.5 + WIDTH * image.shape[0] / image.shape[1])))


def _laid_out(tiles: list[Tile], size: tuple[int, int, int], columns: int, height: int) -> Image:
    sheet = np.full(size, NIGHT.bgr, np.uint8)
    for place, tile in enumerate(tiles):
        x, y = _corner(place, columns, height)
        box = sheet[y : y + height, x : x + WIDTH]
        box[:] = INK.bgr
        if tile.picture is not None:
            shown = tile.picture[:height]
            top = (height - len(shown)) // 2
            box[top : top + len(shown)] = shown
    return sheet


def _corner(place: int, columns: int, height: int) -> tuple[int, int]:
    return GAP + place % columns * (WIDTH + GAP), HEAD + place // columns * (height + FOOT + GAP)


def _head(canvas: Canvas, image_set: ImageSet, frames: list[SetFrame]) -> None:
    masks = sum(frame.mask_path is not None for frame in frames)
    facts = f"{counted(len(frames), 'frame')}, {masks} with a mask"
    if len(frames) >= MOST:
        facts += f"; {MOST - 1} of them shown"
    canvas.text(image_set.folder.name, GAP, HEAD / 2, 28, Weight.BOLD)
    canvas.text(facts, canvas.width - GAP, HEAD / 2, 16, Weight.MEDIUM, alpha=0.8, align=1)


def _caption(canvas: Canvas, tile: Tile, x: float, y: float, height: int) -> None:
    middle = y + height + FOOT / 2
    canvas.text(tile.name, x, middle, 16, Weight.SEMIBOLD)
    plain = tile.colour is PAPER
    canvas.text(
        tile.words, x + WIDTH, middle, 14, Weight.MEDIUM, colour=tile.colour, alpha=0.7 if plain else 1, align=1
    )
    if tile.picture is None:
        a, b = (x + WIDTH * 0.42, y + height / 2 - WIDTH * 0.08), (x + WIDTH * 0.58, y + height / 2 + WIDTH * 0.08)
        canvas.line([a, b], 4, tile.colour)
        canvas.line([(a[0], b[1]), (b[0], a[1])], 4, tile.colour)
