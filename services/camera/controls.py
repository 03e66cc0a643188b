"""A webcam's controls, asked of Linux itself (Video4Linux2's VIDIOC_G_CTRL and VIDIOC_S_CTRL, linux/videodev2.h).

Any process may set them while another films, so they need neither OpenCV's capture nor the thread that reads from it.
"""

import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

_GET = 0xC008561B  # _IOWR('V', 27, struct v4l2_control)
_SET = 0xC008561C  # _IOWR('V', 28, struct v4l2_control)
_CONTROL = struct.Struct("Ii")

EXPOSURE_AUTO, EXPOSURE_ABSOLUTE = 0x9A0901, 0x9A0902
AUTO_WHITE_BALANCE, WHITE_BALANCE_TEMPERATURE = 0x98090C, 0x98091A
AUTO_GAIN, GAIN = 0x980912, 0x980913
FOCUS_AUTO, FOCUS_ABSOLUTE = 0x9A090C, 0x9A090A

EXPOSURE_MANUAL = 1
"""Of EXPOSURE_AUTO; the others (0 to 3) leave something to the webcam."""


class Controls(Protocol):
    """The controls of one opened device, by the numbers above. Both raise OSError where the driver refuses."""

    def get(self, control: int) -> int:
        """Its value; EINVAL says that the device has no such control."""

    def set(self, control: int, value: int) -> None:
        """Sets it. That the driver took the value shows only in `get`."""


OpenControls = Callable[[Path], AbstractContextManager[Controls]]


class V4L2Controls:
    """The controls of the device behind a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def get(self, control: int) -> int:
        answer = fcntl.ioctl(self._descriptor, _GET, _CONTROL.pack(control, 0))
        value: int = _CONTROL.unpack(answer)[1]
        return value

    def set(self, control: int, value: int) -> None:
        fcntl.ioctl(self._descriptor, _SET, _CONTROL.pack(control, value))


@contextmanager
def open_controls(node: Path) -> Iterator[Controls]:
    """Opens a second way to the device for as long as the block lasts. Raises OSError."""
    descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    try:
        yield V4L2Controls(descriptor)
    finally:
        os.close(descriptor)
