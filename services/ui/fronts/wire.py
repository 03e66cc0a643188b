"""What page and server say to each other over the WebSocket.

To the page: the status as JSON text, pictures as four bytes (big-endian number) and a JPEG. From the page, JSON text:
`{"ack": number}` after the canvas drew a picture (`"late": true` where it lay in a hidden tab), `{"press": [x, y]}`,
`{"move": [x, y]}` and the other gestures of fronts/front.py, `{"wheel": [x, y, steps]}`, `{"leave": true}`, all in
parts of the picture; `{"key": "m"}`, `{"button": "bkg"}`.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any

from services.ui.fronts.front import KEYS, Gesture, Key, Pointer, Press, Wheel

_STEPS = 20.0
_PLACED = [gesture for gesture in Gesture if gesture is not Gesture.LEAVE]
MAX_BYTES = 512
"""Of what a page sends; nothing of ours is longer."""


@dataclass(frozen=True, slots=True)
class Ack:
    """The canvas drew the picture of this number; `late` if it waited in a hidden tab."""

    number: int
    late: bool


def pack_picture(number: int, jpeg: bytes) -> bytes:
    """A picture's message."""
    return struct.pack(">I", number) + jpeg


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
