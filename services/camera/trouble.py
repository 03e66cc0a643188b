"""Why a webcam cannot be opened, or stopped: asked of Linux after OpenCV only said that it failed."""

import errno
import fcntl
import os
import struct
from pathlib import Path

from services.camera.devices import look_at, webcams

_GET_FORMAT, _SET_FORMAT = 0xC0D05604, 0xC0D05605  # _IOWR('V', 4 and 5, struct v4l2_format), linux/videodev2.h
_FORMAT = struct.Struct("I204x")
_CAPTURE = 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE


def trouble(node: Path, processes: Path = Path("/proc")) -> str:
    """One sentence on what is wrong with the device and what to do; empty where nothing can be found out."""
    if not node.exists():
        return f"{node} is not there: plug the webcam in. {_others()}"
    try:
        descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        return _not_opened(node, error, processes)
    try:
        if look_at(node) is None:
            return f"{node} is no webcam. {_others()}"
        return _in_use(node, processes) if _is_busy(descriptor) else ""
    finally:
        os.close(descriptor)


def users(node: Path, processes: Path = Path("/proc")) -> list[str]:
    """Other programs that have the device open, as far as this user may see: `zoom (4711)`."""
    found = []
    for process in sorted(path for path in processes.glob("[0-9]*") if path.name != str(os.getpid())):
        try:
            if any(_leads_to(link, node) for link in (process / "fd").iterdir()):
                found.append(f"{(process / 'comm').read_text().strip()} ({process.name})")
        except OSError:  # it ended, or belongs to another user
            continue
    return found


def _leads_to(link: Path, node: Path) -> bool:
    try:
        return link.readlink() == node.resolve()
    except OSError:
        return False


def _not_opened(node: Path, error: OSError, processes: Path) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"You may not use {node}. Add yourself to the group `video` (sudo usermod -aG video $USER), "
            "log out and in again."
        )
    if error.errno == errno.EBUSY:
        return _in_use(node, processes)
    if error.errno in (errno.ENODEV, errno.ENXIO):
        return f"{node} was unplugged: plug the webcam in again."
    return f"{node} cannot be opened ({error.strerror})."


def _in_use(node: Path, processes: Path) -> str:
    names = users(node, processes)
    return f"{node} is in use by {' and '.join(names) or 'another program'}: close it, or name another source."


def _is_busy(descriptor: int) -> bool:
    """A device that films for another program refuses even the format that it has."""
    try:
        now = fcntl.ioctl(descriptor, _GET_FORMAT, _FORMAT.pack(_CAPTURE))
        fcntl.ioctl(descriptor, _SET_FORMAT, now)
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def _others() -> str:
    names = ", ".join(str(device) for device in webcams())
    return f"There are: {names}." if names else "There is no other."
