"""Moves a mask's border to the edges of the picture, where somebody brushed over it.

GrabCut (Rother, Kolmogorov, Blake: "GrabCut", SIGGRAPH 2004) on the touched region: what was touched is open, what lies
around it is held as it is and tells the colours of person and room.
"""

import cv2
import numpy as np

from common.messages import Alpha, Image

MOST_PIXELS = 150_000
"""A larger region is cut on a smaller copy, so that a snap takes no longer than a breath."""
_ROUNDS = 3
_HALF = 128


def snapped(image: Image, mask: Alpha, touched: Alpha) -> Alpha | None:
    """A new mask; `image` BGR, `touched` not 0 where the border may move, all of one size.

    None where person or room is missing in or around what was touched: then there is no border to move.
    """
    box = _around(touched)
    if box is None:
        return None
    colours, labels = _shrunk(image[box], _labels(mask[box], touched[box]))
    sides = {int(label) & 1 for label in np.unique(labels)}
    if len(sides) < 2:
        return None
    cut = _cut(colours, labels)
    height, width = mask[box].shape
    full = cv2.resize(cut, (width, height), interpolation=cv2.INTER_LINEAR) if cut.shape != (height, width) else cut
    out = mask.copy()
    np.copyto(out[box], np.where(full >= _HALF, 255, 0).astype(np.uint8), where=touched[box] > 0)
    return out


def _around(touched: Alpha) -> tuple[slice, slice] | None:
    """The touched box and about as much around it, where the colours are learned from."""
    x, y, width, height = cv2.boundingRect(touched)
    if not width:
        return None
    margin = max(12, max(width, height) // 3)
    return slice(max(0, y - margin), y + height + margin), slice(max(0, x - margin), x + width + margin)


def _labels(mask: Alpha, touched: Alpha) -> Alpha:
    """GrabCut's four labels: sure outside the touched part, probable within."""
    person = mask >= _HALF
    sure = np.where(person, cv2.GC_FGD, cv2.GC_BGD)
    return np.where(touched > 0, np.where(person, cv2.GC_PR_FGD, cv2.GC_PR_BGD), sure).astype(np.uint8)


def _shrunk(colours: Image, labels: Alpha) -> tuple[Image, Alpha]:
    scale = (MOST_PIXELS / labels.size) ** 0.5
    if scale >= 1:
        return np.ascontiguousarray(colours), labels
    size = max(8, round(labels.shape[1] * scale)), max(8, round(labels.shape[0] * scale))
    small = cv2.resize(colours, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def _cut(colours: Image, labels: Alpha) -> Alpha:
    # its clusters start at random: the same stroke must give the same border
    cv2.setRNGSeed(0)
    found, person, room = labels.copy(), np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(colours, found, (0, 0, 0, 0), room, person, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.where((found == cv2.GC_FGD) | (found == cv2.GC_PR_FGD), 255, 0).astype(np.uint8)
