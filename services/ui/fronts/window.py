"""The window: OpenCV's HighGUI, with the mouse and the keyboard."""

import os
import socket
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2

from common.clock import now_ns
from common.errors import UserError
from services.ui.fronts.front import Closed, Event, Gesture, Key, Picture, Pointer, Shown

TITLE = "bgsub"
_ESC = 27
_REACH_S = 2.0


def display_problem() -> str:
    """Why no window can be opened, in words; empty where one can. Qt itself would end the process with a core dump."""
    display = os.environ.get("DISPLAY", "")
    if not display and os.environ.get("WAYLAND_DISPLAY"):
        return "OpenCV's windows need X, and this Wayland session has no XWayland ($DISPLAY is not set)"
    if not display:
        return "there is no display ($DISPLAY is not set)"
    return "" if _answers(display) else f"the display {display} does not answer"


def _answers(display: str) -> bool:
    """Whether an X server listens: a local socket (`:0`), or TCP port 6000 and up (`host:10`, as with ssh -X)."""
    host, _, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not number.isdigit():
        return False
    if host in ("", "unix"):
        path = Path(f"/tmp/.X11-unix/X{number}")
        return _connects(socket.AF_UNIX, f"\0{path}") or _connects(socket.AF_UNIX, str(path))
    return _connects(socket.AF_INET, (host, 6000 + int(number)))


def _connects(family: socket.AddressFamily, address: Any) -> bool:
    with socket.socket(family) as probe:
        probe.settimeout(_REACH_S)
        try:
            probe.connect(address)
        except OSError:
            return False
        return True


class Window:
    """A Front. HighGUI wants all calls from the main thread."""

    def __init__(self, title: str = TITLE) -> None:
        """Opens at once. Raises UserError without a display."""
        problem = display_problem()
        if problem:
            raise UserError(f"No window can be opened: {problem}. Use --front web and open the printed address.")
        self._title = title
        self._events: deque[Event] = deque(maxlen=512)
        self._size = (0, 0)
        self._open = True
        # GUI_NORMAL: no tool bar, no menu; the picture is the interface
        cv2.namedWindow(title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
        cv2.setMouseCallback(title, self._mouse)

    def show(self, picture: Picture) -> None:
        """See Front. A window that was closed stays closed."""
        if not self._open:
            return
        height, width = picture.image.shape[:2]
        if (height, width) != self._size:
            self._size = height, width
            cv2.resizeWindow(self._title, *_comfortable(width, height))
        cv2.imshow(self._title, picture.image)
        if picture.key is not None:
            self._events.append(Shown(picture.key, now_ns()))

    def tell(self, status: Mapping[str, Any]) -> None:
        """See Front. A window says everything in the picture."""

    def events(self) -> list[Event]:
        """See Front. Lets Qt work as well; must be called often."""
        code = cv2.pollKey()
        if code >= 0:
            self._key(code & 0xFF)
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
        if code == _ESC:
            self._events.append(Key("esc"))
        elif chr(code).isprintable():
            self._events.append(Key(chr(code).lower()))

    def _mouse(self, event: int, x: int, y: int, _flags: int, _data: Any) -> None:
        height, width = self._size
        gesture = {cv2.EVENT_MOUSEMOVE: Gesture.MOVE, cv2.EVENT_LBUTTONDOWN: Gesture.PRESS}.get(event)
        if gesture is not None and height and 0 <= x < width and 0 <= y < height:
            self._events.append(Pointer(gesture, x / width, y / height))

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
