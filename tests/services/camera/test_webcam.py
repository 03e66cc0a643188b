"""What is asked of webcams and streams at the OpenCV seam."""

import logging
import sys

import cv2
import pytest

from common.settings import CameraSettings
from services.camera.live import LiveSource
from services.camera.webcam import open_stream, open_webcam, without_password
from tests.services.camera.fake_capture import FakeCapture, Plugs, until

SETTINGS = CameraSettings(width=1280, height=720, fps=60)


def running(source: LiveSource) -> LiveSource:
    until(lambda: source.read(0.05) is not None)
    return source


def test_format_size_and_rate_are_asked_for_together_before_the_first_frame() -> None:
    capture = FakeCapture()
    running(open_webcam("2", SETTINGS, Plugs(capture))).close()
    assert capture.asked == [
        (cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")),
        (cv2.CAP_PROP_FRAME_WIDTH, 1280),
        (cv2.CAP_PROP_FRAME_HEIGHT, 720),
        (cv2.CAP_PROP_FPS, 60),
    ]


def test_what_was_asked_for_and_what_came_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        source = running(open_webcam("2", SETTINGS, Plugs(FakeCapture())))
    source.close()
    assert "webcam 2: asked for 1280x720 MJPG at 60 fps, gives 64x48 MJPG at 60 fps" in caplog.text
    assert source.device == "webcam 2, 64x48 MJPG at 60 fps"


@pytest.mark.skipif(sys.platform != "linux", reason="Video4Linux2 is Linux's")
@pytest.mark.parametrize(("given", "device"), [("3", 3), ("/dev/v4l/by-id/cam", "/dev/v4l/by-id/cam")])
def test_a_webcam_is_named_by_number_or_path(given: str, device: int | str) -> None:
    plugs = Plugs(FakeCapture())
    source = running(open_webcam(given, SETTINGS, plugs))
    source.close()
    assert plugs.opened == [(device, cv2.CAP_V4L2)]
    assert source.mirrors


def test_a_stream_is_opened_with_time_limits_and_not_mirrored() -> None:
    plugs = Plugs(FakeCapture())
    source = running(open_stream("rtsp://host/live", plugs))
    source.close()
    url, api, limits = plugs.opened[0]
    assert (url, api) == ("rtsp://host/live", cv2.CAP_FFMPEG)
    assert {cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, cv2.CAP_PROP_READ_TIMEOUT_MSEC} <= set(limits)
    assert not source.mirrors


def test_opencv_itself_takes_these_arguments() -> None:
    """No webcam has this number, and nobody listens on this port; what matters is that the calls are understood."""
    for source in (open_webcam("97", SETTINGS), open_stream("http://127.0.0.1:9/none")):
        with pytest.raises(Exception, match="cannot be opened"):
            until(lambda source=source: source.read(0.1) is not None)


def test_a_password_is_not_shown() -> None:
    assert without_password("rtsp://me:secret@host:554/live?token=x") == "rtsp://host:554/live"
