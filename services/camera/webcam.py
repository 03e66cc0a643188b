"""Webcams and streams at the OpenCV seam: what is asked of them, and what they give."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import cv2

from common.settings import CameraSettings
from services.camera.live import Capture, LiveSource
from services.camera.trouble import trouble

OpenCapture = Callable[..., Capture]
"""cv2.VideoCapture, or a stand-in for it."""

STREAM_LIMIT_MS = 5000
_MJPG = cv2.VideoWriter.fourcc(*"MJPG")

_log = logging.getLogger(__name__)


def open_webcam(
    given: str,
    settings: CameraSettings,
    video_capture: OpenCapture = cv2.VideoCapture,
    unlock: Callable[[], object] = lambda: None,
) -> LiveSource:
    """A webcam by its number or device path. Returns before it is open; see LiveSource.

    `unlock` is called before it is opened: it gives back what an earlier run may have left locked.
    """
    device: int | str = int(given) if given.isdigit() else given
    name = f"webcam {given}" if given.isdigit() else given
    node = node_of(given)
    api = cv2.CAP_V4L2 if node else cv2.CAP_ANY

    def opened() -> Capture:
        unlock()
        capture = video_capture(device, api)
        if capture.isOpened():
            ask(capture, settings)
        return capture

    def described(capture: Capture) -> str:
        asked = f"{settings.width}x{settings.height} MJPG at {settings.fps:g} fps"
        actual = _format(capture)
        _log.info("%s: asked for %s, gives %s", name, asked, actual)
        return f"{name}, {actual}"

    why = (lambda: trouble(node)) if node else (lambda: "")
    return LiveSource(name, opened, described, mirrors=True, webcam=node, why=why)


def node_of(given: str) -> Path | None:
    """The device node of a webcam given by number or path; None where there are none, which is outside Linux."""
    if sys.platform != "linux":
        return None
    return Path(f"/dev/video{int(given)}" if given.isdigit() else given)


def ask(capture: Capture, settings: CameraSettings) -> None:
    """Asks for MJPG, size and rate in one go, before the first frame.

    In this order: a new pixel format resets size and rate, and without MJPG most webcams are slow at large sizes. What
    the device cannot do it leaves as it was.
    """
    capture.set(cv2.CAP_PROP_FOURCC, _MJPG)
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, settings.width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, settings.height)
    capture.set(cv2.CAP_PROP_FPS, settings.fps)


def open_stream(url: str, video_capture: OpenCapture = cv2.VideoCapture) -> LiveSource:
    """A stream by its URL. Returns before it is open; see LiveSource."""
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, STREAM_LIMIT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, STREAM_LIMIT_MS]
    name = without_password(url)
    return LiveSource(
        name,
        lambda: video_capture(url, cv2.CAP_FFMPEG, limits),
        lambda capture: f"{name}, {_format(capture)}",
        mirrors=False,
    )


def without_password(url: str) -> str:
    """The URL as it may stand in logs and on screens."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path.partition('?')[0]}"


def _format(capture: Capture) -> str:
    width, height = (int(capture.get(prop)) for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    code = int(capture.get(cv2.CAP_PROP_FOURCC))
    letters = "".join(chr((code >> shift) & 0xFF) for shift in (0, 8, 16, 24))
    fps = capture.get(cv2.CAP_PROP_FPS)
    return f"{width}x{height} {letters if letters.isprintable() else 'raw'} at {fps:g} fps"
