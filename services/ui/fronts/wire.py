"""What page and server say to each other over the WebSocket.

To the page: the status as JSON text, pictures as four bytes (big-endian number) and a JPEG. From the page, JSON text:
`{"ack": number}` after the canvas drew a picture (`"late": true` where it lay in a hidden tab), `{"press": [x, y]}`,
`{"move": [x, y]}`, `{"leave": true}` in parts of the picture, `{"key": "m"}`, `{"button": "bkg"}`.
"""

import json
import struct
from dataclasses import dataclass
from typing import Any

from services.ui.fronts.front import Gesture, Key, Pointer, Press

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


def read(text: str) -> Ack | Pointer | Key | Press | None:
    """What a page said; None for what no page of ours says."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match said:
        case {"ack": int(number)}:
            return Ack(number, bool(said.get("late")))
        case {"press": point}:
            return _pointer(Gesture.PRESS, point)
        case {"move": point}:
            return _pointer(Gesture.MOVE, point)
        case {"leave": True}:
            return Pointer(Gesture.LEAVE, 0, 0)
        case {"key": str(name)} if len(name) == 1 or name == "esc":
            return Key(name.lower())
        case {"button": str(button)}:
            return Press(button)
    return None


def _pointer(gesture: Gesture, point: Any) -> Pointer | None:
    match point:
        case [int() | float() as x, int() | float() as y] if 0 <= x <= 1 and 0 <= y <= 1:
            return Pointer(gesture, float(x), float(y))
    return None
