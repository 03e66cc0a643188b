"""Which webcams there are, asked of Linux itself (Video4Linux2's VIDIOC_QUERYCAP, linux/videodev2.h)."""

import fcntl
import os
import struct
from dataclasses import dataclass
from pathlib import Path

_QUERYCAP = 0x80685600  # _IOR('V', 0, struct v4l2_capability)
_CAPABILITY = struct.Struct("16s32s32sIII12x")
_VIDEO_CAPTURE = 0x1 | 0x1000  # V4L2_CAP_VIDEO_CAPTURE, and the same with several planes


@dataclass(frozen=True, slots=True)
class Device:
    """A device node. `trouble` says why it cannot be used, empty where it can."""

    path: Path
    name: str
    trouble: str = ""

    def __str__(self) -> str:
        return f"{self.path}  {self.name}" + (f"  ({self.trouble})" if self.trouble else "")


def webcams(folder: Path = Path("/dev")) -> list[Device]:
    """Every webcam, by number; what else has a video node (metadata, codecs) is left out."""
    nodes = sorted(folder.glob("video[0-9]*"), key=lambda path: (len(path.name), path.name))
    return [device for device in map(look_at, nodes) if device is not None]


def first_webcam(folder: Path = Path("/dev")) -> Path | None:
    """The first that this user may use."""
    return next((device.path for device in webcams(folder) if not device.trouble), None)


def look_at(node: Path) -> Device | None:
    """The device at a node, None where it captures no video."""
    try:
        descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK)
    except PermissionError:
        return Device(node, "video device", "no permission: add yourself to the group `video`")
    except OSError:
        return None
    try:
        answer = fcntl.ioctl(descriptor, _QUERYCAP, bytes(_CAPABILITY.size))
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return parse_capability(node, answer)


def parse_capability(node: Path, answer: bytes) -> Device | None:
    """What struct v4l2_capability says of a node, None where it captures no video."""
    _driver, card, _bus, _version, _all_nodes, this_node = _CAPABILITY.unpack(answer)
    name = card.split(b"\0")[0].decode(errors="replace").strip()
    return Device(node, name or "webcam") if this_node & _VIDEO_CAPTURE else None
