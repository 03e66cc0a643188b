"""The window: OpenCV's HighGUI, with the mouse and the keyboard."""

import os
import socket
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np

from common.clock import now_ns
from common.errors import UserError
from common.messages import Image
from services.ui.fronts.front import Closed, Event, Gesture, Key, Picture, Pointer, Shown, Wheel
from services.ui.fronts.qt_view import zoom_reset

TITLE = "bgsub"
_NAMED = {
    27: "esc", 13: "enter", 10: "enter", 8: "backspace",
    0xFF51: "left", 0xFF52: "up", 0xFF53: "right", 0xFF54: "down", 0xFF8D: "enter", 0xFFFF: "backspace",
}  # fmt: skip
"""ASCII's, and above it X's names of keys. What has no name here, such as Shift alone, is no key."""
_GESTURES = {
    cv2.EVENT_MOUSEMOVE: Gesture.MOVE,
    cv2.EVENT_LBUTTONDOWN: Gesture.PRESS,
    cv2.EVENT_LBUTTONUP: Gesture.RELEASE,
    cv2.EVENT_LBUTTONDBLCLK: Gesture.DOUBLE,
    cv2.EVENT_RBUTTONDOWN: Gesture.SECOND,
    cv2.EVENT_MBUTTONDOWN: Gesture.GRAB,
    cv2.EVENT_MBUTTONUP: Gesture.DROP,
}
_NOTCH = 120
_REACH_S = 2.0
_NONE = "No window can be opened: {}. --front web serves a page instead."


class NoDisplayError(UserError):
    """There is no display that a window could be opened on."""


@contextmanager
def reachable_display() -> Iterator[None]:
    """The display is there and answers, for as long as the block runs; else NoDisplayError.

    Qt itself would end the process with a core dump. The connection stays open until Qt has its own: an X server
    without other clients starts anew when its last one leaves, and would turn Qt away meanwhile.
    """
    display = os.environ.get("DISPLAY", "")
    if not display and os.environ.get("WAYLAND_DISPLAY"):
        raise NoDisplayError(_NONE.format("OpenCV's windows need X, and this Wayland session has no XWayland"))
    if not display:
        raise NoDisplayError(_NONE.format("there is no display ($DISPLAY is not set)"))
    connection = _connect(display)
    if connection is None:
        raise NoDisplayError(_NONE.format(f"the display {display} does not answer"))
    with connection:
        yield


def _connect(display: str) -> socket.socket | None:
    """To the X server: a local socket (`:0`), or TCP port 6000 and up (`host:10`, as with ssh -X)."""
    host, _, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not number.isdigit():
        return None
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return _try(socket.AF_UNIX, f"\0{path}") or _try(socket.AF_UNIX, path)
    return _try(socket.AF_INET, (host, 6000 + int(number)))


def _try(family: socket.AddressFamily, address: Any) -> socket.socket | None:
    connection = socket.socket(family)
    connection.settimeout(_REACH_S)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        return None
    return connection


class Window:
    """A Front. HighGUI wants all calls from the main thread."""

    def __init__(self, title: str = TITLE) -> None:
        """Opens at once. Raises NoDisplayError without a display."""
        self._title = title
        self._events: deque[Event] = deque(maxlen=512)
        self._size = (0, 0)
        self._bars = (0, 0)
        self._open = True
        self._doubled = False
        with reachable_display():
            # GUI_NORMAL: no tool bar, no menu; the picture is the interface
            cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
        self._reset_zoom = zoom_reset()
        cv2.setMouseCallback(title, self._mouse)

    def show(self, picture: Picture) -> None:
        """See Front. A window that was closed stays closed."""
        if not self._open:
            return
        height, width = picture.image.shape[:2]
        if (height, width) != self._size:
            self._size = height, width
            cv2.resizeWindow(self._title, *_comfortable(width, height))
        cv2.imshow(self._title, self._framed(picture.image))
        if picture.key is not None:
            self._events.append(Shown(picture.key, now_ns()))

    def _framed(self, image: Image) -> Image:
        """The picture with dark bars beside or above it, of the window's shape: Qt's own bars are light."""
        height, width = image.shape[:2]
        _, _, across, down = cv2.getWindowImageRect(self._title)
        bars_x = max(0, round(height * across / down) - width) // 2 if down > 0 else 0
        bars_y = max(0, round(width * down / across) - height) // 2 if across > 0 else 0
        self._bars = (bars_x, bars_y)
        if bars_x + bars_y < 2:
            return image
        return np.asarray(cv2.copyMakeBorder(image, bars_y, bars_y, bars_x, bars_x, cv2.BORDER_CONSTANT), np.uint8)

    def tell(self, status: Mapping[str, Any]) -> None:
        """See Front. A window says everything in the picture."""

    def events(self) -> list[Event]:
        """See Front. Lets Qt work as well; must be called often."""
        code = cv2.pollKey()
        if code >= 0:
            self._key(code)
        if self._open and self._size[0] and not self._visible():
            self._open = False
            self._events.append(Closed())
        return [self._events.popleft() for _ in range(len(self._events))]

    def _visible(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:
            # with its last window Qt lets go of all that could be asked
            return False

    def _key(self, code: int) -> None:
        if code in _NAMED:
            self._events.append(Key(_NAMED[code]))
        elif code > 0xFF:
            return
        elif chr(code) in "fF":
            full = cv2.getWindowProperty(self._title, cv2.WND_PROP_FULLSCREEN) == cv2.WINDOW_FULLSCREEN
            cv2.setWindowProperty(
                self._title, cv2.WND_PROP_FULLSCREEN, cv2.WINDOW_NORMAL if full else cv2.WINDOW_FULLSCREEN
            )
        elif chr(code).isprintable():
            self._events.append(Key(chr(code).lower()))

    def _mouse(self, event: int, x: int, y: int, flags: int, _data: Any) -> None:
        height, width = self._size
        x, y = x - self._bars[0], y - self._bars[1]
        if event in (cv2.EVENT_MOUSEWHEEL, cv2.EVENT_MOUSEHWHEEL):
            self._reset_zoom()
        gesture = _GESTURES.get(event)
        within = 0 <= x < width and 0 <= y < height
        if gesture is Gesture.DOUBLE:
            # Qt tells of it before the second press: it waits until the button is let go
            self._doubled = within
        elif gesture in (Gesture.RELEASE, Gesture.DROP) and height:
            # what was begun in the picture ends wherever the button is let go
            across, down = min(max(x / width, 0), 1), min(max(y / height, 0), 1)
            if self._doubled:
                self._doubled = False
                self._events.append(Pointer(Gesture.DOUBLE, across, down))
            self._events.append(Pointer(gesture, across, down))
        elif gesture is not None and within:
            self._events.append(Pointer(gesture, x / width, y / height))
        elif event == cv2.EVENT_MOUSEWHEEL and within:
            # the turn is in the upper half, with its sign
            self._events.append(Wheel(x / width, y / height, (flags >> 16) / _NOTCH))

    def viewers(self) -> int:
        """See Front."""
        return 1

    def close(self) -> None:
        """See Front."""
        if self._open:
            self._open = False
            cv2.destroyAllWindows()


def _comfortable(width: int, height: int) -> tuple[int, int]:
    """A window's first size: small pictures larger, none larger than a laptop's screen."""
    scale = min(1280 / width, 760 / height)
    return round(width * scale), round(height * scale)
