"""The frame as it lies under the tools: the part that is looked at, with the mask on it."""

import cv2
import numpy as np

from common.messages import Alpha, Image
from services.ui.draw.overlay import Overlay, lay
from services.ui.draw.theme import NIGHT, WARN
from services.ui.label.labeller import Labeller, Look
from services.ui.label.sheet import Sheet
from services.ui.label.zoom import Zoom

_PIXELS_FROM = 5.0
"""Pixels of the sheet a pixel of the picture; from here on its pixels are shown as squares."""
_BAND = 0.45


class Print:
    """Draws the picture; keeps what a stroke does not change."""

    def __init__(self) -> None:
        self._under: Image | None = None
        self._made_of: tuple[int, Look, Zoom] | None = None

    def make(self, labeller: Labeller, sheet: Sheet) -> Image:
        """BGR of the size of `sheet.zoom.sheet`."""
        under = self._background(sheet, labeller.look)
        zoom = sheet.zoom
        out = under
        if labeller.look is not Look.BARE:
            mode = Overlay.CUTOUT if labeller.look is Look.CUTOUT else Overlay.CONTOUR
            out = lay(under, placed(sheet.editor.mask, zoom, 0), mode)
        if labeller.touched is not None:
            out = _banded(out, placed(labeller.touched, zoom, 0))
        return out

    def _background(self, sheet: Sheet, look: Look) -> Image:
        made_of = id(sheet), look, sheet.zoom
        if self._under is None or self._made_of != made_of:
            self._under = placed(_source(sheet, look), sheet.zoom, NIGHT.bgr)
            self._made_of = made_of
        return self._under


def placed(image: Image, zoom: Zoom, around: int | tuple[int, int, int]) -> Image:
    """The part of a picture, or of a mask, that is on the sheet; `around` is what lies beyond its edges."""
    how = cv2.INTER_NEAREST if zoom.scale >= _PIXELS_FROM else cv2.INTER_LINEAR
    border = around if isinstance(around, tuple) else (around,)
    out = cv2.warpAffine(image, zoom.matrix(), zoom.sheet, flags=how, borderValue=border)
    return np.asarray(out, np.uint8)


def _source(sheet: Sheet, look: Look) -> Image:
    if sheet.plate is None or look not in (Look.PLATE, Look.DIFFERENCE):
        return sheet.image
    if look is Look.PLATE:
        return sheet.plate
    return np.asarray(cv2.convertScaleAbs(cv2.absdiff(sheet.image, sheet.plate), alpha=4), np.uint8)


def _banded(image: Image, touched: Alpha) -> Image:
    """What the snap brush went over, in amber."""
    amber = cv2.addWeighted(image, 1 - _BAND, np.full_like(image, WARN.bgr), _BAND, 0)
    return np.where(touched[..., None] > 127, amber, image).astype(np.uint8)
