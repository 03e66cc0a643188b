"""Labels that are not finished: kept beside the frame under a hidden name that nothing takes for a mask.

`.3_draft.json` holds the mask as PNG and the open polygon, so that after a crash all is as it was but what can be
taken back. Finishing writes `3_mask.png` and removes it.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from common.files import write_aside
from common.messages import Alpha
from common.sets import encode_png
from services.ui.label.outline import Points


@dataclass(frozen=True, slots=True)
class Draft:
    """A mask (height, width) and the polygon open over it."""

    mask: Alpha
    points: Points
    cuts: bool
    """The open polygon cuts rather than adds."""


def save(path: Path, draft: Draft) -> None:
    """Written aside and renamed; raises OSError."""
    png = base64.b64encode(encode_png(draft.mask)).decode("ascii")
    write_aside(path, json.dumps({"mask": png, "points": draft.points, "cuts": draft.cuts}).encode())


def load(path: Path, shape: tuple[int, int]) -> Draft | None:
    """The draft there; None where there is none, or none that is whole and of that height and width."""
    try:
        kept = json.loads(path.read_bytes())
        png = np.frombuffer(base64.b64decode(kept["mask"]), np.uint8)
        mask = cv2.imdecode(png, cv2.IMREAD_GRAYSCALE)
        points = tuple((float(x), float(y)) for x, y in kept["points"])
        cuts = bool(kept["cuts"])
    except (OSError, ValueError, KeyError, TypeError, binascii.Error, cv2.error):
        return None
    if mask is None or mask.shape != shape:
        return None
    return Draft(np.asarray(mask, np.uint8), points, cuts)
