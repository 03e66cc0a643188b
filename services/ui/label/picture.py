"""The frame as it lies under the tools: the part that is looked at, with the mask on it."""

import cv2
import numpy as np

from common.messages import Alpha, Image
from services.ui.draw.overlay import Overlay, lay
from services.ui.draw.theme import NIGHT, WARN
from services.ui.label.editor import MaskEditor
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
        self._masked: Image | None = None
        self._sheet: Sheet | None = None
        self._seen: tuple[Look, Zoom] | None = None
        self._drawn: tuple[MaskEditor, int] | None = None

    def make(self, labeller: Labeller, sheet: Sheet) -> Image:
        """BGR of the size of `sheet.zoom.sheet`; not to be written to."""
        look, zoom, editor = labeller.look, sheet.zoom, sheet.editor
        if self._under is None or self._sheet is not sheet or self._seen != (look, zoom):
            self._under, self._masked = placed(_source(sheet, look), zoom, NIGHT.bgr), None
            self._sheet, self._seen = sheet, (look, zoom)
        if self._masked is None or self._drawn != (editor, editor.version):
            self._masked = _masked(self._under, placed(editor.mask, zoom, 0), look)
            self._drawn = editor, editor.version
        band = labeller.drawing.band
        return self._masked if band is None else _banded(self._masked, placed(band, zoom, 0))


def _masked(under: Image, mask: Alpha, look: Look) -> Image:
    if look is Look.BARE:
        return under
    return lay(under, mask, Overlay.CUTOUT if look is Look.CUTOUT else Overlay.CONTOUR)


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
