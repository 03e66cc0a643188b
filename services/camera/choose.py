"""From what a person writes after SOURCE= to sources that can be opened."""

import logging
from collections.abc import Callable
from pathlib import Path

import cv2

from common.errors import UserError
from common.settings import CameraSettings
from services.camera.demo import Demo
from services.camera.devices import first_webcam
from services.camera.files import open_path
from services.camera.source import Source
from services.camera.webcam import OpenCapture, open_stream, open_webcam

Opener = Callable[[], Source]
"""Opens a source, again and again if need be; raises UserError or LostError."""

SCHEMES = ("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "rtp", "srt", "tcp", "udp")
NO_WEBCAM = "No webcam was found: playing the demo. Name another source with SOURCE=."

_log = logging.getLogger(__name__)


def choose(
    settings: CameraSettings,
    video_capture: OpenCapture = cv2.VideoCapture,
    find_webcam: Callable[[], Path | None] = first_webcam,
    unlock: Callable[[], object] = lambda: None,
) -> list[Opener]:
    """An opener for each source that `settings.source` names, in order. `unlock` is called before a webcam is opened.

    Raises UserError where a name means nothing, a file is not there, or anything follows a source that never ends.
    """
    names = split(settings.source)
    for name in names[:-1]:
        if is_webcam(name) or name == "auto":
            raise UserError(f"The source {name!r} never ends, so what follows it would never play: name it last.")
    return [_opener(name, settings, video_capture, find_webcam, unlock) for name in names]


def split(given: str) -> list[str]:
    """The names between the commas; a file whose own name has commas is one name."""
    if given.strip() and Path(given).expanduser().exists():
        return [given]
    names = [name.strip() for name in given.split(",")]
    if not all(names):
        raise UserError(f"The source {given!r} has an empty name. Write names with single commas between them.")
    return names


def is_webcam(name: str) -> bool:
    """Whether a name is a webcam's number or path, plugged in or not."""
    return name.isdecimal() or name.startswith("/dev/")


def _opener(
    name: str,
    settings: CameraSettings,
    video_capture: OpenCapture,
    find_webcam: Callable[[], Path | None],
    unlock: Callable[[], object],
) -> Opener:
    if name == "auto":
        found = find_webcam()
        if found is None:
            _log.warning(NO_WEBCAM)
        name = str(found or "demo")
    if name == "demo":
        return lambda: Demo(settings.width, settings.height)
    if is_webcam(name):
        return lambda: open_webcam(name, settings, video_capture, unlock)
    if "://" in name:
        return _stream(name, video_capture)
    return _path(Path(name).expanduser(), settings)


def _stream(url: str, video_capture: OpenCapture) -> Opener:
    scheme = url.partition("://")[0]
    if scheme.lower() not in SCHEMES:
        raise UserError(f"Streams by {scheme}:// are not known. Known are {', '.join(SCHEMES)}.")
    return lambda: open_stream(url, video_capture)


def _path(path: Path, settings: CameraSettings) -> Opener:
    if not path.exists():
        raise UserError(
            f"The source {path} does not exist. "
            "Name a webcam's number, a video, a folder of images, a set, a URL, or demo."
        )
    return lambda: open_path(path, settings.fps)
