"""What page and server say to each other over the WebSocket.

To the page: the status as JSON text; pictures as eight bytes, big-endian (number 4, width 2, height 2), and RGBA pixels
row by row, or a JPEG where width and height are 0. From the page, JSON text:
`{"ack": number}` after the canvas drew a picture (`"late": true` where it lay in a hidden tab), `{"press": [x, y]}`,
`{"move": [x, y]}` and the other gestures of fronts/front.py, `{"wheel": [x, y, steps]}`, `{"leave": true}`, all in
parts of the picture; `{"key": "m"}`, `{"button": "bkg"}`.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from common.messages import Image
from services.ui.fronts.front import KEYS, Gesture, Key, Pointer, Press, Wheel

_STEPS = 20.0
_PLACED = [gesture for gesture in Gesture if gesture is not Gesture.LEAVE]
MAX_BYTES = 512
"""Of what a page sends; nothing of ours is longer."""
_HEAD = struct.Struct(">IHH")
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]


@dataclass(frozen=True, slots=True)
class Ack:
    """The canvas drew the picture of this number; `late` if it waited in a hidden tab."""

    number: int
    late: bool


def pack_pixels(number: int, image: Image, over: bytearray | None = None) -> bytearray:
    """The message of a BGR picture with its pixels as they are; written over one of the same size that is done with."""
    height, width = image.shape[:2]
    size = _HEAD.size + height * width * 4
    # the pages of new memory would cost more time than the pixels
    message = over if over is not None and len(over) == size else bytearray(size)
    _HEAD.pack_into(message, 0, number, width, height)
    pixels = np.frombuffer(message, np.uint8, offset=_HEAD.size).reshape(height, width, 4)
    cv2.cvtColor(image, cv2.COLOR_BGR2RGBA, dst=pixels)
    return message


def pack_jpeg(number: int, image: Image) -> bytes:
    """The same as a JPEG: a tenth of the bytes, for many times the work."""
    return _HEAD.pack(number, 0, 0) + cv2.imencode(".jpg", image, _JPEG)[1].tobytes()


def read(text: str) -> Ack | Pointer | Wheel | Key | Press | None:
    """What a page said; None for what no page of ours says."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match said:
        case {"ack": int(number)}:
            return Ack(number, bool(said.get("late")))
        case {"leave": True}:
            return Pointer(Gesture.LEAVE, 0, 0)
        case {"wheel": [x, y, int() | float() as steps]} if -_STEPS <= steps <= _STEPS:
            at = _pointer(Gesture.MOVE, [x, y])
            return Wheel(at.x, at.y, float(steps)) if at is not None else None
        case {"key": str(name)} if len(name) == 1 or name.lower() in KEYS:
            return Key(name.lower())
        case {"button": str(button)}:
            return Press(button)
        case dict() if len(said) == 1:
            return next((_pointer(gesture, said[gesture.value]) for gesture in _PLACED if gesture.value in said), None)
    return None


def _pointer(gesture: Gesture, point: Any) -> Pointer | None:
    match point:
        case [int() | float() as x, int() | float() as y] if 0 <= x <= 1 and 0 <= y <= 1:
            return Pointer(gesture, float(x), float(y))
    return None
